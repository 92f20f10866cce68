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
  if (!step) return whyNothing(context);
  return html`<p class="which">${whichStep(step, words)}</p>
    ${step.drawn ? drawView(step, words) : html`<p class="draw">${words.t.why.pending}</p>`}
    ${disagrees(step) ? html`<p class="problem" role="alert">${words.t.why.mismatch}</p>` : nothing}
    ${distribution(step, context, n_rows, show)}
    <p class="note">${summary(step, words)}</p>
    ${step.drawn ? ways(step, context) : nothing}`;
}

/** Why there is no reason to show. @param {Context} context */
export const whyNothing = ({ state, words: { t } }) =>
  html`<p class="note">${state.status === "loading" ? t.place.loading : t.why.empty}</p>`;

/** What can be done at this token. @param {TracedStep} step @param {Context} context */
function ways({ index, trace }, { state: { forced }, words: { t, format }, send }) {
  return html`<p class="ways">
    ${
      index in forced
        ? html`<button type="button" @click=${() => send({ type: "release", index })}>${t.branch.release}</button>`
        : nothing
    }
    <button type="button" @click=${() => send({ type: "rewind", index })}>${t.branch.rewind(format.whole(index + 1))}</button>
    <span class="note">${t.branch.hint} ${trace.greedy ? nothing : t.branch.hint_draws}</span>
  </p>`;
}

/** @param {TracedStep} step @param {import("./effect.js").Words} words */
function whichStep({ run, index, drawn, trace }, { t, format }) {
  const ids = [...run.prompt_ids, ...run.tokens.slice(0, index)];
  const last = run.vocab[ids[ids.length - 1]];
  const before = last === undefined ? t.why.start : format.quoted(last);
  if (!drawn) return t.why.next(before);
  const { token } = trace.draw;
  const put = run.tokens[index];
  const which = t.why.which(format.whole(index + 1), before);
  if (put !== token && isForced(index, run))
    return html`${which} ${t.branch.forced(format.quoted(run.vocab[put] ?? ""), format.quoted(run.vocab[token] ?? ""))}
    ${chances(put, trace)}`;
  return html`${which} ${chances(token, trace)}`;

  /** @param {number} id @param {TracedStep["trace"]} of */
  function chances(id, { raw_probabilities, probabilities }) {
    const [raw, final] = [raw_probabilities[id], probabilities[id]].map(format.percent);
    return t.why.was(format.quoted(run.vocab[id] ?? ""), raw, final);
  }
}

/** @param {number} index @param {import("../state/types.js").Run} run */
const isForced = (index, { settings }) => index in /** @type {object} */ (settings.forced_tokens ?? {});

/** @param {TracedStep} step @param {import("./effect.js").Words} words */
function summary({ trace }, { t, format }) {
  const kept = t.why.kept(format.whole(trace.kept), format.tokens(trace.vocab_size));
  return t.why.summary(kept, format.bits(trace.raw_entropy), format.bits(trace.entropy));
}

/** The explanation is made from the same random numbers; it must come to the same token. @param {TracedStep} step */
const disagrees = ({ run, index, drawn, trace }) =>
  drawn && run.tokens[index] !== trace.draw.token && !isForced(index, run);

export const whyStyles = css`
  /* What explains another text fades if the next explanation keeps one waiting. */
  .reasons[aria-busy="true"] :is(.which, .draw, .distribution, .stages) {
    opacity: 0.5;
    transition: opacity 1ms 0.4s;
  }
  @media (prefers-reduced-motion: no-preference) {
    .reasons[aria-busy="true"] :is(.which, .draw, .distribution, .stages) {
      transition-duration: 0.2s;
    }
  }
  .which {
    margin: 0 0 var(--space-1);
  }
  .ways {
    display: flex;
    flex-wrap: wrap;
    align-items: center;
    gap: var(--space-half) var(--space-1);
    margin-block: var(--space-1) var(--space-2);
  }
  .ways button {
    min-block-size: calc(32 * var(--px));
    padding-block: 0;
    font-size: calc(14 * var(--px));
  }
`;
