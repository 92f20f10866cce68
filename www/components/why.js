import { css, html, nothing } from "lit";
import { distribution } from "./distribution.js";
import { drawView } from "./draw.js";

/**
 * Why the chosen token was drawn: which step this is, the draw, and the distribution it came from.
 *
 * @typedef {import("./context.js").Context} Context
 * @typedef {import("../state/types.js").TracedStep} TracedStep
 */

/**
 * @param {Context} context
 * @param {number} n_rows rows of the distribution to show
 * @param {(n_rows: number) => void} show
 */
export function why(context, n_rows, show) {
  const { state, words } = context;
  const { step } = state;
  if (!step || !state.run || state.run.prompt_ids.length === 0) {
    return html`<p class="note">${state.status === "loading" ? words.t.place.loading : words.t.why.empty}</p>`;
  }
  return html`<p class="which">${whichStep(step, context)}</p>
    ${step.drawn ? drawView(step.trace, context) : html`<p class="draw">${words.t.why.pending}</p>`}
    ${disagrees(step, context) ? html`<p class="problem" role="alert">${words.t.why.mismatch}</p>` : nothing}
    ${distribution(step, context, n_rows, show)}
    <p class="note">${summary(step, words)}</p>`;
}

/** @param {TracedStep} step @param {Context} context */
function whichStep({ index, drawn, trace }, { state: { run }, words: { t, format } }) {
  if (!run) return nothing;
  const ids = [...run.prompt_ids, ...run.tokens.slice(0, index)];
  const before = format.quoted(run.vocab[ids[ids.length - 1]] ?? "");
  if (!drawn) return t.why.next(before);
  const { token, probability } = trace.draw;
  const raw = format.percent(trace.raw_probabilities[token]);
  return html`${t.why.which(format.whole(index + 1), before)}
    ${t.why.was(format.quoted(run.vocab[token] ?? ""), raw, format.percent(probability))}`;
}

/** @param {TracedStep} step @param {import("./effect.js").Words} words */
function summary({ trace }, { t, format }) {
  const kept = t.why.kept(format.whole(trace.kept), format.whole(trace.vocab_size));
  return t.why.summary(kept, format.bits(trace.raw_entropy), format.bits(trace.entropy));
}

/** The explanation is made by throwing the same coins again; it must come to the same token. @param {TracedStep} step @param {Context} context */
const disagrees = ({ index, drawn, trace }, { state }) =>
  drawn &&
  state.status !== "running" &&
  state.run?.tokens[index] !== undefined &&
  state.run.tokens[index] !== trace.draw.token;

export const whyStyles = css`
  .which {
    margin: 0 0 var(--space-1);
  }
  .reasons details:first-of-type {
    margin-block-start: var(--space-2);
  }
`;
