// Times a greedy loop with SmolLM2 by the processor's time it takes, which other programs on the machine do not change much.

/**
 * @typedef {{ prompt: number, first_ms: number, later_ms: number, text: string }} Row  medians; what was written
 * @typedef {(ids: number[], n: number) => Promise<string>} Loop  what n tokens after ids are
 */

const PROMPTS = [6, 128, 512];
const LATER = 64;
const REPEATS = 3;

/**
 * @param {Loop} loop
 * @param {number[]} ids of a text
 * @param {() => number} cpuMs of all that computes, so far
 * @param {(row: Row) => void} tell
 * @returns {Promise<Row[]>}
 */
export async function timeSmollm2(loop, ids, cpuMs, tell) {
  const rows = [];
  for (const prompt of PROMPTS) {
    // No two runs begin alike, so none finds the keys and values of an earlier one.
    let run = 0;
    const next = () => ids.slice(7 * run, 7 * run++ + prompt);
    const timed = async (/** @type {number} */ n) => {
      const start = cpuMs();
      await loop(next(), n);
      return cpuMs() - start;
    };
    const text = await loop(next(), 24);
    const [first, later] = [[], []].map((list) => /** @type {number[]} */ (list));
    while (first.length < REPEATS) {
      first.push(await timed(1));
      later.push(((await timed(1 + LATER)) - first[first.length - 1]) / LATER);
    }
    const row = { prompt, first_ms: median(first), later_ms: median(later), text };
    tell(row);
    rows.push(row);
  }
  return rows;
}

/** @param {number[]} list */
const median = (list) => list.toSorted((a, b) => a - b)[list.length >> 1];
