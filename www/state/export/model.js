import { parseLabels, parseLogits } from "../logits.js";
import { isGpt, modelSpec, withAddress } from "../models.js";
import { LESSON_DRAWS } from "../start.js";

/** The lines of JavaScript that make a model. @param {import("../types.js").ModelChoice} model */
export function modelLines(model) {
  const { kind, seed, rng, text, smoothing, logits, labels } = model;
  if (isGpt(kind) || kind === "recorded") return gptLine(model);
  if (kind === "bigram")
    return `const model = await lab.model({ kind: "bigram", rng: "${rng}", seed: ${seed.trim() || 0}n });`;
  if (kind === "counted")
    return `const model = await lab.model({ kind: "counted", text: ${JSON.stringify(text)}, smoothing: ${Number(smoothing) || 0.1} });`;
  if (kind === "logits") return logitsLine(logits, labels);
  return `// The lesson's model is drawn after three samples from the same stream.
const generator = await lab.generator("torch", 123);
for (const settings of ${JSON.stringify(LESSON_DRAWS)})
  await lab.sample([2.0, -1.5, 0.3, 4.2, -0.8], settings, { generator });
const model = await lab.model({ kind: "bigram", generator });`;
}

/** @param {string} typed @param {string} names */
function logitsLine(typed, names) {
  const read = parseLogits(typed);
  const numbers = "logits" in read ? read : { logits: [], labels: null };
  const named = parseLabels(names, numbers);
  const labels = "labels" in named && named.labels ? `, labels: ${JSON.stringify(named.labels)}` : "";
  return `const model = await lab.model({ kind: "logits", logits: [${numbers.logits.join(", ")}]${labels} });`;
}

/** The file that `npm run model smollm2` fetches. */
const SMOLLM2 = "SmolLM2-135M-Instruct.Q4_1.gguf";

/** A GPT: ours, one from an address, or from a file that the reader has to have. @param {import("../types.js").ModelChoice} choice */
function gptLine(choice) {
  const isSmollm2 = choice.kind === "smollm2" || choice.kind === "recorded";
  const model = isSmollm2 ? { ...withAddress({ ...choice, kind: "smollm2" }, null), files: SMOLLM2 } : choice;
  if (model.kind === "own-gpt" && model.address.trim() === "")
    return `${filesLines(model.files.split("\n").map((file) => file.split("/")[0]))}
const model = await lab.model({ source, ...${JSON.stringify({ ...modelSpec(model), source: undefined })} });`;
  return `const model = await lab.model(${JSON.stringify(modelSpec(model))});`;
}

/** The lines that read the files that were chosen. @param {string[]} names */
const filesLines = (names) =>
  names.length === 1
    ? `// The file that was chosen, from wherever it lies.
import { openAsBlob } from "node:fs";
const source = await openAsBlob(${JSON.stringify(names[0])});`
    : `// The files that were chosen, from wherever they lie.
import { openAsBlob } from "node:fs";
const names = ${JSON.stringify(names)};
const blobs = await Promise.all(names.map((name) => openAsBlob(name)));
const source = blobs.map((blob, i) => new File([blob], names[i]));`;
