import { css, html, nothing, svg } from "lit";
import { LENGTHS } from "../state/sweep.js";
import { save } from "./save.js";

/**
 * How long a token takes after prompts of several lengths: one curve per backend, the numbers below, and all of it as a file.
 *
 * @typedef {import("./context.js").Context} Context
 * @typedef {import("../state/types.js").SweepSeries} SweepSeries
 * @typedef {{ start: () => void, stop: () => void }} SweepActions
 */

/** The plot's room, in units of its own. */
const PLOT = Object.freeze({ width: 440, height: 190, left: 60, right: 14, top: 12, bottom: 32 });

/** @param {Context} context @param {SweepActions} actions */
export function sweep(context, actions) {
  const { state, words } = context;
  const { t, format } = words;
  const { at, series, problem } = state.sweep;
  const isBusy = at !== null;
  return html`<section class="sweep" aria-labelledby="sweep-heading">
    <h3 id="sweep-heading">${t.sweep.heading}</h3>
    <p>${t.sweep.about}</p>
    <p class="measure">
      <button type="button" aria-disabled=${isBusy || !state.place} @click=${() => isBusy || !state.place || actions.start()}>
        ${series.length > 0 ? t.sweep.again : t.sweep.start}
      </button>
      ${isBusy ? html`<button type="button" class="quiet" @click=${actions.stop}>${t.sweep.stop}</button>` : nothing}
      <span class="progress" role="status" data-sweep-status>
        ${isBusy ? t.sweep.at(format.whole(at), LENGTHS.indexOf(at) + 1, LENGTHS.length) : nothing}
      </span>
    </p>
    ${problem ? html`<p class="problem" role="alert">${problem}</p>` : nothing}
    ${series.length > 0 ? html`${plot(series, words)} ${table(series, words)} ${saveLink(context)}` : nothing}
  </section>`;
}

/** Microseconds a token. @param {import("../state/types.js").SweepSample} point */
const each = ({ tokens_per_second }) => (tokens_per_second > 0 ? 1e6 / tokens_per_second : 0);

/** @param {SweepSeries[]} series @param {import("./effect.js").Words} words */
function plot(series, { t, format }) {
  const most = Math.max(...series.flatMap(({ points }) => points.map(each)), 0);
  const { width, height, left, right, top, bottom } = PLOT;
  const x = (/** @type {number} */ length) =>
    left + (LENGTHS.indexOf(length) * (width - left - right)) / (LENGTHS.length - 1);
  const y = (/** @type {number} */ value) =>
    height - bottom - (most > 0 ? (value * (height - top - bottom)) / most : 0);
  const lines = [0, most / 2, most];
  return html`<svg viewBox="0 0 ${width} ${height}" role="img" aria-label=${t.sweep.plot}>
      ${lines.map(
        (value) => svg`<line class="grid" x1=${left} x2=${width - right} y1=${y(value)} y2=${y(value)} />
          <text class="label" x=${left - 8} y=${y(value) + 4} text-anchor="end">${format.duration(value / 1000)}</text>`,
      )}
      ${LENGTHS.map((length) => svg`<text class="label" x=${x(length)} y=${height - 10} text-anchor="middle">${length}</text>`)}
      ${series.map(
        ({ backend, points }) => svg`<g data-series=${backend}>
          <polyline points=${points.map((point) => `${x(point.prompt_length)},${y(each(point))}`).join(" ")} />
          ${points.map((point) => svg`<circle cx=${x(point.prompt_length)} cy=${y(each(point))} r="4" />`)}
        </g>`,
      )}
    </svg>
    <p class="key">
      ${t.sweep.axis}
      ${series.map(({ backend }) => html`<span data-series=${backend}>${t.machine.kind[backend]}</span>`)}
    </p>`;
}

/** @param {SweepSeries[]} series @param {import("./effect.js").Words} words */
function table(series, { t, format }) {
  const time = (/** @type {number} */ ms) => (ms > 0 ? format.duration(ms) : t.timings.unresolved);
  const counts = series.map(({ backend, points: [{ new_tokens }] }) =>
    t.sweep.counted(t.machine.kind[backend], format.whole(new_tokens)),
  );
  return html`<table>
    <caption>${t.sweep.caption(counts.join(", "))}</caption>
    <thead>
      <tr>
        <th scope="col">${t.sweep.prompt}</th>
        ${series.map(
          ({ backend }) =>
            html`<th scope="col">${t.machine.kind[backend]}: ${t.sweep.ttft}</th><th scope="col">${t.machine.kind[backend]}: ${t.sweep.speed}</th>`,
        )}
      </tr>
    </thead>
    <tbody>
      ${LENGTHS.map(
        (length) => html`<tr>
          <th scope="row">${format.whole(length)}</th>
          ${series.map(({ points }) => {
            const point = points.find(({ prompt_length }) => prompt_length === length);
            return point
              ? html`<td>${time(point.ttft_ms)}</td><td>${format.whole(point.tokens_per_second)}</td>`
              : html`<td>${t.timings.none}</td><td>${t.timings.none}</td>`;
          })}
        </tr>`,
      )}
    </tbody>
  </table>`;
}

/** All that was measured, with what it was measured on. @param {Context} context */
function saveLink({ state, words: { t } }) {
  const saveAll = () => {
    const facts = {
      model: state.model.kind,
      clock_resolution_ms: state.run?.timings?.clock_resolution_ms ?? null,
      series: state.sweep.series,
    };
    const text = JSON.stringify(facts, (_, value) => (typeof value === "bigint" ? String(value) : value), 2);
    save("logit-lab-timings.json", "application/json", text);
  };
  return html`<button type="button" class="quiet" @click=${saveAll}>${t.sweep.save}</button>`;
}

export const sweepStyles = css`
  .sweep {
    margin-block-start: var(--space-3);
  }
  .sweep h3 {
    margin: 0;
    font-size: inherit;
  }
  .sweep p {
    margin-block: var(--space-1);
  }
  .sweep .measure {
    display: flex;
    flex-wrap: wrap;
    align-items: center;
    gap: var(--space-1);
  }
  .sweep svg {
    display: block;
    inline-size: 100%;
    max-inline-size: 32rem;
    block-size: auto;
  }
  .sweep .grid {
    stroke: var(--line);
  }
  .sweep .label {
    fill: var(--muted);
    font-size: 12px;
  }
  .sweep polyline {
    fill: none;
    stroke-width: 2;
  }
  .sweep [data-series="cpu"] {
    stroke: var(--accent);
    fill: var(--accent);
    color: var(--accent);
  }
  .sweep [data-series="webgpu"] {
    stroke: var(--wrong);
    fill: var(--wrong);
    color: var(--wrong);
    stroke-dasharray: 6 4;
  }
  .sweep .key {
    color: var(--muted);
    font-size: var(--small, 0.8125rem);
  }
  .sweep .key span {
    margin-inline-start: var(--space-2);
    font-weight: 600;
  }
  .sweep .key span::before {
    content: "━ ";
  }
  .sweep .key [data-series="webgpu"]::before {
    content: "╍ ";
  }
  .sweep table {
    inline-size: 100%;
    max-inline-size: 40rem;
    border-collapse: collapse;
    font-variant-numeric: tabular-nums;
  }
  .sweep caption {
    padding-block: var(--space-1);
    color: var(--muted);
    text-align: start;
  }
  .sweep caption,
  .sweep table {
    font-size: 0.8125rem;
  }
  .sweep th,
  .sweep td {
    padding: var(--space-half);
    border-block-end: 1px solid var(--line);
    text-align: end;
    font-weight: 400;
  }
  .sweep thead th {
    color: var(--muted);
    vertical-align: bottom;
  }
  .sweep th:first-child {
    text-align: start;
  }
`;
