import { html, nothing } from "lit";
import { labelInSentence, stageIn } from "../lib/spec-words.js";
import { orderOf } from "../state/settings.js";
import { isLocked } from "./control.js";

/**
 * The head of a column: its name, and in one line what it does. A stage's name is what it is moved by.
 *
 * @typedef {import("../components/context.js").Context} Context
 */

/** @param {string} name @param {string} does @param {string} [about] more of it */
export const plainHead = (name, does, about) =>
  html`<div class="head" title=${about ?? nothing}><h3>${name}</h3><p class="does">${does}</p></div>`;

/** @param {import("../generated/spec.js").StageSpec} spec @param {string} does @param {Context} context */
export const stageHead = (spec, does, context) =>
  html`<div class="head" data-place title=${stageIn(spec, context.words.t).about ?? nothing}>
    <h3 aria-label=${stageIn(spec, context.words.t).label}>${stageHandle(spec, context)}</h3>
    <p class="does" title=${does}>${does}</p>
  </div>`;

/** @param {import("../generated/spec.js").StageSpec} spec @param {Context} context */
export function stageHandle(spec, context) {
  const {
    state: { fields },
    words: { t, format },
  } = context;
  const { name, label } = stageIn(spec, t);
  if (isLocked(context)) return html`${label}`;
  const order = orderOf(fields);
  const place = format.whole(order.indexOf(name) + 1);
  const of = format.whole(order.length);
  return html`<button
    class="handle"
    type="button"
    data-move=${name}
    data-moved=${t.river.moved(label, place, of)}
    title=${t.river.move_hint}
    aria-label=${t.river.move(labelInSentence(spec, t), place, of)}
  >${label}</button>`;
}
