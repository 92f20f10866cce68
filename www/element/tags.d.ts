import type { LogitLabElement } from "./logit-lab-element.js";

/** The tags that `logitlab/define` defines. */
export interface LogitLabTags {
  "logit-lab": LogitLabElement;
}

declare global {
  interface HTMLElementTagNameMap extends LogitLabTags {}
}
