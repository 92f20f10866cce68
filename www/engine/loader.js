/** Gets the compiled engine, from wherever it lies, and starts it in this thread. */

/** @import { WasmSource } from "./types.js" */

import { bpe, chat, grammar, wasmUrl } from "./assets.js";
import { LabError } from "./error.js";
import { nodeModule } from "./node.js";
import { makeGlue } from "./pkg/logitlab.js";
import { reasonOf } from "./printed.js";

/**
 * Turns text into ids by merges.
 * @typedef {object} Bpe
 * @property {(text: string) => Uint32Array} encode
 * @property {() => Uint8Array} bytes of all tokens, end to end
 * @property {() => Uint32Array} ends where each token ends in them
 * @property {() => number} n_trained how many ids the model's own vocabulary has
 * @property {() => void} free
 */

/** What to do where a file came and could not be compiled. */
const BROKEN_OR_FORBIDDEN =
  "if the page has a content security policy, its script-src needs 'wasm-unsafe-eval'; otherwise check that the file is whole";

/** What to do where a file was not even asked for, or its answer was kept from the page. */
const unreachable = (/** @type {URL} */ { protocol, origin }) =>
  `if the page has a content security policy, its connect-src needs ${protocol === "data:" ? protocol : origin}; a server of another origin has to allow the page (Access-Control-Allow-Origin)`;

/** What is left of an export once its instance has broken down: it does nothing. */
const NOTHING = /** @type {readonly unknown[]} */ (Object.freeze([]));

/** What to do about an error, where something better is known than where the file should lie. @type {WeakMap<object, string>} */
const adviceOf = new WeakMap();

/** Compiled modules, by address. @type {Map<string, Promise<WebAssembly.Module>>} */
const modules = new Map();

/**
 * An engine of its own: what breaks it breaks nobody else's.
 * @param {WasmSource} [source] default: the file beside the library
 * @param {(reason: unknown) => void} [onBreak] told once, when its memory cannot be trusted any more, whoever called
 * @throws {LabError} `wasm_load`
 */
export const loadEngine = async (source = wasmUrl, onBreak = () => {}) => {
  const advice = "put logitlab_bg.wasm beside the library, or pass its address or bytes as createLab({ wasm })";
  /** @type {typeof import("./pkg/logitlab_glue.js")} */
  const { Engine, Checkpoint } = await instance(makeGlue, await compile(source, "the engine", advice), onBreak);
  return { engine: new Engine(), Checkpoint };
};

/**
 * What reads the merges of a tokenizer.json, a module of its own that few checkpoints need.
 * @param {(reason: unknown) => void} [onBreak] as in `loadEngine`
 * @returns {Promise<(json: string) => Bpe>} for `Checkpoint`
 * @throws {LabError} `wasm_load`
 */
export const loadMerges = async (onBreak = () => {}) => {
  const { Bpe } = await loadOther(bpe, "what reads a tokenizer.json", onBreak);
  return (json) => new Bpe(json);
};

/**
 * What says which tokens a constraint allows, a module of its own that comes with the first constraint. What breaks it breaks nothing else.
 * @param {() => void} [onBreak] told once, when another one is needed
 * @returns {Promise<(bytes: Uint8Array, ends: Uint32Array, end: Uint32Array) => import("./pkg/logitlab_grammar_glue.js").GrammarTokens>} of a
 *   model's tokens: their bytes end to end, where each ends in them, and those that end a text
 * @throws {LabError} `wasm_load`
 */
export const loadGrammars = async (onBreak = () => {}) => {
  const { GrammarTokens } = await loadOther(grammar, "what reads a constraint", onBreak);
  return (bytes, ends, end) => new GrammarTokens(bytes, ends, end);
};

/**
 * What makes a text of messages, a module of its own that comes with the first chat. What breaks it breaks nothing else.
 * @param {() => void} [onBreak] told once, when another one is needed
 * @returns {Promise<(template: string, json: string, now: number[]) => string>} throws a LabError
 * @throws {LabError} `wasm_load`
 */
export const loadChat = async (onBreak = () => {}) => {
  /** @type {typeof import("./pkg/logitlab_chat_glue.js")} */
  const { Chat, ChatProblem } = await loadOther(chat, "what reads a chat template", onBreak);
  const reader = new Chat();
  return (template, json, now) => {
    try {
      return reader.text(template, json, Int32Array.from(now));
    } catch (thrown) {
      if (!(thrown instanceof ChatProblem)) throw tooMuch(thrown);
      const { code, message, setting } = thrown;
      thrown.free();
      throw new LabError(/** @type {import("./error.js").ErrorCode} */ (code), message, { setting });
    }
  };
};

/** What no limit has met: its memory or its stack ended. @param {unknown} cause */
const tooMuch = (cause) => {
  const message = `the chat template is refused: it needs more memory or deeper nesting than there is (${reasonOf(cause)})`;
  return new LabError("limit_exceeded", message, { setting: "template", cause });
};

/**
 * A module beside the engine, for those who need it.
 * @param {{ wasmUrl: URL, glueUrl: URL } | null} addresses
 * @param {string} what
 * @param {(reason: unknown) => void} onBreak
 */
const loadOther = async (addresses, what, onBreak) => {
  if (!addresses)
    throw new LabError("wasm_load", `${what} is not inside this file: use the page on the web, or the package`);
  const glue = await import(/* @vite-ignore */ /* webpackIgnore: true */ addresses.glueUrl.href).catch((error) => {
    const reason = reasonOf(error);
    throw new LabError("wasm_load", `${what} could not be loaded: ${reason}`, { cause: error });
  });
  const advice = "all files of the package have to lie beside each other";
  return instance(glue.makeGlue, await compile(addresses.wasmUrl, what, advice), onBreak);
};

/**
 * A copy of the glue code with an instance of the module.
 * @param {(webAssembly: object) => any} makeGlue its copies
 * @param {WebAssembly.Module} module
 * @param {(reason: unknown) => void} onBreak
 */
const instance = async (makeGlue, module, onBreak) => {
  const instantiate = async (/** @type {WebAssembly.Module} */ module, /** @type {WebAssembly.Imports} */ imports) => {
    const { exports } = await WebAssembly.instantiate(module, imports);
    return { instance: { exports: watched(exports, onBreak) }, module };
  };
  const glue = makeGlue({ instantiate, Instance: WebAssembly.Instance, Module: WebAssembly.Module });
  await glue.default({ module_or_path: module });
  return glue;
};

/**
 * Exports that tell of a breakdown: the engine hands its errors back as values, so whatever is thrown through it was a trap, and leaves its
 * memory half-changed. From then on they do nothing: what is freed late has no memory to be freed from.
 * @param {WebAssembly.Exports} exports
 * @param {(reason: unknown) => void} onBreak
 * @returns {WebAssembly.Exports}
 */
const watched = (exports, onBreak) => {
  let isBroken = false;
  const watch =
    (/** @type {Function} */ call) =>
    (/** @type {unknown[]} */ ...args) => {
      if (isBroken) return NOTHING;
      try {
        return call(...args);
      } catch (error) {
        if (!isBroken) onBreak(error);
        isBroken = true;
        throw error;
      }
    };
  const all = Object.entries(exports).map(([name, value]) => [
    name,
    typeof value === "function" ? watch(value) : value,
  ]);
  return Object.fromEntries(all);
};

/**
 * @param {WasmSource} source
 * @param {string} what
 * @param {string} advice for a file that is not there
 * @returns {Promise<WebAssembly.Module>}
 * @throws {LabError} `wasm_load`
 */
const compile = async (source, what, advice) => {
  try {
    if (source instanceof WebAssembly.Module) return source;
    if (source instanceof URL || typeof source === "string")
      return await compileOnce(new URL(source, globalThis.location?.href));
    return await WebAssembly.compile(/** @type {BufferSource} */ (source));
  } catch (error) {
    const reason = reasonOf(error);
    const advised =
      error instanceof WebAssembly.CompileError ? BROKEN_OR_FORBIDDEN : (adviceOf.get(Object(error)) ?? advice);
    throw new LabError("wasm_load", `${what} could not be loaded: ${reason}; ${advised}`, { cause: error });
  }
};

/** The labs of a thread share what is compiled, and nothing else. @param {URL} url */
const compileOnce = async (url) => {
  const module = modules.get(url.href) ?? compileFrom(url);
  modules.set(url.href, module);
  try {
    return await module;
  } catch (error) {
    modules.delete(url.href);
    throw error;
  }
};

/** @param {URL} url */
const compileFrom = async (url) => {
  if (url.protocol === "file:" && globalThis.process?.versions?.node) {
    const { readFile } = await nodeModule("node:fs/promises");
    return WebAssembly.compile(await readFile(url));
  }
  const response = await fetch(url).catch((error) => {
    adviceOf.set(error, unreachable(url));
    throw error;
  });
  if (!response.ok) throw new Error(`${url.href} answered ${response.status}`);
  // A server that does not know the file type would make compileStreaming fail.
  const isWasm = response.headers.get("content-type")?.startsWith("application/wasm");
  return isWasm ? WebAssembly.compileStreaming(response) : WebAssembly.compile(await response.arrayBuffer());
};
