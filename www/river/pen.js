/**
 * SVG elements that remember what they were told, so that a frame only writes what changed.
 */
const NAMESPACE = "http://www.w3.org/2000/svg";

export class Pen {
  /** @type {Map<string, string | number | null>} */
  #told = new Map();
  /** @type {SVGElement} */
  node;
  /** What a transform moves. @type {SVGElement} */
  #moved;

  /** @param {string} name @param {Element} parent @param {Record<string, string | number>} [attributes] */
  constructor(name, parent, attributes = {}) {
    this.node = document.createElementNS(NAMESPACE, name);
    // A text that is moved is laid out anew, and one in a group that is moved is not: of 50 texts that saves most of a frame's layout.
    this.#moved = name === "text" ? new Pen("g", parent).node : this.node;
    this.set(attributes);
    (name === "text" ? this.#moved : parent).append(this.node);
  }

  /** @param {Record<string, string | number | null>} attributes null: none */
  set(attributes) {
    for (const name in attributes) {
      const value = attributes[name];
      if (this.#told.get(name) === value) continue;
      this.#told.set(name, value);
      // A content security policy that forbids inline styles forbids the attribute, too.
      if (name === "style") this.node.style.cssText = String(value);
      else if (value === null) this.node.removeAttribute(name);
      else (name === "transform" ? this.#moved : this.node).setAttribute(name, String(value));
    }
    return this;
  }

  /** @param {boolean} shown */
  show(shown) {
    if (this.#told.get("hidden") === Number(!shown)) return this;
    this.#told.set("hidden", Number(!shown));
    this.node.toggleAttribute("hidden", !shown);
    return this;
  }

  /** @param {string} text @param {string} [dot] stands before it, lighter */
  write(text, dot = "") {
    const key = `${dot}|${text}`;
    if (this.#told.get("text") === key) return this;
    this.#told.set("text", key);
    const { firstChild, lastChild } = this.node;
    // The same node with another text has its style and its box already.
    if (lastChild && !dot && firstChild === lastChild) lastChild.nodeValue = text;
    else this.node.textContent = text;
    if (!dot) return this;
    const before = document.createElementNS(NAMESPACE, "tspan");
    before.setAttribute("class", "lead");
    before.textContent = dot;
    this.node.prepend(before);
    return this;
  }
}

/** Elements of one kind, as many as a frame needs. */
export class Pool {
  /** @type {Map<string | number, Pen>} */
  #pens = new Map();
  /** What the frame has needed so far. @type {Set<string | number>} */
  #used = new Set();
  #name;
  #parent;

  /** @param {string} name @param {Element} parent */
  constructor(name, parent) {
    this.#name = name;
    this.#parent = parent;
  }

  /** @param {string | number} [key] of what keeps its element from frame to frame; default how many came before it */
  next(key = this.#used.size) {
    const pen = this.#pens.get(key) ?? new Pen(this.#name, this.#parent);
    this.#pens.set(key, pen);
    this.#used.add(key);
    return pen.show(true);
  }

  /** Hides what the frame did not need. */
  end() {
    for (const [key, pen] of this.#pens) if (!this.#used.has(key)) pen.show(false);
    this.#used.clear();
  }
}
