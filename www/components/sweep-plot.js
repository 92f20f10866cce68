import { css, html, svg } from "lit";

/**
 * One plot of the measured lengths: a curve for each backend, and for a GPT with its cache and without.
 *
 * @typedef {import("../state/types.js").SweepSeries} SweepSeries
 * @typedef {import("../state/types.js").SweepSample} SweepSample
 */

/** The plot's room, in units of its own. */
const PLOT = Object.freeze({ width: 440, height: 190, left: 76, right: 20, top: 12, bottom: 32 });

/**
 * @param {SweepSeries[]} series
 * @param {{ lengths: readonly number[], value: (point: SweepSample) => number, name: string }} what value: in milliseconds
 * @param {import("./effect.js").Words} words
 */
export function plot(series, { lengths, value, name }, { format }) {
  const most = Math.max(...series.flatMap(({ points }) => points.map(value)), 0);
  const { width, height, left, right, top, bottom } = PLOT;
  const x = (/** @type {number} */ length) =>
    left + (lengths.indexOf(length) * (width - left - right)) / (lengths.length - 1);
  const y = (/** @type {number} */ ms) => height - bottom - (most > 0 ? (ms * (height - top - bottom)) / most : 0);
  return html`<svg class="plot" viewBox="0 0 ${width} ${height}" role="img" aria-label=${name}>
    ${[0, most / 2, most].map(
      (ms) => svg`<line class="grid" x1=${left} x2=${width - right} y1=${y(ms)} y2=${y(ms)} />
        <text class="label" x=${left - 8} y=${y(ms) + 4} text-anchor="end">${format.duration(ms)}</text>`,
    )}
    ${lengths.map((length) => svg`<text class="label" x=${x(length)} y=${height - 10} text-anchor="middle">${length}</text>`)}
    ${series.map(
      ({ backend, cache, points }) => svg`<g data-series=${backend} data-cache=${cache ?? ""}>
        <polyline points=${points.map((point) => `${x(point.prompt_length)},${y(value(point))}`).join(" ")} />
        ${points.map((point) => svg`<circle cx=${x(point.prompt_length)} cy=${y(value(point))} r="4" ?data-slides=${point.slides} />`)}
      </g>`,
    )}
  </svg>`;
}

/** Milliseconds a token, the first one left out. @param {SweepSample} point */
const later = ({ decode_tokens_per_second }) => (decode_tokens_per_second > 0 ? 1e3 / decode_tokens_per_second : 0);

/**
 * A GPT has two plots, because its first token and the others have different causes, and two curves in each: with its cache and without.
 * @param {SweepSeries[]} series
 * @param {readonly number[]} lengths
 * @param {import("./effect.js").Words} words
 */
export function plotsOfGpt(series, lengths, words) {
  const { of_gpt } = words.t.sweep;
  return html`<div class="plots">
      <figure>
        <figcaption>${of_gpt.first}</figcaption>
        ${plot(series, { lengths, value: ({ ttft_ms }) => ttft_ms, name: of_gpt.first_name }, words)}
      </figure>
      <figure>
        <figcaption>${of_gpt.later}</figcaption>
        ${plot(series, { lengths, value: later, name: of_gpt.later_name }, words)}
      </figure>
    </div>
    <p class="plot-key">${of_gpt.axis} ${key(series, words)}</p>`;
}

/** What each curve is. @param {SweepSeries[]} series @param {import("./effect.js").Words} words */
export const key = (series, words) =>
  series.map(
    (one) => html`<span data-series=${one.backend} data-cache=${one.cache ?? ""}>${seriesName(one, words)}</span> `,
  );

/** @param {SweepSeries} series @param {import("./effect.js").Words} words */
export function seriesName({ backend, cache }, { t }) {
  const kind = t.place.kind[backend];
  return cache === null ? kind : `${kind}, ${t.sweep.cache[cache]}`;
}

export const plotStyles = css`
  .plot {
    display: block;
    inline-size: 100%;
    max-inline-size: calc(512 * var(--px));
    block-size: auto;
  }
  .plots {
    display: grid;
    grid-template-columns: repeat(auto-fit, minmax(min(100%, calc(272 * var(--px))), 1fr));
    gap: var(--space-1) var(--space-3);
  }
  .plots figure {
    margin: 0;
  }
  .plots figcaption {
    font-size: calc(14 * var(--px));
    font-weight: 600;
  }
  .plot [data-cache="off"] polyline {
    stroke-dasharray: 2 4;
    stroke-linecap: round;
  }
  .plot circle[data-slides] {
    fill: var(--paper);
    stroke-dasharray: none;
  }
  .plot .grid {
    stroke: var(--line);
  }
  .plot .label {
    fill: var(--muted);
    font-size: 12px;
  }
  .plot polyline {
    fill: none;
    stroke-width: 2;
  }
  :is(.plot, .plot-key) [data-series="cpu"] {
    stroke: var(--water-b);
    fill: var(--water-b);
    color: var(--water-b);
  }
  :is(.plot, .plot-key) [data-series="webgpu"] {
    stroke: var(--wrong);
    fill: var(--wrong);
    color: var(--wrong);
    stroke-dasharray: 6 4;
  }
  .plot-key {
    color: var(--muted);
    font-size: var(--small, calc(13 * var(--px)));
  }
  .plot-key span {
    margin-inline-start: var(--space-2);
    font-weight: 600;
  }
  .plot-key span::before {
    content: "━ ";
  }
  .plot-key [data-series="webgpu"]::before {
    content: "╍ ";
  }
  .plot-key [data-cache="off"]::before {
    content: "┈ ";
  }
`;
