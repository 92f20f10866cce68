/** How much one call may ask for. It is checked before anything is copied, since the engine's memory ends at 4 GiB and is shared by all it holds. */

import { LabError } from "./error.js";

/** Logits of all rows: 442 rows of 151,936 tokens. */
export const MOST_LOGITS = 1 << 26;

/** Tokens of a vocabulary that is explained: every stage takes a column. */
export const MOST_TOKENS_TRACED = 1 << 22;

/** Token ids, or characters of a text. */
export const MOST_IDS = 1 << 24;

/**
 * @param {string} name
 * @param {number} found
 * @param {number} most
 * @throws {LabError} `limit_exceeded`
 */
export const requireAtMost = (name, found, most) => {
  if (found <= most) return;
  const message = `${name} has ${found} values, and one call takes ${most}: use fewer`;
  throw new LabError("limit_exceeded", message, { setting: name, value: found });
};
