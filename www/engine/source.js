/** Where a checkpoint's files lie, and how their bytes are had: given as they are, picked by a reader, on a disk, on a server, on a hub. */

/** @import { Progress } from "./specs.js" */

import { download } from "./download.js";
import { invalidSetting, LabError } from "./error.js";
import { nodeModule } from "./node.js";
import { INDEX, partNames, weightsAmong } from "./picked.js";

/**
 * A file that can be read in parts.
 * @typedef {object} Source
 * @property {number} size bytes
 * @property {(start: number, end: number) => Promise<Uint8Array>} read
 * @property {() => unknown} close
 */

/** A file with weights, and its name. @typedef {{ name: string, source: Source }} Part */

/**
 * A checkpoint: its weights, and the text of what came with them.
 * @typedef {object} Files
 * @property {Part[]} parts of the weights: most often one
 * @property {boolean} cached whether they were here already
 * @property {string} [config]
 * @property {string} [generation_config]
 * @property {string} [tokenizer]
 * @property {string} [vocab] of vocab.json
 * @property {string} [merges] of merges.txt
 * @property {() => Promise<void>} keep puts what was downloaded into the cache, if one was asked for
 */

/** @typedef {(onProgress: (progress: Progress) => void, signal?: AbortSignal) => Promise<Files>} Open */

/** What a nameless file is called in progress. */
const WEIGHTS = "model.safetensors";

/** What it is made of, and how it ends a text. */
const CONFIGS = ["config.json", "generation_config.json"];

/** A repository, and a branch, tag or commit of it. The oldest have no owner: hf:gpt2. */
const HUB = /^hf:([\w.-]+(?:\/[\w.-]+)?)(?:@(.+))?$/;

/** The start of an address; one letter would be a drive of Windows. */
const SCHEME = /^[a-z][a-z\d+.-]+:/i;

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
  throw invalidSetting(
    "source",
    source,
    "use an address or a path, a File, a list of Files or the bytes of a safetensors file",
  );
};

/** @param {Source} source @param {string} name @returns {Files} */
const local = (source, name) => ({ parts: [{ name, source }], cached: false, keep: async () => {} });

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

/** @param {Blob[]} list @returns {Open} */
const ofList = (list) => {
  const named = list.map((blob) => ({ name: nameOf(blob), blob }));
  const text = async (/** @type {string} */ name) =>
    named.find((file) => file.name.toLowerCase() === name)?.blob.text();
  return async () => {
    const weights = await weightsAmong(named, ({ blob }) => blob.text());
    return {
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

/** @param {string} source @param {boolean | string} cache @returns {Open} */
const ofHub = (source, cache) => {
  const [, repository, revision = "main"] = HUB.exec(source) ?? [];
  if (!repository)
    throw invalidSetting("source", source, 'use "hf:owner/name" or "hf:owner/name@revision", or an address for a file');
  const root = `https://huggingface.co/${repository}/resolve/${encodeURIComponent(revision)}`;
  return (onProgress, signal) => typed(() => repositoryFiles(root, { cache, onProgress, signal }), signal);
};

/**
 * What a repository has: as a rule config, tokenizer and one file of weights, else the older pair of files, and parts.
 * @param {string} root
 * @param {{ cache: boolean | string, onProgress: (progress: Progress) => void, signal?: AbortSignal }} how
 * @returns {Promise<Files>}
 */
const repositoryFiles = async (root, how) => {
  /** @type {(() => Promise<void>)[]} */
  const keeps = [];
  const get = async (/** @type {string[]} */ names, isOptional = true) => {
    const wanted = names.map((name) => ({ url: `${root}/${name}`, isOptional }));
    const { files, keep } = await download(wanted, how);
    keeps.push(keep);
    return files;
  };
  const [config, generation_config, tokenizer, whole] = await get([...CONFIGS, "tokenizer.json", WEIGHTS]);
  const [vocab, merges] = tokenizer ? [] : await get(["vocab.json", "merges.txt"]);
  const [index] = whole ? [] : await get([INDEX]);
  if (!whole && !index)
    throw new Error(`${root}/${WEIGHTS} answered 404, and there is no ${INDEX}: it has to have safetensors`);
  const names = index ? partNames(await index.blob.text()) : [WEIGHTS];
  const weights = whole ? [whole] : await get(names, false);
  return {
    parts: weights.map(({ blob }, i) => ({ name: names[i], source: ofBlob(blob) })),
    cached: weights.every(({ cached }) => cached),
    config: await config?.blob.text(),
    generation_config: await generation_config?.blob.text(),
    tokenizer: await tokenizer?.blob.text(),
    // One without the other says nothing.
    ...(vocab && merges && { vocab: await vocab.blob.text(), merges: await merges.blob.text() }),
    keep: async () => {
      for (const keep of keeps) await keep();
    },
  };
};

/** @param {string | URL} address @param {boolean | string} cache @returns {Open} */
const ofAddress = (address, cache) => (onProgress, signal) =>
  typed(async () => {
    const url = await urlOf(address);
    const name = url.pathname.split("/").at(-1) || WEIGHTS;
    if (url.protocol === "file:" && isNode()) return local(await ofDisk(url), name);
    const { files, keep } = await download([{ url: url.href, isOptional: false }], { cache, onProgress, signal });
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
