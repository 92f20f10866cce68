/** Starts the engine: in a worker, or in this thread, where it brings what it needs there. */

/** @import { Host } from "./host.js" */
/** @import { Backend, LabOptions } from "./types.js" */

import { LabError } from "./error.js";
import { reasonOf } from "./printed.js";
import { startWorker } from "./spawn.js";

/**
 * A page can freeze and Node cannot, so "auto" is a worker only in a page, and only where one can be started.
 * @param {"here" | "worker" | "auto"} thread
 * @param {LabOptions["wasm"]} wasm
 * @param {(about: Backend) => void} tell
 * @returns {Promise<Host>}
 */
export const startHost = async (thread, wasm, tell) => {
  const isPage = typeof document !== "undefined";
  if (thread === "worker") return startWorker(wasm, tell);
  if (thread === "auto" && isPage) {
    try {
      return await startWorker(wasm, tell);
    } catch {}
  }
  const { startHere } = await loadPart(import("./local.js"), "the engine's part for this thread");
  return startHere(wasm, tell);
};

/**
 * A part of the library, loaded when it is needed.
 * @template T
 * @param {Promise<T>} part
 * @param {string} what
 */
export const loadPart = async (part, what) => {
  try {
    return await part;
  } catch (error) {
    const reason = reasonOf(error);
    throw new LabError("wasm_load", `${what} could not be loaded: ${reason}`, { cause: error });
  }
};
