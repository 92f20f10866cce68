/** What stands above the picture and changes its height with the text. */
const ABOVE = ".tokens, .said";

/**
 * While a control is held, what stands above it keeps its height: a longer text must not push the control away from the pointer.
 */
export class Hold {
  #root;
  /** @type {HTMLElement[]} */
  #kept = [];
  #by_pointer = false;

  /** @param {HTMLElement} root of the section @param {AbortSignal} signal */
  constructor(root, signal) {
    this.#root = root;
    root.addEventListener("input", ({ target }) => isRange(target) && this.#keep(), { signal });
    root.addEventListener("focusout", () => this.#by_pointer || this.#release(), { signal });
  }

  /** The pointer holds a control, until `release`. */
  start() {
    this.#by_pointer = true;
    this.#keep();
  }

  release() {
    this.#by_pointer = false;
    this.#release();
  }

  #keep() {
    if (this.#kept.length > 0) return;
    const host = /** @type {ShadowRoot | Document} */ (this.#root.getRootNode());
    this.#kept = [.../** @type {NodeListOf<HTMLElement>} */ (host.querySelectorAll(ABOVE))];
    const heights = this.#kept.map((part) => part.getBoundingClientRect().height);
    for (const [i, part] of this.#kept.entries())
      Object.assign(part.style, { boxSizing: "border-box", blockSize: `${heights[i]}px`, overflowY: "auto" });
  }

  #release() {
    for (const part of this.#kept) Object.assign(part.style, { boxSizing: "", blockSize: "", overflowY: "" });
    this.#kept = [];
  }
}

/** @param {EventTarget | null} target */
const isRange = (target) => target instanceof HTMLInputElement && target.type === "range";
