/** A lab whose engine may have little memory, as on a phone. */

import { readFile } from "node:fs/promises";
import { openLab } from "./index.js";

const MEMORY = 5;
const PAGE = 1 << 16;

/** @param {number} most bytes */
export const openSmallLab = async (most) => {
  const wasm = await readFile(new URL("../../../../www/engine/pkg/logitlab_bg.wasm", import.meta.url));
  return openLab({ thread: "here", backend: "cpu", wasm: withMost(wasm, most) });
};

/** A module whose memory has a limit. @param {Uint8Array} wasm @param {number} most bytes */
const withMost = (wasm, most) => {
  for (let at = 8; at < wasm.length; ) {
    const [length, start] = leb(wasm, at + 1);
    if (wasm[at] === MEMORY) {
      // One memory, without a limit, and how many pages it begins with.
      const [pages] = leb(wasm, start + 2);
      const limits = [1, 1, ...toLeb(pages), ...toLeb(most / PAGE)];
      return Buffer.concat([
        wasm.subarray(0, at),
        Buffer.from([MEMORY, limits.length, ...limits]),
        wasm.subarray(start + length),
      ]);
    }
    at = start + length;
  }
  throw new Error("the module has no memory");
};

/** A number and where it ends. @param {Uint8Array} bytes @param {number} at @returns {[number, number]} */
const leb = (bytes, at) => {
  const more = bytes[at] < 128 ? [0, at + 1] : leb(bytes, at + 1);
  return [(bytes[at] & 127) + 128 * more[0], more[1]];
};

/** @param {number} n @returns {number[]} */
const toLeb = (n) => (n < 128 ? [n] : [(n % 128) + 128, ...toLeb(Math.floor(n / 128))]);
