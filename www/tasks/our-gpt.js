import { modelUrl } from "../engine/assets.js";
import report from "../models/prose/report.json" with { type: "json" };

/**
 * What there is to know of our GPT before any of it is loaded. A build puts in what the files themselves say.
 */

/** @type {import("../state/types.js").Ours} */
export const OURS = { bytes: report.bytes, sha256: report.sha256, n_weights: null };

/** Whether this copy of the page can load our GPT: the page in one file has no room for it. */
export const HAS_GPT = modelUrl !== null;
