/**
 * Writes a scene into the picture's elements.
 *
 * @typedef {import("./parts.js").Parts} Parts
 * @typedef {import("./scene.js").Scene} Scene
 * @typedef {import("./pen.js").Pen} Pen
 */
import { cutsOf } from "./cuts.js";
import { labelsOf, riseOf } from "./labels.js";
import { fall, line, ribbon, turn, wedge } from "./ribbon.js";

/**
 * A column's blade, grip and what it removes.
 * @typedef {object} Gate
 * @property {Pen} removed
 * @property {Pen} lines
 * @property {Pen} group
 * @property {Pen} blade
 * @property {Pen} grip
 * @property {Pen} handle
 */

/** The least thickness of a band that is marked. */
const LEAST_MARKED = 2;

/** A drawn band is solid up to this part of the height, and a wash with an edge after as much more. */
const SOLID = 0.25;
const WASH = 0.3;

/** A vocabulary of single letters is so small. */
const LETTERS = 40;

/** What is removed is drawn from this on. */
const LEAST_FALL = 0.3;

/** Bands so thick are told apart while they fall. */
const TOLD_APART = 7;

/** Half the room of the words beside a forced token, along the edge. */
export const IN_TEXT = 66;

/** How far the middle of an end's number is from the end. */
const END = 5;

/** The number of the needle's place stands so far before it, to its baseline; nearer the first end so far behind, below what u says. */
const BEFORE = 11;
const BEHIND = 34;

/** About as long as it is. */
const PLACE = 105;

/**
 * While a control is dragged, all bands of one colour are one path, which takes less time to paint than a path for each. The pointer holds the
 * control then, so it needs no band to be found.
 * @param {Scene} scene @param {Parts} parts @param {boolean} [isDragged]
 */
export function paintBands(scene, { together }, isDragged = false) {
  let all = "";
  scene.items.forEach(({ text, pen, halo }, i) => {
    const joins = isDragged && text !== null && !halo;
    const d = joins && scene.in_bed[i] ? "" : ribbon(scene.values, i * scene.width, scene, { gapless: text === null });
    if (joins) all += d;
    pen.set({ d: joins ? "" : d });
    halo?.set({ d });
  });
  together.set({ d: all });
}

/** @param {Scene} scene @param {ReadonlyMap<string, Gate>} gates */
export function paintGates(scene, gates) {
  const { columns, measures, point, Q, vertical, levels } = scene;
  for (let c = 1; c < scene.last; c++) {
    const column = columns[c];
    const gate = gates.get(column.key);
    if (!gate) continue;
    const order = levels.pierced[c] ? itemsOf(scene, levels.orders[c - 1]) : null;
    const { pivot, kept, holes, grip } = cutsOf(scene.values, scene.width, c, Q, order);
    const depth = pivot - kept;
    const room = column.to - column.from - measures.room;
    const about = { gate: column.from + 1, pivot, squeeze: Math.min(1, room / (depth || 1)), end: Q + measures.over };
    const falls = depth > LEAST_FALL;
    const blades = holes.map(({ top, bottom }) => [top, bottom]);
    if (falls) blades.push([kept, pivot]);
    const hatched = holes.map((hole) => wedge(point, column, hole));
    if (falls) hatched.push(fall(point, about, depth));
    gate.removed.set({ d: hatched.join("") });
    gate.lines.set({ d: falls ? turnsOf(scene, c, kept, about) : "" });
    gate.blade.set({ d: blades.map(([from, to]) => line(point, column.from, from, column.from, to)).join("") });
    gate.group.set({ class: blades.length ? "cut" : "idle" });
    const [s, q] = vertical ? ["cy", "cx"] : ["cx", "cy"];
    for (const pen of [gate.grip, gate.handle]) {
      pen.show(measures.grips && column.grip === true).set({ [s]: column.from, [q]: grip });
    }
    gate.handle.set({ r: vertical ? 22 : 16 });
  }
}

/** @param {Scene} scene @param {ArrayLike<number>} order of bands @returns {number[]} of items */
function itemsOf({ items }, order) {
  const at = new Map(items.map(({ band }, i) => [band, i]));
  return Array.from(order, (band) => at.get(band) ?? 0);
}

/** The lines between removed bands that are thick enough. @param {Scene} scene @param {number} c @param {number} kept @param {import("./ribbon.js").Turn} about */
function turnsOf(scene, c, kept, about) {
  let d = "";
  scene.items.forEach(({ text }, i) => {
    const bottom = scene.bottom(i, c - 1);
    if (text !== null && scene.gone(i, c) > TOLD_APART && bottom > kept && about.pivot - bottom > 1) {
      d += turn(scene.point, about, about.pivot - bottom);
    }
  });
  return d;
}

/** How far the river has flowed in, and how far the drawn band is traced, from 0 to 1. @param {Scene} scene @param {Parts} parts @param {number} flowed @param {number} traced */
export function paintClips({ vertical, Q, end, columns, geometry, levels }, parts, flowed, traced) {
  const { removed, bands, moved, gates, labels, forced } = parts;
  for (const pen of [removed, bands, moved, gates, labels, forced]) {
    pen.set({ "clip-path": flowed < 1 ? `url(#${parts.id}-flowed)` : "none" });
  }
  /** @param {number} from @param {number} to */
  const span = (from, to) => {
    const length = Math.max(0, to - from);
    const across = Q + 200;
    return vertical
      ? { x: -100, y: from, width: across, height: length }
      : { x: from, y: -100, width: length, height: across };
  };
  parts.flowed.set(span(-8, (end + 8) * flowed));
  parts.traced_clip.set(span(end + 4 - (end + 12) * traced, geometry.S + 8));
  for (const c of levels.crossings) parts.crossings.next().set(span(columns[c].from, columns[c].to));
  parts.crossings.end();
}

/** @param {Scene} scene @param {Parts} parts */
export function paintDrawn(scene, { traced, halo, drawn, drawn_stop }) {
  traced.show(scene.drawn !== null);
  if (!scene.drawn) return;
  const item = scene.itemOf(scene.drawn.band);
  const d = marked(scene, item, scene.columns.length);
  halo.set({ d });
  drawn.set({ d });
  const wash = Math.max(0, Math.min(1, (scene.thickness(item, scene.last) / scene.Q - SOLID) / WASH));
  drawn_stop.set({ style: `--wash: ${Math.round(wash * 100)}%`, offset: 0.24 * wash });
}

/** The path of a band that is marked, however thin it is. @param {Scene} scene @param {number} item @param {number} stop the column whose line ends it */
export const marked = (scene, item, stop) =>
  ribbon(scene.values, item * scene.width, scene, { gapless: true, least: LEAST_MARKED, stop });

/** @param {Scene} scene @param {Parts} parts @param {number | null} in_text */
export function paintLabels(scene, { texts }, in_text) {
  const { geometry, measures, bend, picture, drawn, forced, needle, counts, last, vertical, hover } = scene;
  const station = picture.stations[picture.stations.length - 1];
  const rows = scene.items.flatMap(({ band, text, twin }, i) => {
    if (band < 0) return [];
    return {
      band,
      text,
      twin,
      drawn: band === drawn?.band,
      forced: band === forced?.band,
      percent: !(band === drawn?.band && needle !== null) && band !== forced?.band,
      count: picture.bands.count[band],
      left: station.left[band],
      from_y: scene.top(i, 0),
      from_h: scene.thickness(i, 0),
      to_y: scene.top(i, last),
      to_h: scene.thickness(i, last),
      share: picture.stations[0].share[band],
      probability: picture.probability[band],
    };
  });
  const place = {
    geometry,
    measures,
    bend,
    letters: picture.vocab_size <= LETTERS,
    marks: [needle, placeOf(scene), in_text, ...(hasEnds(scene) ? [END, scene.Q - END] : [])].filter(
      (at) => at !== null,
    ),
    counts: counts !== null,
  };
  const labels = labelsOf(rows, place, scene.words);
  for (const label of labels) {
    const { kind, band, anchor, sans } = label;
    write(texts.next(`${kind} ${band} ${anchor} ${sans}`), label, vertical, band !== null && band === hover);
  }
  texts.end();
}

/** Where the number of the needle's place stands, to its middle: before the needle, where there is room. @param {Scene} scene */
const placeOf = ({ needle }) => (needle === null ? null : baselineOf(needle) - END);

/** @param {number} needle */
const baselineOf = (needle) => (needle < BEHIND ? needle + BEHIND : needle - BEFORE);

/** Whether a number from 0 to 1 hits the edge, so that its ends are named. @param {Scene} scene */
const hasEnds = ({ drawn, counts, has_edge }) => (!drawn || drawn.kind === "coin") && !counts && has_edge;

/** @param {Pen} pen @param {import("./labels.js").Label} label @param {boolean} vertical @param {boolean} hot its band is pointed at */
function write(pen, { kind, text, dot, s, q, size, anchor, sans, on, rest, upright }, vertical, hot) {
  const turned = vertical && !upright;
  const shift = size * riseOf(text) * (turned ? -1 : 1);
  const [x, y] = vertical ? [q + (turned ? shift : 0), s] : [s, q + shift];
  pen.write(text, dot).set({
    class: `${kind}${sans ? " sans" : ""}${on ? " on" : ""}${rest ? " rest" : ""}${hot ? " hot" : ""}`,
    "font-size": Math.round(size * 2) / 2,
    "text-anchor": anchor,
    transform: `translate(${Math.round(x * 10) / 10} ${Math.round(y * 10) / 10})${turned ? " rotate(90)" : ""}`,
  });
}

/**
 * The needle, and the numbers 0 and 1 at the ends of the edge.
 * @param {Scene} scene @param {Parts} parts @param {number | null} in_text
 */
export function paintEdge(scene, { ends, place, needle_line, needle_tip }, in_text) {
  const { vertical, Q, needle, measures, end, point } = scene;
  paintPlace(scene, place, in_text);
  ends.forEach((pen, v) => {
    const q = v * Q;
    const near = (/** @type {number | null} */ at, /** @type {number} */ room) =>
      at !== null && Math.abs(at - q) < room;
    const aside = near(needle, 16);
    pen.show(hasEnds(scene) && !(vertical && (near(needle, 20) || near(in_text, IN_TEXT + 16))));
    if (vertical) pen.set({ transform: `translate(${q} ${end + 18})`, "text-anchor": v ? "end" : "start" });
    // Where the needle is at the end, its number stands outside, and the upper one beside the head of this column.
    else if (aside && v === 0) pen.set({ transform: `translate(${end + 2} ${q - 3})`, "text-anchor": "end" });
    else pen.set({ transform: `translate(${end + 12} ${v ? q + (aside ? 14 : 1) : q + 9})`, "text-anchor": "start" });
  });
  for (const pen of [needle_line, needle_tip]) pen.show(needle !== null);
  if (needle === null) return;
  needle_line.set({ d: line(point, end + 12, needle, end + measures.reach, needle) });
  needle_tip.set({ d: `M${point(end + 3, needle)}L${point(end + 14, needle - 6)}L${point(end + 14, needle + 6)}Z` });
}

/**
 * Which number from 0 to 1 of the edge the needle points at: u counts the tokens in vocabulary order, and here they are sorted.
 * @param {Scene} scene @param {Pen} pen @param {number | null} in_text
 */
function paintPlace({ vertical, Q, needle, end, drawn, words }, pen, in_text) {
  const v = drawn?.v ?? null;
  pen.show(needle !== null && v !== null && !(vertical && in_text !== null));
  if (needle === null || v === null) return;
  pen.write(words.sorted(v));
  const isLast = needle > Q - PLACE;
  if (vertical)
    pen.set({
      transform: `translate(${needle + (isLast ? -12 : 12)} ${end + 14})`,
      "text-anchor": isLast ? "end" : "start",
    });
  else
    pen.set({
      transform: `translate(${end + 12} ${baselineOf(needle)})`,
      "text-anchor": "start",
    });
}
