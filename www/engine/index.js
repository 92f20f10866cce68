/**
 * Logit Lab: logits in, token out, and the reason why. The same in a browser and in Node.
 *
 * ```js
 * import { createLab } from "logitlab";
 * const lab = await createLab();
 * const { tokens } = await lab.sample(logits, { temperature: 0.8, top_k: 50, seed: 7 });
 * ```
 */

import { labMaker } from "./create.js";
import { loadPart } from "./start.js";

export { clearModelCache } from "./cache.js";
export { LabError } from "./error.js";
export { Generator, Model } from "./handles.js";
export { Lab } from "./lab.js";
// The shapes of what goes in and comes out; these two hold types only.
export * from "./specs.js";
export * from "./types.js";

/** @typedef {import("./error.js").ErrorCode} ErrorCode */
/** @typedef {import("./error.js").ErrorDetails} ErrorDetails */
/** @typedef {import("./handles.js").GptConfig} GptConfig */

export { version } from "./version.js";

/** Loads the engine and makes a lab. */
export const createLab = labMaker(() => loadPart(import("./checkpoint.js"), "what reads checkpoints"));
