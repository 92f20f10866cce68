// Times a greedy loop with SmolLM2, in Node or a browser.

/**
 * @typedef {{ prompt: number, first_ms: number, later_ms: number, text: string }} Row  medians; what was written
 * @typedef {(ids: number[], n: number) => Promise<{ ms: number, text: string }>} Loop  n tokens after ids
 */

const PROMPTS = [6, 128, 512];
const LATER = 64;
const REPEATS = 5;

/** @param {Loop} loop @param {number[]} ids of a text @returns {Promise<Row[]>} */
export async function timeSmollm2(loop, ids) {
  const rows = [];
  for (const prompt of PROMPTS) {
    // No two runs begin alike, so none finds the keys and values of an earlier one.
    let run = 0;
    const next = () => ids.slice(7 * run, 7 * run++ + prompt);
    const { text } = await loop(next(), 24);
    const [first, later] = [[], []].map((list) => /** @type {number[]} */ (list));
    while (first.length < REPEATS) {
      first.push((await loop(next(), 1)).ms);
      const { ms } = await loop(next(), 1 + LATER);
      later.push((ms - first[first.length - 1]) / LATER);
    }
    rows.push({ prompt, first_ms: median(first), later_ms: median(later), text });
  }
  return rows;
}

/** @param {number[]} list */
const median = (list) => list.toSorted((a, b) => a - b)[list.length >> 1];
