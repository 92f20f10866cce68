import { html } from "lit";
import { opened } from "./opened.js";

/**
 * A part that stays out of sight until it is wanted.
 * @param {string} name
 * @param {unknown} summary
 * @param {() => unknown} body
 */
export const folded = (name, summary, body) =>
  html`<details data-part=${name}><summary>${summary}</summary><div class="body">${opened(body)}</div></details>`;
