/** The right names for a misspelt one. */

import { edits } from "../engine/edits.js";

/**
 * @param {string} word
 * @param {Iterable<string>} names
 * @returns {string[]} those that are most like it; none where nothing is
 */
export function nearest(word, names) {
  const typed = plain(word);
  const far = new Map([...names].map((name) => [name, edits(typed, plain(name))]));
  const least = Math.min(...far.values());
  return least <= Math.max(1, Math.floor(typed.length / 3))
    ? [...far.keys()].filter((name) => far.get(name) === least)
    : [];
}

/** Capitals, and what stands between two words, make no other name. @param {string} word */
const plain = (word) => word.toLowerCase().replaceAll(/[\s_-]/g, "");
