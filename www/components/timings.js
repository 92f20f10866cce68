import { css, html, nothing } from "lit";
import { stageLabel } from "./effect.js";
import { sweep } from "./sweep.js";

/**
 * Where the time of the run went, as the engine measured it.
 *
 * @typedef {import("./context.js").Context} Context
 * @typedef {import("../state/types.js").Timings} Timings
 * @typedef {import("../engine/types.js").StageTimes["stages"][number]} StageTime
 */

/**
 * @param {Context} context
 * @param {{ sweep: { start: () => void, stop: () => void }, timeStages: () => void }} actions
 */
export const timingsView = (context, actions) =>
  html`${timings(context)} ${stageTimes(context, actions.timeStages)} ${sweep(context, actions.sweep)}`;

/** @param {Context} context */
export function timings({ state, words: { t, format } }) {
  const times = state.run?.timings;
  if (!times) return html`<p>${t.timings.none}</p>`;
  const several = times.tokens > 1;
  const time = (/** @type {number} */ ms) => (ms > 0 ? format.duration(ms) : t.timings.unresolved);
  const rate = (/** @type {number} */ per_second) =>
    Number.isFinite(per_second) && per_second > 0 ? format.whole(per_second) : t.timings.unresolved;
  const after_first = (/** @type {string} */ text) => (several ? text : t.timings.none);
  const rows = [
    [t.timings.ttft, time(times.ttft_ms)],
    [t.timings.decode, after_first(time(times.decode_ms))],
    [t.timings.speed, rate(times.tokens_per_second)],
    [t.timings.speed_decode, after_first(rate(times.decode_tokens_per_second))],
    ...steps(after_first(time(times.step_p50_ms)), after_first(time(times.step_p95_ms)), t),
    [t.timings.model, time(times.model_ms)],
    [t.timings.sample, time(times.sample_ms)],
  ];
  if (times.gpu) {
    const { tokens_read, tokens_drawn, encode_ms, gpu_ms, readback_ms } = times.gpu;
    rows.push(
      [t.timings.gpu_read, format.whole(tokens_read)],
      [t.timings.gpu_drawn, format.whole(tokens_drawn)],
      [t.timings.gpu_encode, time(encode_ms)],
      [t.timings.gpu_kernels, gpu_ms === null ? t.timings.gpu_unresolved : time(gpu_ms)],
      [t.timings.gpu_readback, time(readback_ms)],
    );
  }
  return html`<p>${t.timings.about(format.tokens(times.tokens), t.machine.by[times.backend])}</p>
    <dl class="timings">
      ${rows.map(([name, value]) => html`<div><dt>${name}</dt><dd>${value}</dd></div>`)}
    </dl>
    <p class="note">
      ${t.timings.clock(format.duration(times.clock_resolution_ms))}
      ${times.gpu?.gpu_ms === null ? t.timings.gpu_clock : nothing}
    </p>`;
}

/**
 * Half of the steps were faster, and 19 of 20. Where the clock cannot tell the two apart, that is said instead of one number twice.
 * @param {string} median
 * @param {string} p95
 * @param {import("../lib/strings.js").Strings} t
 */
const steps = (median, p95, t) =>
  median === p95
    ? [[t.timings.step_both, median]]
    : [
        [t.timings.step, median],
        [t.timings.step_p95, p95],
      ];

/**
 * What each stage adds to a step, as bars.
 * @param {Context} context
 * @param {() => void} start
 */
function stageTimes({ state: { stage_times, step }, words: { t, format } }, start) {
  const longest = stage_times?.stages.reduce((most, { ms }) => Math.max(most, ms), 0) ?? 0;
  return html`<h3>${t.stage_times.heading}</h3>
    <p>${t.stage_times.about}</p>
    <p class="throws"><button type="button" aria-disabled=${!step} @click=${start}>${t.stage_times.start}</button></p>
    ${
      stage_times
        ? html`<table class="histogram stage-times">
              <caption><span class="spoken">${t.stage_times.heading}</span></caption>
              <tbody>
                ${stage_times.stages.map(
                  ({ stage, ms, spread_ms }, i, all) => html`<tr data-noise=${isNoise(all, i)}>
                    <th scope="row">${stage === "draw" ? t.stage_times.alone : t.stage_times.and(stageLabel(stage, t))}</th>
                    ${
                      isNoise(all, i)
                        ? html`<td colspan="2">${t.stage_times.noise}</td>`
                        : html`<td><span class="track" aria-hidden="true"><span class="bar final" .style=${`inline-size: ${(100 * ms) / longest}%`}></span></span></td>
                            <td class="number-cell">${format.duration(ms)} <small>± ${format.duration(spread_ms)}</small></td>`
                    }
                  </tr>`,
                )}
              </tbody>
            </table>
            <p class="note">
              ${t.stage_times.note(format.whole(stage_times.rows), format.whole(stage_times.vocab_size), t.place.kind[stage_times.backend])}
              ${isFaster(stage_times.stages) ? t.stage_times.faster : nothing}
            </p>`
        : nothing
    }`;
}

/**
 * The last measurement before this one that is told.
 * @param {StageTime[]} all
 * @param {number} i
 */
const toldBefore = (all, i) => all.slice(0, i).findLast((_, before) => !isNoise(all, before));

/**
 * Whether a stage changes the time by less than equal measurements differ: then its time is no news, and is not told.
 * @param {StageTime[]} all
 * @param {number} i
 * @returns {boolean}
 */
export function isNoise(all, i) {
  const before = toldBefore(all, i);
  return before !== undefined && Math.abs(all[i].ms - before.ms) <= all[i].spread_ms + before.spread_ms;
}

/** Whether a stage makes a step faster, and by more than equal measurements differ. @param {StageTime[]} all */
const isFaster = (all) => all.some(({ ms }, i) => !isNoise(all, i) && ms < (toldBefore(all, i)?.ms ?? 0));

export const timingsStyles = css`
  .timings {
    display: grid;
    grid-template-columns: repeat(auto-fill, minmax(min(100%, calc(288 * var(--px))), 1fr));
    gap: 0 var(--space-4);
    margin: var(--space-1) 0;
  }
  .timings div {
    display: flex;
    justify-content: space-between;
    gap: var(--space-2);
    padding-block: var(--space-half);
    border-block-end: 1px solid var(--line);
  }
  .histogram.stage-times tbody th {
    inline-size: calc(136 * var(--px));
  }
  .histogram.stage-times .number-cell {
    inline-size: calc(140 * var(--px));
    padding-inline-end: 0;
    white-space: nowrap;
  }
  .timings dt {
    color: var(--muted);
  }
  .timings dd {
    margin: 0;
    font-variant-numeric: tabular-nums;
    text-align: end;
    white-space: nowrap;
  }
`;
