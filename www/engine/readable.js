/** Files that can be read in parts. */

/**
 * @typedef {object} Source
 * @property {number} size bytes
 * @property {(start: number, end: number) => Promise<Uint8Array>} read
 * @property {() => unknown} close
 */

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
