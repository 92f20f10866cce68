/** From this width of the element on the models stand beside the text, after it; below it they stand above the text. The styles say so, too. */
const SIDE_BY_SIDE = 1100;

/**
 * Keeps text and models in the order in which they are seen, for the Tab key and for screen readers. Where they stand is up to the styles
 * alone, so nothing moves on the screen, and the width is only told, never asked for.
 */
export class SeenOrder {
  #root;
  /** What follows the text where it comes first. @type {ChildNode | null} */
  #next = null;
  #isWide = true;
  #resized = new ResizeObserver(([{ contentRect }]) => {
    this.#isWide = contentRect.width >= SIDE_BY_SIDE;
    this.keep();
  });

  /** @param {() => ParentNode} root what the element renders into, once it has */
  constructor(root) {
    this.#root = root;
  }

  /** @param {Element} host */
  observe(host) {
    this.#resized.observe(host);
  }

  disconnect() {
    this.#resized.disconnect();
  }

  /** The text goes, and not the models: it is the template's own, and nothing is rendered in its place. */
  keep() {
    const text = this.#root().querySelector(".writing");
    const details = this.#root().querySelector(".model-details");
    if (!text || !details) return; // a part of the lab
    const isFirst = text.nextElementSibling !== details;
    if (isFirst === this.#isWide) return;
    if (isFirst) this.#next = text.nextSibling;
    move(text, isFirst ? details : this.#next);
  }
}

/** Without losing the keyboard's place. @param {Element} element @param {Node | null} next */
function move(element, next) {
  const parent = /** @type {Element & { moveBefore?: Element["insertBefore"] }} */ (element.parentElement);
  if (parent.moveBefore) return parent.moveBefore(element, next);
  const { activeElement } = /** @type {ShadowRoot} */ (element.getRootNode());
  parent.insertBefore(element, next);
  if (activeElement instanceof HTMLElement && element.contains(activeElement)) activeElement.focus();
}
