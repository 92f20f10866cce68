import { css, html, nothing } from "lit";
import { shownToken } from "../lib/format.js";

/**
 * The draw itself: where the random number u lies, or who won the race, in words; u also as a picture.
 *
 * @typedef {import("./effect.js").Words} Words
 * @typedef {import("../state/types.js").TracedStep} TracedStep
 */

/** A strip with more segments than this would only be a blur; then it shows the drawn token's segment alone. */
const MOST_SEGMENTS = 400;

/**
 * @param {TracedStep} step
 * @param {Words} words
 */
export function drawView(step, words) {
  const { draw } = step.trace;
  const { t, format } = words;
  const token = format.quoted(step.run.vocab[draw.token] ?? "");
  if (draw.kind === "greedy") return html`<p class="draw">${t.draw.greedy}</p>`;
  if (draw.kind === "race") return html`<p class="draw">${raceSentence(step, token, words)}</p>`;
  const [from, to] = draw.interval ?? [0, 1];
  const position = draw.position ?? 0;
  return html`<div class="draw">
    ${strip(step, position, from, to, words)}
    <p>${t.draw.by_number(format.position(position), token, format.position(from), format.position(to))}</p>
  </div>`;
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

/**
 * @param {TracedStep} step
 * @param {number} position the random number u in [0, 1)
 * @param {number} from
 * @param {number} to
 * @param {Words} words
 */
const strip = ({ run, trace }, position, from, to, { t }) =>
  html`<div class="strip" role="img" aria-label=${t.draw.strip}>
    <span class="coin" .style=${`inset-inline-start: ${100 * position}%`}></span>
    <div class="segments">
      ${
        trace.kept > MOST_SEGMENTS
          ? [segment(from), segment(trace.draw.probability, "", true), segment(1 - to)]
          : Array.from(trace.probabilities, (p, id) =>
              p > 0 ? segment(p, shownToken(run.vocab[id] ?? ""), id === trace.draw.token) : nothing,
            )
      }
    </div>
  </div>`;

/** @param {number} share @param {string} [label] shown where there is room @param {boolean} [drawn] */
const segment = (share, label = "", drawn = false) =>
  html`<span class="segment" ?data-drawn=${drawn} .style=${`flex-grow: ${share}`}><span>${label}</span></span>`;

export const drawStyles = css`
  .draw {
    margin: 0 0 var(--space-2);
  }
  .draw p {
    margin: 0;
  }
  .strip {
    position: relative;
    padding-block-start: calc(10 * var(--px));
    margin-block-end: var(--space-1);
  }
  .segments {
    display: flex;
    overflow: hidden;
    block-size: calc(24 * var(--px));
    border-radius: 3px;
    background: var(--surface);
  }
  .segment {
    container: segment / inline-size;
    flex: 0 1 0;
    min-inline-size: 0;
    overflow: hidden;
    box-shadow: inset 1px 0 0 var(--paper);
    background: var(--tint-1);
    color: var(--muted);
    font: calc(13 * var(--px)) / calc(24 * var(--px)) var(--mono);
    text-align: center;
    white-space: pre;
  }
  @container segment (inline-size < 10px) {
    .segment > span {
      display: none;
    }
  }
  .segment[data-drawn] {
    min-inline-size: 3px;
    background: var(--accent);
    color: var(--on-accent);
    font-weight: 700;
  }
  .coin {
    position: absolute;
    z-index: 1;
    inset-block: 0 auto;
    block-size: calc(16 * var(--px));
    inline-size: 0;
    border-inline-start: 2px solid var(--ink);
    margin-inline-start: -1px;
  }
  .coin::before {
    content: "";
    position: absolute;
    inset-block-start: 0;
    inset-inline-start: -6px;
    border: 5px solid transparent;
    border-block-start: 7px solid var(--ink);
    border-block-end: 0;
  }
  @media (forced-colors: active) {
    .segments,
    .segment {
      forced-color-adjust: none;
      border-inline-start: 1px solid CanvasText;
      background: Canvas;
      color: CanvasText;
    }
    .segment[data-drawn] {
      background: Highlight;
    }
  }
`;
