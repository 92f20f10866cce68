import { stageNamed } from "./settings.js";

/**
 * What "Stages in numbers" shows of a picture: which tokens have a row, and what became of each in every column. Nothing is computed here
 * but places: every number is the picture's.
 *
 * @typedef {import("../river/types.js").Picture} Picture
 * @typedef {import("../river/types.js").Station} Station
 *
 * @typedef {"kept" | "removed" | "gone"} Fate  gone: an earlier stage removed it
 *
 * @typedef {object} Cell  One token in one column.
 * @property {number} band
 * @property {Fate} fate
 * @property {number} share    how long its bar is: of a removed token as it came in
 * @property {number} before   how long it was in the column before; the same in the first one
 * @property {number} shown    the number that the stage decides on or changes; NaN where it has none
 *
 * @typedef {object} Rest  The tokens that have no label.
 * @property {number} left
 * @property {number} removed  by this stage
 * @property {number} mass     what those left, or those removed where none is left, have together
 *
 * @typedef {object} StageColumn
 * @property {number} station
 * @property {Station} at
 * @property {import("../generated/spec.js").StageSpec["shows"]} shows
 * @property {Cell[]} rows     with a label
 * @property {Cell[]} lines    without: one hairline each
 * @property {Rest} rest
 * @property {number | null} cut  the first of the rows, and of the lines after them, that is removed where all below it are, too; null:
 *   nothing is removed, or only what has no bar, or tokens between others that stay
 * @property {boolean} has_holes  tokens are removed between others that stay
 */

/** Rows with a label, at least. */
export const ROWS = 12;

/**
 * How many rows with a label there is room for. Of the 340 pixels of a column a row takes 20 and a hairline 1, the line of the cut and the drop
 * below it 22, and "+ 16 more" the last 20.
 * @param {number} n tokens that have a bar or a hairline
 */
export const rowsFor = (n) => Math.max(ROWS, Math.floor((340 - 20 - 22 - n) / (20 - 1)));

/** Bars are drawn on one scale, whose end is one of these. */
const ENDS = [0.05, 0.08, 0.1, 0.12, 0.15, 0.2, 0.25, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 1];

/**
 * The bands with a label, in rank order, and those with a hairline. What was drawn has a label, and what stands in the text instead.
 * @param {Picture} picture
 */
export function rowsOf({ bands, drawn, forced }) {
  const own = [...bands.id.keys()].filter((band) => bands.id[band] >= 0);
  const wanted = [drawn?.band, forced?.band].filter((band) => band !== undefined);
  const n_rows = rowsFor(own.length);
  const first = own.slice(0, n_rows);
  const missing = [...new Set(wanted)].filter((band) => !first.includes(band));
  const rows = [...first.slice(0, n_rows - missing.length), ...missing].sort((a, b) => a - b);
  return { rows, lines: own.filter((band) => !rows.includes(band)) };
}

/** @param {Picture} picture @returns {StageColumn[]} the model's first */
export function columnsOf(picture) {
  const { rows, lines } = rowsOf(picture);
  const unnamed = [...picture.bands.id.keys()].filter((band) => !rows.includes(band));
  return picture.stations.map((at, station) => {
    const before = picture.stations[station - 1] ?? at;
    const shows = station === 0 ? "logit" : (stageNamed(at.stage)?.shows ?? "probability");
    // A full bar is all that came to the stage: what it decides on. Where it changes logits, it is all that it leaves.
    const whole = at.moves ? at.mass : before.mass;
    const cellOf = (/** @type {number} */ band) => cell(band, before, at, whole);
    const cells = rows.map(cellOf);
    const thin = lines.map(cellOf);
    return {
      station,
      at,
      shows,
      rows: cells,
      lines: thin,
      rest: restOf(unnamed, before, at, whole),
      ...cutOf([...cells, ...thin]),
    };
  });
}

/**
 * @param {number} band
 * @param {Station} before
 * @param {Station} at
 * @param {number} whole  the height that a full bar stands for
 * @returns {Cell}
 */
function cell(band, before, at, whole) {
  const fate = at.left[band] > 0 ? "kept" : before.left[band] > 0 ? "removed" : "gone";
  const came = before.share[band] / before.mass;
  const share = fate === "kept" ? at.share[band] / whole : fate === "removed" ? came : 0;
  return { band, fate, share, before: came, shown: fate === "gone" ? Number.NaN : at.shown[band] };
}

/** @param {number[]} bands @param {Station} before @param {Station} at @param {number} whole @returns {Rest} */
function restOf(bands, before, at, whole) {
  const sum = (/** @type {ArrayLike<number>} */ of) => bands.reduce((all, band) => all + of[band], 0);
  const left = sum(at.left);
  return { left, removed: sum(before.left) - left, mass: sum(left > 0 ? at.share : before.share) / whole };
}

/** @param {Cell[]} cells @returns {{ cut: number | null, has_holes: boolean }} */
function cutOf(cells) {
  const first = cells.findIndex(({ fate }) => fate === "removed");
  const has_holes = first !== -1 && cells.slice(first).some(({ fate }) => fate === "kept");
  return { cut: first === -1 || has_holes ? null : first, has_holes };
}

/** Where the bars' scale ends, the same in every column. @param {StageColumn[]} columns @param {Picture} picture */
export function scaleOf(columns, { probability }) {
  const shares = columns.flatMap(({ rows }) => rows.flatMap(({ share, before }) => [share, before]));
  const most = Math.max(...shares, ...(columns[0]?.rows.map(({ band }) => probability[band]) ?? []));
  return ENDS.find((end) => most <= end) ?? 1;
}
