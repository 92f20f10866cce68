/** Logits as people have them, as a Float32Array. What would be read as other numbers than were meant is refused, with what to do. */

import { invalidSetting, LabError } from "./error.js";
import { MOST_LOGITS, requireAtMost } from "./limits.js";
import { isDetached, reading } from "./plain.js";

/** Half precision given as bits: how 16 of them become a number. @type {Record<string, (bits: Uint16Array) => Float32Array>} */
const HALVES = {
  float16: (bits) => {
    float16 ??= Float32Array.from({ length: 1 << 16 }, (_, half) => fromHalf(half));
    const table = float16;
    return Float32Array.from(bits, (half) => table[half]);
  },
  bfloat16: (bits) => new Float32Array(Uint32Array.from(bits, (half) => half << 16).buffer),
};

/** Every float16 there is, once it was needed. @type {Float32Array | undefined} */
let float16;

/** @param {number} bits sign, five bits of exponent, ten of fraction */
const fromHalf = (bits) => {
  const [sign, exponent, fraction] = [bits >> 15 ? -1 : 1, (bits >> 10) & 31, bits & 1023];
  if (exponent === 31) return fraction ? Number.NaN : sign * Number.POSITIVE_INFINITY;
  return sign * (exponent ? (1 + fraction / 1024) * 2 ** (exponent - 15) : fraction * 2 ** -24);
};

const BITS_ADVICE =
  'bits of half precision are read with dtype: "float16" or "bfloat16"; for numbers use a Float32Array';

/**
 * @param {unknown} logits
 * @param {{ name?: string, dtype?: unknown }} [about] what they are called in an error; what 16 bits stand for
 * @returns {Float32Array}
 * @throws {LabError} `invalid_logits`, `invalid_setting`
 */
export const toLogits = (logits, { name = "logits", dtype } = {}) => reading(name, () => read(logits, name, dtype));

/** @param {unknown} logits @param {string} name @param {unknown} dtype */
const read = (logits, name, dtype) => {
  requireAtMost(name, Number(/** @type {any} */ (logits)?.length ?? 0), MOST_LOGITS);
  if (dtype !== undefined && dtype !== null) return fromBits(logits, name, dtype);
  if (Array.isArray(logits)) return fromList(logits, name);
  if (!ArrayBuffer.isView(logits) || logits instanceof DataView)
    throw odd(name, `${name} is ${kindOf(logits)}: use a Float32Array with one number per token`);
  requireMemory(logits, name);
  if (logits instanceof Float32Array) return logits;
  const kind = kindOf(logits);
  if (kind === "Float64Array" || kind === "Float16Array") return new Float32Array(/** @type {any} */ (logits));
  const advice = kind === "Uint16Array" ? BITS_ADVICE : "if these are logits, use a Float32Array";
  throw odd(name, `${name} is a ${kind}, which may hold other things than logits: ${advice}`);
};

/** @param {unknown} bits @param {string} name @param {unknown} dtype */
const fromBits = (bits, name, dtype) => {
  const read = typeof dtype === "string" && Object.hasOwn(HALVES, dtype) ? HALVES[dtype] : undefined;
  if (!read) {
    const advice = 'use "float16" or "bfloat16" for a Uint16Array; every other array says by itself what it holds';
    throw invalidSetting("dtype", dtype, advice);
  }
  if (!(bits instanceof Uint16Array))
    throw odd(name, `${name} is ${kindOf(bits)}: dtype says what a Uint16Array holds, so leave it out here`);
  requireMemory(bits, name);
  return read(bits);
};

/** @param {unknown[]} list @param {string} name */
const fromList = (list, name) => {
  for (let index = 0; index < list.length; index += 1) {
    if (typeof list[index] === "number") continue;
    throw odd(name, `${name}[${index}] is ${kindOf(list[index])}: use a Float32Array with one number per token`, {
      index,
    });
  }
  return Float32Array.from(/** @type {number[]} */ (list));
};

/**
 * Memory that was handed to somebody else, or that a buffer no longer reaches, would read as no logits at all.
 * @param {ArrayBufferView} view
 * @param {string} name
 */
const requireMemory = (view, name) => {
  if (isDetached(view))
    throw odd(name, `${name} is empty, since its memory was detached or made smaller: hand over a copy, with slice()`);
};

/** @param {string} name @param {string} message @param {{ index?: number }} [details] */
const odd = (name, message, details = {}) =>
  new LabError("invalid_logits", message, name === "logits" ? details : { ...details, setting: name });

/** @param {unknown} value */
const kindOf = (value) => {
  if (value === null) return "null";
  return typeof value === "object" ? Object.prototype.toString.call(value).slice(8, -1) : typeof value;
};
