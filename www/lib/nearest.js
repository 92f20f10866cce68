/** The right names for a misspelt one. */

/**
 * @param {string} word
 * @param {Iterable<string>} names
 * @returns {string[]} those that are most like it; none where nothing is
 */
export function nearest(word, names) {
  // No name is that long, and comparing takes its time.
  if (word.length > LONGEST) return [];
  const typed = plain(word);
  const far = new Map([...names].map((name) => [name, distance(typed, plain(name))]));
  const least = Math.min(...far.values());
  return least <= Math.max(1, Math.floor(typed.length / 3))
    ? [...far.keys()].filter((name) => far.get(name) === least)
    : [];
}

const LONGEST = 64;

/** Capitals, and what stands between two words, make no other name. @param {string} word */
const plain = (word) => word.toLowerCase().replaceAll(/[\s_-]/g, "");

/**
 * How many letters have to be added, left out, changed or swapped with the next one.
 * @param {string} a
 * @param {string} b
 */
function distance(a, b) {
  /** @type {number[][]} */
  const rows = [Array.from({ length: b.length + 1 }, (_, j) => j)];
  for (let i = 1; i <= a.length; i += 1) {
    const row = [i];
    for (let j = 1; j <= b.length; j += 1) {
      const isSame = a[i - 1] === b[j - 1];
      row[j] = Math.min(rows[i - 1][j] + 1, row[j - 1] + 1, rows[i - 1][j - 1] + (isSame ? 0 : 1));
      const isSwap = i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1];
      if (isSwap) row[j] = Math.min(row[j], rows[i - 2][j - 2] + 1);
    }
    rows.push(row);
  }
  return rows[a.length][b.length];
}
