import { LitElement } from "lit";
import { callable } from "../lib/callable.js";
import { NOT_TRUSTED } from "./trusted-types.js";

/** What the element is made of, with a word for pages that allow no HTML from scripts. */
export class LitBase extends callable(LitElement) {
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
