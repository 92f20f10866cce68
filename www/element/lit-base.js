import { LitElement } from "lit";
import { NOT_TRUSTED } from "./trusted-types.js";

/**
 * LitElement as a function. Some tools compile this package to ES5 and leave Lit as it is, and then call Lit's class as a function, which is
 * an error ("Class constructor … cannot be invoked without 'new'"): Docusaurus does so with a folder that npm has only linked.
 * @this {object}
 */
function callable() {
  return Reflect.construct(LitElement, [], new.target ?? this.constructor);
}
Object.setPrototypeOf(callable, LitElement);
callable.prototype = LitElement.prototype;

/** What the element is made of, with a word for pages that allow no HTML from scripts. */
export class LitBase extends /** @type {typeof LitElement} */ (/** @type {unknown} */ (callable)) {
  /** Whether the page allows no HTML from scripts: then there is only a sentence. */
  #isRefused = false;

  /** @override @param {Map<string, unknown>} changed */
  update(changed) {
    if (this.#isRefused) return;
    try {
      super.update(changed);
    } catch (error) {
      if (!/TrustedHTML/.test(String(error))) throw error;
      this.#isRefused = true;
      this.renderRoot.textContent = `Logit Lab: ${NOT_TRUSTED}.`;
      console.error(`<logit-lab>: ${NOT_TRUSTED}`);
    }
  }
}
