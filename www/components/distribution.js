import { css, html, nothing } from "lit";
import { guard } from "lit/directives/guard.js";
import { signOf } from "../lib/format.js";
import { stageIn } from "../lib/spec-words.js";
import { FIRST_ROWS } from "../state/lab-state.js";
import { rowsOf, rowsToShow } from "../state/rows.js";
import { stageNamed } from "../state/settings.js";
import { contextLine, nothingYet, textThrough } from "./context-line.js";
import { filled, stageLabel } from "./effect.js";
import { isLetter } from "./stage-words.js";

/**
 * The probabilities of one step, from the model and after the stages, as bars in a table. A removed token keeps its row and says why.
 *
 * @typedef {import("./context.js").Context} Context
 * @typedef {import("../state/rows.js").Row} Row
 * @typedef {import("../state/types.js").TracedStep} TracedStep
 * @typedef {import("./effect.js").Words} Words
 */

/** How many times more rows each time the user asks for more. */
const MORE_TIMES = 4;

/** The distribution alone, complete. @param {Context} context */
export function distributionView(context) {
  const { step, listing } = context.state;
  if (!step) return nothingYet(context);
  const show = (/** @type {number} */ rows) => context.send({ type: "listing", change: { rows } });
  return html`${contextLine(step, context.words)} ${distribution(step, context, listing.rows, show)}
    <p class="note">${summary(step, context.words)}</p>`;
}

/**
 * @param {TracedStep} step
 * @param {Context} context
 * @param {number} n_rows rows to show
 * @param {(n_rows: number) => void} show
 */
function distribution(step, context, n_rows, show) {
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
      <p class="rows-shown">
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
        <th scope="col">${t.why.raw}</th>
        <th scope="col">${t.why.final}</th>
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
function tokenRow(row, scale, step, context) {
  const { words } = context;
  const { t, format } = words;
  const drawn = step.drawn && step.trace.draw.token === row.id;
  return html`<tr ?data-drawn=${drawn} ?data-removed=${row.removal !== null}>
    <th scope="row">${tokenCell(row.id, step, context)}</th>
    <td>${bar(row.raw, scale, "raw")}<span class="number">${format.percent(row.raw)}</span></td>
    <td>
      ${
        row.removal
          ? html`<span class="removal"><b>${t.why.removed}: ${stageLabel(row.removal.stage, t)}</b> <span>${reasonOf(row, step, words)}</span></span>`
          : html`${bar(row.final, scale, "final")}<span class="number">${format.percent(row.final)}</span>`
      }
    </td>
  </tr>`;
}

/**
 * A token in a table: a button that puts it into the text, and what became of it there.
 * @param {number} id
 * @param {TracedStep} step
 * @param {Context} context
 */
export function tokenCell(id, step, { words, send }) {
  const { t, format } = words;
  const text = step.run.vocab[id] ?? "";
  const drawn = step.drawn && step.trace.draw.token === id;
  const put = step.drawn && !drawn && step.run.tokens[step.index] === id;
  const name = t.why.force(format.quoted(text));
  return html`<button
      class="face"
      ?data-letter=${isLetter(text)}
      ?data-sign=${signOf(text) !== null}
      type="button"
      title=${name}
      aria-label="${format.spoken(text)}. ${name}"
      @click=${() => send({ type: "force", index: step.index, token: id })}
    >${format.shown(text)}</button>
    ${drawn ? html`<span class="mark">◆<span class="spoken"> ${t.why.drawn}</span></span>` : nothing}
    ${put ? html`<span class="mark">✎<span class="spoken"> ${t.branch.put}</span></span>` : nothing}`;
}

/** @param {number} p @param {number} scale @param {"raw" | "final"} kind */
const bar = (p, scale, kind) =>
  html`<span class="track" aria-hidden="true"><span class="bar ${kind}" .style=${`inline-size: ${(100 * p) / scale}%`}></span></span>`;

/**
 * Why a token was removed; "" where it was not.
 * @param {Pick<Row, "id" | "removal">} row
 * @param {TracedStep} step
 * @param {Words} words
 * @returns {string}
 */
export function reasonOf({ id, removal }, { run, index }, words) {
  if (!removal) return "";
  const { stage, evidence, limit, allowed } = removal;
  const spec = stageNamed(stage);
  const reason = (spec ? stageIn(spec, words.t).reason : words.t.reason[stage]) ?? "";
  const repeated = Number.isNaN(evidence) ? "" : textThrough(run, index, id, evidence);
  return filled(reason, { value: limit, evidence, repeated, allowed }, words);
}

/** @param {TracedStep} step @param {Words} words */
function summary({ trace }, { t, format }) {
  const kept = t.why.kept(format.whole(trace.kept), format.tokens(trace.vocab_size));
  return t.why.summary(kept, format.bits(trace.raw_entropy), format.bits(trace.entropy));
}

export const tableStyles = css`
  table {
    inline-size: 100%;
    border-collapse: collapse;
    font: 400 calc(14 * var(--px)) / calc(20 * var(--px)) var(--sans);
    font-variant-numeric: tabular-nums;
  }
  thead th::first-letter {
    text-transform: uppercase;
  }
  thead th {
    padding-block: 0 calc(4 * var(--px));
    border-block-end: 1px solid var(--line);
    color: var(--muted);
    font: var(--note);
    text-align: start;
    vertical-align: bottom;
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
  .track {
    display: inline-block;
    inline-size: calc(100% - 72 * var(--px));
    block-size: calc(12 * var(--px));
    vertical-align: middle;
  }
  table .bar {
    position: static;
    display: block;
    min-inline-size: 0;
    block-size: 100%;
    border-radius: 0 2px 2px 0;
    background: var(--water-a);
  }
  table .bar.final {
    background: var(--water-b);
  }
  tr[data-drawn] .bar {
    background: var(--accent);
  }
  .number-cell {
    text-align: end;
  }
  table .face {
    display: inline-block;
    box-sizing: border-box;
    min-inline-size: calc(28 * var(--px));
    min-block-size: calc(24 * var(--px));
    max-inline-size: 100%;
    overflow: hidden;
    padding: 0 calc(4 * var(--px));
    border: 0;
    border-radius: 4px;
    background: none;
    font: 400 calc(16 * var(--px)) / calc(24 * var(--px)) var(--serif);
    text-align: start;
    text-overflow: ellipsis;
    vertical-align: middle;
    white-space: pre;
  }
  .face[data-sign] {
    font-family: var(--sans);
  }
  table button.face {
    margin-inline-start: calc(-4 * var(--px));
  }
  table button.face:hover {
    background: var(--surface);
  }
  .mark {
    margin-inline-start: var(--space-half);
    color: var(--accent);
  }
  tr[data-drawn] > * {
    background: color-mix(in oklab, var(--accent-soft) 55%, var(--paper));
  }
  tr[data-drawn] :is(.number, .face),
  tr[data-drawn] td {
    font-weight: 600;
  }
  tr[data-removed] {
    color: var(--muted);
  }
  tr[data-removed] .face:not([data-letter]) {
    text-decoration: line-through;
  }
  tr[data-removed] .bar.raw {
    border: 1px solid var(--hatch);
    box-sizing: border-box;
    background: repeating-linear-gradient(-45deg, var(--hatch) 0 1.2px, transparent 1.2px 4px);
  }
  @media (forced-colors: active) {
    table .bar {
      forced-color-adjust: none;
      background: CanvasText;
    }
    table .bar.final {
      background: Highlight;
    }
  }
`;

export const distributionStyles = css`
  .distribution {
    table-layout: fixed;
  }
  .distribution thead th:first-child {
    inline-size: calc(72 * var(--px));
  }
  [data-long-tokens] .distribution thead th:first-child {
    inline-size: calc(112 * var(--px));
  }
  .number {
    display: inline-block;
    inline-size: calc(64 * var(--px));
    text-align: end;
    vertical-align: middle;
  }
  .removal {
    display: block;
    padding-block: 3px;
    font: var(--note);
    overflow-wrap: anywhere;
  }
  .removal b {
    font-weight: 500;
  }
  .gap td {
    color: var(--muted);
    font: var(--note);
  }
  .rows-shown {
    display: flex;
    gap: var(--space-1);
    margin: var(--space-1) 0;
  }
`;
