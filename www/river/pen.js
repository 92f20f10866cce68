/**
 * SVG elements that remember what they were told, so that a frame only writes what changed.
 */
const NAMESPACE = "http://www.w3.org/2000/svg";

export class Pen {
  /** @type {Map<string, string | number | null>} */
  #told = new Map();
  /** @type {SVGElement} */
  node;

  /** @param {string} name @param {Element} parent @param {Record<string, string | number>} [attributes] */
  constructor(name, parent, attributes = {}) {
    this.node = document.createElementNS(NAMESPACE, name);
    this.set(attributes);
    parent.append(this.node);
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
      else this.node.setAttribute(name, String(value));
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
  /** @type {Pen[]} */
  #pens = [];
  #used = 0;
  #name;
  #parent;

  /** @param {string} name @param {Element} parent */
  constructor(name, parent) {
    this.#name = name;
    this.#parent = parent;
  }

  next() {
    const pen = this.#pens[this.#used] ?? new Pen(this.#name, this.#parent);
    this.#pens[this.#used++] = pen;
    return pen.show(true);
  }

  /** Hides what the frame did not need. */
  end() {
    for (const pen of this.#pens.slice(this.#used)) pen.show(false);
    this.#used = 0;
  }
}
