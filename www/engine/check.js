/** What is checked before the engine is asked: what would not even reach it as it was meant. Everything else the engine checks itself. */

import { invalidSetting, LabError } from "./error.js";
import { MOST_IDS, requireAtMost } from "./limits.js";
import { isDetached } from "./plain.js";

/**
 * Refuses keys that do not exist and names the nearest one that does.
 * @param {Record<string, unknown>} options
 * @param {readonly string[]} known
 * @throws {LabError} `unknown_setting`
 */
export const refuseUnknown = (options, known) => {
  for (const name of Object.keys(options)) {
    if (known.includes(name)) continue;
    const nearest = known.reduce((best, other) => (edits(name, other) < edits(name, best) ? other : best));
    throw new LabError("unknown_setting", `unknown setting "${name}": did you mean "${nearest}"?`, { setting: name });
  }
};

/** A 32-bit array would silently wrap what is not an id. */
const LARGEST = 0xffff_ffff;

/** @param {unknown} n */
const isWord = (n) =>
  typeof n === "bigint" ? n >= 0n && n <= LARGEST : Number.isInteger(n) && Number(n) >= 0 && Number(n) <= LARGEST;

/**
 * @param {ArrayLike<number | bigint> | Iterable<number | bigint>} ids
 * @returns {Uint32Array}
 * @throws {LabError} `invalid_token` with the position
 */
export const toIds = (ids) => {
  if (ArrayBuffer.isView(ids) && isDetached(ids))
    throw new LabError(
      "invalid_token",
      "the token ids have lost their memory, which was detached or made smaller: hand over a copy",
    );
  if (!isSeries(ids))
    throw new LabError("invalid_token", `${String(ids)} is no list of token ids: use whole numbers in a list`);
  if ("length" in ids) requireAtMost("ids", Number(ids.length), MOST_IDS);
  if (ids instanceof Uint32Array) return ids;
  const list = Array.from(/** @type {ArrayLike<number | bigint>} */ (ids));
  const index = list.findIndex((id) => !isWord(id));
  if (index < 0) return Uint32Array.from(list, Number);
  const message = `token id ${String(list[index])} at position ${index} is not an id: use whole numbers from 0 to V - 1`;
  throw new LabError("invalid_token", message, { value: list[index], index });
};

/**
 * @param {ArrayLike<number>} counts
 * @returns {Uint32Array}
 * @throws {LabError} `invalid_setting`
 */
export const toCounts = (counts) => {
  if (!isSeries(counts)) throw invalidSetting("counts", counts, "use a list with one count per token");
  requireAtMost("counts", Number(counts.length), MOST_IDS);
  if (counts instanceof Uint32Array) return counts;
  const list = Array.from(counts);
  const index = list.findIndex((n) => !isWord(n));
  if (index < 0) return Uint32Array.from(list, Number);
  throw invalidSetting(`counts[${index}]`, list[index], "use whole numbers >= 0");
};

/** Whether it is a list of any kind, whose memory is still there. @param {unknown} list */
const isSeries = (list) =>
  typeof list === "object" &&
  list !== null &&
  ("length" in list || Symbol.iterator in list) &&
  !(ArrayBuffer.isView(list) && isDetached(list));

/**
 * Token ids of one row or of several.
 * @param {ArrayLike<number | bigint> | ArrayLike<number | bigint>[]} rows
 * @returns {Uint32Array | Uint32Array[]}
 * @throws {LabError} `invalid_token`
 */
export const toRows = (rows) =>
  Array.isArray(rows) && rows.some((row) => typeof row === "object" && row !== null)
    ? rows.map(toIds)
    : toIds(/** @type {ArrayLike<number | bigint>} */ (rows));

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
