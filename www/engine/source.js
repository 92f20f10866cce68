/** Where a checkpoint's files lie, and how their bytes are had: given as they are, picked by a reader, on a disk, on a server, on a hub. */

/** @import { Progress } from "./specs.js" */

import { download } from "./download.js";
import { invalidSetting, LabError } from "./error.js";
import { nodeModule } from "./node.js";

/**
 * A file that can be read in parts.
 * @typedef {object} Source
 * @property {number} size bytes
 * @property {(start: number, end: number) => Promise<Uint8Array>} read
 * @property {() => unknown} close
 */

/**
 * A checkpoint: its weights, and the text of what came with them.
 * @typedef {object} Files
 * @property {Source} weights
 * @property {string} name of the weights' file
 * @property {boolean} cached whether they were here already
 * @property {string} [config]
 * @property {string} [tokenizer]
 * @property {string} [vocab]
 * @property {() => Promise<void>} keep puts what was downloaded into the cache, if one was asked for
 */

/** @typedef {(onProgress: (progress: Progress) => void, signal?: AbortSignal) => Promise<Files>} Open */

/** What a nameless file is called in progress. */
const WEIGHTS = "model.safetensors";

/** A repository, and a branch, tag or commit of it. */
const HUB = /^hf:([\w.-]+\/[\w.-]+)(?:@(.+))?$/;

/**
 * @param {unknown} source
 * @param {boolean | string} cache
 * @returns {Open}
 * @throws {LabError} `invalid_setting`
 */
export const opener = (source, cache) => {
  if (source instanceof Blob) return async () => local(ofBlob(source), nameOf(source) || WEIGHTS);
  if (source instanceof ArrayBuffer || source instanceof Uint8Array) {
    const bytes = source instanceof ArrayBuffer ? new Uint8Array(source) : source;
    return async () => local(ofBytes(bytes), WEIGHTS);
  }
  if (Array.isArray(source) && source.every((file) => file instanceof Blob)) return ofList(source);
  if (typeof source === "string" && source.startsWith("hf:")) return ofHub(source, cache);
  if (source instanceof URL || typeof source === "string") return ofAddress(source, cache);
  throw invalidSetting("source", source, "use an address, a File, a list of Files or the bytes of a safetensors file");
};

/** @param {Source} weights @param {string} name @returns {Files} */
const local = (weights, name) => ({ weights, name, cached: false, keep: async () => {} });

/** @param {Blob} blob */
const nameOf = (blob) => ("name" in blob ? String(blob.name) : "");

/** @param {Blob} blob @returns {Source} */
const ofBlob = (blob) => ({
  size: blob.size,
  read: async (start, end) => new Uint8Array(await blob.slice(start, end).arrayBuffer()),
  close: () => {},
});

/** @param {Uint8Array} bytes @returns {Source} */
const ofBytes = (bytes) => ({
  size: bytes.length,
  read: async (start, end) => bytes.slice(start, end),
  close: () => {},
});

/** Files of one checkpoint, known by their names; others that lie beside them are left alone. @param {Blob[]} list @returns {Open} */
const ofList = (list) => {
  const all = list.filter((file) => nameOf(file).toLowerCase().endsWith(".safetensors"));
  if (all.length !== 1) {
    const names = list.map((file) => nameOf(file) || "a file without a name").join(", ");
    throw invalidSetting("source", names, "among the files there has to be one whose name ends in .safetensors");
  }
  const [weights] = all;
  const text = async (/** @type {string} */ name) => list.find((file) => nameOf(file).toLowerCase() === name)?.text();
  return async () => ({
    ...local(ofBlob(weights), nameOf(weights)),
    config: await text("config.json"),
    tokenizer: await text("tokenizer.json"),
    vocab: await text("vocab.json"),
  });
};

/** @param {string} source @param {boolean | string} cache @returns {Open} */
const ofHub = (source, cache) => {
  const [, repository, revision = "main"] = HUB.exec(source) ?? [];
  if (!repository) throw invalidSetting("source", source, 'use "hf:owner/name" or "hf:owner/name@revision"');
  const root = `https://huggingface.co/${repository}/resolve/${encodeURIComponent(revision)}`;
  return async (onProgress, signal) => {
    const wanted = [
      { url: `${root}/config.json`, isOptional: true },
      { url: `${root}/tokenizer.json`, isOptional: true },
      { url: `${root}/${WEIGHTS}`, isOptional: false },
    ];
    const { files, keep } = await typed(() => download(wanted, { cache, onProgress, signal }), signal);
    const [config, tokenizer, weights] = files;
    return {
      weights: ofBlob(weights.blob),
      name: WEIGHTS,
      cached: weights.cached,
      config: await config?.blob.text(),
      tokenizer: await tokenizer?.blob.text(),
      keep,
    };
  };
};

/** @param {string | URL} address @param {boolean | string} cache @returns {Open} */
const ofAddress = (address, cache) => (onProgress, signal) =>
  typed(async () => {
    const url = new URL(address, globalThis.location?.href);
    const name = url.pathname.split("/").at(-1) || WEIGHTS;
    if (url.protocol === "file:" && globalThis.process?.versions?.node) return local(await ofDisk(url), name);
    const { files, keep } = await download([{ url: url.href, isOptional: false }], { cache, onProgress, signal });
    return { weights: ofBlob(files[0].blob), name, cached: files[0].cached, keep };
  }, signal);

/** A file on the disk of a program in Node: only what is asked for is read. @param {URL} url @returns {Promise<Source>} */
const ofDisk = async (url) => {
  const { open } = await nodeModule("node:fs/promises");
  const file = await open(url);
  const { size } = await file.stat();
  return {
    size,
    read: async (start, end) => {
      const bytes = new Uint8Array(end - start);
      const { bytesRead } = await file.read(bytes, 0, bytes.length, start);
      return bytes.subarray(0, bytesRead);
    },
    close: () => file.close(),
  };
};

/**
 * What went wrong on the way, as one of the library's errors; called off stays called off.
 * @template T
 * @param {() => Promise<T>} load
 * @param {AbortSignal} [signal]
 */
const typed = async (load, signal) => {
  try {
    return await load();
  } catch (error) {
    signal?.throwIfAborted();
    const reason = error instanceof Error ? error.message : String(error);
    throw new LabError("model_load", `the model could not be loaded: ${reason}`, { cause: error, setting: "source" });
  }
};
