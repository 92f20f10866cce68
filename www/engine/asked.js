/** What a call of the lab tells the engine: its arguments read and checked. */

/** @import { Handle } from "./connection.js" */
/** @import { SampleSettings } from "./types.js" */

import { refuseUnknown, toCounts, toIds } from "./check.js";
import { invalidSetting, LabError } from "./error.js";
import { MOST_TOKENS_TRACED, requireAtMost } from "./limits.js";
import { toLogits } from "./logits.js";
import { reading, readOptions } from "./plain.js";

/** Options that are objects of the lab or the platform. */
export const OBJECTS = ["model", "generator", "signal"];
/** The same of what a model is made of. */
export const OBJECTS_OF_SPECS = [
  "logits",
  "generator",
  "source",
  "config",
  "vocab",
  "tokenizer",
  "onProgress",
  "signal",
];

/**
 * Options of which the engine is told nothing.
 * @param {string} what
 * @param {object} options
 * @param {readonly string[]} names
 */
const known = (what, options, names) => {
  const given = readOptions(what, options, OBJECTS);
  refuseUnknown(given, names);
  return given;
};

/**
 * Settings of a call.
 * @param {unknown} settings
 * @param {readonly string[]} [asIs]
 */
export const settingsOf = (settings, asIs = []) => readOptions("settings", settings, asIs);

/**
 * Logits whose every stage takes a column.
 * @param {ArrayLike<number>} logits
 * @param {unknown} dtype
 */
export const toExplain = (logits, dtype) => {
  const n = reading("logits", () => Number(logits?.length ?? 0));
  requireAtMost("logits", n, MOST_TOKENS_TRACED);
  return toLogits(logits, { dtype });
};

/** The handle of a generator, if there is one. @typedef {(generator: unknown) => Handle | undefined} ToGenerator */

/**
 * What a call of `sample` tells the engine.
 * @param {ArrayLike<number>} logits
 * @param {SampleSettings | SampleSettings[]} settings
 * @param {object} options
 * @param {ToGenerator} toGenerator
 * @returns {[logits: Float32Array, settings: object, generator: Handle | undefined]}
 */
export function rowsAsked(logits, settings, options, toGenerator) {
  const { batch, generator: ofCall, dtype: ofLogits } = known("options", options, ["batch", "generator", "dtype"]);
  const list = reading("settings", () => (Array.isArray(settings) ? Array.from(settings) : undefined));
  if (list) {
    const rows = list.map((row) => settingsOf(row));
    if (batch !== undefined && batch !== rows.length) {
      const advice = `there are settings for ${rows.length} rows; leave batch out or make them agree`;
      throw invalidSetting("batch", batch, advice);
    }
    return [toLogits(logits, { dtype: ofLogits }), rows, toGenerator(ofCall)];
  }
  const { generator = ofCall, dtype = ofLogits, ...rest } = settingsOf(settings, ["generator"]);
  const whole = batch === undefined ? rest : { ...rest, batch };
  return [toLogits(logits, { dtype }), whole, toGenerator(generator)];
}

/**
 * What a call of `trace` tells the engine.
 * @param {ArrayLike<number>} logits
 * @param {SampleSettings} settings
 * @param {object} options
 * @param {ToGenerator} toGenerator
 * @returns {[logits: Float32Array, settings: object, generator: Handle | undefined]}
 */
export function rowAsked(logits, settings, options, toGenerator) {
  const { generator: ofCall, dtype: ofLogits } = known("options", options, ["generator", "dtype"]);
  const { generator = ofCall, dtype = ofLogits, ...rest } = settingsOf(settings, ["generator"]);
  return [toExplain(logits, dtype), rest, toGenerator(generator)];
}

/**
 * What a call of `drawMany` tells the engine.
 * @param {ArrayLike<number>} logits
 * @param {SampleSettings} settings
 * @param {object} options
 * @param {ToGenerator} toGenerator
 * @returns {[logits: Float32Array, settings: object, n: unknown, before: Counts, generator: Handle | undefined]}
 */
export function manyAsked(logits, settings, options, toGenerator) {
  const { n, before, ...ofRow } = known("options", options, ["n", "before", "generator", "dtype"]);
  const [row, rest, generator] = rowAsked(logits, settings, ofRow, toGenerator);
  if (row.length === 0) throw new LabError("wrong_length", "logits has 0 values, expected at least 1");
  return [row, rest, n, countsBefore(before), generator];
}

/** Tokens, and how often each was drawn. @typedef {{ ids: Uint32Array, counts: Uint32Array }} Counts */

/**
 * What `drawMany` counted before.
 * @param {any} before
 * @returns {Counts}
 */
const countsBefore = (before) => {
  if (before == null) return { ids: new Uint32Array(), counts: new Uint32Array() };
  if (typeof before !== "object") throw invalidSetting("before", before, "use what drawMany answered");
  return reading("before", () => ({ ids: toIds(before.ids), counts: toCounts(before.counts) }));
};
