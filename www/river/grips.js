/** What a stage compares, where its cut can be dragged. */
const GRIPPED = /** @type {const} */ (["rank", "running_sum", "share_of_top"]);

/** @typedef {typeof GRIPPED[number]} Gripped */

/** Whether a stage's cut can be dragged. @param {import("../generated/spec.js").StageSpec} spec */
export const hasGrip = ({ filter, shows, settings }) =>
  filter && settings.length === 1 && GRIPPED.some((name) => name === shows);
