import { css, html, nothing } from "lit";
import { sentence } from "./problem.js";

/** @typedef {import("./context.js").Context} Context */

/**
 * What the engine used, where it ran, and why there.
 * @param {Context} context
 */
export function placeLine(context) {
  const { place, machine } = context.state;
  const { t } = context.words;
  if (!place) return html`<p class="place">${t.place.loading}</p>`;
  const used = usedSentence(context);
  return html`<p class="place" part="place">
    ${used ? html`<span data-used>${used}</span>` : nothing}
    <span data-backend=${place.kind} data-thread=${place.thread}>${t.computed.where(t.place.kind[place.kind], place.thread === "worker")}. ${machine.pending ? t.computed.pending : sentence(place.reason)}</span>
  </p>`;
}

/**
 * What the engine used for the step that is explained: nothing before the first trace, which comes after the first text.
 * @param {Context} context
 * @returns {string | null}
 */
export function usedSentence({ state: { step }, words: { t } }) {
  if (!step) return null;
  const { run, trace } = step;
  const used = trace.stages.map((stage) => stage.setting);
  if (trace.greedy) return t.computed.used([...used, t.computed.greedy].join(", "));
  if (used.length === 0) used.push(t.computed.neutral);
  if (run.settings.rng) used.push(String(run.settings.rng));
  if (run.seed !== null) used.push(t.computed.seed(String(run.seed)));
  return t.computed.used(used.join(", "));
}

export const placeStyles = css`
  .place {
    display: grid;
    gap: var(--space-half);
    margin: 0;
    color: var(--muted);
    font-size: calc(13 * var(--px));
    overflow-wrap: anywhere;
  }
`;
