import { html, svg } from "lit";

/**
 * One plot of the measured lengths: a curve for each backend, and for a GPT with its cache and without.
 *
 * @typedef {import("../state/types.js").SweepSeries} SweepSeries
 * @typedef {import("../state/types.js").SweepSample} SweepSample
 */

/** The plot's room, in units of its own. */
const PLOT = Object.freeze({ width: 440, height: 190, left: 60, right: 20, top: 12, bottom: 32 });

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
  return html`<svg viewBox="0 0 ${width} ${height}" role="img" aria-label=${name}>
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

/** What each curve is. @param {SweepSeries[]} series @param {import("./effect.js").Words} words */
export const key = (series, words) =>
  series.map(
    (one) => html`<span data-series=${one.backend} data-cache=${one.cache ?? ""}>${seriesName(one, words)}</span> `,
  );

/** @param {SweepSeries} series @param {import("./effect.js").Words} words */
export function seriesName({ backend, cache }, { t }) {
  const kind = t.machine.kind[backend];
  return cache === null ? kind : `${kind}, ${t.sweep.cache[cache]}`;
}
