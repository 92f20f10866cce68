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

/** An id, as a name of an object. */
const ID = /^-?\d+$/;

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
    const ids = await tokensOf(model, text);
    const name = `logit_bias[${JSON.stringify(text)}]`;
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
 * @param {unknown} bias a Map or a plain object, token id → number
 * @returns {Columns | undefined} undefined where there are few, or where one of them is not as it should be: then the engine reads them one by
 *   one, and says which
 */
export const biasColumns = (bias) => {
  if (bias instanceof Map) return bias.size < MANY ? undefined : fromMap(bias);
  if (typeof bias !== "object" || bias === null || Object.getPrototypeOf(bias) !== Object.prototype) return undefined;
  const n = Object.values(bias).length;
  if (n < MANY || Object.getOwnPropertySymbols(bias).length > 0) return undefined;
  return fromObject(/** @type {Record<number, unknown>} */ (bias), n);
};

/** @param {Map<unknown, unknown>} bias @returns {Columns | undefined} */
const fromMap = (bias) => {
  const [ids, values] = [new Uint32Array(bias.size), new Float64Array(bias.size)];
  let found = 0;
  // A loop over the entries would make a pair of each.
  bias.forEach((value, id) => {
    if (typeof id !== "number" || id >>> 0 !== id || typeof value !== "number") return;
    ids[found] = id;
    values[found] = value;
    found += 1;
  });
  return found === bias.size ? { ids, values } : undefined;
};

/** @param {Record<number, unknown>} bias @param {number} n how many it holds @returns {Columns | undefined} */
const fromObject = (bias, n) => {
  const [ids, values] = [new Uint32Array(n), new Float64Array(n)];
  let found = 0;
  for (let id = 0; found < n && id < MOST; id += 1) {
    const value = bias[id];
    if (value === undefined) continue;
    if (typeof value !== "number") return undefined;
    ids[found] = id;
    values[found] = value;
    found += 1;
  }
  return found === n ? { ids, values } : undefined;
};
