/**
 * The token that stands in the text instead of the drawn one. It comes with the tabs, where a token is put in.
 *
 * @typedef {import("./parts.js").Parts} Parts
 * @typedef {import("./pen.js").Pen} Pen
 * @typedef {import("./scene.js").Scene} Scene
 */
import { IN_TEXT, marked } from "./paint.js";

/**
 * The token that stands in the text instead of the drawn one: an edge, and a mark where it ends.
 * @param {Scene} scene @param {Parts} parts @returns {number | null} where its words stand beside the edge
 */
export function paintForced(scene, { forced, forced_halo, forced_edge, forced_end, in_text }) {
  const { columns, picture, end, point } = scene;
  forced.show(scene.forced !== null);
  in_text.show(false);
  if (!scene.forced) return null;
  const { band } = scene.forced;
  const item = scene.itemOf(band);
  const gate = columns.findIndex(
    ({ station }, c) => c > 0 && station !== null && picture.stations[station].left[band] === 0,
  );
  const kept = gate < 0;
  const d = marked(scene, item, kept ? columns.length : gate);
  forced_halo.set({ d });
  forced_edge.set({ d });
  const s = kept ? end : columns[gate].from;
  const q = scene.middle(item, kept ? scene.last : gate - 1);
  forced_end.set({ d: `M${point(s - 5, q)}L${point(s, q - 5)}L${point(s + 5, q)}L${point(s, q + 5)}Z` });
  if (!kept || scene.counts || !scene.has_edge) return null;
  return paintInText(scene, in_text, band, q);
}

/** Beside the band, but not on the needle, and not on an end. @param {Scene} scene @param {Pen} pen @param {number} band @param {number} q */
function paintInText({ needle, words, vertical, end, Q, picture }, pen, band, q) {
  const half = vertical ? IN_TEXT : 20;
  const clear = vertical ? IN_TEXT + 16 : 28;
  let at = Math.max(half, Math.min(Q - half, q));
  if (needle !== null && Math.abs(at - needle) < clear) {
    const below = q >= needle ? needle + clear <= Q - half : needle - clear < half;
    at = needle + (below ? clear + (vertical ? 0 : 6) : -clear);
  }
  pen.show(true).write(`${words.percent(picture.probability[band])} ${words.in_text}`);
  if (vertical) pen.set({ transform: `translate(${at} ${end + 18})`, "text-anchor": "middle" });
  else pen.set({ transform: `translate(${end + 12} ${at + 4.5})`, "text-anchor": "start" });
  return at;
}
