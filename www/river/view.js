import { noChange, render } from "lit";
import { AsyncDirective } from "lit/async-directive.js";
import { directive } from "lit/directive.js";
import { whyNothing } from "../components/context-line.js";
import { callable } from "../lib/callable.js";
import { signOf } from "../lib/format.js";
import { watchPaper } from "../lib/paper.js";
import { fits, stationOf } from "./columns.js";
import { isLocked } from "./control.js";
import { across, down, heightOf, roomFor } from "./geometry.js";
import { Needle } from "./needle.js";
import { readout } from "./readout.js";
import { River } from "./river.js";
import { ways } from "./ways.js";
import { Labels, pictureOf } from "./words.js";

/**
 * What keeps the picture in step with the page: it measures where heads and controls stand, hands the picture to the river, and tells of the band
 * that is read. It lives as long as the section is on the page.
 *
 * @typedef {import("../components/context.js").Context} Context
 * @typedef {import("../state/types.js").TracedStep} TracedStep
 * @typedef {import("./columns.js").StageColumn} StageColumn
 * @typedef {import("./types.js").Picture} Picture
 * @typedef {Pick<typeof import("../element/views.js"), "dragNeedle" | "moveNeedle" | "draggedTo" | "Hold" | "paintCounts" | "paintLater"> | null | undefined} Later
 */

/** A control that has not moved for so long rests, in milliseconds: the text follows, though it may still be held. */
const REST_MS = 150;

const STILL = "(prefers-reduced-motion: reduce)";

/** As wide is the element on paper, and its picture: nobody tells how wide the paper is, and A4 and Letter have room for that. */
const PAPER = Object.freeze({ outer: 672, inner: 640 });

class RiverView {
  #root;
  #pic;
  #grid;
  #river;
  #needle;
  /** @type {import("./hold.js").Hold | null} */
  #hold = null;
  #resized = new ResizeObserver(() => this.#measure());
  #listening = new AbortController();
  /** @type {Context} */
  #context;
  /** @type {readonly StageColumn[]} */
  #columns = [];
  /** What a pointer and a key do in the picture, its bars of many draws and its forced token, once that is there. @type {Later} */
  #later = null;
  /** The step whose picture is shown. @type {TracedStep | null} */
  #step = null;
  /** @type {Labels | null} */
  #labels = null;
  /** @type {{ outer: number, inner: number } | null} */
  #widths = null;
  /** Which columns are shown, and how wide. */
  #arranged = "";
  /** Where the rows of controls lie, where the flow runs down. @type {{ top: number, bottom: number }[]} */
  #rows = [];
  /** What the picture's place was made of. */
  #placed = "";
  /** The band that the pointer or the keyboard is on. @type {number | null} */
  #band = null;
  /** The band that was chosen, to do something with it. @type {number | null} */
  #chosen = null;
  /** What u would draw where it is dragged to. @type {Picture | null} */
  #what_if = null;
  /** The draws that are shown beside the bands. @type {import("../state/types.js").ManyDraws | null} */
  #counted = null;
  /** A slider, a grip or u is being dragged: the picture must not stay behind. */
  #drags = false;
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  #resting;
  #unlisten;
  #leavePaper;
  /** The page goes on paper now. */
  #isPrinted = false;

  /** @param {HTMLElement} root @param {Context} context */
  constructor(root, context) {
    this.#root = root;
    this.#context = context;
    this.#pic = /** @type {HTMLElement} */ (root.querySelector(".pic"));
    this.#grid = /** @type {HTMLElement} */ (this.#pic.parentElement);
    const svg = /** @type {SVGSVGElement} */ (root.querySelector(".pic > svg"));
    this.#river = new River(svg, {
      words: printers(() => this.#context.words),
      isStill: () => this.#isPrinted || matchMedia(STILL).matches,
      onHover: (band) => this.#read(band),
      onPick: (band) => this.#choose(band),
      onGrip: (key, q, phase) => this.#grip(key, q, phase),
      onNeedle: (at) => this.#needle.stand(at),
    });
    const handle = /** @type {HTMLElement} */ (root.querySelector(".u"));
    this.#needle = new Needle(handle, svg);
    const { signal } = this.#listening;
    const on = {
      preview: (/** @type {Picture | null} */ picture) => this.#preview(picture),
      force: (/** @type {number} */ token) => this.#force(token),
    };
    handle.addEventListener("pointerdown", (event) => this.#later?.dragNeedle(event, this.#needle, on), { signal });
    handle.addEventListener("keydown", (event) => this.#later?.moveNeedle(event, this.#needle, on), { signal });
    root.addEventListener("pointerdown", (event) => this.#startDrag(event), { signal });
    this.#pic.addEventListener("keydown", (event) => this.#key(event), { signal });
    this.#pic.addEventListener("focusout", () => this.#read(null), { signal });
    root.addEventListener("input", () => this.#drags && this.#move(), { signal, capture: true });
    // A picture for a control that moves is shown at once; the page is rendered after it.
    this.#unlisten = context.listen?.(({ held, step }, before) => {
      if (held && step !== before.step) this.#follow();
    });
    for (const measured of [root, this.#grid]) this.#resized.observe(measured);
    // What is laid out for paper is not observed.
    this.#leavePaper = watchPaper((isPrinted) => {
      this.#isPrinted = isPrinted;
      this.#measure();
    });
  }

  dispose() {
    this.#unlisten?.();
    this.#leavePaper();
    this.#rest();
    this.#resized.disconnect();
    this.#hold?.release();
    this.#listening.abort();
    this.#river.dispose();
  }

  /** The page was rendered. @param {Context} context @param {readonly StageColumn[]} columns @param {Later} later */
  show(context, columns, later) {
    const isTranslated = context.words !== this.#context.words;
    this.#context = context;
    this.#columns = columns;
    if (later && !this.#later) this.#river.paintLater = later.paintLater;
    this.#later = later;
    this.#hold ??= later ? new later.Hold(this.#root, this.#listening.signal) : null;
    // The first time before anything is painted: an observer is told after that.
    if (this.#widths) this.#place();
    else this.#measure();
    this.#follow();
    if (isTranslated && this.#picture) this.#aim(this.#picture);
    this.#count(context.state);
    this.#tell();
  }

  /** Shows the picture of another step, where there is one that the columns can show. */
  #follow() {
    const { step } = this.#context.state;
    const picture = pictureOf(this.#context.state);
    const before = this.#step;
    if (!step || !picture || step === before || !fits(picture, this.#columns)) return;
    this.#step = step;
    this.#labels = new Labels(step.run.vocab, picture);
    this.#what_if = null;
    if (before?.index !== step.index || before.run.settings !== step.run.settings) this.#chosen = null;
    this.#place();
    this.#aim(picture);
    if (!before) this.#river.flowIn();
    else if (step.drawn && (before.index !== step.index || !before.drawn)) this.#river.trace();
  }

  /** How often every token was drawn, where the view tells of many draws. @param {Context["state"]} state */
  #count({ view, many_draws }) {
    const counted =
      view === "draws" && many_draws?.step.run === this.#step?.run && many_draws?.step.index === this.#step?.index
        ? many_draws
        : null;
    if (counted === this.#counted) return;
    this.#counted = counted;
    const paint = this.#later?.paintCounts;
    this.#river.counts = counted && paint ? { n: counted.n, of: (id) => counted.counts[id] ?? 0, paint } : null;
  }

  /** @param {Picture} picture */
  #aim(picture) {
    const labels = /** @type {Labels} */ (this.#labels);
    this.#river.aim(picture, {
      labels: (id) => this.#step?.run.vocab[id] ?? "",
      snap: this.#drags,
      drawn: this.#step?.drawn,
    });
    this.#needle.tell(picture, labels, this.#context);
  }

  /** The picture that is shown, with u where it is dragged to. @returns {Picture | null} */
  get #picture() {
    return this.#what_if ?? (this.#step ? /** @type {Picture} */ (this.#step.picture) : null);
  }

  /** How wide the element and the picture are. Asking for it makes the browser lay out the page, so it is asked for only when that has changed. */
  #measure() {
    const host = this.#root.getRootNode();
    const outer = (host instanceof ShadowRoot ? host.host : this.#root).clientWidth;
    const inner = this.#grid.clientWidth;
    if (inner === 0) return;
    const most = this.#isPrinted ? PAPER : { outer, inner };
    this.#widths = { outer: Math.min(outer, most.outer), inner: Math.min(inner, most.inner) };
    this.#arranged = "";
    this.#place();
  }

  /** Which columns there are, and where. @param {import("./geometry.js").Room} room */
  #arrange({ size, shown, widths, left_out }) {
    const arranged = [size, ...shown.map(({ key }) => key), ...widths, ...left_out].join();
    if (arranged === this.#arranged) return;
    this.#arranged = arranged;
    this.#root.dataset.size = size;
    const stages = /** @type {NodeListOf<HTMLElement>} */ (this.#grid.querySelectorAll("[data-stage]"));
    for (const stage of stages) stage.hidden = !shown.some(({ key }) => key === stage.dataset.column);
    this.#grid.style.gridTemplateColumns = size === "tall" ? "" : widths.map((width) => `${width}px`).join(" ");
    this.#pic.style.blockSize = size === "tall" ? "" : `${heightOf(size)}px`;
    this.#rows = size === "tall" ? this.#rowsNow() : [];
    this.#leaveOut(left_out);
  }

  /** The settings of a stage without a column have their place under "More settings". @param {string[]} names */
  #leaveOut(names) {
    const { state, send } = this.#context;
    if (names.join() !== state.left_out.join()) send({ type: "room", left_out: names });
  }

  /** Where everything stands; the river is told only where something of it has changed. */
  #place() {
    if (!this.#widths) return;
    const { outer, inner } = this.#widths;
    const room = roomFor(this.#columns, outer, inner);
    this.#arrange(room);
    const { size, shown, widths } = room;
    const picture = this.#picture;
    const geometry = size === "tall" ? down(shown, this.#rows, inner, picture) : across(shown, widths, size, picture);
    const placed = JSON.stringify(geometry);
    if (placed === this.#placed) return;
    this.#placed = placed;
    this.#needle.turn(geometry);
    this.#river.place(geometry);
  }

  /** Where the rows of controls lie, in the flow that runs down. */
  #rowsNow() {
    const rows = /** @type {HTMLElement[]} */ ([...this.#grid.querySelectorAll('.stage:not([data-column="draw"])')]);
    return rows
      .filter((row) => !row.hidden)
      .map(({ offsetTop, offsetHeight }) => ({ top: offsetTop, bottom: offsetTop + offsetHeight }));
  }

  /** @param {number | null} band */
  #read(band) {
    if (band === this.#band) return;
    this.#band = band;
    this.#river.hover(band);
    this.#tell();
  }

  /** @param {number | null} band */
  #choose(band) {
    this.#chosen = band;
    this.#tell();
  }

  /** Says in words what is read. */
  #tell() {
    const { words, send } = this.#context;
    const picture = this.#picture;
    const step = this.#step;
    const [place, buttons] = /** @type {NodeListOf<HTMLElement>} */ (this.#root.querySelectorAll(".readout, .ways"));
    if (!step || !picture || !this.#labels) {
      render(whyNothing(this.#context), place);
      return render("", buttons);
    }
    const band = this.#band ?? this.#chosen;
    const reading = { band, drags: this.#what_if !== null };
    render(readout(step, picture, reading, this.#labels, words), place);
    render(
      isLocked(this.#context) ? "" : ways(step, picture, this.#chosen ?? this.#band, this.#labels, { words, send }),
      buttons,
    );
  }

  /** Where a token would be drawn from, while u is dragged; null: where it was drawn from. @param {Picture | null} picture */
  #preview(picture) {
    this.#what_if = picture;
    if (this.#picture) this.#aim(this.#picture);
    this.#choose(null);
  }

  /** The cut of a gate is dragged. @param {string} key of its column @param {number} q @param {"start" | "move" | "end"} phase */
  #grip(key, q, phase) {
    const { send } = this.#context;
    if (isLocked(this.#context)) return;
    const column = this.#columns.find((one) => one.key === key);
    const picture = this.#picture;
    const station = column && picture ? stationOf(picture, column.name) : -1;
    if (phase === "move" && column && picture && station > 0) {
      this.#move();
      const change = this.#later?.draggedTo(column.spec, picture, station, q);
      if (change) send({ type: "field", ...change });
    } else if (phase === "end") send({ type: "commit" });
  }

  /** @param {number} token */
  #force(token) {
    const step = this.#step;
    if (step) this.#context.send({ type: "force", index: step.index, token });
  }

  /** @param {PointerEvent} event */
  #startDrag({ target }) {
    if (!(target instanceof Element) || !target.closest("input[type=range], .u, .handle")) return;
    this.#drags = true;
    this.#hold?.start();
    const end = () => {
      this.#drags = false;
      this.#rest();
      this.#river.rest();
      this.#hold?.release();
      for (const type of ["pointerup", "pointercancel"]) removeEventListener(type, end, true);
    };
    for (const type of ["pointerup", "pointercancel"]) addEventListener(type, end, true);
  }

  /** A control that is held has moved. */
  #move() {
    clearTimeout(this.#resting);
    this.#resting = setTimeout(() => this.#rest(), REST_MS);
    if (!this.#context.state.held) this.#context.send({ type: "hold", on: true });
  }

  /** No control moves any more. */
  #rest() {
    clearTimeout(this.#resting);
    if (this.#context.state.held) this.#context.send({ type: "hold", on: false });
  }

  /** Arrows read band after band, Enter chooses one. @param {KeyboardEvent} event */
  #key(event) {
    const picture = this.#picture;
    if (event.target !== this.#pic || !picture) return;
    const last = picture.bands.id.length - 1;
    const at = this.#band ?? picture.forced?.band ?? picture.drawn?.band ?? 0;
    const to = { ArrowDown: at + 1, ArrowRight: at + 1, ArrowUp: at - 1, ArrowLeft: at - 1, Home: 0, End: last }[
      event.key
    ];
    if (to !== undefined) this.#read(Math.max(0, Math.min(last, to)));
    else if (event.key === "Escape") this.#choose(null);
    else if (event.key === "Enter" || event.key === " ") this.#choose(at);
    else return;
    if (event.key === "Escape") this.#read(null);
    event.preventDefault();
    event.stopPropagation();
  }
}

/**
 * How the river prints, in the language of the page.
 * @param {() => Context["words"]} words
 * @returns {import("./types.js").Words}
 */
export const printers = (words) => ({
  token: (text) => {
    const named = words().t.character[text];
    return named
      ? { label: named.name, named: true }
      : { label: words().format.shown(text), named: signOf(text) !== null };
  },
  percent: (p) => words().format.percent(p),
  whole: (n) => words().format.whole(n),
  sorted: (v) => words().t.river.sorted(words().format.way(v)),
  more: (n) => words().t.river.more(words().format.whole(n)),
  get expected() {
    return words().t.river.expected;
  },
  get in_text() {
    return words().t.river.in_text;
  },
});

class RiverViewDirective extends callable(AsyncDirective) {
  /** @type {RiverView | null} */
  #view = null;

  /** @param {Context} _context @param {readonly StageColumn[]} _columns @param {Later} _later */
  render(_context, _columns, _later) {
    return noChange;
  }

  /** @override @param {import("lit/directive.js").ElementPart} part @param {[Context, readonly StageColumn[], Later]} given */
  update(part, [context, columns, later]) {
    // What stands inside is rendered after this, in the same turn.
    queueMicrotask(() => {
      if (!this.isConnected) return;
      this.#view ??= new RiverView(/** @type {HTMLElement} */ (part.element), context);
      this.#view.show(context, columns, later);
    });
    return noChange;
  }

  /** @override */
  disconnected() {
    this.#view?.dispose();
    this.#view = null;
  }
}

export const riverView = directive(RiverViewDirective);
