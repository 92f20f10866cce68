/**
 * Where every band stands at every column: the numbers that are animated, in parts of the full height.
 *
 * A band has three numbers for a column: how much of what came in is removed at its line (GONE), and where it stands (Y, from the top) and how
 * thick it is (H) at its end. They are linear in each other, so what lies between two pictures tiles the height just as they do.
 *
 * @typedef {import("./types.js").Column} Column
 * @typedef {import("./types.js").Picture} Picture
 * @typedef {import("./types.js").Station} Station
 */

export const GONE = 0;
export const Y = 1;
export const H = 2;
/** A thickness that is none. */
const TINY = 1e-9;

/** How many numbers a band has for a column. */
export const NUMBERS = 3;

/**
 * @typedef {object} Levels
 * @property {Float64Array} values  NUMBERS for every column of every band
 * @property {ReadonlyArray<ArrayLike<number>>} orders  the bands from the top down, at the end of every column
 * @property {readonly boolean[]} pierced  whether the column removes tokens above some that it keeps
 * @property {readonly number[]} crossings  the columns in which bands change places
 * @property {ReadonlySet<number>} movers  the bands that do
 */

/** @param {ArrayLike<number>} share @param {ArrayLike<number>} order @returns {Float64Array} where each band begins */
function stack(share, order) {
  const tops = new Float64Array(share.length);
  let top = 0;
  for (let i = 0; i < order.length; i++) {
    tops[order[i]] = top;
    top += share[order[i]];
  }
  return tops;
}

/**
 * How much of each band a stage removes, in the thickness that it came in with. A filter leaves the thickness of what it keeps; where a stage
 * changes logits, too, the tokens that are left say it.
 * @param {Station} before @param {Station} after @returns {ArrayLike<number>}
 */
function removedBy(before, after) {
  return before.share.map((share, band) => {
    if (after.removed === 0 || after.left[band] === before.left[band]) return 0;
    if (after.left[band] === 0) return share;
    if (!after.moves) return Math.max(0, share - after.share[band]);
    return share * (1 - after.left[band] / before.left[band]);
  });
}

/** Whether tokens are kept below some that are removed. @param {ArrayLike<number>} gone @param {ArrayLike<number>} share @param {ArrayLike<number>} order */
function isPierced(gone, share, order) {
  let removed = false;
  for (let i = 0; i < order.length; i++) {
    const band = order[i];
    if (removed && share[band] - gone[band] > TINY) return true;
    removed ||= gone[band] > TINY;
  }
  return false;
}

/**
 * The fewest bands that must change places to get from one order to another: all but the longest run that both have in common.
 * @param {ArrayLike<number>} before @param {ArrayLike<number>} after @returns {number[]}
 */
export function moversBetween(before, after) {
  if (before === after) return [];
  const place = new Map(Array.from(before, (band, i) => [band, i]));
  /** @type {{ band: number, place: number, previous: any }[]} the last of the best run of every length */
  const best = [];
  for (const band of Array.from(after)) {
    const at = place.get(band) ?? 0;
    let length = best.length;
    while (length > 0 && best[length - 1].place > at) length--;
    best[length] = { band, place: at, previous: best[length - 1] };
  }
  const stays = new Set();
  for (let run = best.at(-1); run; run = run.previous) stays.add(run.band);
  return Array.from(after).filter((band) => !stays.has(band));
}

/** @param {Picture} picture @param {Column} column @returns {Station | null} */
function stationOf(picture, column) {
  if (column.station === null) return null;
  const station = picture.stations[column.station];
  if (!station) {
    throw new RangeError(`column "${column.key}": station ${column.station} of ${picture.stations.length}`);
  }
  return station;
}

/** Whether the columns show every station of the picture, each once and in its order. @param {Picture} picture @param {readonly Column[]} columns */
export function fits(picture, columns) {
  const shown = columns.flatMap(({ station, kind }) => (station === null || kind === "softmax" ? [] : [station]));
  return shown.length === picture.stations.length && shown.every((station, i) => station === i);
}

/** @param {Picture} picture @param {readonly Column[]} columns @returns {Levels} */
export function levelsOf(picture, columns) {
  const bands = picture.probability.length;
  const width = columns.length * NUMBERS;
  const values = new Float64Array(bands * width);
  const line = Uint32Array.from({ length: bands }, (_, band) => band);
  /** @type {ArrayLike<number>[]} */
  const orders = [];
  /** @type {boolean[]} */
  const pierced = [];
  /** @type {number[]} */
  const crossings = [];
  const movers = new Set();
  let before = picture.stations[0];
  let order = /** @type {ArrayLike<number>} */ (before.order ?? line);
  columns.forEach((column, c) => {
    const after = column.kind === "softmax" ? null : stationOf(picture, column);
    const gone = after && c > 0 ? removedBy(before, after) : new Float32Array(bands);
    pierced.push(isPierced(gone, before.share, order));
    if (after) {
      const next = after.order ?? line;
      const moved = moversBetween(order, next);
      if (moved.length > 0) crossings.push(c);
      for (const band of moved) movers.add(band);
      before = after;
      order = next;
    }
    const share = column.kind === "softmax" ? picture.probability : before.share;
    const tops = stack(share, order);
    for (let band = 0; band < bands; band++) {
      const at = band * width + c * NUMBERS;
      values[at + GONE] = gone[band];
      values[at + Y] = tops[band];
      values[at + H] = share[band];
    }
    orders.push(order);
  });
  return { values, orders, pierced, crossings, movers };
}

/**
 * The same band's numbers for other columns: one that was not there before lets everything pass.
 * @param {Float64Array} values of one band @param {readonly string[]} before keys @param {readonly string[]} after keys
 * @returns {Float64Array}
 */
export function forColumns(values, before, after) {
  const out = new Float64Array(after.length * NUMBERS);
  after.forEach((key, c) => {
    const old = before.indexOf(key);
    const at = c * NUMBERS;
    if (old >= 0) out.set(values.subarray(old * NUMBERS, (old + 1) * NUMBERS), at);
    else if (c > 0) {
      out[at + Y] = out[at - NUMBERS + Y];
      out[at + H] = out[at - NUMBERS + H];
    }
  });
  return out;
}
