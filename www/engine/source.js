/** Where a checkpoint's files lie, and how their bytes are had: given as they are, picked by a reader, on a disk, on a server, on a hub. */

/** @import { Progress } from "./specs.js" */

import { download } from "./download.js";
import { invalidSetting, LabError } from "./error.js";
import { fileOfHub, ofHub } from "./hub.js";
import { nodeModule } from "./node.js";
import { requireWeights, weightsAmong } from "./picked.js";
import { GONE, isDetached } from "./plain.js";
import { reasonOf } from "./printed.js";
import { ofBlob, ofBytes, textOf } from "./readable.js";

/** @import { Index } from "./picked.js" */
/** @import { Source } from "./readable.js" */

/** A file with weights, and its name. @typedef {{ name: string, source: Source }} Part */

/**
 * A checkpoint: its weights, and the text of what came with them.
 * @typedef {object} Files
 * @property {Part[]} parts of the weights: most often one
 * @property {Index} [index] which tensor lies in which part
 * @property {boolean} cached whether they were here already
 * @property {string} [config]
 * @property {string} [generation_config]
 * @property {string} [tokenizer]
 * @property {string} [vocab] of vocab.json
 * @property {string} [merges] of merges.txt
 * @property {() => Promise<void>} keep puts what was downloaded into the cache, if one was asked for
 */

/** Tells how far it is, and waits for whom it tells. @typedef {(progress: Progress) => Promise<void>} Tell */

/** @typedef {(tell: Tell, signal?: AbortSignal | null) => Promise<Files>} Open */

/** What a nameless file is called in progress. */
const WEIGHTS = "model.safetensors";

/** The start of an address; one letter would be a drive of Windows. */
const SCHEME = /^[a-z][a-z\d+.-]+:/i;

/**
 * @param {unknown} source
 * @param {boolean | string} cache
 * @returns {Open}
 * @throws {LabError} `invalid_setting`
 */
export const opener = (source, cache) => {
  if (source instanceof Blob) {
    requireWeights(nameOf(source));
    return async () => local(ofBlob(source), nameOf(source) || WEIGHTS);
  }
  if (source instanceof ArrayBuffer || source instanceof Uint8Array) {
    const bytes = bytesOf(source);
    return async () => local(ofBytes(bytes), WEIGHTS);
  }
  if (Array.isArray(source) && source.findIndex((file) => !(file instanceof Blob)) < 0) return ofList(source);
  if (typeof source === "string" && source.startsWith("hf:")) {
    const file = fileOfHub(source);
    const open = file === null ? ofHub(source, cache) : ofAddress(file, cache);
    return (tell, signal) => typed(() => open(tell, signal), signal);
  }
  if (source instanceof URL || (typeof source === "string" && source !== "")) return ofAddress(source, cache);
  throw invalidSetting(
    "source",
    source,
    "use an address or a path, a File, a list of Files or the bytes of a safetensors file",
  );
};

/** @param {ArrayBuffer | Uint8Array} source */
const bytesOf = (source) => {
  try {
    const bytes = source instanceof ArrayBuffer ? new Uint8Array(source) : source;
    if (!isDetached(bytes)) return bytes;
  } catch {}
  throw invalidSetting("source", source, GONE);
};

/** @param {Source} source @param {string} name @returns {Files} */
const local = (source, name) => ({ parts: [{ name, source }], cached: false, keep: async () => {} });

/** @param {Blob} blob */
const nameOf = (blob) => ("name" in blob ? String(blob.name) : "");

/** @param {Blob[]} list @returns {Open} */
const ofList = (list) => {
  const named = list.map((blob) => ({ name: nameOf(blob), blob }));
  const text = async (/** @type {string} */ wanted) => {
    const file = named.find(({ name }) => name.toLowerCase() === wanted);
    return file && textOf(file.blob, file.name);
  };
  return async () => {
    const { weights, index } = await weightsAmong(named, ({ name, blob }) => textOf(blob, name));
    return {
      index,
      parts: weights.map(({ name, blob }) => ({ name, source: ofBlob(blob) })),
      cached: false,
      config: await text("config.json"),
      generation_config: await text("generation_config.json"),
      tokenizer: await text("tokenizer.json"),
      vocab: await text("vocab.json"),
      merges: await text("merges.txt"),
      keep: async () => {},
    };
  };
};

/** @param {string | URL} address @param {boolean | string} cache @returns {Open} */
const ofAddress = (address, cache) => (tell, signal) =>
  typed(async () => {
    const url = await urlOf(address);
    const name = url.pathname.split("/").at(-1) || WEIGHTS;
    if (url.protocol === "file:" && isNode()) return local(await ofDisk(url), name);
    const { files, keep } = await download([{ url: url.href, isOptional: false }], { cache, tell, signal });
    return { parts: [{ name, source: ofBlob(files[0].blob) }], cached: files[0].cached, keep };
  }, signal);

const isNode = () => Boolean(globalThis.process?.versions?.node);

/** An address, on a page relative to its own, in Node also a path. @param {string | URL} address @returns {Promise<URL>} */
const urlOf = async (address) => {
  if (address instanceof URL || SCHEME.test(address) || globalThis.location || !isNode())
    return new URL(address, globalThis.location?.href);
  const { pathToFileURL } = await nodeModule("node:url");
  return pathToFileURL(address);
};

/** A file on the disk of a program in Node: only what is asked for is read. @param {URL} url @returns {Promise<Source>} */
const ofDisk = async (url) => {
  const { open, stat } = await nodeModule("node:fs/promises");
  // Before it is opened: a pipe would wait for somebody to write.
  const found = await stat(url);
  if (found.isDirectory()) throw new Error(`${url.pathname} is a folder: give the path of the file in it`);
  if (!found.isFile()) throw new Error(`${url.pathname} is no file whose length is known: save it as one`);
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
 * @param {AbortSignal | null} [signal]
 */
const typed = async (load, signal) => {
  try {
    return await load();
  } catch (error) {
    signal?.throwIfAborted();
    if (error instanceof LabError) throw error;
    const reason = reasonOf(error);
    throw new LabError("model_load", `the model could not be loaded: ${reason}`, { cause: error, setting: "source" });
  }
};
