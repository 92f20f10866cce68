/** What several test files need. */

import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { createLab, LabError } from "../../../../www/engine/index.js";

export const LESSON = Float32Array.of(2.0, -1.5, 0.3, 4.2, -0.8);

/** A lab without types, since much of what is tested here is what types forbid. @type {(options?: any) => Promise<any>} */
export const openLab = createLab;

/** @param {string} name a file of tests/golden */
export const golden = async (name) => readFile(new URL(`../../../golden/${name}`, import.meta.url), "utf8");

/** The bits of float32 numbers, as the goldens write them. @param {Iterable<number>} values */
export const bits = (values) =>
  Array.from(new Uint32Array(Float32Array.from(values).buffer), (word) => word.toString(16).padStart(8, "0"));

/** @param {string[]} hex float32 bits */
export const fromBits = (hex) => new Float32Array(Uint32Array.from(hex, (word) => Number.parseInt(word, 16)).buffer);

/**
 * Asserts that something is refused with a LabError.
 * @param {() => Promise<unknown>} action
 * @param {string} code
 * @param {RegExp} [message] what it has to say
 * @param {Record<string, unknown>} [fields] what it has to carry
 */
export const refused = async (action, code, message = /./, fields = {}) => {
  /** @type {any} */
  let error;
  try {
    await action();
  } catch (thrown) {
    error = thrown;
  }
  assert.ok(error instanceof LabError, `expected a LabError ${code}, got ${error} from ${action}`);
  assert.equal(error.code, code, error.message);
  assert.equal(error.name, "LabError");
  assert.match(error.message, message);
  for (const [name, value] of Object.entries(fields))
    assert.deepEqual(/** @type {any} */ (error)[name], value, `${name} of: ${error.message}`);
  return error;
};

/** Runs a generation to its end. @param {AsyncIterable<any>} run */
export const collect = async (run) => {
  /** @type {any[]} */
  const steps = [];
  for await (const step of run) steps.push(step);
  return { steps: steps.slice(0, -1), end: steps.at(-1) };
};

/** Normal-looking logits that are the same everywhere. @param {number} length @param {number} [spread] */
export const wavyLogits = (length, spread = 4) =>
  Float32Array.from({ length }, (_, i) => spread * Math.sin(i * 12.9898) * Math.cos(i * 0.618));

/** @param {Iterable<number>} probabilities */
export const entropyBits = (probabilities) => {
  let entropy = 0;
  for (const p of probabilities) if (p > 0) entropy -= p * Math.log2(p);
  return entropy;
};
