/** Gets the compiled engine, from wherever it lies, and starts it in this thread. */

/** @import { WasmSource } from "./types.js" */

import { bpe, wasmUrl } from "./assets.js";
import { LabError } from "./error.js";
import { nodeModule } from "./node.js";
import * as glue from "./pkg/logitlab.js";

/** Turns text into ids by merges. @typedef {{ encode: (text: string) => Uint32Array, free: () => void }} Bpe */

/** What to do where a file came and could not be compiled. */
const BROKEN_OR_FORBIDDEN =
  "if the page has a content security policy, its script-src needs 'wasm-unsafe-eval'; otherwise check that the file is whole";

/** The engine's glue code knows one instance, which serves every lab of this thread. */
class Place {
  /** @type {Promise<unknown> | null} */
  started = null;
  /** How often the instance has been replaced by a fresh one. */
  replacements = 0;
  /** Those who live in the instance. @type {Set<() => void>} */
  residents = new Set();
}

const place = new Place();

/** The glue code of what reads merges. Its one instance serves the engine. @type {Promise<any> | null} */
let merges = null;

/**
 * An engine, and what to do when it breaks down.
 * @param {WasmSource} [source] counts for the first lab of this thread; default: the file beside the library
 * @throws {LabError} `wasm_load`
 */
export const loadEngine = async (source) => {
  place.started ??= start(source);
  try {
    await place.started;
  } catch (error) {
    place.started = null;
    throw error;
  }
  const birth = place.replacements;
  return {
    engine: new glue.Engine(),
    Checkpoint: glue.Checkpoint,
    /** Whether its memory is gone. */
    isLost: () => place.replacements > birth,
    /** Calls back when that happens, unless the function it returns is called first. @param {() => void} tell */
    whenLost: (tell) => {
      place.residents.add(tell);
      return () => void place.residents.delete(tell);
    },
    /** Throws the instance away, with all that lives in it, and starts a fresh one. */
    replace: () => {
      if (place.replacements > birth) return;
      place.replacements += 1;
      glue.__wbg_reset_state();
      // A trap in the merges breaks down the engine that called them.
      merges?.then((glue) => glue.__wbg_reset_state());
      const bereft = [...place.residents];
      place.residents.clear();
      for (const tell of bereft) tell();
    },
  };
};

/** @param {WasmSource} [source] */
const start = async (source) => {
  const advice = "put logitlab_bg.wasm beside the library, or pass its address or bytes as createLab({ wasm })";
  return glue.default({ module_or_path: await compile(source ?? wasmUrl, "the engine", advice) });
};

/**
 * What reads the merges of a tokenizer.json, a module of its own that few checkpoints need.
 * @returns {Promise<(json: string) => Bpe>} for `Checkpoint`
 * @throws {LabError} `wasm_load`
 */
export const loadMerges = async () => {
  merges ??= startMerges();
  try {
    const glue = await merges;
    return (json) => new glue.Bpe(json);
  } catch (error) {
    merges = null;
    throw error;
  }
};

const startMerges = async () => {
  const what = "what reads a tokenizer.json";
  if (!bpe) throw new LabError("wasm_load", `${what} is not inside this file: use the page on the web, or the package`);
  const glue = await import(/* @vite-ignore */ /* webpackIgnore: true */ bpe.glueUrl.href).catch((error) => {
    const reason = error instanceof Error ? error.message : String(error);
    throw new LabError("wasm_load", `${what} could not be loaded: ${reason}`, { cause: error });
  });
  const advice = "all files of the package have to lie beside each other";
  await glue.default({ module_or_path: await compile(bpe.wasmUrl, what, advice) });
  return glue;
};

/**
 * Listens for a trap that has no caller: one in a step that goes on after it has waited for the GPU.
 * @param {(trap: WebAssembly.RuntimeError) => void} onTrap
 * @returns {() => void} stops listening
 */
export const watchTraps = (onTrap) => {
  const listen = (/** @type {any} */ event) => {
    const error = event.error ?? event.reason;
    if (error instanceof WebAssembly.RuntimeError) onTrap(error);
  };
  const types = ["error", "unhandledrejection"];
  for (const type of types) globalThis.addEventListener?.(type, listen);
  return () => {
    for (const type of types) globalThis.removeEventListener?.(type, listen);
  };
};

/**
 * @param {WasmSource} source
 * @param {string} what
 * @param {string} advice for a file that is not there
 * @returns {Promise<WebAssembly.Module>}
 */
const compile = async (source, what, advice) => {
  if (source instanceof WebAssembly.Module) return source;
  try {
    if (source instanceof URL || typeof source === "string")
      return await compileFrom(new URL(source, globalThis.location?.href));
    return await WebAssembly.compile(/** @type {BufferSource} */ (source));
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    const advised = error instanceof WebAssembly.CompileError ? BROKEN_OR_FORBIDDEN : advice;
    throw new LabError("wasm_load", `${what} could not be loaded: ${reason}; ${advised}`, { cause: error });
  }
};

/** @param {URL} url */
const compileFrom = async (url) => {
  if (url.protocol === "file:" && globalThis.process?.versions?.node) {
    const { readFile } = await nodeModule("node:fs/promises");
    return WebAssembly.compile(await readFile(url));
  }
  const response = await fetch(url);
  if (!response.ok) throw new Error(`${url.href} answered ${response.status}`);
  // A server that does not know the file type would make compileStreaming fail.
  const isWasm = response.headers.get("content-type")?.startsWith("application/wasm");
  return isWasm ? WebAssembly.compileStreaming(response) : WebAssembly.compile(await response.arrayBuffer());
};
