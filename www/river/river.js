import { cutsOf } from "./gates.js";
import { labelsOf } from "./labels.js";
import { CUT, fits, forColumns, H, levelsOf, NUMBERS, Y } from "./levels.js";
import { keysOf, matchBands } from "./match.js";
import { MEASURES } from "./measures.js";
import { Approach, FLOW_IN, Timer, TRACE, TRACE_AFTER } from "./motion.js";
import { buildParts } from "./parts.js";
import { Pen } from "./pen.js";
import { fall, line, pointer, ribbon, turn, wedge } from "./ribbon.js";

/**
 * @typedef {import("./types.js").Aim} Aim
 * @typedef {import("./types.js").Column} Column
 * @typedef {import("./types.js").Counts} Counts
 * @typedef {import("./types.js").Geometry} Geometry
 * @typedef {import("./types.js").Picture} Picture
 * @typedef {import("./types.js").Reports} Reports
 * @typedef {import("./levels.js").Levels} Levels
 */

/**
 * A band that is drawn. It may outlive the picture it came from, until it has no thickness any more.
 * @typedef {object} Item
 * @property {string} key
 * @property {number} band  in the picture; -1: not in it any more
 * @property {string | null} text  of its token; null for a tail band
 * @property {boolean} twin
 * @property {Pen} pen
 */

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

/** Two tokens that look alike are told apart by their space where both are at least so likely. */
const LIKELY = 0.02;

/** The least thickness of the drawn band, in pixels. */
const LEAST_DRAWN = 2;

/** A drawn band is solid up to this part of the height, and a wash with an edge after as much more. */
const SOLID = 0.25;
const WASH = 0.3;

/** The picture: bands from the model to u. It draws what it is given, and computes no number of the model. */
export class River {
  #svg;
  #reports;
  #defs;
  #parts;
  #aborter = new AbortController();
  /** @type {Geometry | null} the one that is drawn */
  #geometry = null;
  /** @type {Geometry | null} the one that waits for its picture */
  #next = null;
  /** @type {Picture | null} */
  #picture = null;
  /** @type {Levels | null} */
  #levels = null;
  /** @type {Aim} */
  #aim = { labels: () => "" };
  /** @type {Item[]} */
  #items = [];
  /** @type {Counts | null} */
  #counts = null;
  /** @type {number | null} */
  #hover = null;
  /** @type {string} where the needle was reported last */
  #reported = "";
  #bands = new Approach();
  #needle = new Approach();
  #flow_in = new Timer(FLOW_IN);
  #trace = new Timer(TRACE);
  #frame = 0;
  #last = 0;
  /** @type {Map<string, Gate>} */
  #gates = new Map();

  /** @param {SVGSVGElement} svg an empty one @param {Reports} reports */
  constructor(svg, reports) {
    this.#svg = svg;
    this.#reports = reports;
    svg.classList.add("river-picture");
    const { defs, parts } = buildParts(svg);
    this.#defs = defs;
    this.#parts = parts;
    const { signal } = this.#aborter;
    svg.addEventListener("pointermove", (event) => this.#point(bandOf(event.target)), { signal });
    svg.addEventListener("pointerleave", () => this.#point(null), { signal });
    svg.addEventListener("click", (event) => this.#pick(bandOf(event.target)), { signal });
    svg.addEventListener("pointerdown", (event) => this.#grab(event), { signal });
  }

  get counts() {
    return this.#counts;
  }

  /** @param {Counts | null} counts */
  set counts(counts) {
    this.#counts = counts;
    this.#show();
  }

  /** Where the columns are. A geometry with other columns waits for the picture that has them. @param {Geometry} geometry */
  place(geometry) {
    this.#next = geometry;
    if (!this.#picture || !fits(this.#picture, geometry.columns)) return;
    this.#settle();
    this.#show();
  }

  /** What to show, and whether at once. @param {Picture} picture @param {Aim} aim */
  aim(picture, aim) {
    const before = this.#picture;
    this.#picture = picture;
    this.#aim = aim;
    if (!this.#next && !this.#geometry) return;
    this.#settle(!before || aim.snap || this.#reports.isStill());
    this.#show();
  }

  /** The river flows in from the model, and then the drawn band is traced back. */
  flowIn() {
    if (this.#reports.isStill()) return;
    this.#flow_in.start();
    this.#trace.start();
    this.#show();
  }

  /** The drawn band is traced from u back to the model. */
  trace() {
    if (this.#reports.isStill()) return;
    this.#trace.start(TRACE_AFTER);
    this.#show();
  }

  /** @param {number | null} band */
  hover(band) {
    if (band === this.#hover) return;
    this.#hover = band;
    this.#svg.classList.toggle("hovering", band !== null);
    for (const item of this.#items) item.pen.node.classList.toggle("hot", band !== null && item.band === band);
  }

  dispose() {
    this.#aborter.abort();
    cancelAnimationFrame(this.#frame);
    this.#svg.replaceChildren();
    this.#svg.classList.remove("river-picture", "vertical", "hovering");
  }

  /** Begins the way from what is seen to the picture in its geometry. */
  #settle(snap = true) {
    const picture = /** @type {Picture} */ (this.#picture);
    const old = this.#geometry?.columns.map(({ key }) => key) ?? [];
    const geometry = /** @type {Geometry} */ (this.#next ?? this.#geometry);
    const levels = levelsOf(picture, geometry.columns);
    if (geometry !== this.#geometry) this.#lay(geometry);
    this.#geometry = geometry;
    this.#next = null;
    const now = this.#bands.now;
    const old_width = old.length * NUMBERS;
    const keys = geometry.columns.map(({ key }) => key);
    const same = keys.join() === old.join();
    /** @param {number} i */
    const seen = (i) => {
      const values = now.subarray(i * old_width, (i + 1) * old_width);
      return same ? values : forColumns(values, old, keys);
    };
    this.#match(picture, levels, seen, keys.length * NUMBERS, snap);
    this.#aimNeedle(picture, snap);
  }

  /**
   * @param {Picture} picture @param {Levels} levels @param {(item: number) => Float64Array} seen an item's numbers now
   * @param {number} width @param {boolean} snap
   */
  #match(picture, levels, seen, width, snap) {
    const old = this.#items;
    const keys = keysOf(picture.bands);
    const pairs = matchBands(
      old.map(({ key }) => key),
      keys,
    ).filter(({ from, to }) => to >= 0 || (!snap && isThick(seen(from))));
    const from = new Float64Array(pairs.length * width);
    const to = new Float64Array(pairs.length * width);
    const kept = new Set(pairs.map((pair) => pair.from));
    this.#items = pairs.map((pair, i) => {
      const at = i * width;
      const target = pair.to < 0 ? null : levels.values.subarray(pair.to * width, (pair.to + 1) * width);
      fill(from, at, width, pair.from < 0 ? null : seen(pair.from));
      fill(to, at, width, target);
      return this.#item(pair.from < 0 ? null : old[pair.from], pair.to, keys, picture);
    });
    old.forEach((item, i) => {
      if (!kept.has(i)) item.pen.node.remove();
    });
    this.#levels = levels;
    this.#name(picture);
    this.#arrange(levels);
    if (snap) this.#bands.snap(to);
    else this.#bands.start(from, to);
  }

  /** @param {Item | null} old @param {number} band @param {string[]} keys @param {Picture} picture @returns {Item} */
  #item(old, band, keys, picture) {
    const item = old ?? { key: "", band, text: null, twin: false, pen: new Pen("path", this.#parts.bands.node) };
    if (band < 0) {
      item.band = -1;
      item.pen.node.removeAttribute("data-band");
      return item;
    }
    item.band = band;
    item.key = keys[band];
    const id = picture.bands.id[band];
    item.text = id < 0 ? null : this.#aim.labels(id);
    item.pen.node.dataset.band = String(band);
    return item;
  }

  /** Tells tokens apart that look the same but for a space. @param {Picture} picture */
  #name(picture) {
    const share = picture.stations[0].share;
    const likely = new Set(this.#items.map(({ text, band }) => (band >= 0 && share[band] >= LIKELY ? text : null)));
    for (const item of this.#items) item.twin = !!item.text?.startsWith(" ") && likely.has(item.text.slice(1));
  }

  /** Classes of the bands, and those that change places above the others. @param {Levels} levels */
  #arrange({ movers }) {
    const { bands, moved } = this.#parts;
    let tail = 0;
    for (const { band, text, pen } of this.#items) {
      if (band < 0) continue;
      const moves = movers.has(band);
      const odd = text === null && tail++ % 2 === 1;
      const hot = this.#hover === band;
      pen.set({
        class: `band${text === null ? " tail" : ""}${odd ? " odd" : ""}${moves ? " moves" : ""}${hot ? " hot" : ""}`,
      });
      const home = moves ? moved.node : bands.node;
      if (pen.node.parentNode !== home) home.append(pen.node);
    }
  }

  /** @param {Picture} picture @param {boolean} snap */
  #aimNeedle({ drawn }, snap) {
    const v = this.#isShown() && drawn?.kind === "coin" ? drawn.v : null;
    if (v === null) {
      this.#needle.snap(new Float64Array(0));
      return;
    }
    const to = Float64Array.of(v);
    if (snap || this.#needle.now.length === 0) this.#needle.snap(to);
    else this.#needle.start(this.#needle.now, to);
  }

  /** Whether the drawn token is shown. */
  #isShown() {
    return this.#aim.drawn !== false && !!this.#picture?.drawn;
  }

  /** What depends on the geometry alone. @param {Geometry} geometry */
  #lay(geometry) {
    const { vertical, S, Q, size, columns } = geometry;
    const { over, rules } = MEASURES[size];
    const [width, height] = vertical ? [Q, S] : [S, Q];
    const svg = this.#svg;
    svg.classList.toggle("vertical", vertical);
    svg.setAttribute("viewBox", `0 0 ${width} ${height}`);
    svg.setAttribute("width", String(width));
    svg.setAttribute("height", String(height));
    const end = columns[columns.length - 1].to;
    const [from, to] = vertical ? ["y1", "y2"] : ["x1", "x2"];
    for (const { pen } of [this.#defs.water, this.#defs.drawn]) {
      pen.set({ x1: 0, y1: 0, x2: 0, y2: 0, [from]: columns[0].from, [to]: end });
    }
    this.#defs.fade.pen.set({ x1: 0, y1: 0, x2: 0, y2: 0, [vertical ? "x2" : "y2"]: Q + over });
    this.#defs.fade.stops[1].set({ offset: (Q - over / 2) / (Q + over) });
    const room = { x: -8, y: -8, width: width + over + 16, height: height + over + 16 };
    this.#defs.mask.set(room);
    this.#defs.masked.set(room);
    const point = pointer(vertical);
    const lines = columns.slice(1).map(({ from: s }) => line(point, s, 0, s, Q + over));
    this.#parts.rules.set({ d: rules ? lines.join("") : "" });
    this.#parts.edge.set({ d: line(point, end + 1.5, 0, end + 1.5, Q) });
    this.#hang(columns);
  }

  /** Makes the gates' elements; those of a column that stays stay, so that a drag goes on. @param {readonly Column[]} columns */
  #hang(columns) {
    const { gates, removed } = this.#parts;
    const middle = columns.slice(1, -1);
    for (const [key, gate] of this.#gates) {
      if (middle.some((column) => column.key === key)) continue;
      for (const pen of [gate.removed, gate.lines, gate.group]) pen.node.remove();
      this.#gates.delete(key);
    }
    for (const { key } of middle) {
      if (this.#gates.has(key)) continue;
      const group = new Pen("g", gates.node);
      const gate = {
        removed: new Pen("path", removed.node, { class: "removed", fill: `url(#${this.#defs.id}-hatch)` }),
        lines: new Pen("path", removed.node, { class: "removed-lines" }),
        group,
        blade: new Pen("path", group.node, { class: "blade" }),
        grip: new Pen("circle", group.node, { class: "grip", r: 6 }),
        handle: new Pen("circle", group.node, { class: "handle", r: 16 }),
      };
      gate.handle.node.dataset.column = key;
      this.#gates.set(key, gate);
    }
  }

  /** Paints in the next frame, or now where nothing moves. */
  #show() {
    if (!this.#geometry || !this.#levels) return;
    if (this.#reports.isStill()) {
      this.#bands.snap(this.#bands.target);
      this.#needle.snap(this.#needle.target);
      this.#flow_in.end();
      this.#trace.end();
      this.#paint();
      return;
    }
    if (this.#frame) return;
    this.#last = performance.now();
    this.#frame = requestAnimationFrame((time) => this.#tick(time));
  }

  /** @param {number} time */
  #tick(time) {
    const spent = Math.max(0, Math.min(50, time - this.#last));
    this.#last = time;
    this.#bands.advance(spent);
    this.#needle.advance(spent);
    this.#flow_in.advance(spent);
    if (!this.#flow_in.busy) this.#trace.advance(spent);
    this.#paint();
    const busy = [this.#bands, this.#needle, this.#flow_in, this.#trace].some((part) => part.busy);
    this.#frame = busy ? requestAnimationFrame((next) => this.#tick(next)) : 0;
  }

  #paint() {
    const geometry = /** @type {Geometry} */ (this.#geometry);
    const measures = MEASURES[geometry.size];
    const last = geometry.columns[geometry.columns.length - 1];
    const bend = last.from + (last.to - last.from) * measures.bend;
    const point = pointer(geometry.vertical);
    const scene = { geometry, measures, bend, point, end: last.to, flow: { ...geometry, bend, point } };
    this.#paintBands(scene);
    this.#paintGates(scene);
    this.#paintClips(scene);
    const needle = this.#needle.now.length && !this.#counts && measures.reach ? this.#needle.now[0] * geometry.Q : null;
    this.#paintDrawn(scene);
    const mark = this.#paintForced(scene, needle);
    const taken = this.#paintLabels(
      scene,
      [needle, mark].filter((at) => at !== null),
      needle !== null,
    );
    this.#paintEdge(scene, needle, taken);
    this.#paintCounts(scene);
  }

  /** @typedef {{ geometry: Geometry, measures: import("./measures.js").Measures, bend: number, end: number, point: import("./ribbon.js").Point, flow: import("./ribbon.js").Flow }} Scene */

  /** @param {Scene} scene */
  #paintBands({ flow }) {
    const width = flow.columns.length * NUMBERS;
    this.#items.forEach((item, i) => {
      const gapless = item.text === null;
      item.pen.set({ d: ribbon(this.#bands.now, i * width, flow, { gapless }) });
    });
  }

  /** @param {Scene} scene */
  #paintGates({ geometry, measures, point }) {
    const { columns, Q, vertical } = geometry;
    const levels = /** @type {Levels} */ (this.#levels);
    const width = columns.length * NUMBERS;
    const values = this.#bands.now;
    for (let c = 1; c < columns.length - 1; c++) {
      const column = columns[c];
      const gate = /** @type {Gate} */ (this.#gates.get(column.key));
      const order = levels.pierced[c] ? this.#itemsOf(levels.orders[c - 1]) : null;
      const { pivot, kept, holes, grip } = cutsOf(values, width, c, Q, order);
      const depth = pivot - kept;
      const room = column.to - column.from - measures.room;
      const about = { gate: column.from + 1, pivot, squeeze: Math.min(1, room / (depth || 1)), end: Q + measures.over };
      const falls = depth > 0.3;
      const blade = holes.map(({ top, bottom }) => line(point, column.from, top, column.from, bottom));
      if (falls) blade.push(line(point, column.from, kept, column.from, pivot));
      gate.removed.set({
        d: holes.map((hole) => wedge(point, column, hole)).join("") + (falls ? fall(point, about, depth) : ""),
      });
      gate.lines.set({ d: falls ? this.#turns(c, kept, about, point, Q) : "" });
      gate.blade.set({ d: blade.join("") });
      const grips = measures.grips && column.grip === true;
      const [x, y] = vertical ? ["cy", "cx"] : ["cx", "cy"];
      for (const pen of [gate.grip, gate.handle]) pen.show(grips).set({ [x]: column.from, [y]: grip });
      gate.group.set({ class: blade.length ? "cut" : "idle" });
    }
  }

  /** @param {ArrayLike<number>} order of bands @returns {number[]} of items */
  #itemsOf(order) {
    const at = new Map(this.#items.map(({ band }, i) => [band, i]));
    return Array.from(order, (band) => at.get(band) ?? 0);
  }

  /** The lines between removed bands that are thick enough to be told apart. @param {number} c @param {number} kept @param {import("./ribbon.js").Turn} about @param {import("./ribbon.js").Point} point @param {number} Q */
  #turns(c, kept, about, point, Q) {
    const values = this.#bands.now;
    const width = values.length / this.#items.length;
    let d = "";
    this.#items.forEach(({ text }, i) => {
      const before = i * width + (c - 1) * NUMBERS;
      const bottom = (values[before + Y] + values[before + H]) * Q;
      const gone = (values[before + H] - values[before + NUMBERS + CUT]) * Q;
      if (text !== null && gone > 7 && bottom > kept && about.pivot - bottom > 1) {
        d += turn(point, about, about.pivot - bottom);
      }
    });
    return d;
  }

  /** How far the river has flowed in, and how far the drawn band is traced. @param {Scene} scene */
  #paintClips({ geometry: { vertical, S, Q }, end }) {
    const { id, flowed, traced } = this.#defs;
    const { removed, bands, moved, gates, labels, forced } = this.#parts;
    const flowing = this.#flow_in.busy;
    for (const pen of [removed, bands, moved, gates, labels, forced]) {
      pen.set({ "clip-path": flowing ? `url(#${id}-flowed)` : "none" });
    }
    /** @param {number} from @param {number} to */
    const span = (from, to) => {
      const [length, across] = [Math.max(0, to - from), Q + 200];
      return vertical
        ? { x: -100, y: from, width: across, height: length }
        : { x: from, y: -100, width: length, height: across };
    };
    if (flowing) flowed.set(span(-8, (end + 8) * this.#flow_in.shown));
    traced.set(span((end + 2) * (1 - this.#trace.shown) - 8, S + 8));
  }

  /** @param {Scene} scene */
  #paintDrawn({ flow }) {
    const { traced, halo, drawn } = this.#parts;
    const shown = this.#isShown();
    traced.show(shown);
    if (!shown) return;
    const d = this.#pathOf(/** @type {Picture} */ (this.#picture).drawn?.band ?? 0, flow, flow.columns.length);
    halo.set({ d });
    drawn.set({ d });
    const thickness = this.#numberOf(this.#picture?.drawn?.band ?? 0, flow.columns.length - 1, H);
    const wash = Math.max(0, Math.min(1, (thickness - SOLID) / WASH));
    this.#svg.style.setProperty("--wash", `${Math.round(wash * 100)}%`);
    this.#defs.drawn.stops[1].set({ offset: 0.12 + 0.18 * wash });
  }

  /** @param {number} band @param {import("./ribbon.js").Flow} flow @param {number} stop */
  #pathOf(band, flow, stop) {
    const width = flow.columns.length * NUMBERS;
    const item = this.#items.findIndex((it) => it.band === band);
    return ribbon(this.#bands.now, item * width, flow, { gapless: true, least: LEAST_DRAWN, stop });
  }

  /** @param {number} band @param {number} c @param {number} which */
  #numberOf(band, c, which) {
    const item = this.#items.findIndex((it) => it.band === band);
    return this.#bands.now[item * (this.#bands.now.length / this.#items.length) + c * NUMBERS + which];
  }

  /** The token that stands in the text instead of the drawn one: an edge, and a mark where it ends. @param {Scene} scene @param {number | null} needle @returns {number | null} where its words stand */
  #paintForced({ geometry, measures, end, point, flow }, needle) {
    const { forced: group, forced_halo, forced_edge, forced_end, in_text } = this.#parts;
    const picture = /** @type {Picture} */ (this.#picture);
    const band = this.#aim.drawn === false ? undefined : picture.forced?.band;
    group.show(band !== undefined);
    in_text.show(band !== undefined && !this.#counts && measures.reach > 0);
    if (band === undefined) return null;
    const { columns, Q, vertical } = geometry;
    const removed = columns.findIndex(
      ({ station }, c) => c > 0 && station !== null && picture.stations[station].left[band] === 0,
    );
    const stop = removed < 0 ? columns.length : removed;
    const d = this.#pathOf(band, flow, stop);
    forced_halo.set({ d });
    forced_edge.set({ d });
    const c = Math.min(stop, columns.length) - 1;
    const s = removed < 0 ? end : columns[removed].from;
    const q = (this.#numberOf(band, c, Y) + this.#numberOf(band, c, H) / 2) * Q;
    forced_end.set({
      d: `M${point(s - 5, q)}L${point(s, q - 5)}L${point(s + 5, q)}L${point(s, q + 5)}Z`,
    });
    if (removed >= 0 || this.#counts || !measures.reach) {
      in_text.show(false);
      return null;
    }
    const near = needle !== null && Math.abs(q - needle) < 24;
    const at = near ? needle + (q < needle ? -28 : 34) : q;
    in_text.write(this.#reports.words.in_text);
    if (vertical) in_text.set({ transform: `translate(${at} ${end + 18})`, "text-anchor": "middle" });
    else in_text.set({ transform: `translate(${end + 12} ${at + 4.5})`, "text-anchor": "start" });
    return at;
  }

  /**
   * @param {Scene} scene @param {number[]} marks @param {boolean} has_needle
   * @returns {number[]} where percentages stand at the edge
   */
  #paintLabels({ geometry, measures, bend }, marks, has_needle) {
    const picture = /** @type {Picture} */ (this.#picture);
    const { Q, vertical, columns } = geometry;
    const width = columns.length * NUMBERS;
    const end = width - NUMBERS;
    const values = this.#bands.now;
    const station = picture.stations[picture.stations.length - 1];
    const drawn = this.#isShown() ? picture.drawn?.band : undefined;
    const forced = this.#aim.drawn === false ? undefined : picture.forced?.band;
    const rows = this.#items.flatMap(({ band, text, twin }, i) => {
      if (band < 0) return [];
      const at = i * width;
      return {
        text,
        twin,
        drawn: band === drawn,
        percent: !(band === drawn && has_needle) && band !== forced,
        count: picture.bands.count[band],
        left: station.left[band],
        from_y: values[at + Y] * Q,
        from_h: values[at + H] * Q,
        to_y: values[at + end + Y] * Q,
        to_h: values[at + end + H] * Q,
        share: picture.stations[0].share[band],
        probability: picture.probability[band],
      };
    });
    const letters = picture.vocab_size <= 40;
    const counts = this.#counts !== null;
    const labels = labelsOf(rows, { geometry, measures, bend, letters, marks, counts }, this.#reports.words);
    for (const label of labels) write(this.#parts.texts.next(), label, vertical);
    this.#parts.texts.end();
    return labels.flatMap(({ kind, q }) => (kind === "percent" ? [q] : []));
  }

  /** @param {Scene} scene @param {number | null} needle @param {number[]} taken */
  #paintEdge({ geometry: { vertical, Q }, measures, end, point }, needle, taken) {
    const { ends, needle_line, needle_tip } = this.#parts;
    const draws = !this.#isShown() || this.#picture?.drawn?.kind === "coin";
    ends.forEach((pen, v) => {
      const q = v * Q;
      const near = needle !== null && Math.abs(needle - q) < (vertical ? 44 : 14);
      const crossed = !vertical && taken.some((at) => Math.abs(at - (v ? q - 4 : q + 4)) < 14);
      pen.show(draws && !near && !crossed && !this.#counts && measures.reach > 0);
      if (vertical) pen.set({ transform: `translate(${q} ${end + 18})`, "text-anchor": v ? "end" : "start" });
      else pen.set({ transform: `translate(${end + 12} ${v ? q + 1 : q + 9})`, "text-anchor": "start" });
    });
    for (const pen of [needle_line, needle_tip]) pen.show(needle !== null);
    if (needle !== null) {
      needle_line.set({ d: line(point, end + 12, needle, end + measures.reach, needle) });
      needle_tip.set({
        d: `M${point(end + 3, needle)}L${point(end + 14, needle - 6)}L${point(end + 14, needle + 6)}Z`,
      });
    }
    this.#report(needle === null ? null : { s: end + measures.reach, q: needle });
  }

  /** @param {{ s: number, q: number } | null} at */
  #report(at) {
    const key = at ? `${at.s} ${at.q}` : "none";
    if (key === this.#reported) return;
    this.#reported = key;
    this.#reports.onNeedle?.(at);
  }

  /** Beside each band a bar: how often it was drawn; the line is as often as expected. @param {Scene} scene */
  #paintCounts({ geometry, measures, end, point }) {
    const { counts: group, count, count_drawn, expected, numbers } = this.#parts;
    const counts = this.#counts;
    group.show(counts !== null);
    if (!counts) return;
    const picture = /** @type {Picture} */ (this.#picture);
    const { Q, vertical } = geometry;
    const { id } = picture.bands;
    const { unit } = measures;
    const values = this.#bands.now;
    const width = geometry.columns.length * NUMBERS;
    const singles = this.#items.filter(({ text, band }) => text !== null && band >= 0);
    const rest = {
      got: counts.n - singles.reduce((sum, { band }) => sum + counts.of(id[band]), 0),
      probability: this.#items.reduce(
        (sum, { text, band }) => sum + (text === null && band >= 0 ? picture.probability[band] : 0),
        0,
      ),
    };
    const bars = { on: "", off: "" };
    this.#items.forEach(({ text, band }, i) => {
      const at = (i + 1) * width - NUMBERS;
      const h = values[at + H] * Q;
      if (band < 0 || h < 0.8) return;
      const top = values[at + Y] * Q;
      const got = text === null ? rest.got : counts.of(id[band]);
      const probability = text === null ? rest.probability : picture.probability[band];
      const length = Math.min(2.05, got / (probability * counts.n)) * unit;
      const inset = text === null ? 0 : Math.min(0.8, h * 0.14);
      const on = this.#isShown() && band === picture.drawn?.band;
      const [s0, q0, q1] = [end + 5, top + inset, top + h - inset];
      bars[on ? "on" : "off"] +=
        `M${point(s0, q0)}L${point(s0 + length, q0)}L${point(s0 + length, q1)}L${point(s0, q1)}Z`;
      if (h < 14 || vertical || text === null) return;
      const place = `translate(${s0 + 6} ${top + h / 2 + 4.5})`;
      const pen = numbers.next().write(this.#reports.words.whole(got));
      pen.set({ class: on ? "count-number on" : "count-number", transform: place, "text-anchor": "start" });
    });
    count.set({ d: bars.off });
    count_drawn.set({ d: bars.on });
    expected.set({ d: line(point, end + 5 + unit, 0, end + 5 + unit, Q + 4) });
    if (!vertical) {
      const place = `translate(${end + 5 + unit} ${Q + 18})`;
      numbers
        .next()
        .write(this.#reports.words.expected)
        .set({ class: "end", transform: place, "text-anchor": "middle" });
    }
    numbers.end();
  }

  /** @param {number | null} band */
  #point(band) {
    if (band === this.#hover) return;
    this.hover(band);
    this.#reports.onHover?.(band);
  }

  /** @param {number | null} band */
  #pick(band) {
    if (band !== null) this.#reports.onPick?.(band);
  }

  /** A grip is dragged. @param {PointerEvent} event */
  #grab(event) {
    const handle = event.target;
    if (!(handle instanceof SVGElement) || handle.dataset.column === undefined || event.button !== 0) return;
    event.preventDefault();
    const key = handle.dataset.column;
    handle.setPointerCapture(event.pointerId);
    const over = new AbortController();
    const signal = AbortSignal.any([over.signal, this.#aborter.signal]);
    /** @param {PointerEvent} at @param {"start" | "move" | "end"} phase */
    const report = (at, phase) => this.#reports.onGrip?.(key, this.#fraction(at), phase);
    /** @param {PointerEvent} at */
    const end = (at) => {
      over.abort();
      report(at, "end");
    };
    report(event, "start");
    handle.addEventListener("pointermove", (at) => report(at, "move"), { signal });
    handle.addEventListener("pointerup", end, { signal });
    handle.addEventListener("pointercancel", end, { signal });
  }

  /** Where the pointer is across the flow. @param {PointerEvent} event */
  #fraction({ clientX, clientY }) {
    const { left, top, width, height } = this.#svg.getBoundingClientRect();
    const part = this.#geometry?.vertical ? (clientX - left) / width : (clientY - top) / height;
    return Math.max(0, Math.min(1, part));
  }
}

/** @param {EventTarget | null} target @returns {number | null} */
function bandOf(target) {
  const band = target instanceof SVGElement ? target.dataset.band : undefined;
  return band === undefined ? null : Number(band);
}

/** @param {Float64Array} values of one band */
const isThick = (values) => values.some((value, i) => i % NUMBERS === H && value > 1e-4);

/**
 * Writes a band's numbers; one that is not there has no thickness, below the band before it.
 * @param {Float64Array} all @param {number} at @param {number} width @param {Float64Array | null} values
 */
function fill(all, at, width, values) {
  if (values) {
    all.set(values, at);
    return;
  }
  if (at === 0) return;
  for (let c = 0; c < width; c += NUMBERS) {
    all[at + c + Y] = all[at - width + c + Y] + all[at - width + c + H];
  }
}

/** @param {Pen} pen @param {import("./labels.js").Label} label @param {boolean} vertical */
function write(pen, { kind, text, dot, s, q, size, anchor, sans, on, upright }, vertical) {
  const turned = vertical && !upright;
  const shift = size * (turned ? -0.34 : 0.34);
  const [x, y] = vertical ? [q + (turned ? shift : 0), s] : [s, q + shift];
  pen.write(text, dot).set({
    class: `${kind}${sans ? " sans" : ""}${on ? " on" : ""}`,
    "font-size": Math.round(size * 2) / 2,
    "text-anchor": anchor,
    transform: `translate(${Math.round(x * 10) / 10} ${Math.round(y * 10) / 10})${turned ? " rotate(90)" : ""}`,
  });
}
