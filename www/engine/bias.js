/** Biases as a program gives them: by token id, or by text where there is a model. */

import { invalidSetting } from "./error.js";

/** @typedef {{ ids: Uint32Array, values: Float64Array }} Columns */

/** Fewer than these are read as quickly one by one. */
const MANY = 64;

/** Ids are looked up one after the other up to here, which takes less time than making a text of every key. */
const MOST = 1 << 20;

/**
 * Pairs of a token and a number as a Map; anything else as it is.
 * @param {unknown} bias
 * @returns {unknown}
 * @throws {import("./error.js").LabError} `invalid_setting`
 */
export const ofPairs = (bias) => {
  if (!Array.isArray(bias)) return bias;
  const map = new Map();
  for (const [i, pair] of bias.entries()) {
    if (!Array.isArray(pair) || pair.length !== 2)
      throw invalidSetting(`logit_bias[${i}]`, pair, "use pairs [token id or text, number]");
    if (map.has(pair[0])) throw invalidSetting(`logit_bias[${i}]`, pair, "give each token once");
    map.set(pair[0], pair[1]);
  }
  return map;
};

/** An id as a name of an object, or what was meant as one: the engine says what is wrong with it. */
const ID = /^[-+]?\d+$/;

/** Whether it can be added to a logit. @param {unknown} bias */
const isBias = (bias) => typeof bias === "bigint" || (typeof bias === "number" && bias < Number.POSITIVE_INFINITY);

/**
 * The same settings with every bias by token id: a text becomes its token of the model.
 * @template {Record<string, any>} T
 * @param {T} settings as they were read
 * @param {import("./handles.js").Model} model
 * @returns {Promise<T>}
 * @throws {import("./error.js").LabError} `invalid_setting` for a text that is not one token, or a token that has a bias already
 */
export async function withIds(settings, model) {
  const { logit_bias: bias } = settings;
  const areColumns = typeof bias?.ids === "object";
  if (typeof bias !== "object" || bias === null || areColumns) return settings;
  const texts = Object.keys(bias).filter((name) => !ID.test(name));
  if (texts.length === 0) return settings;
  const by_id = { ...bias };
  for (const text of texts) {
    const name = `logit_bias[${JSON.stringify(text)}]`;
    if (!isBias(bias[text])) throw invalidSetting(name, bias[text], "use a number, or -Infinity to ban the token");
    const ids = await tokensOf(model, text);
    if (ids.length === 0) throw invalidSetting(name, bias[text], "the model has no token for this text");
    if (ids.length > 1)
      throw invalidSetting(name, bias[text], `this text is ${ids.length} tokens: sequence_bias takes several`);
    delete by_id[text];
    if (ids[0] in by_id) throw invalidSetting(name, bias[text], `token ${ids[0]} has a bias already`);
    by_id[ids[0]] = bias[text];
  }
  return { ...settings, logit_bias: by_id };
}

/**
 * The tokens of a text; none where the model would have to replace a letter.
 * @param {import("./handles.js").Model} model
 * @param {string} text
 * @returns {Promise<number[]>}
 */
export async function tokensOf(model, text) {
  const whole = model.vocab.indexOf(text);
  if (whole !== -1) return [whole];
  const { ids, replaced } = await model.encode(text);
  return replaced > 0 ? [] : Array.from(ids);
}

/**
 * Tens of thousands of biases as two columns, which reach the engine in one piece each.
 * @param {unknown} bias a Map, a plain object or a list of pairs, token id → number
 * @returns {Columns | undefined} undefined where there are few, or where one of them is not as it should be: then they are read one by one, and
 *   it is said which
 */
export const biasColumns = (bias) => {
  if (bias instanceof Map) return bias.size < MANY ? undefined : fromMap(bias);
  if (Array.isArray(bias)) return bias.length < MANY ? undefined : fromPairs(bias);
  if (typeof bias !== "object" || bias === null || Object.getPrototypeOf(bias) !== Object.prototype) return undefined;
  const values = Object.values(bias);
  if (values.length < MANY || Object.getOwnPropertySymbols(bias).length > 0) return undefined;
  return fromObject(/** @type {Record<number, unknown>} */ (bias), values.length);
};

/** @param {Map<unknown, unknown>} bias @returns {Columns | undefined} */
const fromMap = (bias) => {
  const n = bias.size;
  const [ids, values] = [new Uint32Array(n), new Float64Array(n)];
  // A walk over the entries would make a pair of each.
  return fillIds(ids, bias.keys()) === n && fillValues(values, bias.values()) === n ? { ids, values } : undefined;
};

/** @param {unknown[]} pairs @returns {Columns | undefined} undefined, too, where a token comes twice */
const fromPairs = (pairs) => {
  const n = pairs.length;
  const [ids, values] = [new Uint32Array(n), new Float64Array(n)];
  if (fillFromPairs(ids, values, pairs) !== n) return undefined;
  const seen = new Uint8Array(largestOf(ids) + 1);
  return countNew(ids, seen) === n ? { ids, values } : undefined;
};

/** @param {Record<number, unknown>} bias @param {number} n how many it holds @returns {Columns | undefined} */
const fromObject = (bias, n) => {
  const [ids, values] = [new Uint32Array(n), new Float64Array(n)];
  return fillFromObject(ids, values, bias) === n ? { ids, values } : undefined;
};

// Each loop has a function of its own, which says how far it came and compares nothing: V8 compiles a long loop before what follows it has run,
// and would give up that code at the end of every call.

/** @param {unknown} id @returns {id is number} */
const isId = (id) => typeof id === "number" && id >>> 0 === id;

/** @param {Uint32Array} ids @param {Iterable<unknown>} keys */
const fillIds = (ids, keys) => {
  let found = 0;
  for (const id of keys) {
    if (!isId(id)) return -1;
    ids[found] = id;
    found += 1;
  }
  return found;
};

/** @param {Float64Array} values @param {Iterable<unknown>} given */
const fillValues = (values, given) => {
  let found = 0;
  for (const value of given) {
    if (typeof value !== "number") return -1;
    values[found] = value;
    found += 1;
  }
  return found;
};

/** @param {Uint32Array} ids @param {Float64Array} values @param {unknown[]} pairs */
const fillFromPairs = (ids, values, pairs) => {
  let found = 0;
  for (; found < ids.length; found += 1) {
    const pair = pairs[found];
    if (!Array.isArray(pair) || pair.length !== 2) return -1;
    const id = pair[0];
    const value = pair[1];
    if (!isId(id) || id >= MOST || typeof value !== "number") return -1;
    ids[found] = id;
    values[found] = value;
  }
  return found;
};

/** @param {Uint32Array} ids */
const largestOf = (ids) => {
  let largest = 0;
  for (let i = 0; i < ids.length; i += 1) if (ids[i] > largest) largest = ids[i];
  return largest;
};

/** How many come before one that has come already. @param {Uint32Array} ids @param {Uint8Array} seen */
const countNew = (ids, seen) => {
  let i = 0;
  for (; i < ids.length; i += 1) {
    if (seen[ids[i]] === 1) return i;
    seen[ids[i]] = 1;
  }
  return i;
};

/** @param {Uint32Array} ids @param {Float64Array} values @param {Record<number, unknown>} bias */
const fillFromObject = (ids, values, bias) => {
  let found = 0;
  for (let id = 0; found < ids.length && id < MOST; id += 1) {
    const value = bias[id];
    if (value === undefined) continue;
    if (typeof value !== "number") return -1;
    ids[found] = id;
    values[found] = value;
    found += 1;
  }
  return found;
};
