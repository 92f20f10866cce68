/**
 * SmolLM2-135M-Instruct, the one GGUF file that `npm run model smollm2` fetches: what is known of it before any of it is loaded. Where it lies is
 * the site's affair: its build puts in an address, and an element has its own in the attribute `smollm2`.
 */

/** @type {import("../state/types.js").Smollm2} */
export const SMOLLM2 = { bytes: 98_362_432, address: null };

/** Where its recorded rows lie; null where they were left out. A build of the site puts it in. @type {string | null} */
export const RECORDED = null;
