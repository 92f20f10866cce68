/**
 * The library for those who only sample: without the element, and without what reads a GPT's files.
 *
 * ```js
 * import { createLab } from "logitlab/engine";
 * const lab = await createLab();
 * const { tokens } = await lab.sample(logits, { temperature: 0.8, top_k: 50, seed: 7 });
 * ```
 */

import { labMaker } from "./create.js";
import { LabError } from "./error.js";

export { LabError } from "./error.js";
export { Generator, Model } from "./handles.js";
export { Lab } from "./lab.js";
// The shapes of what goes in and comes out; these two hold types only.
export * from "./specs.js";
export * from "./types.js";
export { version } from "./version.js";

/** @typedef {import("./error.js").ErrorCode} ErrorCode */
/** @typedef {import("./error.js").ErrorDetails} ErrorDetails */

/** Loads the engine and makes a lab, which has every model but GPTs. */
export const createLab = labMaker(async () => {
  throw new LabError("model_load", 'logitlab/engine reads no GPTs: import { createLab } from "logitlab"');
});
