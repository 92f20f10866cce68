/**
 * A value of any kind in a few words, for an error: what it begins with, and how much more there is. However large or odd it is, this is quickly
 * done, calls no method or getter of its own, and does not throw.
 */

/** Characters that a value takes, but for what closes its brackets, and those that a text in it has at least. */
const [ROOM, LEAST] = [120, 12];

/** Lists within lists; what lies deeper is not looked at. */
const DEEPEST = 4;

/** Characters of what another program says: it may hold what it was given. */
const MOST_REASON = 300;

/** A BigInt of more bits has too many digits to be read. */
const MOST_BITS = 256;

/** @param {unknown} value @returns {string} */
export const printed = (value) => {
  try {
    return printedIn(value, ROOM, 0);
  } catch {
    // A proxy may refuse everything.
    return "an object that cannot be read";
  }
};

/**
 * A text with its middle left out, where it is longer than that.
 * @param {string} text
 * @param {number} most
 */
export const shortened = (text, most) => {
  const end = most >> 2;
  return text.length > most ? `${text.slice(0, most - end - 3)} … ${text.slice(-end)}` : text;
};

/** What was thrown, in words. @param {unknown} thrown */
export const reasonOf = (thrown) => {
  const said = thrown instanceof Error ? thrown.message : thrown;
  return shortened(typeof said === "string" ? said : printed(said), MOST_REASON);
};

/** @param {unknown} value @param {number} room @param {number} depth @returns {string} */
const printedIn = (value, room, depth) => {
  if (typeof value === "string") return quoted(value, Math.max(room, LEAST));
  if (typeof value === "bigint") return BigInt.asIntN(MOST_BITS, value) === value ? `${value}n` : "a huge BigInt";
  if (typeof value === "symbol") return shortened(String(value), 2 * LEAST);
  if (typeof value === "function") return "a function";
  return typeof value === "object" && value ? objectIn(value, room, depth) : String(value);
};

/** @param {string} text @param {number} most */
const quoted = (text, most) => {
  let start = text.slice(0, most);
  // What is escaped takes more.
  while (JSON.stringify(start).length > most + 2) start = start.slice(0, start.length * 0.9);
  return JSON.stringify(start) + (start === text ? "" : `… (${text.length} characters)`);
};

/** @param {any} value an object @param {number} room @param {number} depth @returns {string} */
const objectIn = (value, room, depth) => {
  if (depth >= DEEPEST) return "…";
  const name = shortened(Object.prototype.toString.call(value).slice(8, -1), 3 * LEAST);
  const inside = (/** @type {unknown} */ item, /** @type {number} */ left) => printedIn(item, left / 2, depth + 1);
  const at = (/** @type {string | number} */ key, /** @type {number} */ left) => {
    const { get, value: item } = Object.getOwnPropertyDescriptor(value, key) ?? {};
    return get ? "a getter" : inside(item, left);
  };
  if (Array.isArray(value)) return `[${series(value.length, at, room)}]`;
  if (ArrayBuffer.isView(value) && name !== "DataView")
    return `${name} [${series(/** @type {any} */ (value).length, at, room)}]`;
  if (value instanceof Map || value instanceof Set) {
    const items = value[Symbol.iterator]();
    return `${name} [${series(value.size, (_, left) => inside(items.next().value, left), room)}]`;
  }
  if (name !== "Object") return `${/^[AEIO]/.test(name) ? "an" : "a"} ${name}`;
  const keys = Object.keys(value);
  return `{${series(keys.length, (i, left) => `${shortened(keys[i], 2 * LEAST)}: ${at(keys[i], left)}`, room)}}`;
};

/**
 * As many items as there is room for, and how many more there are.
 * @param {number} n
 * @param {(i: number, left: number) => string} textAt
 * @param {number} room
 */
const series = (n, textAt, room) => {
  let text = "";
  for (let i = 0; i < n; i += 1) {
    const longer = (text && `${text}, `) + textAt(i, room - text.length);
    if (text && longer.length > room) return `${text}, … ${n - i} more`;
    text = longer;
  }
  return text;
};
