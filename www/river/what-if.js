import { settingsOf } from "../state/settings.js";

/**
 * What a pointer or a key does in the picture: it drags a gate's cut, or the random number u. It comes with the tabs.
 *
 * u comes from the seed; where it is dragged, it asks "what if": the band under it is shown as the drawn one, and when it is let go, that token
 * is put into the text. Then it stands again where the seed has put it.
 *
 * @typedef {import("./types.js").Picture} Picture
 * @typedef {import("./needle.js").Needle} Needle
 * @typedef {import("../generated/spec.js").StageSpec} StageSpec
 *
 * @typedef {object} Told  What is told of u.
 * @property {(picture: Picture | null) => void} preview  null: as the seed has it
 * @property {(token: number) => void} force
 *
 * @typedef {object} Entering  What entered the stage, down to the cut.
 * @property {number} tokens     how many lie above the cut
 * @property {number} part       what they have of all that entered
 * @property {number} of_top     the thickness of a token at the cut, as a part of the thickest one's
 */

/** @param {PointerEvent} event @param {Needle} needle @param {Told} on */
export function dragNeedle(event, needle, on) {
  const { handle } = needle;
  if (event.button !== 0 || needle.isLocked || !needle.picture?.drawn) return;
  event.preventDefault();
  handle.focus();
  handle.setPointerCapture(event.pointerId);
  const ended = new AbortController();
  const { signal } = ended;
  const move = (/** @type {PointerEvent} */ moved) => {
    needle.what_if = needle.picture && drawnAt(wayDown(moved, needle), needle.picture);
    if (needle.what_if) on.preview(needle.what_if);
  };
  const end = (/** @type {boolean} */ isMeant) => () => {
    ended.abort();
    letGo(needle, isMeant, on);
  };
  handle.addEventListener("pointermove", move, { signal });
  handle.addEventListener("pointerup", end(true), { signal });
  handle.addEventListener("pointercancel", end(false), { signal });
}

/** How far across the flow the pointer is, from 0 to 1. @param {PointerEvent} event @param {Needle} needle */
function wayDown({ clientX, clientY }, { svg, isVertical }) {
  const { left, top, width, height } = svg.getBoundingClientRect();
  const way = isVertical ? (clientX - left) / width : (clientY - top) / height;
  return Math.max(0, Math.min(1, way));
}

/** The picture with another token drawn. @param {number} v a point in rank order @param {Picture} picture @returns {Picture | null} */
function drawnAt(v, picture) {
  const { bands, drawn, probability } = picture;
  if (!drawn) return null;
  const band = bandAt(v, probability);
  const [id, rank] = [bands.id[band], bands.first[band]];
  return { ...picture, drawn: { ...drawn, id, band, rank, probability: probability[band], v }, forced: null };
}

/** @param {Needle} needle @param {boolean} isMeant @param {Told} on */
function letGo(needle, isMeant, on) {
  const id = needle.what_if?.drawn?.id ?? -1;
  const stands = (needle.picture?.forced ?? needle.picture?.drawn)?.id;
  needle.what_if = null;
  on.preview(null);
  if (isMeant && id >= 0 && id !== stands) on.force(id);
}

/** An arrow puts the next token into the text. @param {KeyboardEvent} event @param {Needle} needle @param {Told} on */
export function moveNeedle(event, { isLocked, picture }, on) {
  if (isLocked || !picture?.drawn) return;
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
  if (band !== at) on.force(bands.id[band]);
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

/** A setting's value by what its stage compares. @type {Readonly<Record<import("./grips.js").Gripped, (at: Entering) => number>>} */
const VALUES = Object.freeze({
  rank: ({ tokens }) => Math.max(1, tokens),
  running_sum: ({ part }) => part,
  share_of_top: ({ of_top }) => of_top,
});

/** @type {Readonly<Partial<Record<StageSpec["shows"], (at: Entering) => number>>>} */
const BY_SHOWS = VALUES;

/**
 * A gate's cut that is dragged: what its setting has to be, so that the stage cuts there. The picture tells how thick each band enters the
 * stage; which number the stage compares, its spec says.
 * What is typed into the setting's field when the cut is dragged.
 * @param {StageSpec} spec
 * @param {Picture} picture
 * @param {number} station of the stage
 * @param {number} q where the cut is, as a part of the full height
 * @returns {{ name: string, text: string } | null}
 */
export function draggedTo({ name: stage, shows }, picture, station, q) {
  const [setting] = settingsOf(stage);
  const value = BY_SHOWS[shows]?.(enteringAt(picture, station, q));
  if (!setting?.slider || "stops" in setting.slider || value === undefined) return null;
  const { step, min, max } = setting.slider;
  const steps = Math.round(value / step);
  const near = Math.max(min, Math.min(max ?? picture.vocab_size, Number((steps * step).toFixed(6))));
  const isAll = setting.off === near || (max === null && near >= picture.vocab_size);
  return { name: setting.name, text: isAll ? "" : String(near) };
}

/** @param {Picture} picture @param {number} station @param {number} q @returns {Entering} */
function enteringAt({ bands, stations }, station, q) {
  const { share, left, order, mass } = stations[station - 1];
  let above = 0;
  let tokens = 0;
  let top = 0;
  let at_cut = 0;
  for (let i = 0; i < share.length && above < q; i++) {
    const band = order ? order[i] : i;
    if (left[band] === 0) continue;
    const each = share[band] / left[band];
    top = Math.max(top, each);
    at_cut = each;
    const within = Math.min(1, (q - above) / share[band]);
    tokens += bands.count[band] === 1 ? Math.round(within) : Math.round(within * left[band]);
    above += share[band];
  }
  return { tokens, part: Math.min(1, q / mass), of_top: top > 0 ? at_cut / top : 0 };
}
