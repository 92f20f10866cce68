import { goldens } from "./goldens.js";
import { keptTokens, lessonModel, textOf } from "./shared.js";

/**
 * Which mistake would write a text. The engine makes each of them on purpose, with the notebook's seed, until one writes the same.
 *
 * @typedef {import("./cell.js").Lab} Lab
 * @typedef {import("../engine/handles.js").Model} Model
 * @typedef {import("../engine/types.js").Trace} Trace
 */

const PROMPT = "the ";
const SEED = 7;
const N_TOKENS = 80;

const UNKNOWN =
  "No common mistake gives this text. Did the model’s weights come from the stream of seed 123, after the three samples? " +
  "On a GPU and before version 2.7, PyTorch draws other numbers.";

/** Seeds that are tried before giving up. */
const SEEDS = [0, 1, 2, 3, 42, 123, 1234];

/** The texts that are drawn one after the other, each from its own seed. @type {[string, object][]} */
const DRAWN = [
  ["temperature 0.8", { temperature: 0.8 }],
  ["temperature 1.4", { temperature: 1.4 }],
  ["top-p 0.9", { top_p: 0.9 }],
];

/**
 * @param {string} found
 * @param {string} name of the text that it should be
 * @param {Record<string, any>} settings
 * @param {Lab} lab
 * @returns {Promise<string>}
 */
export async function mistakeIn(found, name, settings, lab) {
  /** @type {Record<string, string>} */
  const known = goldens.texts;
  const other = Object.keys(known).find((one) => known[one] === found);
  if (other) return `This is the text of “${other}”.`;
  if (PROMPT + found === known[name]) return "The prompt is missing: decode all of idx, not only what is new.";
  const { model, dispose } = await lessonModel(lab);
  try {
    return (
      (await otherSettings(found, settings, lab, model)) ??
      (await otherDraw(found, settings, lab, model)) ??
      (await otherStream(found, name, settings, lab, model)) ??
      UNKNOWN
    );
  } finally {
    dispose();
  }
}

/** @param {string} found @param {Record<string, any>} settings @param {Lab} lab @param {Model} model */
async function otherSettings(found, settings, lab, model) {
  const { temperature = 1, top_p } = settings;
  /** @type {[string, object][]} */
  const changes = SEEDS.map((seed) => [`This is the text of seed ${seed}, not ${SEED}.`, { seed }]);
  changes.push(
    ["max_new_tokens is off by one: one token too many.", { max_new_tokens: N_TOKENS + 1 }],
    ["max_new_tokens is off by one: one token too few.", { max_new_tokens: N_TOKENS - 1 }],
  );
  if (temperature > 0 && temperature !== 1)
    changes.push(
      ["The logits were multiplied by the temperature, not divided.", { temperature: 1 / temperature }],
      ["The temperature was not used.", { temperature: 1 }],
    );
  if (top_p)
    changes.push(
      ["The top-p filter was not used.", { top_p: 1 }],
      ["Only 1 - p was covered: the comparison is turned.", { top_p: 1 - top_p }],
    );
  for (const [why, change] of changes)
    if (
      (await textOf(lab, { model, prompt: PROMPT, seed: SEED, max_new_tokens: N_TOKENS, ...settings, ...change })) ===
      found
    )
      return why;
  return null;
}

const OTHER_TOKENS = "The random numbers are the same, but they go to other tokens.";

/**
 * Other ways to draw from the same logits with the same random numbers. A row is what is drawn from, and `ids` are its tokens.
 * @type {[why: string, row: (trace: Trace, lab: Lab) => Promise<{ row: ArrayLike<number>, ids: ArrayLike<number> }>][]}
 */
const DRAWS = [
  [
    `The draw ran over the sorted row (topk or sort, then multinomial, then gather). ${OTHER_TOKENS} Draw in the order of the ids.`,
    async (trace) => among(trace, sortedIds(trace)),
  ],
  [
    `The draw ran among the kept tokens only (topk, multinomial, gather). ${OTHER_TOKENS} Mask the others, and draw from the whole row.`,
    async (trace) => among(trace, keptTokens(trace)),
  ],
  [
    `The draw ran among the kept tokens only. ${OTHER_TOKENS} Mask the others, and draw from the whole row.`,
    async (trace) =>
      among(
        trace,
        keptTokens(trace).sort((a, b) => a - b),
      ),
  ],
  [
    "Softmax ran twice: multinomial got the softmax of the probabilities.",
    async ({ probabilities }) => ({ row: probabilities, ids: [...probabilities.keys()] }),
  ],
  [
    "The token that crosses p was dropped. It has to stay, or less than p is covered: shift the mask by one.",
    async (trace) => {
      const kept = keptTokens(trace);
      const stays = new Set(kept.length > 1 ? kept.slice(0, -1) : kept);
      const row = Array.from(finalLogits(trace), (x, id) => (stays.has(id) ? x : Number.NEGATIVE_INFINITY));
      return { row, ids: [...row.keys()] };
    },
  ],
  [
    "The removed tokens kept a logit of 0. They have to become -inf: a logit of 0 still has a probability.",
    async (trace) => {
      const row = Array.from(finalLogits(trace), (x) => (x === Number.NEGATIVE_INFINITY ? 0 : x));
      return { row, ids: [...row.keys()] };
    },
  ],
];

/** The logits as the last stage left them. @param {Trace} trace */
const finalLogits = ({ stages, logits }) => stages.at(-1)?.values ?? logits;

/** All tokens, the likeliest first. @param {Trace} trace */
function sortedIds(trace) {
  const logits = finalLogits(trace);
  return [...logits.keys()].sort((a, b) => logits[b] - logits[a] || a - b);
}

/** @param {Trace} trace @param {number[]} ids */
const among = (trace, ids) => ({ row: ids.map((id) => finalLogits(trace)[id]), ids });

/** @param {string} found @param {Record<string, any>} settings @param {Lab} lab @param {Model} model */
async function otherDraw(found, settings, lab, model) {
  if (settings.temperature === 0) return null;
  for (const [why, row] of DRAWS) if (await isDrawn(found, row, settings, lab, model)) return why;
  return null;
}

/**
 * Draws token by token, for as long as the text is the one that was found.
 * @param {string} found
 * @param {(typeof DRAWS)[number][1]} rowOf
 * @param {Record<string, any>} settings
 * @param {Lab} lab
 * @param {Model} model
 */
async function isDrawn(found, rowOf, settings, lab, model) {
  const generator = await lab.generator("torch", SEED);
  try {
    const { ids } = await model.encode(PROMPT);
    const wanted = await model.encode(found);
    if (wanted.replaced > 0 || wanted.ids.length !== ids.length + N_TOKENS) return false;
    for (let n = ids.length; n < wanted.ids.length; n += 1) {
      const logits = await model.next(wanted.ids.slice(0, n));
      const { row, ids: tokens } = await rowOf(await lab.trace(logits, { ...settings, rng: "torch", seed: 0 }), lab);
      const drawn = await lab.sample(row, {}, { generator });
      if (tokens[drawn.tokens[0]] !== wanted.ids[n]) return false;
    }
    return true;
  } finally {
    await generator.dispose();
  }
}

/**
 * Streams of random numbers that were not set to a seed where the notebook does it.
 * @param {string} found
 * @param {string} name
 * @param {object} settings
 * @param {Lab} lab
 * @param {Model} model
 */
async function otherStream(found, name, settings, lab, model) {
  const options = { prompt: PROMPT, max_new_tokens: N_TOKENS };
  const generator = await lab.generator("torch", SEED);
  const fresh = await lab.generator("torch", 123);
  const other = await lab.model({ kind: "bigram", generator: fresh });
  try {
    for (const [before, its_settings] of DRAWN) {
      const text = await textOf(lab, { ...options, model, generator, ...its_settings });
      if (before !== name) continue;
      if (text === found) return "The seed was set once, before the first text: set it to 7 again before each.";
      break;
    }
    if ((await textOf(lab, { ...options, model: other, seed: SEED, ...settings })) === found)
      return "The model’s weights are others: the notebook draws three samples from the stream of seed 123 before it makes the model.";
    return null;
  } finally {
    other.dispose();
    for (const used of [generator, fresh]) await used.dispose();
  }
}

/** A text as printed by repr, or as it is. @param {string} text */
export function unquoted(text) {
  const quoted = /^\s*(['"])([\s\S]*)\1\s*$/.exec(text);
  return quoted ? quoted[2].replaceAll("\\n", "\n").replaceAll("\\'", "'").replaceAll("\\\\", "\\") : text;
}
