import { html, nothing, svg } from "lit";
import { signOf } from "../lib/format.js";
import { columnsOf, scaleOf } from "../state/stage-rows.js";
import { contextLine, nothingYet } from "./context-line.js";
import { rulesView } from "./rules.js";
import { briefOf, doesOf, isLetter, nameOf, shownOf } from "./stage-words.js";
import { drawColumn } from "./stages-draw.js";
import { tallChart } from "./stages-tall.js";

/**
 * Stages in numbers: rows are tokens, columns are stages, and a token keeps its height from the model to the draw. Every column shows the
 * number that its stage decides on. What a stage removes drops in its column and is gone in those after it.
 *
 * Rows are laid out once; a changed setting moves them by CSS variables: --at is a row's place, --w its bar, --before the tick of what it was.
 *
 * @typedef {import("./context.js").Context} Context
 * @typedef {import("../state/stage-rows.js").Cell} Cell
 * @typedef {import("../state/stage-rows.js").StageColumn} StageColumn
 * @typedef {import("../state/types.js").TracedStep} TracedStep
 */

/**
 * What the parts of the picture are made from.
 * @typedef {object} Board
 * @property {Context} context
 * @property {TracedStep} step
 * @property {import("../river/types.js").Picture} picture
 * @property {StageColumn[]} columns
 * @property {number} scale  the probability at which a bar ends
 */

/** @param {Context} context */
export function stagesView(context) {
  const { step } = context.state;
  if (!step?.picture) return nothingYet(context);
  return html`${contextLine(step, context.words)} ${board(step, step.picture, context)} ${rulesView(context)}`;
}

/**
 * The columns.
 * @param {TracedStep} step
 * @param {import("../river/types.js").Picture} picture
 * @param {Context} context
 */
export function board(step, picture, context) {
  const columns = columnsOf(picture);
  const all = { context, step, picture, columns, scale: scaleOf(columns, picture) };
  const slot = columns[0].rows.findIndex(({ band }) => band === picture.drawn?.band);
  const n = columns.length - 1;
  return html`<div class="numbers" data-stages=${n > 4 ? "many" : n} .style=${`--n: ${n}; --rows: ${columns[0].rows.length}; --slot: ${slot}`}>
    ${slot === -1 ? nothing : html`<div class="thread" aria-hidden="true"></div>`}
    ${columns.map((column) => stageColumn(column, all))} ${drawColumn(all)}
  </div>`;
}

/** @param {StageColumn} column @param {Board} all */
function stageColumn(column, all) {
  const { words } = all.context;
  const { t, format } = words;
  const { stage, kept, entropy } = column.at;
  const isModel = column.station === 0;
  const name = nameOf(stage, words);
  return html`<section class="of-stage" data-stage=${stage} aria-label=${t.stages.column(name)}>
    <header>
      <h3>${name}</h3>
      <p>${isModel ? format.tokens(all.picture.vocab_size) : doesOf(stage, all.step.settings, words)}</p>
    </header>
    ${labels(column, all)}
    <div class="stack">
      <ol class="rows">
        ${column.rows.map((cell, at) => row(cell, at, column, all))}
      </ol>
      ${hairlines(column, all)} ${cutLine(column, all)} ${rest(column, all)}
    </div>
    ${tallChart(column, all)}
    <footer>
      <span><b>${format.whole(kept)}</b> ${isModel ? t.stages.tokens : t.stages.left}</span>
      <span title=${t.river.bits_about}>${t.river.bits(format.bits(entropy))}</span>
    </footer>
  </section>`;
}

/** What the numbers and the bars are. @param {StageColumn} column @param {Board} all */
function labels({ station, at, shows }, { context, scale }) {
  const { t, format } = context.words;
  if (station === 0)
    return html`<p class="labels of-model"><span>${t.stages.token}</span><span>${t.stages.shows.logit}</span><span>${t.stages.scale(format.share(scale))}</span></p>`;
  return html`<p class="labels">
    <span>${at.moves ? html`<i class="tick" aria-hidden="true"></i> <span class="before">${t.stages.before}</span>` : nothing}</span>
    <span title=${shows === "rank" ? t.stages.rank_about : nothing}>${t.stages.shows[shows]}</span>
  </p>`;
}

/** @param {Cell} cell @param {number} at @param {StageColumn} column @param {Board} all */
function row(cell, at, { station, at: here, shows }, { context, step, picture, scale }) {
  const { words } = context;
  const { band, fate, share, before } = cell;
  const text = step.run.vocab[picture.bands.id[band]] ?? "";
  const isDrawn = band === picture.drawn?.band;
  const isForced = band === picture.forced?.band;
  const word = html`<span class="word" aria-hidden="true">${words.format.shown(text)}</span><span class="spoken">${words.format.spoken(text)}${isForced ? `, ${words.t.branch.put}` : ""}</span>`;
  const number =
    fate === "removed"
      ? html`<span class="spoken">${words.t.why.removed}</span>`
      : html`<span class="n">${shownOf(shows, cell.shown, words)}</span>`;
  const isMoved = station > 0 && here.moves && fate === "kept";
  return html`<li
    data-fate=${fate}
    aria-hidden=${fate === "gone"}
    ?data-drawn=${isDrawn}
    ?data-forced=${isForced}
    ?data-letter=${isLetter(text)}
    ?data-sign=${signOf(text) !== null}
    ?data-spelled=${station === 0 || fate === "removed"}
    .style=${`--at: ${at}; --w: ${share / scale}; --before: ${isMoved ? before / scale : -1}`}
    >${fate === "gone" ? nothing : html`<span class="bar" aria-hidden="true"></span>${isMoved ? html`<span class="tick" aria-hidden="true"></span>` : nothing}${word}${number}`}</li
  >`;
}

/** The tokens after the rows, a line each. @param {StageColumn} column @param {Board} all */
function hairlines({ lines }, { scale }) {
  const path = (/** @type {(cell: Cell) => boolean} */ isIn) =>
    lines.map((cell, i) => (isIn(cell) ? `M0 ${i}H${((100 * cell.share) / scale).toFixed(2)}v1H0z` : "")).join("");
  return html`<svg class="lines" viewBox="0 0 100 ${lines.length || 1}" preserveAspectRatio="none" aria-hidden="true" .style=${`--lines: ${lines.length}`}>
      ${svg`<path class="kept" d=${path(({ fate }) => fate === "kept")} />`}
    </svg>
    <svg class="lines dropped" viewBox="0 0 100 ${lines.length || 1}" preserveAspectRatio="none" aria-hidden="true" .style=${`--lines: ${lines.length}`}>
      ${svg`<path class="removed" d=${path(({ fate }) => fate === "removed")} />`}
    </svg>`;
}

/** Where the stage cut, and why. @param {StageColumn} column @param {Board} all */
function cutLine({ cut, has_holes, at, rows, lines }, { context, step }) {
  if (at.removed === 0) return nothing;
  const why = html`<span aria-hidden="true">✕</span> ${briefOf(at.stage, step.settings, context.words)}`;
  if (has_holes) return html`<p class="why holes">${why}</p>`;
  const place = cut ?? rows.length + lines.length;
  const is_line = place >= rows.length;
  return html`<p class="why" ?data-line=${is_line} .style=${`--at: ${Math.min(place, rows.length)}; --line: ${is_line ? place - rows.length : 0}`}>${why}</p>`;
}

/** How many tokens have no label. @param {StageColumn} column @param {Board} all */
function rest({ rest: { left, removed, mass } }, { context }) {
  const { t, format } = context.words;
  if (left + removed === 0) return nothing;
  const n_removed = format.whole(removed);
  return html`<p class="rest">
    ${left > 0 ? html`<span>${t.stages.more(format.whole(left))}</span>` : nothing}
    ${removed > 0 ? html`<span class="gone"><span aria-hidden="true">✕</span><span class="spoken">${t.why.removed}</span> ${left > 0 ? n_removed : t.stages.more_removed(n_removed)}</span>` : nothing}
    ${left > 0 && removed === 0 ? html`<b>${format.percent(mass)}</b>` : nothing}
  </p>`;
}
