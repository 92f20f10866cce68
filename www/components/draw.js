import { html } from "lit";
import { stripOf } from "../state/strip.js";
import { contextLine, nothingYet } from "./context-line.js";
import { LEAST, stripView } from "./strip.js";

/**
 * The draw itself: where the random number u lies, or who won the race, in words; u also as a picture.
 *
 * @typedef {import("./effect.js").Words} Words
 * @typedef {import("../state/types.js").TracedStep} TracedStep
 * @typedef {import("../river/types.js").Picture} Picture
 */

/** The draw alone, complete. @param {import("./context.js").Context} context */
export function drawPart(context) {
  const { state, words } = context;
  const { step } = state;
  if (!step?.picture) return nothingYet(context);
  return html`${contextLine(step, words)}
    <div class="draw">${stripView(stripOf(step.picture, LEAST), step, step.picture, words)}</div>
    <p class="note of-u">${drawSentence(step, step.picture, words)}</p>`;
}

/**
 * How the token came about. The engine draws in vocabulary order; the same point in rank order is told, too.
 * @param {TracedStep} step
 * @param {Picture} picture
 * @param {Words} words
 */
export function drawSentence(step, { drawn }, words) {
  const { t, format } = words;
  if (!drawn) return t.why.pending;
  const token = format.quoted(step.run.vocab[drawn.id] ?? "");
  if (drawn.kind === "greedy") return t.interval.greedy(token);
  if (drawn.kind === "race" || drawn.u === null || drawn.interval === null || drawn.v === null)
    return raceSentence(step, token, words);
  const [from, to] = drawn.interval.map(format.position);
  return t.interval.by_number(format.position(drawn.u), token, from, to, format.position(drawn.v));
}

/**
 * @param {TracedStep} step
 * @param {string} token
 * @param {Words} words
 */
function raceSentence({ run, trace: { draw } }, token, { t, format }) {
  const noise = format.number(draw.noise ?? Number.NaN);
  const winner = t.draw.race(token, format.percent(draw.probability), noise, format.number(draw.ratio ?? Number.NaN));
  if (draw.runner_up === undefined || draw.runner_up === draw.token) return winner;
  const second = format.quoted(run.vocab[draw.runner_up] ?? "");
  return `${winner} ${t.draw.second(second, format.number(draw.runner_up_ratio ?? Number.NaN))}`;
}
