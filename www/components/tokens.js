import { css, html, nothing } from "lit";
import { guard } from "lit/directives/guard.js";
import { live } from "lit/directives/live.js";
import { PAGE, pageOf, rankedRows } from "../state/all-tokens.js";
import { contextLine, nothingYet } from "./context-line.js";
import { reasonOf, tokenCell } from "./distribution.js";
import { stageLabel } from "./effect.js";
import { nameOf } from "./stage-words.js";

/**
 * All tokens of a step: rank, token, logit, its probability from the model, after each stage and at the end, and why it was removed.
 *
 * @typedef {import("./context.js").Context} Context
 * @typedef {import("../state/types.js").TracedStep} TracedStep
 * @typedef {import("../state/all-tokens.js").RankedRow} RankedRow
 */

/** @param {Context} context */
export function tokensView(context) {
  const { state, words } = context;
  const { step, listing } = state;
  if (!step) return nothingYet(context);
  return html`${contextLine(step, words)}
    ${guard([step, listing, words], () => {
      const shown = pageOf(step, listing);
      return html`${search(shown.n_found, step, context)} ${table(shown.rows, step, context)} ${pages(shown, context)}`;
    })}`;
}

/** @param {number} n_found @param {TracedStep} step @param {Context} context */
function search(n_found, step, { state, words: { t, format }, send }) {
  const { query } = state.listing;
  const drawn = step.drawn ? rankedRows(step.trace).findIndex(({ id }) => id === step.run.tokens[step.index]) : -1;
  return html`<p class="find">
    <label for="find-token">${t.all.find}</label>
    <input
      id="find-token"
      class="field"
      type="search"
      autocomplete="off"
      spellcheck="false"
      .value=${live(query)}
      @input=${(/** @type {Event & { target: HTMLInputElement }} */ event) => send({ type: "listing", change: { query: event.target.value, page: 0 } })}
    />
    <span class="note" role="status">${query === "" ? t.all.hint : t.all.found(format.tokens(n_found))}</span>
    ${
      drawn === -1
        ? nothing
        : html`<button type="button" @click=${() => send({ type: "listing", change: { query: "", page: Math.floor(drawn / PAGE) } })}>${t.all.to_drawn}</button>`
    }
  </p>`;
}

/** @param {RankedRow[]} rows @param {TracedStep} step @param {Context} context */
function table(rows, step, context) {
  const { t } = context.words;
  const { stages } = step.trace;
  return html`<div class="scroll" tabindex="0" role="group" aria-label=${t.all.caption} @keydown=${walk}><table class="all-tokens">
    <caption><span class="spoken">${t.all.caption}</span></caption>
    <thead>
      <tr>
        <th scope="col" class="number-cell">${t.all.rank}</th>
        <th scope="col">${t.why.token}</th>
        <th scope="col" class="number-cell logit">${t.stages.shows.logit}</th>
        <th scope="col" class="number-cell">${t.all.model}</th>
        ${stages.map(({ stage }) => html`<th scope="col" class="number-cell after">${nameOf(stage, context.words)}</th>`)}
        <th scope="col" class="number-cell">${t.all.final}</th>
        <th scope="col">${t.all.why}</th>
      </tr>
    </thead>
    <tbody>${withReasons(rows, step, context.words).map(([row, reason]) => tokenRow(row, reason, step, context))}</tbody>
  </table></div>`;
}

/** From token to token by arrows, where each is a button, so that nobody has to pass all of them. @param {KeyboardEvent & { currentTarget: HTMLElement }} event */
function walk(event) {
  const buttons = [...event.currentTarget.querySelectorAll("button")];
  const at = buttons.indexOf(/** @type {HTMLButtonElement} */ (event.target));
  const to = { ArrowDown: at + 1, ArrowUp: at - 1, Home: 0, End: buttons.length - 1 }[event.key];
  if (at === -1 || to === undefined || !buttons[to]) return;
  event.preventDefault();
  buttons[to].focus();
}

/**
 * Why tokens were removed. Consecutive rows with the same reason share one cell.
 * @typedef {{ stage: string, why: string, n: number }} Reason   n: so many rows
 */

/** @param {RankedRow[]} rows @param {TracedStep} step @param {Context["words"]} words @returns {[RankedRow, Reason | null][]} null: a row above says it */
function withReasons(rows, step, words) {
  /** @type {{ reason: Reason, first: RankedRow, last: RankedRow }[]} */
  const runs = [];
  const told = rows.map((row) => {
    const run = runs.at(-1);
    if (run && isSameReason(run.first, row, step, words)) {
      run.last = row;
      run.reason.n += 1;
      return /** @type {[RankedRow, null]} */ ([row, null]);
    }
    const reason = { stage: row.removal ? stageLabel(row.removal.stage, words.t) : "", why: "", n: 1 };
    runs.push({ reason, first: row, last: row });
    return /** @type {[RankedRow, Reason]} */ ([row, reason]);
  });
  for (const { reason, first, last } of runs) reason.why = reasonOf(first, step, throughout(first, last, words));
  return told;
}

/** Whether two tokens were removed for the same reason, but for the number that each has of its own. @param {RankedRow} a @param {RankedRow} b @param {TracedStep} step @param {Context["words"]} words */
function isSameReason(a, b, step, words) {
  if (a.removal?.stage !== b.removal?.stage || !a.removal || !b.removal) return false;
  const same = { ...b, removal: { ...b.removal, evidence: a.removal.evidence } };
  return reasonOf(a, step, words) === reasonOf(same, step, words);
}

/** Words that say the first token's own number as "91.4% … 99.9%", through to the last one's. @param {RankedRow} first @param {RankedRow} last @param {Context["words"]} words @returns {Context["words"]} */
function throughout({ removal: from }, { removal: to }, words) {
  if (!from || !to || from.evidence === from.limit) return words;
  const { format } = words;
  const range = (/** @type {(x: number) => string} */ print) => (/** @type {number} */ x) =>
    x !== from.evidence || print(x) === print(to.evidence) ? print(x) : `${print(x)} … ${print(to.evidence)}`;
  return { ...words, format: { ...format, number: range(format.number), percent: range(format.percent) } };
}

/** @param {RankedRow} row @param {Reason | null} reason @param {TracedStep} step @param {Context} context */
function tokenRow({ id, rank, raw, final, removal }, reason, step, context) {
  const { words } = context;
  const { t, format } = words;
  const { trace, after } = step;
  const drawn = step.drawn && trace.draw.token === id;
  const removed_at = removal ? trace.stages.findIndex(({ stage }) => stage === removal.stage) : -1;
  return html`<tr ?data-drawn=${drawn} ?data-removed=${removal !== null}>
    <td class="number-cell">${format.whole(rank + 1)}</td>
    <th scope="row">${tokenCell(id, step, context)}</th>
    <td class="number-cell logit">${format.logit(trace.logits[id])}</td>
    <td class="number-cell">${format.percent(raw)}</td>
    ${trace.stages.map((_, i) => html`<td class="number-cell after">${removed_at !== -1 && i >= removed_at ? t.timings.none : format.percent(after[i][id])}</td>`)}
    <td class="number-cell">${removal ? t.timings.none : format.percent(final)}</td>
    ${reason && html`<td class="reason" rowspan=${reason.n}>${removal ? html`<b>${reason.stage}:</b> ${reason.why}` : nothing}</td>`}
  </tr>`;
}

/** @param {{ page: number, n_pages: number, n_found: number }} shown @param {Context} context */
function pages({ page, n_pages, n_found }, { words: { t, format }, send }) {
  if (n_pages === 1) return nothing;
  const go = (/** @type {number} */ to) => to >= 0 && to < n_pages && send({ type: "listing", change: { page: to } });
  const last = Math.min((page + 1) * PAGE, n_found);
  const button = (/** @type {number} */ to, /** @type {string} */ name) =>
    html`<button type="button" aria-disabled=${to < 0 || to >= n_pages} @click=${() => go(to)}>${name}</button>`;
  return html`<p class="pages">
    ${button(page - 1, t.all.previous)} ${button(page + 1, t.all.next)}
    <span>${t.all.range(format.whole(page * PAGE + 1), format.whole(last), format.whole(n_found))}</span>
  </p>`;
}

export const tokensStyles = css`
  .find,
  .pages {
    display: flex;
    flex-wrap: wrap;
    align-items: center;
    gap: var(--space-half) var(--space-2);
    margin-block: var(--space-1);
  }
  .find .note {
    flex: 1 1 auto;
  }
  .all-tokens tbody tr > * {
    block-size: calc(28 * var(--px));
    border-block-end: 1px solid var(--line);
  }
  .all-tokens :is(td, th) {
    padding-inline-end: var(--space-3);
    white-space: nowrap;
  }
  .all-tokens :is(td, th):first-child {
    inline-size: calc(40 * var(--px));
  }
  .all-tokens .reason {
    inline-size: 34%;
    padding-inline-end: 0;
    font: var(--note);
    white-space: normal;
  }
  .all-tokens .reason:not([rowspan="1"]) {
    padding-block: calc(4 * var(--px));
    padding-inline-start: var(--space-1);
    border-inline-start: 2px solid var(--line-strong);
    vertical-align: top;
  }
  .all-tokens .reason b {
    font-weight: 500;
  }
  .all-tokens thead th:last-child {
    inline-size: 34%;
  }
  .scroll {
    overflow-x: auto;
  }
  @container logit-lab (inline-size < 900px) {
    .all-tokens .after {
      display: none;
    }
    .all-tokens :is(td, th) {
      padding-inline-end: calc(14 * var(--px));
    }
    .all-tokens :is(.reason, thead th:last-child) {
      inline-size: 48%;
    }
  }
  @container logit-lab (inline-size < 600px) {
    .all-tokens .logit {
      display: none;
    }
    .all-tokens :is(td, th) {
      padding-inline-end: var(--space-1);
    }
  }
`;
