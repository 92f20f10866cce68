/** One run of the loop, step by step. */

/** @import { Connection, Handle } from "./connection.js" */
/** @import { Chunk, Result, RowChunk } from "./host.js" */
/** @import { End, GenerateOptions, RowStep, Step } from "./types.js" */

import { requireSignal, teller } from "./check.js";
import { requireAlive } from "./connection.js";
import { invalidSetting } from "./error.js";
import { pauses, SLICE_MS } from "./work.js";

/**
 * @typedef {object} RunOptions
 * @property {Handle} model
 * @property {Handle | undefined} generator
 * @property {Omit<GenerateOptions, "model" | "generator" | "signal" | "chunk" | "onProgress">} settings for the engine
 * @property {AbortSignal | null} [signal]
 * @property {number} [chunk]
 * @property {GenerateOptions["onProgress"]} [onProgress]
 */

/**
 * @param {Connection} connection
 * @param {RunOptions} options
 * @returns {AsyncGenerator<Step | End, void, void>}
 */
export async function* run(connection, { model, generator, settings, signal, chunk = 1, onProgress }) {
  if (!(Number.isSafeInteger(chunk) && chunk >= 1)) throw invalidSetting("chunk", chunk, "use a whole number >= 1");
  requireSignal(signal);
  const tell = teller(onProgress ?? undefined);
  const breathe = pauses(connection);
  const { prompt, prompt_ids } = settings;
  const isBatch = Array.isArray(prompt) || typeof prompt_ids?.[0] === "object";
  const { handle, value } = await connection.make("open", model, settings, generator);
  try {
    for (;;) {
      requireAlive([model, generator]);
      if (signal?.aborted) await connection.call("abort", handle);
      const made = await connection.call("advance", handle, chunk, SLICE_MS);
      if (made.finished) connection.forget(handle);
      if (made.reading) await tell(made.reading);
      if (made.rows.some((row) => row.tokens.length > 0 || row.text !== "")) yield toStep(made, value.seed, isBatch);
      if (made.result) {
        yield toEnd(made.result, isBatch);
        return;
      }
      await breathe?.();
    }
  } finally {
    connection.free(handle);
  }
}

/** @param {Chunk} chunk @param {bigint} seed @param {boolean} isBatch @returns {Step} */
const toStep = ({ rows, timings }, seed, isBatch) => {
  const [first, ...others] = rows.map(toRowStep);
  /** @type {Step} */
  const step = { ...first, token: first.tokens.at(-1), finished: false, timings, seed };
  if (isBatch) step.rows = [first, ...others];
  return step;
};

/** @param {RowChunk} row @returns {RowStep} */
const toRowStep = ({ tokens, probabilities, original_probabilities, kept, text, finish_reason, traces }) => {
  /** @type {RowStep} */
  const step = { tokens, probabilities, kept, text };
  if (original_probabilities) step.original_probabilities = original_probabilities;
  if (finish_reason) step.finish_reason = finish_reason;
  if (traces) step.trace = traces;
  return step;
};

/** Every token has been in a step. */
const nothing = () => ({ tokens: new Uint32Array(), probabilities: new Float32Array(), kept: new Uint32Array() });

/** @param {Result} result @param {boolean} isBatch @returns {End} */
const toEnd = ({ rows, timings, seed, rng }, isBatch) => {
  const ends = rows.map((row) => ({ ...row, ...nothing() }));
  /** @type {End} */
  const end = { ...ends[0], token: undefined, finished: true, timings, seed, rng };
  if (isBatch) end.rows = ends;
  return end;
};
