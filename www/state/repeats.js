/** Longest cycle looked for, in tokens, and how often it has to be there. */
const LONGEST = 24;
const OFTEN_ENOUGH = 3;
const TOKENS_ENOUGH = 12;

/**
 * Whether a text ends by going round in a circle.
 * @param {readonly number[]} tokens
 * @returns {{ period: number, times: number } | null} the shortest cycle, and how often the text ends with it in a row
 */
export function repeatedEnd(tokens) {
  for (let period = 1; period <= LONGEST; period += 1) {
    let same = 0;
    while (
      same + period < tokens.length &&
      tokens[tokens.length - 1 - same] === tokens[tokens.length - 1 - same - period]
    )
      same += 1;
    const times = Math.floor(same / period) + 1;
    if (times >= OFTEN_ENOUGH && times * period >= TOKENS_ENOUGH) return { period, times };
  }
  return null;
}
