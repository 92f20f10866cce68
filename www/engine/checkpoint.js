/** Reads a checkpoint, from wherever it lies, into an engine: header first, then tensor by tensor. */

/** @import { Host } from "./host.js" */
/** @import { Files, Tell } from "./source.js" */
/** @import { GptSpec } from "./specs.js" */

import { modelUrl } from "./assets.js";
import { requireText } from "./beside.js";
import { refuseUnknown, requireSignal, teller } from "./check.js";
import { invalidSetting, LabError } from "./error.js";
import { isOfJson, jsonOf } from "./json.js";
import { MOST_IDS, requireAtMost } from "./limits.js";
import { tokenizerOf } from "./merges.js";
import { reading } from "./plain.js";
import { printed, reasonOf } from "./printed.js";
import { readable } from "./readable.js";
import { join } from "./shards.js";
import { opener } from "./source.js";

/** What a spec may hold. */
const NAMES = [
  ...[
    "kind",
    "source",
    "config",
    "generation_config",
    "n_head",
    "activation",
    "vocab",
    "tokenizer",
    "kv_cache",
    "cache",
  ],
  ...["onProgress", "signal"],
];

/** Texts of files that the engine reads itself. */
const TEXTS = /** @type {const} */ (["config", "generation_config", "tokenizer"]);

/**
 * What makes the model on an engine, as often as it is called.
 * @param {GptSpec} spec
 * @throws {LabError} `invalid_setting`, `unknown_setting`
 */
export const checkpointReader = (spec) => {
  refuseUnknown(/** @type {any} */ (spec), NAMES);
  const { source = modelUrl, cache = false, onProgress, signal } = spec;
  requireSignal(signal);
  if (typeof cache !== "boolean" && (typeof cache !== "string" || cache === ""))
    throw invalidSetting("cache", cache, "use true, false or the name of a cache");
  const given = texts(spec);
  const shape = shapeOf(spec);
  if (source === null)
    throw new LabError("model_load", "our model is not inside this file: give a source, or use the page on the web");
  const open = reading("source", () => opener(source, cache));
  const tell = teller(onProgress);
  return async (/** @type {Host} */ host) => {
    signal?.throwIfAborted();
    const files = await open(tell, signal);
    try {
      const model = await readInto(host, files, { given, shape }, { tell, signal });
      await files.keep();
      return model;
    } finally {
      for (const { source } of files.parts) await source.close();
    }
  };
};

/**
 * What no file has to say.
 * @param {GptSpec} spec
 */
const shapeOf = ({ n_head, activation, kv_cache = true }) => {
  if (typeof kv_cache !== "boolean") throw invalidSetting("kv_cache", kv_cache, "use true or false");
  if (n_head !== undefined && !(Number.isSafeInteger(n_head) && n_head > 0))
    throw invalidSetting("n_head", n_head, "use a whole number >= 1");
  if (activation !== undefined && typeof activation !== "string")
    throw invalidSetting("activation", activation, 'use "gelu" or "gelu_tanh"');
  return { n_head, activation, kv_cache };
};

/**
 * The files that were given as they are, not where they lie.
 * @param {GptSpec} spec
 */
const texts = ({ config, generation_config, vocab, tokenizer }) => {
  if (vocab !== undefined && tokenizer !== undefined)
    throw invalidSetting("tokenizer", "…", "a vocab was given, too: use one of them");
  const list = reading("vocab", () => listIn(vocab));
  return {
    config: toText("config", config),
    generation_config: toText("generation_config", generation_config),
    tokens: list,
    tokenizer: toText("tokenizer", tokenizer),
  };
};

/** @param {unknown} vocab @returns {string[] | undefined} */
const listIn = (vocab) => {
  if (vocab === undefined) return undefined;
  if (typeof vocab === "string" || Array.isArray(vocab)) requireAtMost("vocab", vocab.length, MOST_IDS);
  const list = typeof vocab === "string" ? [...vocab] : vocab;
  if (isVocab(list)) return list;
  throw invalidSetting("vocab", vocab, "use a list of strings, or one string of characters");
};

/** @param {string} name @param {unknown} file the text of a JSON file, or what it says */
const toText = (name, file) => {
  if (file === undefined || typeof file === "string") return file;
  const text = reading(name, () =>
    typeof file === "object" && file !== null && isOfJson(file) ? textIn(name, file) : undefined,
  );
  if (text !== undefined) return text;
  throw invalidSetting(name, file, `use the text of a ${name}.json, or the object in it`);
};

/** @param {string} name @param {unknown} file @returns {string | undefined} */
const textIn = (name, file) => {
  try {
    return jsonOf(file);
  } catch (cause) {
    const [reason] = reasonOf(cause).split("\n");
    const message = `${name} cannot be written as JSON (${reason}): use the text of a ${name}.json, or the object in it`;
    throw new LabError("invalid_setting", message, { setting: name, value: printed(file), cause });
  }
};

/** @param {unknown} list @returns {list is string[]} */
const isVocab = (list) => Array.isArray(list) && list.findIndex((token) => typeof token !== "string") < 0;

/**
 * What was given counts before what came with the weights.
 * @param {ReturnType<typeof texts>} given
 * @param {Files} files
 */
const tokens = (given, files) => {
  const configs = {
    config: given.config ?? files.config,
    generation_config: given.generation_config ?? files.generation_config,
  };
  if (given.tokens || given.tokenizer !== undefined) return { ...given, ...configs };
  if (files.tokenizer !== undefined) return { ...configs, tokenizer: files.tokenizer };
  requireText("vocab", files.vocab);
  requireText("merges", files.merges);
  if (files.vocab !== undefined && files.merges !== undefined)
    return { ...configs, tokenizer: tokenizerOf(files.vocab, files.merges) };
  return { ...configs, tokens: files.vocab === undefined ? undefined : parseVocab(files.vocab) };
};

/** @param {string} text of vocab.json */
const parseVocab = (text) => {
  let parsed;
  try {
    parsed = JSON.parse(text);
  } catch {}
  const list = typeof parsed === "string" ? [...parsed] : (charactersById(parsed) ?? parsed);
  if (isVocab(list)) return list;
  const message =
    "vocab.json is no list of tokens, nor characters with their ids: for a vocabulary with merges give merges.txt, too, or tokenizer.json, which has both";
  throw new LabError("model_format", message, { setting: "vocab" });
};

/**
 * The characters of a course's `stoi` ({ "a": 0 }) or `itos` ({ "0": "a" }), in the order of their ids.
 * @param {unknown} said
 * @returns {unknown[] | null} null where it is neither, or words, which only merges can make
 */
const charactersById = (said) => {
  if (typeof said !== "object" || said === null || Array.isArray(said)) return null;
  const pairs = Object.entries(said).map(([key, value]) =>
    typeof value === "string" ? [value, Number(key)] : [key, value],
  );
  const list = pairs.sort(([, a], [, b]) => a - b).map(([token]) => token);
  const hasAll = pairs.every(([token, id], i) => id === i && [...token].length === 1);
  return hasAll && list.length > 0 ? list : null;
};

/**
 * @param {Host} host
 * @param {Files} files
 * @param {{ given: ReturnType<typeof texts>, shape: ReturnType<typeof shapeOf> }} spec
 * @param {{ tell: Tell, signal?: AbortSignal | null }} watch
 */
const readInto = async (host, files, { given, shape }, { tell, signal }) => {
  const { cached } = files;
  const parts = files.parts.map(({ name, source }) => ({ name, source: readable(source, name) }));
  const file = parts.length === 1 ? parts[0].name : `${parts.length} parts`;
  const { header, isGguf, size: total, read } = await join(host, parts, files.index);
  // A GGUF file says all of it itself; what lies beside it belongs to another one.
  /** @type {Partial<ReturnType<typeof texts>> & ReturnType<typeof shapeOf>} */
  const options = { ...(isGguf ? given : tokens(given, files)), ...shape };
  for (const name of TEXTS) requireText(name, options[name]);
  await host.call("prepareTokens", header, options);
  const { id, pieces } = await host.call("checkpoint", header, total, options);
  try {
    for (const { start, end } of pieces) {
      signal?.throwIfAborted();
      await host.call("load", id, await read(start, end));
      await tell({ stage: "read", file, cached, loaded: end, total });
    }
    signal?.throwIfAborted();
    return await host.call("finish", id);
  } finally {
    host.call("close", id).catch(() => {});
  }
};
