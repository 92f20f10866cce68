/** Reads a checkpoint, from wherever it lies, into an engine: header first, then tensor by tensor. */

/** @import { Host } from "./host.js" */
/** @import { Files } from "./source.js" */
/** @import { GptSpec, Progress } from "./specs.js" */

import { modelUrl } from "./assets.js";
import { refuseUnknown } from "./check.js";
import { invalidSetting, LabError } from "./error.js";
import { opener } from "./source.js";

const PREFIX = 8;

/** What a spec may hold. */
const NAMES = ["kind", "source", "config", "vocab", "tokenizer", "kv_cache", "cache", "onProgress", "signal"];

/**
 * What makes the model on an engine, as often as it is called.
 * @param {GptSpec} spec
 * @throws {LabError} `invalid_setting`, `unknown_setting`
 */
export const checkpointReader = (spec) => {
  refuseUnknown(/** @type {any} */ (spec), NAMES);
  const { source = modelUrl, kv_cache: kvCache = true, cache = false, onProgress = () => {}, signal } = spec;
  if (typeof kvCache !== "boolean") throw invalidSetting("kv_cache", kvCache, "use true or false");
  if (typeof cache !== "boolean" && (typeof cache !== "string" || cache === ""))
    throw invalidSetting("cache", cache, "use true, false or the name of a cache");
  const given = texts(spec);
  if (source === null)
    throw new LabError("model_load", "our model is not inside this file: give a source, or use the page on the web");
  const open = opener(source, cache);
  return async (/** @type {Host} */ host) => {
    signal?.throwIfAborted();
    const files = await open(onProgress, signal);
    try {
      const model = await readInto(host, files, { ...tokens(given, files), kvCache }, { onProgress, signal });
      await files.keep();
      return model;
    } finally {
      await files.weights.close();
    }
  };
};

/**
 * The files that were given as they are, not where they lie.
 * @param {GptSpec} spec
 */
const texts = ({ config, vocab, tokenizer }) => {
  if (vocab !== undefined && tokenizer !== undefined)
    throw invalidSetting("tokenizer", "…", "a vocab was given, too: use one of them");
  const list = typeof vocab === "string" ? [...vocab] : vocab;
  if (list !== undefined && !isVocab(list))
    throw invalidSetting("vocab", vocab, "use a list of strings, or one string of characters");
  return { config: toText("config", config), tokens: list, tokenizer: toText("tokenizer", tokenizer) };
};

/** @param {string} name @param {unknown} file the text of a JSON file, or what it says */
const toText = (name, file) => {
  if (file === undefined || typeof file === "string") return file;
  if (typeof file === "object" && file !== null) return JSON.stringify(file);
  throw invalidSetting(name, file, `use the text of a ${name}.json, or the object in it`);
};

/** @param {unknown} list @returns {list is string[]} */
const isVocab = (list) => Array.isArray(list) && list.every((token) => typeof token === "string");

/**
 * What was given counts before what came with the weights.
 * @param {ReturnType<typeof texts>} given
 * @param {Files} files
 */
const tokens = (given, files) => {
  const config = given.config ?? files.config;
  if (given.tokens || given.tokenizer !== undefined) return { ...given, config };
  if (files.tokenizer !== undefined) return { config, tokenizer: files.tokenizer };
  return { config, tokens: files.vocab === undefined ? undefined : parseVocab(files.vocab) };
};

/** @param {string} text of vocab.json */
const parseVocab = (text) => {
  let parsed;
  try {
    parsed = JSON.parse(text);
  } catch {}
  const list = typeof parsed === "string" ? [...parsed] : parsed;
  if (isVocab(list)) return list;
  const message = "vocab.json is no list of tokens: for a vocabulary with merges give tokenizer.json, which has both";
  throw new LabError("model_format", message, { setting: "vocab" });
};

/**
 * @param {Host} host
 * @param {Files} files
 * @param {import("./host.js").CheckpointOptions} options
 * @param {{ onProgress: (progress: Progress) => void, signal?: AbortSignal }} watch
 */
const readInto = async (host, { weights, name, cached }, options, { onProgress, signal }) => {
  const prefix = await weights.read(0, Math.min(PREFIX, weights.size));
  const headerEnd = PREFIX + (await host.call("headerLen", prefix, weights.size));
  const header = await weights.read(PREFIX, headerEnd);
  await host.call("prepareTokens", header, options);
  const { id, pieces } = await host.call("checkpoint", header, weights.size, options);
  try {
    for (const { start, end } of pieces) {
      signal?.throwIfAborted();
      await host.call("load", id, await weights.read(start, end));
      onProgress({ stage: "read", file: name, cached, loaded: end, total: weights.size });
    }
    signal?.throwIfAborted();
    return await host.call("finish", id);
  } finally {
    host.call("close", id).catch(() => {});
  }
};
