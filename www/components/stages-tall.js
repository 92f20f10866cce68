import { html, nothing, svg } from "lit";
import { briefOf, isLetter, shownOf } from "./stage-words.js";

/**
 * A column of "Stages in numbers" where there is no room for columns side by side: the bars stand upright, and below them is what matters.
 *
 * @typedef {import("./stages.js").Board} Board
 * @typedef {import("../state/stage-rows.js").StageColumn} StageColumn
 * @typedef {import("../state/stage-rows.js").Cell} Cell
 */

/** Bars, at most; the height of the picture in its own units, and how far what is removed drops. */
const BARS = 30;
const HEIGHT = 56;
const DROP = 8;

/** From this part of the width on, the reason stands before its line. */
const LATE = 0.6;

/** Tokens named below the bars. */
const NAMED = 4;

/** @param {StageColumn} column @param {Board} all */
export function tallChart(column, all) {
  const cells = [...column.rows, ...column.lines].sort((a, b) => a.band - b.band).slice(0, BARS);
  const first = cells.findIndex(({ fate }) => fate === "removed");
  const { removed } = column.at;
  const cut = column.has_holes || first === -1 ? 1 : first / cells.length;
  const why = briefOf(column.at.stage, all.step.settings, all.context.words);
  return html`<div class="tall">
    ${removed > 0 ? html`<p class="why" ?data-late=${cut > LATE} .style=${`--cut: ${cut}`}><span aria-hidden="true">✕</span> ${why}</p>` : nothing}
    <svg viewBox="0 0 ${cells.length * 10} ${HEIGHT + DROP}" preserveAspectRatio="none" aria-hidden="true">
      ${cells.map((cell, i) => upright(cell, i, column, all))}
    </svg>
    <p>${removed > 0 && first > 0 && !column.has_holes ? aroundTheCut(cells, first, all) : firstTokens(column, all)}</p>
  </div>`;
}

/** @param {Cell} cell @param {number} i @param {StageColumn} column @param {Board} all */
function upright({ band, fate, share, before }, i, { station, at }, { scale, picture }) {
  if (fate === "gone") return svg``;
  const size = (/** @type {number} */ p) => Math.min(HEIGHT, (HEIGHT * p) / scale);
  const height = Math.max(0.7, size(share));
  const y = HEIGHT - height + (fate === "removed" ? DROP : 0);
  const isMoved = station > 0 && at.moves && fate === "kept";
  return svg`<rect data-fate=${fate} ?data-drawn=${band === picture.drawn?.band} x=${i * 10 + 0.5} y=${y} width="9" height=${height} />
    ${isMoved ? svg`<path class="tick" d="M${i * 10} ${HEIGHT - size(before)}h10" />` : nothing}`;
}

/** @param {StageColumn} column @param {Board} all */
function firstTokens({ rows, station, shows }, all) {
  const { words } = all.context;
  return rows
    .filter(({ fate }) => fate === "kept")
    .slice(0, NAMED)
    .map(
      (cell, i) =>
        html`${i > 0 ? ", " : ""}${word(cell, all)} ${station === 0 ? words.format.percent(cell.share) : shownOf(shows, cell.shown, words)}`,
    );
}

/** @param {Cell[]} cells @param {number} first @param {Board} all */
function aroundTheCut(cells, first, all) {
  const { t } = all.context.words;
  return html`${t.stages.last_kept} ${word(cells[first - 1], all)}, ${t.stages.first_removed} ${word(cells[first], all)}`;
}

/** @param {Cell} cell @param {Board} all */
function word({ band, fate }, { context, step, picture }) {
  const text = step.run.vocab[picture.bands.id[band]] ?? "";
  return html`<b class="word" data-fate=${fate} ?data-letter=${isLetter(text)}>${context.words.format.shown(text)}</b>`;
}
