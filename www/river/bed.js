/**
 * Bands too thin to be told apart are one shape. It comes with the tabs: the models of the first picture have letters, whose bands are thicker.
 *
 * @typedef {import("./parts.js").Parts & { bed?: Pen }} Parts
 * @typedef {import("./scene.js").Scene} Scene
 */
import { H, NUMBERS, Y } from "./levels.js";
import { Pen } from "./pen.js";
import { ribbon } from "./ribbon.js";

/** Of shapes thinner than that, in pixels, Chromium leaves out some where they begin to bend: the paper is seen there. */
const THIN = 0.8;

/**
 * The bands that are thin wherever they go lie side by side, while none changes places and none is removed from among them. Only the one that is
 * pointed at is seen by itself.
 * @param {Scene} scene @param {Parts} parts
 */
export function paintBed(scene, parts) {
  const { items, values, width, levels, pierced, Q, picture } = scene;
  const isOff = levels.movers.size > 0 || pierced.includes(true);
  /** @type {Float64Array | null} */
  let bed = null;
  scene.in_bed = items.map(({ text, pen, band }, i) => {
    const numbers = values.subarray(i * width, (i + 1) * width);
    // Left out: the tail, a drawn token far down in it, and a band that is on its way out.
    const isFirst = text !== null && picture.bands.first[band] === band;
    const isThin = !isOff && isFirst && numbers.every((x, n) => n % NUMBERS !== H || x * Q < THIN);
    pen.set({ "fill-opacity": isThin ? 0 : null });
    if (isThin) bed = bed?.map((x, n) => (n % NUMBERS === Y ? x : x + numbers[n])) ?? numbers;
    return isThin;
  });
  // As light as thin bands with the paper between them.
  if (bed) parts.bed ??= new Pen("path", parts.bands.node, { class: "band tail", "pointer-events": "none" });
  parts.bed?.set({ d: bed ? ribbon(bed, 0, scene, { gapless: true }) : "" });
}
