/**
 * Several settings, the same seed: what would each have written?
 *
 * @typedef {import("./types.js").Contender} Contender
 */

/** The notebook's four. @type {Contender[]} */
export const NOTEBOOKS_FOUR = [
  { name: "greedy", fields: { temperature: "0" } },
  { name: "temperature 0.8", fields: { temperature: "0.8" } },
  { name: "temperature 1.4", fields: { temperature: "1.4" } },
  { name: "top-p 0.9", fields: { temperature: "1", top_p: "0.9" } },
];

/** What models are asked to foresee until the user types something else. */
export const A_SENTENCE = "the baker looked up at the clock, put down her cup and went out into the rain.";

/** At least and at most so many side by side. */
export const FEWEST_ROWS = 2;
export const MOST_ROWS = 4;

/** What a contender may set; the rest is neutral, but for seed, generator and length, which are the page's. */
export const COMPARED = Object.freeze(["temperature", "top_k", "top_p", "min_p", "repetition_penalty"]);

const SHARED = ["seed", "rng", "max_new_tokens"];

/**
 * Everything a contender is run with.
 * @param {Contender} contender
 * @param {import("./types.js").Fields} fields the page's
 * @returns {import("./types.js").Fields}
 */
export function fieldsOf(contender, fields) {
  const shared = Object.fromEntries(SHARED.map((name) => [name, fields[name] ?? ""]));
  return { ...shared, ...contender.fields };
}

/**
 * Where several rows of tokens stop being the same.
 * @param {readonly (readonly number[])[]} rows
 * @returns {number} how many tokens all of them begin with
 */
export function commonStart(rows) {
  const shortest = rows.reduce((least, tokens) => Math.min(least, tokens.length), Number.POSITIVE_INFINITY);
  if (!Number.isFinite(shortest)) return 0;
  let n = 0;
  while (n < shortest && rows.every((tokens) => tokens[n] === rows[0][n])) n += 1;
  return n;
}
