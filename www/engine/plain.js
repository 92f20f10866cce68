/**
 * What a program gives as settings, made of plain objects, lists, texts and numbers alone, so that an engine in this thread and one in a worker
 * read the same. Everything that has names and values is read: plain objects, Maps, instances of classes with their getters, objects that
 * inherit from others. What cannot be read is refused by name.
 */

import { LabError } from "./error.js";

/** Settings hold objects that hold lists, and no more. */
const DEEPEST = 4;

/** @typedef {Record<string, any>} Plain */

/**
 * @param {string} what the argument's name
 * @param {unknown} options
 * @param {readonly string[]} [asIs] names whose values are objects of another kind, which the caller checks
 * @returns {Plain}
 * @throws {LabError} `invalid_setting`, `unknown_setting`
 */
export const readOptions = (what, options, asIs = []) => {
  const isObject = typeof options === "object" && options !== null;
  if (!isObject || Array.isArray(options) || ArrayBuffer.isView(options))
    throw odd(what, describe(options), "use an object, as in { temperature: 0.8 }");
  /** @type {Plain} */
  const found = Object.create(null);
  for (const [name, value] of entriesOf(what, options)) {
    if (value !== undefined) found[name] = asIs.includes(name) ? value : plain(name, value, 1);
  }
  return found;
};

/**
 * @param {string} name
 * @param {unknown} value
 * @param {number} depth
 * @returns {unknown}
 */
const plain = (name, value, depth) => {
  if (isPlainValue(value)) return value;
  if (typeof value !== "object" || value === null || depth > DEEPEST) throw odd(name, describe(value));
  if (isWrapper(value)) return value.valueOf();
  if (ArrayBuffer.isView(value)) {
    if (value instanceof DataView) throw odd(name, "a DataView", "use a typed array");
    if (isDetached(value)) throw odd(name, "an array whose memory was handed over", "hand over a copy");
    return value;
  }
  if (Array.isArray(value)) return Array.from(value, (item, i) => plain(`${name}[${i}]`, item, depth + 1));
  // Large tables of biases go through untouched.
  if (isRoot(Object.getPrototypeOf(value)) && hasNoSymbols(value) && Object.values(value).every(isPlainValue))
    return value;
  /** @type {Plain} */
  const found = Object.create(null);
  for (const [key, item] of entriesOf(name, value)) found[key] = plain(`${name}.${key}`, item, depth + 1);
  return found;
};

/** @param {unknown} value */
const isPlainValue = (value) =>
  value === undefined || value === null || ["boolean", "number", "string", "bigint"].includes(typeof value);

/** Whether it is `new Number(1)` or the like. @param {object} value */
const isWrapper = (value) =>
  value instanceof Number || value instanceof String || value instanceof Boolean || value instanceof BigInt;

/**
 * Every name with its value.
 * @param {string} what
 * @param {object} object
 * @returns {[string, unknown][]}
 */
const entriesOf = (what, object) => {
  if (object instanceof Map) return entriesOfMap(what, object);
  if (isBuiltIn(object)) throw odd(what, describe(object));
  return namesOf(what, object).map((name) => [name, valueAt(object, name)]);
};

/** @param {object} object @param {string} name @returns {unknown} */
const valueAt = (object, name) => {
  try {
    return /** @type {Plain} */ (object)[name];
  } catch (cause) {
    const message = `${name} cannot be read: its getter throws (${cause instanceof Error ? cause.message : String(cause)})`;
    throw new LabError("invalid_setting", message, { setting: name, cause });
  }
};

/** @param {string} what @param {Map<unknown, unknown>} map @returns {[string, unknown][]} */
const entriesOfMap = (what, map) => {
  const names = new Set();
  return Array.from(map, ([key, value]) => {
    if (!["string", "number", "bigint"].includes(typeof key))
      throw odd(what, `a Map with ${describe(key)} as a key`, "use names or token ids as keys");
    const name = String(key);
    if (names.has(name)) throw odd(what, `a Map with two keys ${name}`, "give each once");
    names.add(name);
    return [name, value];
  });
};

/**
 * The names of an object's own values, of those it inherits, and of the getters of its class; not the names of methods.
 * @param {string} what
 * @param {object} object
 * @returns {string[]}
 */
const namesOf = (what, object) => {
  const names = new Set();
  for (let at = object; at !== null && !isRoot(at); at = Object.getPrototypeOf(at)) {
    for (const key of Reflect.ownKeys(at)) {
      const property = Object.getOwnPropertyDescriptor(at, key);
      const isRead = property?.enumerable || (at !== object && property?.get !== undefined);
      if (!isRead) continue;
      if (typeof key === "symbol") {
        const message = `unknown setting "${String(key)}": names are texts, so leave this symbol out of ${what}`;
        throw new LabError("unknown_setting", message, { setting: String(key) });
      }
      names.add(key);
    }
  }
  return [...names];
};

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

/**
 * Whether an array's memory is gone, so that it would read as empty.
 * @param {ArrayBufferView} view
 */
export const isDetached = (view) => {
  if (view.byteLength > 0) return false;
  try {
    new Uint8Array(view.buffer, view.byteOffset, 0);
    return false;
  } catch {
    return true;
  }
};

/** A value in words, for an error. @param {unknown} value */
const describe = (value) => {
  if (typeof value === "function" || typeof value === "symbol") return `a ${typeof value}`;
  if (typeof value === "string") return JSON.stringify(value);
  if (typeof value !== "object" || value === null) return String(value);
  const tag = Object.prototype.toString.call(value).slice(8, -1);
  return tag === "Object" ? "an object" : `${/^[AEIOU]/.test(tag) ? "an" : "a"} ${tag}`;
};

/**
 * @param {string} name
 * @param {string} value
 * @param {string} [advice]
 */
const odd = (name, value, advice = "use numbers, strings, lists, plain objects or a Map") =>
  new LabError("invalid_setting", `${name} = ${value} is not valid: ${advice}`, { setting: name, value });
