import { KEPT_BY_PRESETS, OF_STAGES } from "./settings.js";

/**
 * Several settings, the same seed: what would each have written?
 *
 * @typedef {import("./types.js").Contender} Contender
 */

/** At least and at most so many side by side. */
export const FEWEST_ROWS = 2;
export const MOST_ROWS = 4;

/** What a contender may set: every setting of a stage. The rest is neutral, but for seed, generator and length, which are the page's. */
export const COMPARED = OF_STAGES;

/**
 * Everything a contender is run with.
 * @param {Contender} contender
 * @param {import("./types.js").Fields} fields the page's
 * @returns {import("./types.js").Fields}
 */
export function fieldsOf(contender, fields) {
  const shared = Object.fromEntries(KEPT_BY_PRESETS.map((name) => [name, fields[name] ?? ""]));
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
