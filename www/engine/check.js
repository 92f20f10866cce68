/** What is checked before the engine is asked: what would not even reach it as it was meant. Everything else the engine checks itself. */

import { invalidSetting, LabError } from "./error.js";

/**
 * @param {string} name
 * @param {unknown} value
 * @throws {LabError} `invalid_setting` unless it is an object with names
 */
export const requireObject = (name, value) => {
  if (typeof value === "object" && value !== null && !Array.isArray(value) && !ArrayBuffer.isView(value)) return;
  throw invalidSetting(name, value, "use an object, as in { temperature: 0.8 }");
};

/**
 * Refuses keys that do not exist and names the nearest one that does.
 * @param {string} what
 * @param {object} options
 * @param {readonly string[]} known
 * @throws {LabError} `invalid_setting`, `unknown_setting`
 */
export const refuseUnknown = (what, options, known) => {
  requireObject(what, options);
  for (const name of Object.keys(options)) {
    if (known.includes(name)) continue;
    const nearest = known.reduce((best, other) => (edits(name, other) < edits(name, best) ? other : best));
    throw new LabError("unknown_setting", `unknown setting "${name}": did you mean "${nearest}"?`, { setting: name });
  }
};

/**
 * The same error, naming one of `others` instead if that is nearer: for options that the engine does not know.
 * @param {unknown} error
 * @param {readonly string[]} others
 */
export const orNearer = (error, others) => {
  if (!(error instanceof LabError) || error.code !== "unknown_setting" || !error.setting) return error;
  const name = error.setting;
  const named = /did you mean "(.*)"/.exec(error.message)?.[1] ?? "";
  const nearest = others.reduce((best, other) => (edits(name, other) < edits(name, best) ? other : best), named);
  return new LabError("unknown_setting", `unknown setting "${name}": did you mean "${nearest}"?`, { setting: name });
};

/**
 * @param {unknown} logits
 * @returns {Float32Array}
 * @throws {LabError} `invalid_logits`
 */
export const toLogits = (logits) => {
  if (logits instanceof Float32Array) return logits;
  const isList = Array.isArray(logits) || (ArrayBuffer.isView(logits) && !(logits instanceof DataView));
  /** @type {unknown[]} */
  const list = isList ? Array.from(/** @type {any} */ (logits)) : [];
  const index = list.findIndex((x) => typeof x !== "number");
  if (isList && index < 0) return Float32Array.from(/** @type {number[]} */ (list));
  const name = isList ? `logits[${index}]` : "logits";
  const found = isList ? list[index] : logits;
  const message = `${name} is ${found === null ? "null" : typeof found}: use a Float32Array with one number per token`;
  throw new LabError("invalid_logits", message, isList ? { index } : {});
};

/** A 32-bit array would silently wrap what is not an id. */
const LARGEST_ID = 0xffff_ffff;

/**
 * @param {ArrayLike<number>} ids
 * @returns {Uint32Array}
 * @throws {LabError} `invalid_token` with the position
 */
export const toIds = (ids) => {
  if (ids instanceof Uint32Array) return ids;
  const list = Array.from(ids ?? []);
  const index = list.findIndex((id) => !(Number.isInteger(id) && id >= 0 && id <= LARGEST_ID));
  if (index < 0) return Uint32Array.from(list);
  const message = `token id ${String(list[index])} at position ${index} is not an id: use whole numbers from 0 to V - 1`;
  throw new LabError("invalid_token", message, { value: list[index], index });
};

/**
 * How many letters to insert, drop or change to get from one name to the other (Levenshtein).
 * @param {string} from
 * @param {string} to
 */
const edits = (from, to) => {
  let above = Array.from({ length: to.length + 1 }, (_, i) => i);
  for (let row = 1; row <= from.length; row += 1) {
    const current = [row];
    for (let column = 1; column <= to.length; column += 1) {
      const change = above[column - 1] + (from[row - 1] === to[column - 1] ? 0 : 1);
      current.push(Math.min(change, above[column] + 1, current[column - 1] + 1));
    }
    above = current;
  }
  return above[to.length];
};
