import { LabError } from "../engine/error.js";
import { readWhole } from "../lib/number-in.js";
import { readLogits, readNumber } from "../lib/numbers.js";

/** What the cells of the lesson have in common. */

/** The five logits of the lesson. */
export const LESSON_LOGITS = Object.freeze([2.0, -1.5, 0.3, 4.2, -0.8]);

/** What the notebook draws from its stream before it makes the model. */
const DRAWN_BEFORE = [{ temperature: 2 }, { top_k: 2 }, { top_p: 0.9 }];

/**
 * The notebook's own model, bit for bit: its weights come from the stream that its samples have moved on.
 * @param {import("../engine/lab.js").Lab} lab
 */
export async function lessonModel(lab) {
  const generator = await lab.generator("torch", 123);
  for (const settings of DRAWN_BEFORE) await lab.sample(LESSON_LOGITS, settings, { generator });
  const model = await lab.model({ kind: "bigram", generator });
  await generator.dispose();
  return { model, dispose: () => void model.dispose() };
}

/**
 * What was read from a field. What cannot be read is an error like the engine's, so that a cell says it in the same place.
 * @template {object} T
 * @param {T | { problem: string }} read
 * @returns {T}
 */
function taken(read) {
  if ("problem" in read) throw new LabError("invalid_setting", /** @type {{ problem: string }} */ (read).problem);
  return read;
}

/** @param {string} text as typed or pasted @returns {number[]} */
export const logitsIn = (text) => taken(readLogits(text)).logits;

/** @param {string} text @param {string} name the setting's */
export const numberIn = (text, name) => taken(readNumber(text, name)).value;

/** @param {string} text */
export const seedIn = (text) => taken(readWhole(text, "seed")).value;

/** @param {string} text @param {string} name the setting's @param {number} max */
export const countIn = (text, name, max) => Number(taken(readWhole(text, name, { min: 1n, max: BigInt(max) })).value);

/** Six decimals, as the notebook rounds. @param {number} x */
export const six = (x) => String(Number(x.toFixed(6)));

/** As Python prints it. @param {string | number | readonly unknown[]} value @returns {string} */
export function repr(value) {
  if (Array.isArray(value)) return `[${value.map((item) => repr(item)).join(", ")}]`;
  if (typeof value === "string")
    return `'${value.replaceAll("\\", "\\\\").replaceAll("\n", "\\n").replaceAll("'", "\\'")}'`;
  return String(value);
}

/** @param {import("../engine/lab.js").Lab} lab @param {any} options */
export async function textOf(lab, options) {
  let text = "";
  // A GPT sees what it was made for.
  const seen = options.model.kind === "gpt" ? {} : { block_size: 32 };
  const numbers = options.generator ? {} : { rng: "torch" };
  for await (const step of lab.generate({ ...numbers, ...seen, chunk: 512, ...options }))
    if (step.finished) text = step.text;
  return text;
}

/** The tokens left, likeliest first, as `topk` and `sort` list them. @param {import("../engine/types.js").Trace} trace */
export function keptTokens({ logits, probabilities }) {
  const kept = [...probabilities.keys()].filter((id) => probabilities[id] > 0);
  return kept.sort((a, b) => logits[b] - logits[a] || a - b);
}
