import { stationOf } from "./columns.js";
import { hasGrip } from "./grips.js";

/**
 * Where the columns of the picture stand, in pixels along the flow and across it.
 *
 * @typedef {import("./columns.js").StageColumn} StageColumn
 * @typedef {import("./types.js").Geometry} Geometry
 * @typedef {import("./types.js").Column} Column
 * @typedef {import("./types.js").Picture} Picture
 *
 * @typedef {{ size: "wide" | "middle" | "tall", shown: StageColumn[], widths: number[], left_out: string[] }} Room
 * widths: none where the flow runs down; left_out: the stages that have no column while they are off, though a wider picture has one
 *
 * @typedef {object} Measures  Of a picture whose flow runs to the right.
 * @property {number} model    width of the model's column
 * @property {number} draw     and of the one where u stands
 * @property {number} softmax  as a part of what a filter gets
 * @property {number} height   of the full probability
 */

/** From these widths of the element on, the flow runs to the right, and there is room for all. */
export const MIDDLE_FROM = 640;
export const WIDE_FROM = 1100;

/** @type {Measures} */
const WIDE = { model: 172, draw: 196, softmax: 1.45, height: 344 };
/** @type {Measures} */
const MIDDLE = { model: 102, draw: 134, softmax: 1.1, height: 300 };

/** A filter's column that is narrower, in pixels, has no room for its control: then the flow runs down. */
const NARROWEST = 84;

/** Of a column whose flow runs down: how long the bands are seen between two rows of controls, and below the last. */
export const TALL = Object.freeze({ softmax: 124, u: 58 });

/**
 * How much room there is, and the columns that have some.
 * @param {readonly StageColumn[]} columns
 * @param {number} outer the width of the element
 * @param {number} inner the width of the picture
 * @returns {Room}
 */
export function roomFor(columns, outer, inner) {
  const shown = columns.filter(({ on, from }) => on || inner >= from);
  const size = outer >= WIDE_FROM ? "wide" : "middle";
  const widths = widthsOf(shown, inner, size);
  if (outer >= MIDDLE_FROM && widths.every((width) => width >= NARROWEST))
    return { size, shown, widths, left_out: without(columns, inner) };
  const tall = columns.filter(({ on, from }) => on || from === 0);
  return { size: "tall", shown: tall, widths: [], left_out: without(columns, 0) };
}

/** The stages that have no column while they are off, but one in a wider picture. @param {readonly StageColumn[]} columns @param {number} width */
const without = (columns, width) =>
  columns.filter(({ always, from }) => always && width < from).map(({ name }) => name);

/**
 * The widths of all columns, the model's and the draw's included; they fill the picture.
 * @param {readonly StageColumn[]} columns
 * @param {number} width
 * @param {"wide" | "middle"} size
 * @returns {number[]}
 */
function widthsOf(columns, width, size) {
  const { model, draw, softmax } = size === "wide" ? WIDE : MIDDLE;
  const parts = [...columns.map((column) => (size === "wide" ? column.width : 1)), softmax];
  const all = parts.reduce((sum, part) => sum + part, 0);
  const rest = parts.slice(0, -1).map((part) => Math.round((part * (width - model - draw)) / all));
  return [model, ...rest, width - model - draw - rest.reduce((sum, w) => sum + w, 0), draw];
}

/** @param {"wide" | "middle"} size @returns {number} the height of the picture */
export const heightOf = (size) => (size === "wide" ? WIDE : MIDDLE).height;

/**
 * The geometry where the flow runs to the right.
 * @param {readonly StageColumn[]} columns those that are shown
 * @param {readonly number[]} widths
 * @param {"wide" | "middle"} size
 * @param {Picture | null} picture
 * @returns {Geometry}
 */
export function across(columns, widths, size, picture) {
  let s = 0;
  const spans = widths.map((width) => {
    s += width;
    return { from: s - width, to: s };
  });
  return { vertical: false, S: s, Q: heightOf(size), size, columns: withSpans(columns, spans, picture) };
}

/**
 * The geometry where the flow runs down: the bands are seen between the rows of controls.
 * @param {readonly StageColumn[]} columns those that are shown
 * @param {readonly { top: number, bottom: number }[]} rows of the model, of every column and of softmax
 * @param {number} width
 * @param {Picture | null} picture
 * @returns {Geometry}
 */
export function down(columns, rows, width, picture) {
  const spans = rows.map(({ bottom }, i) => ({ from: bottom, to: rows[i + 1]?.top ?? bottom + TALL.softmax }));
  const S = spans[spans.length - 1].to + TALL.u;
  return { vertical: true, S, Q: width, size: "tall", columns: withSpans(columns, spans, picture) };
}

/**
 * @param {readonly StageColumn[]} columns
 * @param {readonly { from: number, to: number }[]} spans
 * @param {Picture | null} picture
 * @returns {Column[]}
 */
function withSpans(columns, spans, picture) {
  let reached = 0;
  const stages = columns.map(({ key, name, spec }, i) => {
    const found = picture ? stationOf(picture, name) : -1;
    // Behind the stage that takes the most likely token there is nothing left to do.
    const station = found > reached ? found : -1;
    reached = Math.max(reached, station);
    /** @type {Column["kind"]} */
    const kind = station === -1 ? "off" : spec.filter ? "gate" : "moves";
    return {
      key,
      station: station === -1 ? null : station,
      kind,
      ...spans[i + 1],
      grip: kind === "gate" && hasGrip(spec),
    };
  });
  return [
    { key: "model", station: 0, kind: "model", ...spans[0] },
    ...stages,
    { key: "softmax", station: null, kind: "softmax", ...spans[stages.length + 1] },
  ];
}
