import { html, render } from "lit";
import { isLocked } from "./control.js";

/** Half of what the words under the handle take, in pixels; with a token among them. */
const HALF = { short: 56, long: 92 };

/** A band that is less probable may be too thin for its name, and so many letters of that have room under u. */
const THIN = 0.04;
const LETTERS = 9;

/**
 * The handle of the random number u: where it stands, and what it says. What a pointer or a key does to it is in what-if.js.
 *
 * @typedef {import("./types.js").Picture} Picture
 * @typedef {import("./words.js").Labels} Labels
 * @typedef {import("../components/context.js").Context} Context
 */
export class Needle {
  /** The picture as the seed has it. @type {Picture | null} */
  picture = null;
  /** The same with u where it is dragged to. @type {Picture | null} */
  what_if = null;
  isVertical = false;
  isLocked = false;
  /** How wide the picture is, where the flow runs down. */
  #width = 0;
  /** Whether u's label names the token. */
  #isNamed = false;

  /** @param {HTMLElement} handle @param {SVGSVGElement} svg */
  constructor(handle, svg) {
    this.handle = handle;
    this.svg = svg;
  }

  /** Where the river has the handle. @param {{ s: number, q: number } | null} at */
  stand(at) {
    this.handle.hidden = at === null;
    // Where the flow runs down, the words stay within the picture.
    const half = this.#isNamed ? HALF.long : HALF.short;
    const shift = at && this.isVertical ? Math.max(half - at.q, 0) + Math.min(this.#width - half - at.q, 0) : 0;
    this.handle.style.setProperty("--shift", `${shift}px`);
    if (at)
      this.handle.style.transform = this.isVertical
        ? `translate(${at.q}px, ${at.s}px)`
        : `translate(${at.s}px, ${at.q}px)`;
  }

  /** @param {import("./types.js").Geometry} geometry */
  turn({ vertical, Q }) {
    this.isVertical = vertical;
    this.#width = Q;
    this.handle.setAttribute("aria-orientation", vertical ? "horizontal" : "vertical");
  }

  /** @param {Picture} picture @param {Labels} labels @param {Context} context */
  tell(picture, labels, context) {
    const { t, format } = context.words;
    this.isLocked = isLocked(context);
    this.handle.setAttribute("aria-disabled", String(this.isLocked));
    const { drawn } = picture;
    if (picture !== this.what_if) {
      this.picture = picture;
      this.what_if = null;
    }
    if (!drawn) return;
    const { id, u, v, probability } = drawn;
    const token = id < 0 ? t.river.many : format.quoted(labels.of(id));
    const label = /** @type {HTMLElement} */ (this.handle.querySelector(".u-label"));
    const is = this.what_if ? t.what_if.label : t.river.u_is(format.position(u ?? 0));
    this.#isNamed = id >= 0 && (this.what_if !== null || probability < THIN);
    const name = this.#isNamed ? `${format.quoted(few(labels.of(id)))} ` : "";
    render(html`${is}<small>${name}${format.percent(probability)}</small>`, label);
    this.handle.setAttribute("aria-valuenow", String(v ?? 0));
    this.handle.setAttribute("aria-valuetext", `${is}: ${token}, ${format.percent(probability)}`);
  }
}

/** The beginning of a token that is long. @param {string} text */
function few(text) {
  const letters = Array.from(text.trim() === "" ? text : text.trim());
  return letters.length > LETTERS ? `${letters.slice(0, LETTERS - 1).join("")}…` : letters.join("");
}
