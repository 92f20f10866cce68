import { noChange } from "lit";
import { AsyncDirective } from "lit/async-directive.js";
import { directive } from "lit/directive.js";
import { callable } from "../lib/callable.js";

/** What is in a fold: it is made when the fold is opened, and kept up to date while it is open. */
class OpenedDirective extends callable(AsyncDirective) {
  /** @type {HTMLDetailsElement | null} */
  #fold = null;
  #make = () => /** @type {unknown} */ (noChange);
  #host = /** @type {{ requestUpdate?: () => void } | undefined} */ (undefined);

  /** @param {() => unknown} _make */
  render(_make) {
    return noChange;
  }

  /** @override @param {import("lit/directive.js").ChildPart} part @param {[make: () => unknown]} given */
  update(part, [make]) {
    this.#make = make;
    this.#host = /** @type {any} */ (part.options?.host);
    if (!this.#fold) {
      this.#fold = /** @type {Element} */ (part.parentNode).closest("details");
      this.#fold?.addEventListener("toggle", this.#toggled);
    }
    return this.#fold?.open ? make() : noChange;
  }

  #toggled = () => {
    if (!this.#fold?.open || !this.isConnected) return;
    this.setValue(this.#make());
    // What looks at the whole page, such as where a problem is shown, has more to look at now.
    this.#host?.requestUpdate?.();
  };
}

/** @type {(make: () => unknown) => unknown} */
export const opened = /** @type {any} */ (directive(OpenedDirective));
