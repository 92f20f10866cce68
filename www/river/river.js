import { fits, forColumns, H, levelsOf, NUMBERS, Y } from "./levels.js";
import { keysOf, matchBands } from "./match.js";
import { MEASURES } from "./measures.js";
import { Approach, FLOW_IN, Timer, TRACE, TRACE_AFTER } from "./motion.js";
import { paintBands, paintClips, paintDrawn, paintEdge, paintGates, paintLabels } from "./paint.js";
import { buildParts } from "./parts.js";
import { Pen } from "./pen.js";
import { line, pointer } from "./ribbon.js";
import { Scene } from "./scene.js";

/**
 * @typedef {import("./types.js").Aim} Aim
 * @typedef {import("./types.js").Column} Column
 * @typedef {import("./types.js").Counts} Counts
 * @typedef {import("./types.js").Geometry} Geometry
 * @typedef {import("./types.js").Picture} Picture
 * @typedef {import("./types.js").Reports} Reports
 * @typedef {import("./levels.js").Levels} Levels
 * @typedef {import("./paint.js").Gate} Gate
 * @typedef {import("./scene.js").Item} Item
 */

/** From one line of the hatching to the next, along an edge. */
const HATCH = 6;

/** Between these parts of the way from the model to the edge one colour turns into the other. */
const BLEND = { from: 0.12, to: 0.86 };

/** Two tokens that look alike are told apart by their space where both are at least so likely. */
const LIKELY = 0.02;

/** The picture: bands from the model to u. It draws what it is given, and computes no number of the model. */
export class River {
  #svg;
  #reports;
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
  /** @type {typeof import("./later.js").paintLater | undefined} */
  #paintLater;
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
    this.#parts = buildParts(svg);
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

  /** Where the columns are. A geometry with other columns waits for the picture that has them. @param {Geometry} given */
  place(given) {
    const geometry = withGates(given);
    if (this.#geometry && sameColumns(this.#geometry.columns, geometry.columns)) {
      this.#next = null;
      this.#geometry = geometry;
      this.#lay(geometry);
    } else {
      this.#next = geometry;
      if (!this.#picture || !fits(this.#picture, geometry.columns)) return;
      this.#settle();
    }
    this.#show();
  }

  /** Paints what the first picture has no need of, once its code has come. @param {typeof import("./later.js").paintLater} paint */
  set paintLater(paint) {
    this.#paintLater = paint;
    this.#show();
  }

  /** Nothing is dragged any more. */
  rest() {
    this.#aim = { ...this.#aim, snap: false };
    this.#show(true);
  }

  /** What to show, and whether at once. @param {Picture} picture @param {Aim} aim */
  aim(picture, aim) {
    const before = this.#picture;
    this.#picture = picture;
    this.#aim = aim;
    if (!this.#next && !this.#geometry) return;
    // What is dragged is painted once for each input, not once for each frame of what still moves.
    if (aim.snap) this.#endTrace();
    this.#settle(!before || aim.snap || this.#reports.isStill());
    this.#show(aim.snap);
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
    this.#show();
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
      if (!snap) fill(from, at, width, pair.from < 0 ? null : seen(pair.from));
      fill(to, at, width, target);
      return this.#item(pair.from < 0 ? null : old[pair.from], pair.to, keys, picture);
    });
    old.forEach((item, i) => {
      if (kept.has(i)) return;
      item.pen.node.remove();
      item.halo?.node.remove();
    });
    this.#levels = levels;
    this.#name(picture);
    this.#arrange(levels);
    if (snap) this.#bands.snap(to);
    else this.#bands.start(from, to);
  }

  /** @param {Item | null} old @param {number} band @param {string[]} keys @param {Picture} picture @returns {Item} */
  #item(old, band, keys, picture) {
    const item = old ?? {
      key: "",
      band,
      text: null,
      twin: false,
      pen: new Pen("path", this.#parts.bands.node),
      halo: null,
    };
    if (band < 0) {
      item.band = -1;
      item.pen.set({ "data-band": null });
      return item;
    }
    item.band = band;
    item.key = keys[band];
    const id = picture.bands.id[band];
    item.text = id < 0 ? null : this.#aim.labels(id);
    item.pen.set({ "data-band": band });
    return item;
  }

  /** Tells tokens apart that look the same but for a space. @param {Picture} picture */
  #name(picture) {
    const share = picture.stations[0].share;
    const likely = new Set(this.#items.map(({ text, band }) => (band >= 0 && share[band] >= LIKELY ? text : null)));
    for (const item of this.#items) item.twin = !!item.text?.startsWith(" ") && likely.has(item.text.slice(1));
  }

  /** Classes of the bands; those that change places lie above the others. @param {Levels} levels */
  #arrange({ movers }) {
    const { bands, moved } = this.#parts;
    let tail = 0;
    for (const item of this.#items) {
      const { band, text, pen } = item;
      if (band < 0) continue;
      const kind = text === null ? ` tail${tail++ % 2 === 1 ? " odd" : ""}` : "";
      pen.set({ class: `band${kind}${this.#hover === band ? " hot" : ""}` });
      const moves = movers.has(band);
      if (moves === (item.halo !== null)) continue;
      item.halo?.node.remove();
      item.halo = moves ? new Pen("path", moved.node, { class: "halo" }) : null;
      item.halo?.set({ "clip-path": `url(#${this.#parts.id}-crossings)` });
      (moves ? moved : bands).node.append(pen.node);
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
    const start = columns[0].from;
    const end = columns[columns.length - 1].to;
    const [from, to] = vertical ? ["y1", "y2"] : ["x1", "x2"];
    const at = (/** @type {number} */ part) => start + part * (end - start);
    for (const gradient of this.#parts.gradients) {
      gradient.set({ x1: 0, y1: 0, x2: 0, y2: 0, [from]: at(BLEND.from), [to]: at(BLEND.to) });
    }
    this.#layHatch(vertical, Q, over);
    const point = pointer(vertical);
    const lines = columns.slice(1).map(({ from: s }) => line(point, s, 0, s, Q + over));
    this.#parts.rules.set({ d: rules ? lines.join("") : "" });
    this.#parts.edge.set({ d: line(point, end + 1.5, 0, end + 1.5, Q) });
    this.#hang(columns);
  }

  /** What falls is hatched from the first band to where it has faded. @param {boolean} vertical @param {number} Q @param {number} over */
  #layHatch(vertical, Q, over) {
    const end = Q + over;
    const { fades, fades_from, hatch } = this.#parts;
    for (const fade of fades) fade.set({ x1: 0, y1: 0, x2: 0, y2: 0, [vertical ? "x2" : "y2"]: end });
    for (const stop of fades_from) stop.set({ offset: (Q - over / 2) / end });
    const [width, height] = vertical ? [end, HATCH] : [HATCH, end];
    for (const pen of hatch.tiles) pen.set({ width, height });
    let d = "";
    // Each line begins and ends outside the tile, so that no gap is seen where the next tile goes on with it.
    const long = HATCH + 2;
    for (let at = -HATCH; at < end; at += HATCH)
      d += vertical ? `M${at - 1} ${HATCH + 1}l${long} ${-long}` : `M-1 ${at + HATCH + 1}l${long} ${-long}`;
    hatch.strokes.set({ d });
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
        removed: new Pen("path", removed.node, { class: "removed", fill: `url(#${this.#parts.id}-hatch)` }),
        lines: new Pen("path", removed.node, { class: "removed-lines" }),
        group,
        blade: new Pen("path", group.node, { class: "blade" }),
        grip: new Pen("circle", group.node, { class: "grip", r: 6 }),
        handle: new Pen("circle", group.node, { class: "handle" }),
      };
      gate.handle.node.dataset.column = key;
      this.#gates.set(key, gate);
    }
  }

  /** Paints in the next frame, or now where nothing moves or the next frame is to have it. @param {boolean} [now] */
  #show(now = false) {
    if (!this.#geometry || !this.#levels) return;
    if (this.#reports.isStill()) {
      this.#bands.snap(this.#bands.target);
      this.#needle.snap(this.#needle.target);
      this.#endTrace();
      now = true;
    }
    // What does not move needs no frame of its own.
    if (now && !this.#isBusy) {
      cancelAnimationFrame(this.#frame);
      this.#frame = 0;
      this.#paint();
      return;
    }
    if (this.#frame) return;
    this.#last = performance.now();
    this.#frame = requestAnimationFrame((time) => this.#tick(time));
  }

  /** The river has flowed in, and the drawn band is traced. */
  #endTrace() {
    this.#flow_in.end();
    this.#trace.end();
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
    this.#frame = this.#isBusy ? requestAnimationFrame((next) => this.#tick(next)) : 0;
  }

  /** Whether anything moves. */
  get #isBusy() {
    return [this.#bands, this.#needle, this.#flow_in, this.#trace].some((part) => part.busy);
  }

  #paint() {
    const parts = this.#parts;
    const scene = new Scene({
      geometry: /** @type {Geometry} */ (this.#geometry),
      picture: /** @type {Picture} */ (this.#picture),
      levels: /** @type {Levels} */ (this.#levels),
      items: this.#items,
      values: this.#bands.now,
      counts: this.#counts,
      shows_drawn: this.#aim.drawn !== false,
      hover: this.#hover,
      v: this.#needle.now.length ? this.#needle.now[0] : null,
      words: this.#reports.words,
    });
    const in_text = this.#paintLater?.(scene, parts) ?? null;
    paintBands(scene, parts, this.#aim.snap);
    paintGates(scene, this.#gates);
    paintClips(scene, parts, this.#flow_in.shown, this.#trace.shown);
    paintDrawn(scene, parts);
    paintLabels(scene, parts, in_text);
    paintEdge(scene, parts, in_text);
    parts.counts.show(this.#counts !== null);
    this.#counts?.paint(scene, parts);
    const { needle, end, measures } = scene;
    this.#report(needle === null ? null : { s: end + measures.reach, q: needle });
  }

  /** @param {{ s: number, q: number } | null} at */
  #report(at) {
    const key = at ? `${at.s} ${at.q}` : "none";
    if (key === this.#reported) return;
    this.#reported = key;
    this.#reports.onNeedle?.(at);
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

/** The columns with their gates where a grip is clear of what stands before it. @param {Geometry} geometry @returns {Geometry} */
function withGates(geometry) {
  const { gate } = MEASURES[geometry.size];
  const columns = geometry.columns.map((column) =>
    column.kind === "gate" ? { ...column, from: Math.min(column.from + gate, column.to) } : column,
  );
  return { ...geometry, columns };
}

/** Whether the columns differ in nothing but their place. @param {readonly Column[]} before @param {readonly Column[]} after */
const sameColumns = (before, after) =>
  before.length === after.length &&
  before.every(({ key, station }, i) => key === after[i].key && station === after[i].station);

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
