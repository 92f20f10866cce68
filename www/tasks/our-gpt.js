import { gpt } from "../engine/assets.js";
import report from "../models/prose/report.json" with { type: "json" };

/**
 * What there is to know of our GPT before any of it is loaded. A build puts in what the files themselves say.
 */

/** @type {import("../state/types.js").Ours} */
export const OURS = { bytes: report.bytes, sha256: report.sha256, n_weights: null, engine_bytes: null };

/** Whether this copy of the page can load GPTs: the page in one file has no room for them. */
export const HAS_GPT = gpt !== null;
