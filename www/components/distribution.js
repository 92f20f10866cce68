import { css, html, nothing } from "lit";
import { guard } from "lit/directives/guard.js";
import { shownToken } from "../lib/format.js";
import { stageIn } from "../lib/spec-words.js";
import { rowsOf, rowsToShow } from "../state/rows.js";
import { stageNamed } from "../state/settings.js";
import { filled, stageLabel } from "./effect.js";

/**
 * The probabilities of one step, before and after the settings, as bars in a table. A removed token keeps its row and says why.
 *
 * @typedef {import("./context.js").Context} Context
 * @typedef {import("../state/rows.js").Row} Row
 * @typedef {import("../state/types.js").TracedStep} TracedStep
 * @typedef {import("./effect.js").Words} Words
 */

/** Rows at first, and how many times more each time the user asks for more. */
export const FIRST_ROWS = 6;
const MORE_TIMES = 4;

/**
 * @param {TracedStep} step
 * @param {Context} context
 * @param {number} n_rows rows to show
 * @param {(n_rows: number) => void} show
 */
export function distribution(step, context, n_rows, show) {
  const { words } = context;
  return guard([step, n_rows, words], () => {
    const rows = rowsOf(step.trace);
    const shown = rowsToShow(rows, n_rows, step.drawn ? step.trace.draw.token : null);
    const scale = rows.reduce((most, row) => Math.max(most, row.raw, row.final), 0);
    const after_last = rows.length - rows.indexOf(shown[shown.length - 1].row) - 1;
    return html`${table(
      words,
      html`${shown.map(({ row, skipped }) => html`${gap(skipped, words)}${tokenRow(row, scale, step, context)}`)}${gap(after_last, words)}`,
    )}
      <p class="rows">
        ${n_rows < rows.length ? html`<button type="button" class="more-rows" @click=${() => show(n_rows * MORE_TIMES)}>${words.t.why.more}</button>` : nothing}
        ${n_rows > FIRST_ROWS ? html`<button type="button" @click=${() => show(FIRST_ROWS)}>${words.t.why.fewer}</button>` : nothing}
      </p>`;
  });
}

/** @param {Words} words @param {unknown} body */
const table = ({ t }, body) =>
  html`<table class="distribution">
    <caption><span class="spoken">${t.why.caption}</span></caption>
    <thead>
      <tr>
        <th scope="col">${t.why.token}</th>
        <th scope="col">${t.why.raw} <small>${t.why.raw_about}</small></th>
        <th scope="col">${t.why.final} <small>${t.why.final_about}</small></th>
      </tr>
    </thead>
    <tbody>${body}</tbody>
  </table>`;

/** @param {number} skipped @param {Words} words */
const gap = (skipped, { t, format }) =>
  skipped > 0 ? html`<tr class="gap"><td colspan="3">${t.why.gap(format.whole(skipped))}</td></tr>` : nothing;

/**
 * @param {Row} row
 * @param {number} scale the probability whose bar is full
 * @param {TracedStep} step
 * @param {Context} context
 */
function tokenRow(row, scale, step, { words, send }) {
  const { t, format } = words;
  const text = step.run.vocab[row.id] ?? "";
  const drawn = step.drawn && step.trace.draw.token === row.id;
  const put = step.drawn && !drawn && step.run.tokens[step.index] === row.id;
  const name = t.branch.force(format.quoted(text));
  return html`<tr ?data-drawn=${drawn} ?data-removed=${row.removal !== null}>
    <th scope="row">
      <button
        class="face"
        type="button"
        title=${name}
        aria-label="${format.spoken(text)}. ${name}"
        @click=${() => send({ type: "force", index: step.index, token: row.id })}
      >${shownToken(text)}</button>
      ${drawn ? html`<span class="mark">◆<span class="spoken"> ${t.why.drawn}</span></span>` : nothing}
      ${put ? html`<span class="mark">✎<span class="spoken"> ${t.branch.put}</span></span>` : nothing}
    </th>
    <td>${bar(row.raw, scale, "raw")}<span class="number">${format.percent(row.raw)}</span></td>
    <td>
      ${
        row.removal
          ? html`<span class="removal"><b>${t.why.removed}: ${stageLabel(row.removal.stage, t)}</b> <span>${reasonOf(row.removal, words)}</span></span>`
          : html`${bar(row.final, scale, "final")}<span class="number">${format.percent(row.final)}</span>`
      }
    </td>
  </tr>`;
}

/** @param {number} p @param {number} scale @param {"raw" | "final"} kind */
const bar = (p, scale, kind) =>
  html`<span class="track" aria-hidden="true"><span class="bar ${kind}" .style=${`inline-size: ${(100 * p) / scale}%`}></span></span>`;

/** @param {import("../state/rows.js").Removal} removal @param {Words} words @returns {string} */
export function reasonOf({ stage, evidence, limit }, words) {
  const spec = stageNamed(stage);
  const reason = spec ? stageIn(spec, words.t).reason : (words.t.reason[stage] ?? "");
  return filled(reason, { value: limit, evidence }, words);
}

export const distributionStyles = css`
  table {
    inline-size: 100%;
    border-collapse: collapse;
    table-layout: fixed;
    font-size: calc(15 * var(--px));
    font-variant-numeric: tabular-nums;
  }
  thead th {
    padding-block: 0 var(--space-half);
    border-block-end: 1px solid var(--line);
    font-size: calc(13 * var(--px));
    text-align: start;
  }
  thead th:first-child {
    inline-size: calc(64 * var(--px));
  }
  [data-long-tokens] .distribution thead th:first-child {
    inline-size: calc(104 * var(--px));
  }
  thead small {
    color: var(--muted);
    font-size: inherit;
    font-weight: 400;
  }
  tbody th {
    text-align: start;
    font-weight: 400;
    white-space: nowrap;
  }
  tbody th,
  tbody td {
    block-size: calc(26 * var(--px));
    padding-block: 0;
    padding-inline: 0 var(--space-2);
    vertical-align: middle;
  }
  td > .track,
  td > .number {
    display: inline-block;
    vertical-align: middle;
  }
  .track {
    inline-size: calc(100% - 68 * var(--px));
    block-size: calc(14 * var(--px));
  }
  .bar {
    display: block;
    min-inline-size: 1px;
    block-size: 100%;
    border-start-end-radius: 2px;
    border-end-end-radius: 2px;
  }
  .bar.raw {
    background: var(--water-a);
  }
  .bar.final {
    background: var(--water-b);
  }
  .number {
    inline-size: calc(64 * var(--px));
    text-align: end;
  }
  .face {
    display: inline-block;
    box-sizing: border-box;
    min-inline-size: calc(24 * var(--px));
    min-block-size: calc(24 * var(--px));
    max-inline-size: 100%;
    overflow: hidden;
    padding: 0 2px;
    border: 0;
    text-overflow: ellipsis;
    white-space: pre;
    border-radius: 3px;
    background: var(--surface);
    font: 400 calc(16 * var(--px)) / calc(24 * var(--px)) var(--mono);
    text-align: center;
  }
  button.face:hover {
    background: var(--tint-3);
  }
  .mark {
    margin-inline-start: var(--space-half);
    color: var(--accent);
  }
  tr[data-drawn] > * {
    background: var(--tint-1);
  }
  tr[data-drawn] .number,
  tr[data-drawn] .face {
    font-weight: 700;
  }
  tr[data-removed] {
    color: var(--muted);
  }
  tr[data-removed] .face {
    background: none;
    text-decoration: line-through;
  }
  tr[data-removed] .bar.raw {
    background: repeating-linear-gradient(115deg, var(--hatch) 0 2px, transparent 2px 5px);
    box-shadow: inset 0 0 0 1px var(--hatch);
  }
  .removal {
    display: block;
    padding-block: calc(3 * var(--px));
    font-size: calc(13 * var(--px));
    line-height: 1.25;
    overflow-wrap: anywhere;
  }
  .gap td {
    block-size: calc(18 * var(--px));
    padding-inline-start: calc(8 * var(--px));
    color: var(--muted);
    font-size: calc(12 * var(--px));
    line-height: 1;
  }
  .rows {
    display: flex;
    gap: var(--space-1);
    margin: var(--space-1) 0 0;
  }
  @media (forced-colors: active) {
    .bar {
      forced-color-adjust: none;
      background: CanvasText;
    }
    .bar.final {
      background: Highlight;
    }
  }
`;
