import { HAS_GPT, OURS } from "../state/ours.js";
import { sketch } from "./cells.js";
import { lessonModel } from "./shared.js";

/**
 * The GPT in the lesson: in the bigram's place, and with its KV cache and without.
 *
 * @typedef {import("./cell.js").Cell} Cell
 * @typedef {import("./cell.js").Lab} Lab
 * @typedef {import("../engine/handles.js").Model} Model
 */

/** What has to be loaded, as the files themselves say. */
const SIZE = `${((OURS.bytes + (OURS.engine_bytes ?? 0)) / 1e6).toFixed(1)} MB`;

/** Which models there are. @type {[string, string][]} */
const MODELS = [["bigram", "bigram"]];
if (HAS_GPT) MODELS.push(["gpt", `GPT (loads ${SIZE})`]);

/** Which model an exercise runs on. */
export const MODEL_CHOICE = { name: "model", label: "model", start: "bigram", choices: MODELS };

/** @type {Promise<Model> | null} */
let loading = null;

/** Ours, loaded by the first who asks for it. @param {Lab} lab */
function ours(lab) {
  loading ??= lab.model({ kind: "gpt" }).catch((error) => {
    loading = null;
    throw error;
  });
  return loading;
}

/**
 * The model that was chosen, for as long as it is needed.
 * @param {Lab} lab
 * @param {string} choice
 * @returns {Promise<{ model: Model, dispose: () => void }>}
 */
export async function chosenModel(lab, choice) {
  return choice === "gpt" ? { model: await ours(lab), dispose: () => {} } : lessonModel(lab);
}

/** @type {import("./cell.js").Result["head"]} */
const HEAD = ["", "This engine", "", ""];

/** @type {[string, string][]} */
const SHAPES = [
  ["bigram: idx.shape", "(1, 12)"],
  ["bigram: logits.shape", "(1, 12, 30)"],
  ["GPT: idx.shape", "(1, 12)"],
  ["GPT: logits.shape", "(1, 12, 30)"],
];

/** The lines of the notebook, once with each model. @type {Cell} */
export const replaced = {
  name: "gpt-model",
  inputs: [{ name: "prompt", label: "prompt", start: "the old man ", wide: true }],
  button: `Load the GPT (${SIZE})`,
  like: sketch(SHAPES, { head: HEAD }),
  run: async (lab, { prompt }) => {
    const lines = [];
    for (const [name, choice] of [
      ["bigram", "bigram"],
      ["GPT", "gpt"],
    ]) {
      const { model, dispose } = await chosenModel(lab, choice);
      const { ids } = await model.encode(prompt);
      const logits = await model.forward(ids);
      const shape = `(1, ${ids.length}, ${logits.length / ids.length})`;
      lines.push({ name: `${name}: idx.shape`, ours: `(1, ${ids.length})`, golden: null });
      lines.push({ name: `${name}: logits.shape`, ours: shape, golden: null });
      dispose();
    }
    return { head: HEAD, lines };
  },
};

/** Tokens in the prompt, and new ones after each: few, because without a cache each takes long. */
const LENGTHS = [16, 64, 256];
const NEW_TOKENS = 16;

/** @type {Cell} */
export const kvCache = {
  name: "kv-cache",
  inputs: [],
  button: `Load (${SIZE}) and measure`,
  like: sketch(
    LENGTHS.map((length) => [String(length), "1,000 with, 100 without"]),
    { head: ["prompt_len", "later tokens per second", "", ""] },
  ),
  run: async (lab) => {
    const without = await lab.model({ kind: "gpt", kv_cache: false });
    try {
      const options = { prompt_lengths: LENGTHS, new_tokens: NEW_TOKENS, seed: 7 };
      const fast = await lab.time({ model: await ours(lab), ...options });
      const slow = await lab.time({ model: without, ...options });
      const whole = (/** @type {number} */ x) => x.toLocaleString("en", { maximumFractionDigits: 0 });
      return {
        head: ["prompt_len", "later tokens per second", "", ""],
        lines: fast.map(({ prompt_length, decode_tokens_per_second: with_cache }, i) => ({
          name: String(prompt_length),
          ours: `${whole(with_cache)} with, ${whole(slow[i].decode_tokens_per_second)} without`,
          golden: null,
        })),
      };
    } finally {
      without.dispose();
    }
  },
};
