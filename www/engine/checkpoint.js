/** Reads a checkpoint, from wherever it lies, into an engine: header first, then tensor by tensor. */

/** @import { Host } from "./host.js" */
/** @import { GptSpec, Progress } from "./types.js" */

import { gpt } from "./assets.js";
import { refuseUnknown } from "./check.js";
import { invalidSetting, LabError } from "./error.js";
import { nodeModule } from "./loader.js";

/** A file that can be read in parts. @typedef {{ size: number, read: (start: number, end: number) => Promise<Uint8Array> }} Source */

const PREFIX = 8;

/**
 * What makes the model on an engine, as often as it is called.
 * @param {GptSpec} spec
 * @throws {LabError} `invalid_setting`, `unknown_setting`
 */
export const checkpointReader = (spec) => {
  refuseUnknown("spec", spec, ["kind", "source", "config", "vocab", "kv_cache", "onProgress", "signal"]);
  const { source = gpt?.modelUrl, vocab, kv_cache: kvCache = true, onProgress = () => {}, signal } = spec;
  if (typeof kvCache !== "boolean") throw invalidSetting("kv_cache", kvCache, "use true or false");
  const config =
    spec.config === undefined || typeof spec.config === "string" ? spec.config : JSON.stringify(spec.config);
  const tokens = typeof vocab === "string" ? [...vocab] : vocab;
  if (tokens !== undefined && !(Array.isArray(tokens) && tokens.every((token) => typeof token === "string")))
    throw invalidSetting("vocab", vocab, "use a list of strings, or one string of characters");
  const open = opener(source);
  return async (/** @type {Host} */ host) => {
    signal?.throwIfAborted();
    const file = await open(onProgress, signal);
    return readInto(host, file, { config, tokens, kvCache }, { onProgress, signal });
  };
};

/**
 * @param {Host} host
 * @param {Source} file
 * @param {import("./host.js").CheckpointOptions} options
 * @param {{ onProgress: (progress: Progress) => void, signal?: AbortSignal }} watch
 */
const readInto = async (host, file, options, { onProgress, signal }) => {
  const prefix = await file.read(0, Math.min(PREFIX, file.size));
  const headerEnd = PREFIX + (await host.call("headerLen", prefix, file.size));
  const header = await file.read(PREFIX, headerEnd);
  const { id, pieces } = await host.call("checkpoint", header, file.size, options);
  try {
    for (const { start, end } of pieces) {
      signal?.throwIfAborted();
      await host.call("load", id, await file.read(start, end));
      onProgress({ stage: "read", loaded: end, total: file.size });
    }
    return await host.call("finish", id);
  } finally {
    host.call("close", id).catch(() => {});
  }
};

/**
 * @param {unknown} source
 * @returns {(onProgress: (progress: Progress) => void, signal?: AbortSignal) => Promise<Source>}
 */
const opener = (source) => {
  if (source instanceof Blob) return async () => ofBlob(source);
  if (source instanceof ArrayBuffer || source instanceof Uint8Array) {
    const bytes = source instanceof ArrayBuffer ? new Uint8Array(source) : source;
    return async () => ofBytes(bytes);
  }
  if (source instanceof URL || typeof source === "string")
    return (onProgress, signal) => fetched(source, onProgress, signal);
  throw invalidSetting("source", source, "use an address, a File or the bytes of a safetensors file");
};

/** @param {Blob} blob @returns {Source} */
const ofBlob = (blob) => ({
  size: blob.size,
  read: async (start, end) => new Uint8Array(await blob.slice(start, end).arrayBuffer()),
});

/** @param {Uint8Array} bytes @returns {Source} */
const ofBytes = (bytes) => ({ size: bytes.length, read: async (start, end) => bytes.slice(start, end) });

/**
 * @param {string | URL} address
 * @param {(progress: Progress) => void} onProgress
 * @param {AbortSignal} [signal]
 */
const fetched = async (address, onProgress, signal) => {
  try {
    const url = new URL(address, globalThis.location?.href);
    if (url.protocol === "file:" && globalThis.process?.versions?.node) {
      const { readFile } = await nodeModule("node:fs/promises");
      return ofBytes(await readFile(url, { signal }));
    }
    const response = await fetch(url, { signal });
    if (!response.ok || !response.body) throw new Error(`${url.href} answered ${response.status}`);
    return ofBlob(await download(response, onProgress));
  } catch (error) {
    signal?.throwIfAborted();
    const reason = error instanceof Error ? error.message : String(error);
    throw new LabError("model_load", `the model could not be loaded: ${reason}`, { cause: error, setting: "source" });
  }
};

/** @param {Response} response @param {(progress: Progress) => void} onProgress */
const download = async (response, onProgress) => {
  // What was packed for the way is longer here than the server says.
  const isPacked = response.headers.get("content-encoding") !== null;
  const total = isPacked ? null : Number(response.headers.get("content-length")) || null;
  let loaded = 0;
  /** @type {Uint8Array<ArrayBuffer>[]} */
  const parts = [];
  const reader = /** @type {ReadableStream<Uint8Array<ArrayBuffer>>} */ (response.body).getReader();
  for (let next = await reader.read(); !next.done; next = await reader.read()) {
    parts.push(next.value);
    loaded += next.value.length;
    onProgress({ stage: "download", loaded, total });
  }
  return new Blob(parts);
};
