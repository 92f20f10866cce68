import { isGpt, modelKey } from "./models.js";

/** Tokens in the prompt. */
const LENGTHS = Object.freeze([16, 32, 64, 128, 256, 512, 1024, 2048]);

/** The same for a GPT, which takes longer and sees less. */
const LENGTHS_OF_GPT = Object.freeze([16, 32, 64, 128, 256, 512, 1024]);

/** @param {import("./types.js").LabState} state */
export const lengthsOf = ({ model }) => (isGpt(model.kind) ? LENGTHS_OF_GPT : LENGTHS);

/** What a curve is of, whatever computes it, with a cache or without. @param {import("./types.js").ModelChoice} model */
export const sweepKey = (model) => modelKey({ ...model, kv_cache: "on" });
