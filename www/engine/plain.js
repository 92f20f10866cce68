/**
 * What a program gives as settings, made of plain objects, lists, texts and numbers alone, so that an engine in this thread and one in a worker
 * read the same. Everything that has names and values is read: plain objects, Maps, instances of classes with their getters, objects that
 * inherit from others. What cannot be read is refused by name.
 */

import { biasColumns, ofPairs } from "./bias.js";
import { invalidSetting, LabError } from "./error.js";
import { MOST_IDS, requireAtMost } from "./limits.js";
import { printed, reasonOf } from "./printed.js";

/** Settings hold objects that hold lists, and no more; but a JSON schema is as deep as what it describes, and what stands in a chat as its tools want. */
const DEEPEST = 4;
const DEEPEST_JSON = 128;
const OF_JSON = ["constraint", "messages", "tools"];

/** Values in one setting that are inside others: two objects can hold each other a hundred times over. */
const MOST_INSIDE = 1_000_000;

/** @typedef {Record<string, any>} Plain */

/**
 * @param {string} what the argument's name
 * @param {unknown} options
 * @param {readonly string[]} [asIs] names whose values are objects of another kind, which the caller checks
 * @returns {Plain}
 * @throws {LabError} `invalid_setting`, `unknown_setting`
 */
export const readOptions = (what, options, asIs = []) => reading(what, () => read(what, options, asIs));

/**
 * @param {string} what
 * @param {unknown} options
 * @param {readonly string[]} asIs
 * @returns {Plain}
 */
const read = (what, options, asIs) => {
  const isObject = typeof options === "object" && options !== null;
  if (!isObject || Array.isArray(options) || ArrayBuffer.isView(options))
    throw invalidSetting(what, options, "use an object, as in { temperature: 0.8 }");
  /** @type {Plain} */
  const found = {};
  const source = options instanceof Map ? objectOf(what, options) : options;
  for (const name of namesOf(what, source)) {
    const given = valueAt(source, name);
    if (given === undefined) continue;
    const isBias = name === "logit_bias";
    const columns = isBias ? reading(name, () => biasColumns(given)) : undefined;
    const value = isBias && !columns ? reading(name, () => ofPairs(given)) : given;
    if (columns || asIs.includes(name)) found[name] = columns ?? value;
    else found[name] = reading(name, () => plain(name, value, 1, { deepest: deepestOf(name), left: MOST_INSIDE }));
  }
  return found;
};

/**
 * How deep a setting may be.
 * @param {string} name
 */
const deepestOf = (name) => (OF_JSON.includes(name) ? DEEPEST_JSON : DEEPEST);

/**
 * @param {string} name
 * @param {unknown} value
 * @param {number} depth
 * @param {{ deepest: number, left: number }} room for the whole setting
 * @returns {unknown}
 */
const plain = (name, value, depth, room) => {
  if (typeof value === "string") requireAtMost(name, value.length, MOST_IDS);
  if (isPlainValue(value)) return value;
  if (typeof value !== "object" || value === null) throw odd(name, value);
  room.left -= 1;
  if (depth > room.deepest || room.left < 0) throw tooMuch(name, value, depth, room.deepest);
  if (value instanceof RegExp) throw invalidSetting(name, value, "use its source, a text");
  if (isWrapper(value)) return value.valueOf();
  if (ArrayBuffer.isView(value)) {
    if (value instanceof DataView) throw invalidSetting(name, value, "use a typed array");
    if (isDetached(value)) throw invalidSetting(name, value, GONE);
    requireAtMost(name, Number(/** @type {any} */ (value).length), MOST_IDS);
    return value;
  }
  if (Array.isArray(value)) {
    requireAtMost(name, value.length, MOST_IDS);
    return Array.from(value, (item, i) => (isShort(item) ? item : plain(`${name}[${i}]`, item, depth + 1, room)));
  }
  const source = value instanceof Map ? objectOf(name, value) : value;
  /** @type {Plain} */
  const found = {};
  for (const key of namesOf(name, source)) {
    const item = valueAt(source, key);
    found[key] = isShort(item) ? item : plain(`${name}.${key}`, item, depth + 1, room);
  }
  return found;
};

/** Whether nothing about it needs a check. @param {unknown} value */
const isShort = (value) => isPlainValue(value) && (typeof value !== "string" || value.length <= MOST_IDS);

/** @param {unknown} value */
const isPlainValue = (value) =>
  value === null || (typeof value !== "object" && typeof value !== "function" && typeof value !== "symbol");

/** Whether it is `new Number(1)` or the like. @param {object} value */
const isWrapper = (value) =>
  value instanceof Number || value instanceof String || value instanceof Boolean || value instanceof BigInt;

/** @param {object} object @param {string} name @returns {unknown} */
const valueAt = (object, name) => reading(name, () => /** @type {Plain} */ (object)[name]);

/**
 * What a program's own code answers: a getter, an iterator or a proxy, which may throw anything.
 * @template T
 * @param {string} name of what is read
 * @param {() => T} read
 * @returns {T}
 * @throws {LabError} `invalid_setting`
 */
export const reading = (name, read) => {
  try {
    return read();
  } catch (cause) {
    if (cause instanceof LabError) throw cause;
    const message = `${name} cannot be read: reading it throws (${reasonOf(cause)})`;
    throw new LabError("invalid_setting", message, { setting: name, cause });
  }
};

/**
 * The names of an object's own values, of those it inherits, and of the getters of its class; not the names of methods.
 * @param {string} what
 * @param {object} object
 * @returns {string[]}
 */
const namesOf = (what, object) => {
  // The usual case, which every call pays for.
  if (isRoot(Object.getPrototypeOf(object)) && hasNoSymbols(object)) return checked(Object.keys(object));
  if (isBuiltIn(object)) throw odd(what, object);
  const names = new Set();
  for (let at = object; at !== null && !isRoot(at); at = Object.getPrototypeOf(at)) {
    for (const key of Reflect.ownKeys(at)) {
      const property = Object.getOwnPropertyDescriptor(at, key);
      const isRead = property?.enumerable || (at !== object && property?.get !== undefined);
      if (!isRead) continue;
      if (typeof key === "symbol")
        throw unreadable(printed(key), `names are texts, so leave this symbol out of ${what}`);
      names.add(key);
    }
  }
  return checked([...names]);
};

/** A Map as an object. @param {string} what @param {Map<unknown, unknown>} map */
const objectOf = (what, map) => {
  const keys = [...map.keys()];
  if (keys.some((key) => !["string", "number", "bigint"].includes(typeof key)))
    throw invalidSetting(what, map, "use names or token ids as keys");
  // 3, "3" and 3n are three keys.
  const names = keys.map(String);
  if (new Set(names).size < names.length) throw invalidSetting(what, map, 'give each key once, not as 3 and as "3"');
  checked(names);
  return Object.fromEntries(names.map((name, i) => [name, map.get(keys[i])]));
};

/** No object can be given a value of this name. @param {string[]} names */
const checked = (names) => {
  if (names.includes("__proto__")) throw unreadable("__proto__", "leave it out");
  return names;
};

/** @param {string} name @param {string} advice */
const unreadable = (name, advice) =>
  new LabError("unknown_setting", `unknown setting "${name}": ${advice}`, { setting: name });

/** Whether it is the end of a chain of prototypes: null, or the Object.prototype of this page or of another frame. @param {object | null} object */
const isRoot = (object) =>
  object === null ||
  object === Object.prototype ||
  (Object.getPrototypeOf(object) === null && Object.hasOwn(object, "isPrototypeOf"));

/** @param {object} object */
const hasNoSymbols = (object) => Object.getOwnPropertySymbols(object).length === 0;

/**
 * Whether an object is of a kind that the language or the platform brings, whose values no names tell of: a Set, a Date, an iterator, a Blob.
 * @param {object} object
 */
const isBuiltIn = (object) => {
  if (Symbol.iterator in object) return true;
  for (let at = Object.getPrototypeOf(object); at !== null && !isRoot(at); at = Object.getPrototypeOf(at)) {
    const maker = Object.getOwnPropertyDescriptor(at, "constructor")?.value;
    if (typeof maker === "function" && Function.prototype.toString.call(maker).includes("[native code]")) return true;
  }
  return false;
};

/** What to do about such an array. */
export const GONE = "its memory was handed over: hand over a copy";

/**
 * Whether an array's memory is gone, detached or cut off by a smaller buffer, so that it would read as empty.
 * @param {ArrayBufferView} view
 */
export const isDetached = (view) => {
  if (view.byteLength > 0) return false;
  try {
    // Only a list of nothing can be walked; a list without memory throws.
    if ("keys" in view && typeof view.keys === "function") view.keys();
    return false;
  } catch {
    return true;
  }
};

/** @param {string} name @param {unknown} value @param {number} depth @param {number} deepest */
const tooMuch = (name, value, depth, deepest) => {
  const deep = `use at most ${deepest} objects and lists inside each other, and none that holds itself`;
  return invalidSetting(name, value, depth > deepest ? deep : `use at most ${MOST_INSIDE} objects and lists in it`);
};

/** @param {string} name @param {unknown} value */
const odd = (name, value) => invalidSetting(name, value, "use numbers, strings, lists, plain objects or a Map");
