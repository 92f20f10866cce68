/** A lab whose engine can be made to break down, which no input does. */

import { openLab } from "./index.js";

/**
 * @param {object} [options] of createLab, in this thread
 * @returns {Promise<{ lab: any, breakNext: () => void }>} after `breakNext` its first engine traps in the next softmax
 */
export const openFragileLab = async (options) => {
  const { instantiate } = WebAssembly;
  let isBreaking = false;
  const fragile = async (/** @type {WebAssembly.Module} */ module, /** @type {WebAssembly.Imports} */ imports) => {
    const { exports } = await instantiate(module, imports);
    const softmax = (/** @type {unknown[]} */ ...args) => {
      if (isBreaking) throw new WebAssembly.RuntimeError("unreachable");
      return /** @type {Function} */ (exports.engine_softmax)(...args);
    };
    return { exports: { ...exports, engine_softmax: softmax } };
  };
  WebAssembly.instantiate = /** @type {any} */ (fragile);
  try {
    const lab = await openLab(options);
    return {
      lab,
      breakNext: () => {
        isBreaking = true;
      },
    };
  } finally {
    WebAssembly.instantiate = instantiate;
  }
};
