/** What is checked before the engine is asked: what would not even reach it as it was meant. Everything else the engine checks itself. */

import { edits } from "./edits.js";
import { invalidSetting, LabError } from "./error.js";
import { MOST_IDS, requireAtMost } from "./limits.js";
import { isDetached, reading } from "./plain.js";
import { printed, reasonOf } from "./printed.js";

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
    const message = `unknown setting ${printed(name)}: did you mean "${nearest}"?`;
    throw new LabError("unknown_setting", message, { setting: name });
  }
};

/**
 * @param {unknown} signal
 * @returns {asserts signal is AbortSignal | null | undefined}
 * @throws {LabError} `invalid_setting`
 */
export function requireSignal(signal) {
  if (signal !== undefined && signal !== null && !reading("signal", () => signal instanceof AbortSignal))
    throw invalidSetting("signal", signal, "use an AbortController's signal");
}

/**
 * Tells how far it is. What a program's function throws, now or later, ends the reading.
 * @param {unknown} onProgress
 * @returns {(progress: any) => Promise<void>}
 * @throws {LabError} `invalid_setting`
 */
export const teller = (onProgress) => {
  if (onProgress === undefined) return async () => {};
  if (typeof onProgress !== "function") throw invalidSetting("onProgress", onProgress, "use a function");
  return async (/** @type {unknown} */ progress) => {
    try {
      await onProgress(progress);
    } catch (cause) {
      const message = `onProgress throws (${reasonOf(cause)}): mend the function, or leave it out`;
      throw new LabError("invalid_setting", message, { setting: "onProgress", cause });
    }
  };
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
    throw new LabError("invalid_token", `${printed(ids)} is no list of token ids: use whole numbers in a list`);
  const list = listOf("ids", ids);
  if (list instanceof Uint32Array) return list;
  const index = list.findIndex((id) => !isWord(id));
  if (index < 0) return Uint32Array.from(list, Number);
  const message = `token id ${printed(list[index])} at position ${index} is not an id: use whole numbers from 0 to V - 1`;
  throw new LabError("invalid_token", message, { value: list[index], index });
};

/**
 * @param {ArrayLike<number>} counts
 * @returns {Uint32Array}
 * @throws {LabError} `invalid_setting`
 */
export const toCounts = (counts) => {
  if (!isSeries(counts)) throw invalidSetting("counts", counts, "use a list with one count per token");
  const list = listOf("counts", counts);
  if (list instanceof Uint32Array) return list;
  const index = list.findIndex((n) => !isWord(n));
  if (index < 0) return Uint32Array.from(list, Number);
  throw invalidSetting(`counts[${index}]`, list[index], "use whole numbers >= 0");
};

/**
 * What a program's list holds, read once: it may have no end, or answer with an error of its own.
 * @param {string} name
 * @param {ArrayLike<number | bigint> | Iterable<number | bigint>} given
 * @returns {Uint32Array | (number | bigint)[]}
 * @throws {LabError} `limit_exceeded`, `invalid_setting`
 */
const listOf = (name, given) =>
  reading(name, () => {
    if ("length" in given) requireAtMost(name, Number(given.length), MOST_IDS);
    if (given instanceof Uint32Array) return given;
    if (Array.isArray(given) || !(Symbol.iterator in given)) return Array.from(given);
    const list = [];
    for (const item of given) {
      list.push(item);
      requireAtMost(name, list.length, MOST_IDS);
    }
    return list;
  });

/** Whether it is a list of any kind, whose memory is still there. @param {unknown} list */
const isSeries = (list) =>
  typeof list === "object" &&
  list !== null &&
  reading("a list", () => "length" in list || Symbol.iterator in list) &&
  !(ArrayBuffer.isView(list) && isDetached(list));

/**
 * Token ids of one row or of several.
 * @param {ArrayLike<number | bigint> | ArrayLike<number | bigint>[]} rows
 * @returns {Uint32Array | Uint32Array[]}
 * @throws {LabError} `invalid_token`
 */
export const toRows = (rows) =>
  reading("ids", () =>
    Array.isArray(rows) && rows.some((row) => typeof row === "object" && row !== null)
      ? Array.from(rows, toIds)
      : toIds(/** @type {ArrayLike<number | bigint>} */ (rows)),
  );
