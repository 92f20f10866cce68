/** Tens of thousands of biases as two columns, which reach the engine in one piece each. */

/** @typedef {{ ids: Uint32Array, values: Float64Array }} Columns */

/** Fewer than these are read as quickly one by one. */
const MANY = 64;

/** Ids are looked up one after the other up to here, which takes less time than making a text of every key. */
const MOST = 1 << 20;

/**
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
