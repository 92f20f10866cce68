import { parseLabels, parseLogits } from "./logits.js";

/**
 * Numbers of the user's own.
 * @param {string} typed
 * @param {string} names
 * @throws {import("./types.js").Problem} where they cannot be read
 */
export function logitsSpec(typed, names) {
  const read = parseLogits(typed);
  if ("problem" in read) throw { place: "model.logits", code: "model_format", message: read.problem };
  const named = parseLabels(names, read);
  if ("problem" in named) throw { place: "model.labels", code: "model_format", message: named.problem };
  return { kind: "logits", logits: read.logits, labels: named.labels };
}
