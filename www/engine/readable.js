/** Files that can be read in parts. */

import { LabError } from "./error.js";
import { reasonOf, shortened } from "./printed.js";

/**
 * @typedef {object} Source
 * @property {number} size bytes
 * @property {(start: number, end: number) => Promise<Uint8Array>} read
 * @property {() => unknown} close
 */

/**
 * A source of a name. What is wrong with a file shows only when it is read: it was moved, changed, or is no longer there.
 * @param {Source} source
 * @param {string} name
 * @returns {Source}
 */
export const readable = (source, name) => ({
  ...source,
  read: (start, end) =>
    orUnreadable(name, async () => {
      const bytes = await source.read(start, end);
      if (bytes.length === end - start) return bytes;
      throw new Error(`it ends at byte ${start + bytes.length}, and had ${source.size}`);
    }),
});

/** @param {Blob} blob @param {string} name @returns {Promise<string>} */
export const textOf = (blob, name) => orUnreadable(name, () => blob.text());

/**
 * @template T
 * @param {string} name
 * @param {() => Promise<T>} read
 * @returns {Promise<T>}
 * @throws {LabError} `model_load`
 */
const orUnreadable = async (name, read) => {
  try {
    return await read();
  } catch (cause) {
    const file = shortened(name, 80);
    const message = `${file} could not be read (${reasonOf(cause)}): if it was changed or moved since it was chosen, choose it again`;
    throw new LabError("model_load", message, { setting: "source", value: file, cause });
  }
};

/** @param {Blob} blob @returns {Source} */
export const ofBlob = (blob) => ({
  size: blob.size,
  read: async (start, end) => new Uint8Array(await blob.slice(start, end).arrayBuffer()),
  close: () => {},
});

/** @param {Uint8Array} bytes @returns {Source} */
export const ofBytes = (bytes) => ({
  size: bytes.length,
  read: async (start, end) => bytes.slice(start, end),
  close: () => {},
});
