/**
 * What a column removes: at the lower edge, where it falls, and above, where it leaves holes.
 */
import { GONE, H, NUMBERS, Y } from "./levels.js";

/**
 * @typedef {object} Hole
 * @property {number} top
 * @property {number} bottom
 * @property {number} meet  where what is above and below it meet again
 */

/**
 * In pixels across the flow.
 * @typedef {object} Cuts
 * @property {number} pivot  the lower edge of what comes in
 * @property {number} kept  the upper edge of what falls; the pivot where nothing does
 * @property {Hole[]} holes
 * @property {number} grip  where the grip stands
 */

/** Thinner is no hole, in pixels. */
const NOTHING = 0.3;

/**
 * @param {Float64Array} values @param {number} width numbers of one band
 * @param {number} c the column @param {number} Q
 * @param {ArrayLike<number> | null} order the bands from the top down before the column, where it may leave holes; null: it cuts at the lower edge only
 * @returns {Cuts}
 */
export function cutsOf(values, width, c, Q, order) {
  const before = (c - 1) * NUMBERS;
  const here = c * NUMBERS;
  let pivot = 0;
  let removed = 0;
  for (let at = 0; at < values.length; at += width) {
    pivot = Math.max(pivot, values[at + before + Y] + values[at + before + H]);
    removed += Math.min(values[at + here + GONE], values[at + before + H]);
  }
  if (!order) {
    const kept = (pivot - removed) * Q;
    return { pivot: pivot * Q, kept, holes: [], grip: kept };
  }
  /** @type {Hole[]} */
  const holes = [];
  /** @type {Hole | null} */
  let open = null;
  let meet = 0;
  for (let i = 0; i < order.length; i++) {
    const at = order[i] * width;
    const top = values[at + before + Y] * Q;
    const bottom = top + values[at + before + H] * Q;
    const gone = values[at + here + GONE] * Q;
    if (bottom - top - gone > NOTHING / 10) {
      open = null;
      meet = (values[at + here + Y] + values[at + here + H]) * Q;
    }
    if (gone > 0) {
      open ??= holes[holes.push({ top: bottom - gone, bottom, meet }) - 1];
      open.bottom = bottom;
    }
  }
  const wide = holes.filter(({ top, bottom }) => bottom - top > NOTHING);
  const last = wide.at(-1);
  const falls = last && pivot * Q - last.bottom < NOTHING ? wide.pop() : undefined;
  const largest = wide.reduce((a, b) => (b.bottom - b.top > a.bottom - a.top ? b : a), wide[0] ?? falls);
  const kept = falls ? falls.top : pivot * Q;
  return { pivot: pivot * Q, kept, holes: wide, grip: gripOf(largest, kept) };
}

/** At the edge between what is kept and what is not. @param {Hole | undefined} hole @param {number} kept */
function gripOf(hole, kept) {
  if (!hole) return kept;
  return hole.top < NOTHING ? hole.bottom : hole.top;
}
