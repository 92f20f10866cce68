/** Prints values as Python does. */

/**
 * `round(x, 6)` of a float32 value. x·10^6 is exact in a double (24 + 20 bits), so halves can be seen and go to the even neighbour.
 * @param {number} x a float32
 */
export const round6 = (x) => {
  const millionths = Math.fround(x) * 1e6;
  const below = Math.floor(millionths);
  const isHalf = millionths - below === 0.5;
  const nearest = isHalf ? below + (below % 2 === 0 ? 0 : 1) : Math.round(millionths);
  return nearest / 1e6;
};

/**
 * `repr` of a float: the shortest digits that give the same double, with an exponent below 1e-4 and from 1e16 on.
 * @param {number} x
 */
export const reprFloat = (x) => {
  if (Number.isNaN(x)) return "nan";
  if (!Number.isFinite(x)) return x > 0 ? "inf" : "-inf";
  const size = Math.abs(x);
  if (size !== 0 && (size < 1e-4 || size >= 1e16)) {
    const [digits, exponent] = x.toExponential().split("e");
    return `${digits}e${exponent[0]}${exponent.slice(1).padStart(2, "0")}`;
  }
  if (Object.is(x, -0)) return "-0.0";
  return Number.isInteger(x) ? `${x}.0` : String(x);
};

/**
 * `repr` of a str.
 * @param {string} text
 */
export const reprString = (text) => {
  const quote = text.includes("'") && !text.includes('"') ? '"' : "'";
  const escapes = new Map([
    ["\\", "\\\\"],
    ["\n", "\\n"],
    ["\r", "\\r"],
    ["\t", "\\t"],
    [quote, `\\${quote}`],
  ]);
  return quote + Array.from(text, (character) => escapes.get(character) ?? character).join("") + quote;
};

/**
 * `repr` of a list.
 * @param {Iterable<string | number>} items already printed
 */
export const reprList = (items) => `[${Array.from(items).join(", ")}]`;

/**
 * `repr` of a tuple of two or more.
 * @param {Iterable<string | number>} items already printed
 */
export const reprTuple = (items) => `(${Array.from(items).join(", ")})`;
