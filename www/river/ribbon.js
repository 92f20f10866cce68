/**
 * Paths in flow coordinates, for both directions of the flow.
 *
 * @typedef {import("./types.js").Column} Column
 * @typedef {(s: number, q: number) => string} Point  a point as a path wants it
 */
import { GONE, H, NUMBERS, Y } from "./levels.js";

/** A quarter of a circle as a cubic. */
const KAPPA = 0.5523;

/** Thinner is not drawn, in pixels. */
const NOTHING = 0.02;

/** @param {number} x */
const round = (x) => Math.round(x * 100) / 100;

/** @param {boolean} vertical @returns {Point} */
export const pointer = (vertical) =>
  vertical ? (s, q) => `${round(q)} ${round(s)}` : (s, q) => `${round(s)} ${round(q)}`;

/**
 * @typedef {object} Flow
 * @property {readonly Column[]} columns
 * @property {number} Q
 * @property {number} bend  where softmax's bands have reached their place
 * @property {Point} point
 * @property {readonly boolean[]} pierced  whether a column leaves holes
 */

/** The gap on each side of a band. @param {number} thickness */
export const gap = (thickness) => Math.min(0.8, thickness * 0.14);

/**
 * A band's two edges from the model to the softmax, as a closed path.
 * @param {Float64Array} values the numbers of all bands @param {number} start where this one's begin
 * @param {Flow} flow
 * @param {{ gapless?: boolean, least?: number, stop?: number }} [style]
 *   least: the least thickness in pixels, which keeps a thin band visible; stop: the column whose line ends it (without it the numbers say it)
 */
export function ribbon(values, start, { columns, Q, bend, point, pierced }, { gapless = false, least = 0, stop } = {}) {
  /** @type {number[]} s, top, bottom, 1 if the way to it is curved */
  const stops = [];
  /** @param {number} s @param {number} y @param {number} h @param {boolean} curved */
  const to = (s, y, h, curved) => {
    let top = y * Q;
    let bottom = top + h * Q;
    if (bottom - top < least) {
      top = Math.max(0, Math.min(Q - least, (top + bottom - least) / 2));
      bottom = top + least;
    }
    if (!gapless) {
      const inset = gap(bottom - top);
      top += inset;
      bottom -= inset;
    }
    const n = stops.length;
    const level = n > 0 && Math.abs(stops[n - 3] - top) < 0.01 && Math.abs(stops[n - 2] - bottom) < 0.01;
    const was_level = n > 4 && !stops[n - 1] && stops[n - 7] === stops[n - 3] && stops[n - 6] === stops[n - 2];
    if (level && was_level) stops[n - 4] = s;
    else if (level) stops.push(s, stops[n - 3], stops[n - 2], 0);
    else stops.push(s, top, bottom, curved ? 1 : 0);
  };
  const last = columns.length - 1;
  to(columns[0].from, values[start + Y], values[start + H], false);
  for (let c = 1; c <= last; c++) {
    const before = start + (c - 1) * NUMBERS;
    const here = start + c * NUMBERS;
    const { from, to: end } = columns[c];
    to(from, values[before + Y], values[before + H], false);
    const passes = Math.max(0, values[before + H] - values[here + GONE]);
    if (stop === undefined ? passes * Q < NOTHING : c === stop) return outline(stops, point);
    if (values[here + GONE] > 0) {
      // between two pictures, what a cut at the lower edge leaves lies together all the same
      const together = !pierced[c] && Math.abs(passes - values[here + H]) < 1e-6;
      to(from, values[(together ? here : before) + Y], passes, false);
    }
    to(c === last ? bend : end, values[here + Y], values[here + H], true);
  }
  const end = start + last * NUMBERS;
  to(columns[last].to, values[end + Y], values[end + H], false);
  return outline(stops, point);
}

/** @param {number[]} stops @param {Point} point */
function outline(stops, point) {
  const n = stops.length;
  let there = `M${point(stops[0], stops[1])}`;
  let back = "";
  for (let i = 4; i < n; i += 4) {
    const s0 = stops[i - 4];
    const s1 = stops[i];
    if (stops[i + 3]) {
      const middle = (s0 + s1) / 2;
      there += `C${point(middle, stops[i - 3])} ${point(middle, stops[i + 1])} ${point(s1, stops[i + 1])}`;
      back = `C${point(middle, stops[i + 2])} ${point(middle, stops[i - 2])} ${point(s0, stops[i - 2])}${back}`;
    } else {
      there += `L${point(s1, stops[i + 1])}`;
      back = `L${point(s0, stops[i - 2])}${back}`;
    }
  }
  return `${there}L${point(stops[n - 4], stops[n - 2])}${back}Z`;
}

/** @param {Point} point @param {number} s0 @param {number} q0 @param {number} s1 @param {number} q1 */
export const line = (point, s0, q0, s1, q1) => `M${point(s0, q0)}L${point(s1, q1)}`;

/**
 * What is removed at the lower edge turns away by a quarter about the edge's end, and falls out of the picture.
 * @typedef {object} Turn
 * @property {number} gate  the column's line
 * @property {number} pivot  the lower edge
 * @property {number} squeeze  1 where the column is wide enough
 * @property {number} end  where the fall ends
 */

/** The path of a point `depth` above the lower edge. @param {Point} point @param {Turn} turn @param {number} depth */
export function turn(point, { gate, pivot, squeeze, end }, depth) {
  const s = squeeze * depth;
  return (
    `M${point(gate, pivot - depth)}C${point(gate + s * KAPPA, pivot - depth)} ` +
    `${point(gate + s, pivot - depth * KAPPA)} ${point(gate + s, pivot)}L${point(gate + s, end)}`
  );
}

/** What falls from `depth` above the lower edge on. @param {Point} point @param {Turn} about @param {number} depth */
export const fall = (point, about, depth) => `${turn(point, about, depth)}L${point(about.gate, about.end)}Z`;

/**
 * A hole that closes on its way through the column.
 * @param {Point} point @param {Column} column @param {import("./cuts.js").Hole} hole
 */
export function wedge(point, { from, to }, { top, bottom, meet }) {
  const middle = (from + to) / 2;
  return (
    `M${point(from, top)}C${point(middle, top)} ${point(middle, meet)} ${point(to, meet)}` +
    `C${point(middle, meet)} ${point(middle, bottom)} ${point(from, bottom)}Z`
  );
}
