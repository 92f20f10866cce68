/** The browser's Cache API, for models that were asked to be kept. Nothing is stored unless a spec says `cache`. */

/** @import { ModelCache } from "./platform.js" */

/** Its name where a spec gives none. */
const NAME = "logitlab-models";

/**
 * @param {boolean | string} cache
 * @returns {Promise<ModelCache | null>} null where none was asked for, or where there is none: in Node, and outside https and localhost
 */
export const openCache = async (cache) => {
  if (!cache || typeof caches === "undefined") return null;
  // A page may have it and yet not be allowed to use it, as in a sandboxed frame.
  return caches.open(cache === true ? NAME : cache).catch(() => null);
};

/**
 * Empties the cache of models.
 * @param {string} [name] the one that `cache` named; default the one that `cache: true` uses
 * @returns {Promise<boolean>} whether there was one
 */
export const clearModelCache = async (name = NAME) => {
  if (typeof caches === "undefined") return false;
  return caches.delete(name).catch(() => false);
};
