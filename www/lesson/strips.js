import { html } from "lit";
import { classMap } from "lit/directives/class-map.js";
import { shownToken } from "../lib/format.js";

/**
 * What rules keep of one row, as bars: the most likely token first, as high as it was probable, hatched where it was removed.
 *
 * @typedef {import("./cell.js").Lab} Lab
 * @typedef {object} Row
 * @property {Float32Array} logits (V)
 * @property {readonly string[]} vocab (V)
 *
 * @typedef {object} Strip
 * @property {string} name  the rule, as a setting
 * @property {string[]} letters  the most likely first
 * @property {ArrayLike<number>} p  their probabilities before the rule
 * @property {boolean[]} kept
 */

/**
 * What one plan keeps of a row, beside what it had before its last stage.
 * @param {Lab} lab
 * @param {Row} row
 * @param {string} name
 * @param {object} settings  of the rule
 * @param {object} [before]  settings of the stages before it
 * @returns {Promise<Strip>}
 */
export async function stripOf(lab, { logits, vocab }, name, settings, before = {}) {
  const shown = await lab.trace(logits, { ...before, seed: 0 });
  const { probabilities } = await lab.trace(logits, { ...before, ...settings, seed: 0 });
  const ids = [...logits.keys()].sort((a, b) => logits[b] - logits[a] || a - b);
  return {
    name,
    letters: ids.map((id) => shownToken(vocab[id])),
    p: ids.map((id) => shown.probabilities[id]),
    kept: ids.map((id) => probabilities[id] > 0),
  };
}

/** How many letters it keeps. @param {Pick<Strip, "kept">} strip */
export const keptBy = ({ kept }) => kept.filter(Boolean).length;

/** @param {Strip[]} strips of one row */
export const stripsView = (strips) => html`<div class="strips">${strips.map(stripView)}</div>`;

/** @param {Strip} strip */
function stripView({ name, letters, p, kept }) {
  const n = keptBy({ kept });
  const stay = letters.filter((_, i) => kept[i]).join(" ");
  return html`<div class="strip-of">
    <p><b>${name}</b> keeps ${n} of ${letters.length}</p>
    <div class="strip-bars" role="img" aria-label="Kept: ${stay}">
      ${letters.map(
        (letter, i) =>
          html`<span class=${classMap({ gone: !kept[i] })}><span class="rod" .style=${`block-size: ${(100 * p[i]) / p[0]}%`}></span><span>${letter}</span></span>`,
      )}
    </div>
  </div>`;
}

/** A picture as large as any of so many strips. @param {string[]} names @param {number} n letters */
export const stripsLike = (names, n) =>
  stripsView(
    names.map((name) => ({ name, letters: Array(n).fill("m"), p: Array(n).fill(1), kept: Array(n).fill(true) })),
  );
