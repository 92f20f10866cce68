/** As much of a document as the river's picture needs, for tests without a browser. */

class FakeClasses {
  /** @type {Set<string>} */
  #names = new Set();

  /** @param {string[]} names */
  add(...names) {
    for (const name of names) this.#names.add(name);
  }

  /** @param {string[]} names */
  remove(...names) {
    for (const name of names) this.#names.delete(name);
  }

  /** @param {string} name @param {boolean} on */
  toggle(name, on) {
    if (on) this.add(name);
    else this.remove(name);
  }

  /** @param {string} name */
  contains(name) {
    return this.#names.has(name);
  }
}

/** An element of the fake document. */
export class FakeElement extends EventTarget {
  /** @type {Map<string, string>} */
  attributes = new Map();
  /** @type {FakeElement[]} */
  children = [];
  /** @type {FakeElement | null} */
  parentNode = null;
  /** @type {Record<string, string>} */
  dataset = {};
  classList = new FakeClasses();
  style = { cssText: "" };
  textContent = "";

  /** @param {string} name */
  constructor(name) {
    super();
    this.name = name;
  }

  /** @param {string} name @param {string} value */
  setAttribute(name, value) {
    this.attributes.set(name, value);
    if (name.startsWith("data-")) this.dataset[name.slice(5)] = value;
  }

  /** @param {string} name */
  removeAttribute(name) {
    this.attributes.delete(name);
    if (name.startsWith("data-")) delete this.dataset[name.slice(5)];
  }

  /** @param {string} name @param {boolean} on */
  toggleAttribute(name, on) {
    if (on) this.attributes.set(name, "");
    else this.attributes.delete(name);
  }

  /** @param {FakeElement} child */
  append(child) {
    child.remove();
    child.parentNode = this;
    this.children.push(child);
  }

  /** @param {FakeElement} child */
  prepend(child) {
    this.append(child);
    this.children.unshift(...this.children.splice(-1));
  }

  remove() {
    const siblings = this.parentNode?.children ?? [];
    if (this.parentNode) siblings.splice(siblings.indexOf(this), 1);
    this.parentNode = null;
  }

  replaceChildren() {
    for (const child of [...this.children]) child.remove();
  }

  getBoundingClientRect() {
    return { left: 10, top: 20, width: 500, height: 300 };
  }

  setPointerCapture() {}

  /** @returns {boolean} neither it nor what it is in is hidden */
  get isShown() {
    return !this.attributes.has("hidden") && (this.parentNode?.isShown ?? true);
  }

  /** Everything of a class that is shown, in the order of painting. @param {string} name @returns {FakeElement[]} */
  all(name) {
    const here = (this.attributes.get("class") ?? "").split(" ").includes(name) && this.isShown ? [this] : [];
    return [...here, ...this.children.flatMap((child) => child.all(name))];
  }
}

/** Puts the fake document where scripts look for one. */
export function installSvg() {
  const globals = /** @type {any} */ (globalThis);
  globals.document = {
    createElementNS: (/** @type {string} */ _, /** @type {string} */ name) => new FakeElement(name),
  };
  globals.SVGElement = FakeElement;
  globals.cancelAnimationFrame = () => {};
}

/** An event as the river reads it. @param {string} type @param {object} more */
export const eventOf = (type, more = {}) => Object.assign(new Event(type), { button: 0, pointerId: 1 }, more);
