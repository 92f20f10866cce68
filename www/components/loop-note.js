import { html, nothing } from "lit";
import { isGpt } from "../state/models.js";
import { repeatedEnd } from "../state/repeats.js";
import { isGreedy } from "../state/run.js";

/**
 * A text that goes round in circles, and what breaks it.
 * @param {import("./context.js").Context} context
 */
export function loopNote({ state: { run, status, model }, words: { t, format } }) {
  const loop = run && status === "idle" ? repeatedEnd(run.tokens) : null;
  if (!loop || !run) return nothing;
  const period = run.tokens.slice(-loop.period).map((id) => run.vocab[id]);
  const shown = loop.period === 1 ? format.quoted(period[0]) : `“${period.map(format.shown).join("")}”`;
  return html`<p class="loop note">${t.loop.found(shown, format.whole(loop.times))} ${isGreedy(run) ? (isGpt(model.kind) ? t.loop.gpt : t.loop.greedy) : t.loop.sharp}</p>`;
}
