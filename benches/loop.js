// Times any greedy loop in Node or a browser: the first token, and each one after it. No imports, so that every host can load it.

/** With what is added, the last one fills the block of 512. */
export const PROMPTS = [16, 64, 256, 448];
const NEW = 64;
/** Repeats go on for this many milliseconds and at least three times, but no more begin after ten times as long. */
const PATIENCE = 3000;
const MOST_REPEATS = 21;

/**
 * Makes the tokens that follow.
 * @typedef {(ids: number[], n: number) => Promise<number[]>} Loop
 */

/**
 * A row of the table: milliseconds, medians of n runs; `tokens` is what the first prompt was continued with.
 * @typedef {{ prompt: number, ttft_ms: number, decode_ms: number, n: number, tokens: number[] }} LoopRow
 */

/**
 * No two runs begin alike, so none finds the keys and values of an earlier one.
 * @param {number} length
 * @param {number} vocabSize
 * @param {number} run
 */
export const promptOf = (length, vocabSize, run) =>
  Array.from({ length }, (_, i) => (((i * i * 7) % 1009) + run) % vocabSize);

/**
 * @param {Loop} loop
 * @param {number} vocabSize
 * @param {number} prompt tokens
 * @returns {Promise<LoopRow>}
 */
export const timeLoop = async (loop, vocabSize, prompt) => {
  let run = 0;
  const timed = async (/** @type {number} */ n) => {
    const ids = promptOf(prompt, vocabSize, run++);
    const start = performance.now();
    const tokens = await loop(ids, n);
    const ms = performance.now() - start;
    if (tokens.length !== n) throw new Error(`${tokens.length} tokens were made of ${n}`);
    return { ms, tokens };
  };
  const { tokens } = await timed(NEW);
  const [first, all] = [/** @type {number[]} */ ([]), /** @type {number[]} */ ([])];
  const start = performance.now();
  const goesOn = () => {
    const spent = performance.now() - start;
    return first.length < 3 ? spent < 10 * PATIENCE : spent < PATIENCE && first.length < MOST_REPEATS;
  };
  do {
    first.push((await timed(1)).ms);
    all.push((await timed(NEW)).ms);
  } while (goesOn());
  const ttft_ms = median(first);
  return { prompt, ttft_ms, decode_ms: (median(all) - ttft_ms) / (NEW - 1), n: first.length, tokens };
};

/** @param {number[]} values */
const median = (values) => values.sort((a, b) => a - b)[values.length >> 1];
