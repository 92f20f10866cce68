/**
 * Which band of one picture is which of the next. A token stays itself; a tail band is known by its first rank, and else by its place.
 *
 * @typedef {import("./types.js").Bands} Bands
 */

/** @param {Bands} bands @returns {string[]} */
export const keysOf = ({ id, first }) =>
  Array.from(id, (token, band) => (token < 0 ? `tail ${first[band]}` : `${token}`));

/** @param {string} key */
const isTail = (key) => key.startsWith("tail");

/**
 * @param {readonly string[]} before @param {readonly string[]} after
 * @returns {{ from: number, to: number }[]} in the order of drawing; from -1: it is new, to -1: it goes, and stands where it stood
 */
export function matchBands(before, after) {
  const at = new Map(before.map((key, i) => [key, i]));
  const known = new Set(after);
  const spare = before.flatMap((key, i) => (isTail(key) && !known.has(key) ? [i] : []));
  const matched = after.map((key, to) => ({
    from: at.get(key) ?? (isTail(key) ? spare.shift() : undefined) ?? -1,
    to,
  }));
  const place = new Map(matched.map(({ from }, i) => [from, i]));
  /** @type {{ from: number, to: number }[][]} what goes after each; the last list: what goes before the first */
  const going = Array.from({ length: after.length + 1 }, () => []);
  let last = after.length;
  before.forEach((_, from) => {
    const here = place.get(from);
    if (here === undefined) going[last].push({ from, to: -1 });
    else last = here;
  });
  return [...going[after.length], ...matched.flatMap((entry, i) => [entry, ...going[i]])];
}
