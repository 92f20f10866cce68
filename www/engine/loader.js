/** Gets the compiled engine, from wherever it lies, and starts it in this thread. */

/** @import { WasmSource } from "./types.js" */

import { wasmUrl } from "./assets.js";
import { LabError } from "./error.js";
import init, { __wbg_reset_state, Engine } from "./pkg/logitlab.js";

/** @type {Promise<unknown> | null} One instance serves every lab of this thread, because its glue code knows one only. */
let started = null;

/** How often the instance has been replaced by a fresh one. */
let replacements = 0;

/** Those who live in the instance. @type {Set<() => void>} */
const residents = new Set();

/**
 * An engine, and what to do when it breaks down.
 * @param {WasmSource} [source] counts for the first lab of this thread; default: the file beside the library
 * @throws {LabError} `wasm_load`
 */
export const loadEngine = async (source = wasmUrl) => {
  started ??= compile(source).then((module) => init({ module_or_path: module }));
  try {
    await started;
  } catch (error) {
    started = null;
    throw error;
  }
  const birth = replacements;
  return {
    engine: new Engine(),
    /** Whether its memory is gone. */
    isLost: () => replacements > birth,
    /** Calls back when that happens, unless the function it returns is called first. @param {() => void} tell */
    whenLost: (tell) => {
      residents.add(tell);
      return () => void residents.delete(tell);
    },
    /** Throws the instance away, with all that lives in it, and starts a fresh one. */
    replace: () => {
      if (replacements > birth) return;
      replacements += 1;
      __wbg_reset_state();
      const bereft = [...residents];
      residents.clear();
      for (const tell of bereft) tell();
    },
  };
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

/** @param {WasmSource} source @returns {Promise<WebAssembly.Module>} */
const compile = async (source) => {
  if (source instanceof WebAssembly.Module) return source;
  try {
    if (source instanceof URL || typeof source === "string")
      return await compileFrom(new URL(source, globalThis.location?.href));
    return await WebAssembly.compile(source);
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new LabError("wasm_load", `the engine could not be loaded: ${reason}; ${advice(error)}`, { cause: error });
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

/** @param {unknown} error */
const advice = (error) =>
  error instanceof WebAssembly.CompileError
    ? "if the page has a content security policy, its script-src needs 'wasm-unsafe-eval'; otherwise check that the file is whole"
    : "put logitlab_bg.wasm beside the library, or pass its address or bytes as createLab({ wasm })";

/**
 * A module of Node's, imported so that no bundler follows it.
 * @param {string} name
 * @returns {Promise<any>}
 */
export const nodeModule = (name) => import(/* @vite-ignore */ /* webpackIgnore: true */ name);
