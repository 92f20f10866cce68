import { html, render } from "lit";
import { isLocked } from "./control.js";

/** Half of what the words under the handle take, in pixels. */
const HALF = 56;

/**
 * The handle of the random number u. u comes from the seed; where it is dragged, it asks "what if": the band under it is shown as the drawn
 * one, and when it is let go, that token is put into the text. Then it stands again where the seed has put it.
 *
 * @typedef {import("./types.js").Picture} Picture
 * @typedef {import("./words.js").Labels} Labels
 * @typedef {import("../components/context.js").Context} Context
 */
export class Needle {
  #handle;
  #svg;
  #on;
  #listening = new AbortController();
  /** The picture as the seed has it. @type {Picture | null} */
  #picture = null;
  /** @type {Picture | null} */
  #what_if = null;
  #isVertical = false;
  /** How wide the picture is, where the flow runs down. */
  #width = 0;
  #isLocked = false;

  /**
   * @param {HTMLElement} handle
   * @param {SVGSVGElement} svg
   * @param {{ preview: (picture: Picture | null) => void, force: (token: number) => void }} on
   */
  constructor(handle, svg, on) {
    this.#handle = handle;
    this.#svg = svg;
    this.#on = on;
    const { signal } = this.#listening;
    handle.addEventListener("pointerdown", (event) => this.#drag(event), { signal });
    handle.addEventListener("keydown", (event) => this.#key(event), { signal });
  }

  dispose() {
    this.#listening.abort();
  }

  /** Where the river has the handle. @param {{ s: number, q: number } | null} at */
  stand(at) {
    this.#handle.hidden = at === null;
    // Where the flow runs down, the words stay within the picture.
    const shift = at && this.#isVertical ? Math.max(HALF - at.q, 0) + Math.min(this.#width - HALF - at.q, 0) : 0;
    this.#handle.style.setProperty("--shift", `${shift}px`);
    if (at)
      this.#handle.style.transform = this.#isVertical
        ? `translate(${at.q}px, ${at.s}px)`
        : `translate(${at.s}px, ${at.q}px)`;
  }

  /** @param {import("./types.js").Geometry} geometry */
  turn({ vertical, Q }) {
    this.#isVertical = vertical;
    this.#width = Q;
    this.#handle.setAttribute("aria-orientation", vertical ? "horizontal" : "vertical");
  }

  /** @param {Picture} picture @param {Labels} labels @param {Context} context */
  tell(picture, labels, context) {
    const { t, format } = context.words;
    this.#isLocked = isLocked(context);
    this.#handle.setAttribute("aria-disabled", String(this.#isLocked));
    const { drawn } = picture;
    if (picture !== this.#what_if) {
      this.#picture = picture;
      this.#what_if = null;
    }
    if (!drawn) return;
    const { id, u, v, probability } = drawn;
    const token = id < 0 ? t.river.many : format.quoted(labels.of(id));
    const label = /** @type {HTMLElement} */ (this.#handle.querySelector(".u-label"));
    const is = this.#what_if ? t.river.what_if : t.river.u_is(format.position(u ?? 0));
    render(html`${is}<small>${format.percent(probability)}</small>`, label);
    this.#handle.title = this.#what_if ? "" : t.river.read.u(format.position(u ?? 0), format.way(v ?? 0));
    this.#handle.setAttribute("aria-valuenow", String(v ?? 0));
    this.#handle.setAttribute("aria-valuetext", `${is}: ${token}, ${format.percent(probability)}`);
  }

  /** @param {PointerEvent} event */
  #drag(event) {
    if (event.button !== 0 || this.#isLocked || !this.#picture?.drawn) return;
    event.preventDefault();
    this.#handle.focus();
    this.#handle.setPointerCapture(event.pointerId);
    const ended = new AbortController();
    const { signal } = ended;
    this.#handle.addEventListener("pointermove", (moved) => this.#moveTo(this.#wayDown(moved)), { signal });
    const end = (/** @type {boolean} */ isMeant) => () => {
      ended.abort();
      this.#letGo(isMeant);
    };
    this.#handle.addEventListener("pointerup", end(true), { signal });
    this.#handle.addEventListener("pointercancel", end(false), { signal });
  }

  /** How far across the flow the pointer is, from 0 to 1. @param {PointerEvent} event */
  #wayDown({ clientX, clientY }) {
    const { left, top, width, height } = this.#svg.getBoundingClientRect();
    const way = this.#isVertical ? (clientX - left) / width : (clientY - top) / height;
    return Math.max(0, Math.min(1, way));
  }

  /** @param {number} v a point in rank order */
  #moveTo(v) {
    const picture = this.#picture;
    if (!picture?.drawn) return;
    const { bands, probability } = picture;
    const band = bandAt(v, probability);
    const drawn = {
      ...picture.drawn,
      id: bands.id[band],
      band,
      rank: bands.first[band],
      probability: probability[band],
      v,
    };
    this.#what_if = { ...picture, drawn, forced: null };
    this.#on.preview(this.#what_if);
  }

  /** @param {boolean} isMeant */
  #letGo(isMeant) {
    const id = this.#what_if?.drawn?.id ?? -1;
    const stands = (this.#picture?.forced ?? this.#picture?.drawn)?.id;
    this.#what_if = null;
    this.#on.preview(null);
    if (isMeant && id >= 0 && id !== stands) this.#on.force(id);
  }

  /** An arrow puts the next token into the text. @param {KeyboardEvent} event */
  #key(event) {
    const picture = this.#picture;
    if (this.#isLocked || !picture?.drawn) return;
    const { bands, probability, forced, drawn } = picture;
    const at = (forced ?? drawn).band;
    const own = Array.from(bands.id.keys()).filter((band) => bands.id[band] >= 0 && probability[band] > 0);
    const i = own.indexOf(at);
    const to = { ArrowDown: i + 1, ArrowRight: i + 1, ArrowUp: i - 1, ArrowLeft: i - 1, Home: 0, End: own.length - 1 }[
      event.key
    ];
    if (to === undefined) return;
    event.preventDefault();
    event.stopPropagation();
    const band = own[Math.max(0, Math.min(own.length - 1, to))];
    if (band !== at) this.#on.force(bands.id[band]);
  }
}

/** The band that a point in rank order lies in. @param {number} v @param {Float32Array} heights of the bands, together 1 */
function bandAt(v, heights) {
  let end = 0;
  let last = 0;
  for (const [band, height] of heights.entries()) {
    if (height > 0) last = band;
    end += height;
    if (v < end) return band;
  }
  return last;
}
