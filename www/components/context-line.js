import { html } from "lit";
import { isPromisedComing } from "../state/chosen.js";
import { notDrawn } from "./problem.js";

/**
 * Which token a view tells of: the text before it, as much of it as fits in a line.
 *
 * @typedef {import("../state/types.js").TracedStep} TracedStep
 */

/** Characters shown of the text before a token, at most; and where a line has room for fewer. */
const BEFORE = 28;
export const FEW_BEFORE = 18;

/** @param {TracedStep} step @param {import("./effect.js").Words} words */
export function contextLine({ run, index }, { t, format }) {
  const n = format.whole(index + 1);
  if (run.model.kind === "logits") return html`<p class="context">${t.context.own(n)}</p>`;
  const text = textBefore(run, index);
  if (text === "") return html`<p class="context">${t.context.start(n)}</p>`;
  return html`<p class="context">${t.context.after(n)} <q>${text}</q></p>`;
}

/**
 * The end of the text before a token: it begins with a word where it is cut, and what is only spaces is told by their signs.
 * @param {import("../state/types.js").Run} run
 * @param {number} index
 * @param {number} [most] characters
 */
export function textBefore(run, index, most = BEFORE) {
  const ids = [...run.prompt_ids, ...run.tokens.slice(0, index)];
  const end = ids
    .slice(-most)
    .map((id) => run.vocab[id] ?? "")
    .join("");
  const letters = Array.from(end);
  const isWhole = ids.length <= most && letters.length <= most;
  const shown = letters.slice(-most).join("");
  if (shown.trim() === "") return shown.replaceAll(" ", "·").replaceAll("\n", "↵");
  return (isWhole ? shown : `…${shown.replace(/^\S*\s/, " ")}`).replaceAll("\n", "↵");
}

/**
 * The text of `n` tokens, the last of which would come next.
 * @param {import("../state/types.js").Run} run
 * @param {number} index  of the token that comes next
 * @param {number} id     that token
 * @param {number} n
 */
export function textThrough(run, index, id, n) {
  const before = n > 1 ? [...run.prompt_ids, ...run.tokens.slice(0, index)].slice(1 - n) : [];
  return [...before, id].map((token) => run.vocab[token] ?? "").join("");
}

/** Why there is no step to show. @param {import("./context.js").Context} context */
export const nothingYet = (context) => html`<p class="note">${whyNothing(context)}</p>`;

/** @param {import("./context.js").Context} context */
export function whyNothing({ state, words: { t } }) {
  if (state.status === "loading") return t.place.loading;
  if (state.problem) return notDrawn(state.problem, t);
  return isPromisedComing(state) ? t.status.coming : t.river.empty;
}
