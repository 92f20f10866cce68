/**
 * A value of any kind in a few words, for an error: what it begins with, and how much more there is. However large or odd it is, this is quickly
 * done, calls no method or getter of its own, and does not throw.
 */

/** Characters that a value takes, but for what closes its brackets. */
const ROOM = 120;

/** Lists within lists, from here on only told of. */
const DEEPEST = 4;

/** Room that a value within another one has at least. */
const LEAST = 12;

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
  if (text.length <= most) return text;
  const end = Math.floor(most / 4);
  return `${text.slice(0, most - end - 3)} … ${text.slice(text.length - end)}`;
};

/** What was thrown, in words. @param {unknown} thrown */
export const reasonOf = (thrown) =>
  shortened(typeof thrown === "string" ? thrown : (messageOf(thrown) ?? printed(thrown)), MOST_REASON);

/** @param {unknown} thrown @returns {string | undefined} */
const messageOf = (thrown) =>
  thrown instanceof Error && typeof thrown.message === "string" ? thrown.message : undefined;

/** @param {unknown} value @param {number} room @param {number} depth @returns {string} */
const printedIn = (value, room, depth) => {
  if (typeof value === "string") return quoted(value, room);
  if (typeof value === "bigint") return BigInt.asIntN(MOST_BITS, value) === value ? `${value}n` : "a huge BigInt";
  if (typeof value === "symbol") return `Symbol(${shortened(value.description ?? "", LEAST)})`;
  if (typeof value === "function") return "a function";
  if (typeof value !== "object" || value === null) return String(value);
  return objectIn(value, room, depth);
};

/** @param {string} text @param {number} room */
const quoted = (text, room) => {
  const most = Math.max(room, LEAST);
  let start = text.slice(0, most);
  // What is escaped takes more.
  while (JSON.stringify(start).length > most + 2) start = start.slice(0, start.length - Math.ceil(start.length / 8));
  return start === text ? JSON.stringify(text) : `${JSON.stringify(start)}… (${text.length} characters)`;
};

/** @param {object} value @param {number} room @param {number} depth @returns {string} */
const objectIn = (value, room, depth) => {
  const name = nameOf(value);
  const isList = Array.isArray(value);
  if (depth >= DEEPEST) return isList ? "[…]" : name === "Object" ? "{…}" : articled(name);
  const inside = (/** @type {unknown} */ item, /** @type {number} */ left) => printedIn(item, left / 2, depth + 1);
  const at = (/** @type {string | number} */ key, /** @type {number} */ left) => {
    const { get, value: item } = Object.getOwnPropertyDescriptor(value, key) ?? {};
    return get ? "a getter" : inside(item, left);
  };
  if (isList) return `[${series(value.length, at, room)}]`;
  if (ArrayBuffer.isView(value)) {
    if (!("length" in value)) return articled(name);
    const view = /** @type {ArrayLike<number>} */ (/** @type {unknown} */ (value));
    return `${name} [${series(Number(view.length), (i, left) => inside(view[i], left), room)}]`;
  }
  if (value instanceof Map) {
    const pairs = firstOf(Map.prototype.entries.call(value));
    return `Map {${series(value.size, (i, left) => `${inside(pairs[i][0], left)} => ${inside(pairs[i][1], left)}`, room)}}`;
  }
  if (value instanceof Set) {
    const items = firstOf(Set.prototype.values.call(value));
    return `Set {${series(value.size, (i, left) => inside(items[i], left), room)}}`;
  }
  if (value instanceof Error) return `${articled(name)}: ${at("message", 2 * room)}`;
  if (name !== "Object") return articled(name);
  const keys = Object.keys(value);
  return `{${series(keys.length, (i, left) => `${keyIn(keys[i])}: ${at(keys[i], left)}`, room)}}`;
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
    const item = textAt(i, room - text.length);
    const longer = i === 0 ? item : `${text}, ${item}`;
    if (i > 0 && longer.length > room) return `${text}, … ${n - i} more`;
    text = longer;
  }
  return text;
};

/** More items than there is room for. @template T @param {Iterator<T>} items @returns {T[]} */
const firstOf = (items) => {
  /** @type {T[]} */
  const first = [];
  for (let next = items.next(); !next.done && first.length < ROOM; next = items.next()) first.push(next.value);
  return first;
};

/** @param {string} key */
const keyIn = (key) => (/^[\w$]{1,24}$/.test(key) ? key : quoted(key, LEAST));

/** @param {object} value */
const nameOf = (value) => shortened(Object.prototype.toString.call(value).slice(8, -1), 40);

/** @param {string} name */
const articled = (name) => (name === "Object" ? "an object" : `${/^[AEIO]/.test(name) ? "an" : "a"} ${name}`);
