import { css, html, nothing } from "lit";
import { isGpt } from "../state/models.js";
import { lengthsOf, sweepKey } from "../state/sweep.js";
import { save } from "./save.js";
import { key, plot, plotsOfGpt, seriesName } from "./sweep-plot.js";

/**
 * How long a token takes after prompts of several lengths: one curve per backend, the numbers below, and all of it as a file.
 *
 * @typedef {import("./context.js").Context} Context
 * @typedef {import("../state/types.js").SweepSeries} SweepSeries
 * @typedef {import("../state/types.js").SweepSample} SweepSample
 * @typedef {{ start: () => void, stop: () => void }} SweepActions
 */

/** @param {Context} context @param {SweepActions} actions */
export function sweep(context, actions) {
  const { state, words } = context;
  const { t } = words;
  const { at, problem } = state.sweep;
  const series = seriesOf(state);
  const isBusy = at !== null;
  return html`<section class="sweep" aria-labelledby="sweep-heading">
    <h3 id="sweep-heading">${t.sweep.heading}</h3>
    <p>${isGpt(state.model.kind) ? t.sweep.of_gpt.about : t.sweep.about}</p>
    <p class="measure">
      <button type="button" aria-disabled=${isBusy || !state.place} @click=${() => isBusy || !state.place || actions.start()}>
        ${series.length > 0 ? t.sweep.again : t.sweep.start}
      </button>
      ${isBusy ? html`<button type="button" class="quiet" @click=${actions.stop}>${t.sweep.stop}</button>` : nothing}
      <span class="progress" role="status" data-sweep-status>${isBusy ? whereIt(at, context) : nothing}</span>
    </p>
    ${problem ? html`<p class="problem" role="alert">${problem}</p>` : nothing}
    ${series.length > 0 ? html`${plots(series, context)} ${table(series, context)} ${saveLink(context)}` : nothing}
  </section>`;
}

/** The curves of the model in force. @param {import("../state/types.js").LabState} state */
const seriesOf = ({ sweep, model }) => sweep.series.filter(({ of }) => of === sweepKey(model));

/** @param {{ length: number, cache: "on" | "off" | null }} at @param {Context} context */
function whereIt({ length, cache }, { state, words: { t, format } }) {
  const lengths = lengthsOf(state);
  const said = t.sweep.at(format.whole(length), lengths.indexOf(length) + 1, lengths.length);
  return cache === null ? said : `${t.sweep.cache[cache]}: ${said}`;
}

/** Milliseconds a token, the first one among them. @param {SweepSample} point */
const each = ({ tokens_per_second }) => (tokens_per_second > 0 ? 1e3 / tokens_per_second : 0);

/** @param {SweepSeries[]} series @param {Context} context */
function plots(series, { state, words }) {
  const { t } = words;
  const lengths = lengthsOf(state);
  if (isGpt(state.model.kind)) return plotsOfGpt(series, lengths, words);
  return html`${plot(series, { lengths, value: each, name: t.sweep.plot }, words)}
    <p class="plot-key">${t.sweep.axis} ${key(series, words)}</p>`;
}

/** @param {SweepSeries[]} series @param {Context} context */
function table(series, { state, words }) {
  const { t, format } = words;
  const isOfGpt = isGpt(state.model.kind);
  const slides = series.some(({ points }) => points.some((point) => point.slides));
  const counts = series.map((one) => t.sweep.counted(seriesName(one, words), format.whole(one.points[0].new_tokens)));
  const caption = isOfGpt ? t.sweep.of_gpt.caption : t.sweep.caption(counts.join(", "));
  const speed = isOfGpt ? t.sweep.of_gpt.speed : t.sweep.speed;
  return html`<div class="scroll" tabindex="0" role="group" aria-label=${t.sweep.heading}><table>
    <caption>${caption}</caption>
    <thead>
      <tr>
        <th scope="col">${t.sweep.prompt}</th>
        ${series.map(
          (one) =>
            html`<th scope="col">${seriesName(one, words)}: ${t.sweep.ttft}</th><th scope="col">${seriesName(one, words)}: ${speed}</th>`,
        )}
      </tr>
    </thead>
    <tbody>
      ${lengthsOf(state).map(
        (length) => html`<tr>
          <th scope="row">${format.whole(length)}${slides && series.some(({ points }) => points.some((point) => point.slides && point.prompt_length === length)) ? " *" : nothing}</th>
          ${series.map(({ points }) =>
            cells(
              points.find(({ prompt_length }) => prompt_length === length),
              isOfGpt,
              words,
            ),
          )}
        </tr>`,
      )}
    </tbody>
  </table></div>
  ${slides ? html`<p class="note">${t.sweep.of_gpt.slides(format.whole(series[0].block_size ?? 0))}</p>` : nothing}`;
}

/** @param {SweepSample | undefined} point @param {boolean} isOfGpt @param {import("./effect.js").Words} words */
function cells(point, isOfGpt, { t, format }) {
  if (!point) return html`<td>${t.timings.none}</td><td>${t.timings.none}</td>`;
  const { ttft_ms, tokens_per_second, decode_tokens_per_second } = point;
  return html`<td>${ttft_ms > 0 ? format.duration(ttft_ms) : t.timings.unresolved}</td>
    <td>${format.whole(isOfGpt ? decode_tokens_per_second : tokens_per_second)}</td>`;
}

/** All that was measured, with what it was measured on. @param {Context} context */
function saveLink({ state, words: { t } }) {
  const saveAll = () => {
    const facts = {
      model: state.model.kind,
      clock_resolution_ms: state.run?.timings?.clock_resolution_ms ?? null,
      series: seriesOf(state).map(({ of: _, ...series }) => series),
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
  .sweep .scroll {
    overflow-x: auto;
  }
  .sweep table {
    inline-size: 100%;
    max-inline-size: calc(640 * var(--px));
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
    font-size: calc(13 * var(--px));
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
    min-inline-size: calc(88 * var(--px));
    text-align: start;
  }
  @container logit-lab (inline-size >= 544px) {
    .sweep th:first-child {
      white-space: nowrap;
    }
  }
`;
