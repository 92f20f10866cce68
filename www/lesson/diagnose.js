import { keptTokens, textOf } from "./cells.js";
import { goldens } from "./goldens.js";
import { LESSON_LOGITS, lessonModel, numbersIn, six } from "./shared.js";

/**
 * Compares what a learner's notebook printed with what it should, and looks for the mistake that would print it. Every mistake is made
 * by the engine, on purpose, and its result compared.
 *
 * @typedef {import("./cell.js").Lab} Lab
 * @typedef {{ equal: boolean, where: string, mistake: string }} Verdict
 * @typedef {{ why: string, values: ArrayLike<number> }} Mistake
 *
 * @typedef {object} Task
 * @property {string} name
 * @property {string} label
 * @property {(text: string, lab: Lab) => Promise<Verdict>} judge
 */

/** What the notebook prints is rounded to six decimals. */
const ROUNDED = 1.5e-6;

/** @param {ArrayLike<number>} a @param {ArrayLike<number>} b @param {number} [apart] */
const firstApart = (a, b, apart = ROUNDED) => {
  for (let i = 0; i < Math.max(a.length, b.length); i += 1) if (!(Math.abs(a[i] - b[i]) <= apart)) return i;
  return -1;
};

/**
 * @param {number[]} found
 * @param {ArrayLike<number>} right
 * @param {Mistake[]} mistakes
 * @returns {Verdict}
 */
function compared(found, right, mistakes) {
  const at = firstApart(found, right);
  if (at < 0) return { equal: true, where: `All ${found.length} values are PyTorch’s.`, mistake: "" };
  const where =
    found.length !== right.length
      ? `There are ${found.length} values, and ${right.length} were expected.`
      : `The first that differs is at index ${at}: ${six(found[at])} instead of ${six(right[at])}.`;
  if (found.some((x) => !Number.isFinite(x)))
    return { equal: false, where, mistake: "A nan or inf: was the maximum not subtracted, so that exp overflowed?" };
  const why =
    mistakes.find(({ values }) => firstApart(found, values) < 0)?.why ?? "No common mistake gives these values.";
  return { equal: false, where, mistake: why };
}

/** @param {string} tau @returns {Task} */
const softmaxTask = (tau) => ({
  name: `softmax-${tau}`,
  label: `stable_softmax at tau=${tau}`,
  judge: async (text, lab) => {
    const softmax = (/** @type {number} */ temperature) => lab.softmax(LESSON_LOGITS, { temperature });
    /** @type {Record<string, number[]>} */
    const known = goldens.softmax;
    return compared(numbersIn(text), known[tau], [
      { why: "The logits were multiplied by tau, not divided.", values: await softmax(1 / Number(tau)) },
      { why: "The temperature was not used: these are the values at tau = 1.", values: await softmax(1) },
      { why: "These are the logits themselves: softmax is missing.", values: LESSON_LOGITS },
      { why: "These are the values at tau = 2.", values: await softmax(2) },
      { why: "These are the values at tau = 0.7.", values: await softmax(0.7) },
    ]);
  },
});

/** @type {Task} */
const topKTask = {
  name: "top-k",
  label: "top-k renorm probs (k=2)",
  judge: async (text, lab) => {
    const trace = await lab.trace(LESSON_LOGITS, { top_k: 2, rng: "torch", seed: 0 });
    const of = async (/** @type {number} */ k) => {
      const { logits, probabilities } = await lab.trace(LESSON_LOGITS, { top_k: k, rng: "torch", seed: 0 });
      const ids = [...probabilities.keys()].filter((id) => probabilities[id] > 0).sort((a, b) => logits[b] - logits[a]);
      return ids.map((id) => probabilities[id]);
    };
    const kept = keptTokens(trace);
    return compared(numbersIn(text), goldens.top_k_2.probabilities, [
      {
        why: "Not renormalised: these are the probabilities before the cut. After masking, softmax has to run again.",
        values: kept.map((id) => trace.raw_probabilities[id]),
      },
      { why: "k is off by one: three tokens were kept.", values: await of(3) },
      { why: "k is off by one: one token was kept.", values: await of(1) },
      {
        why: "The right values in the order of the ids: topk lists the likeliest first.",
        values: kept.toSorted((a, b) => a - b).map((id) => trace.probabilities[id]),
      },
    ]);
  },
};

/** @type {Task} */
const topPTask = {
  name: "top-p",
  label: "top-p p=0.9 kept tokens",
  judge: async (text, lab) => {
    const kept = async (/** @type {object} */ settings) =>
      keptTokens(await lab.trace(LESSON_LOGITS, { rng: "torch", seed: 0, ...settings }));
    const right = goldens["top_p_0.9"];
    return compared(numbersIn(text), right, [
      {
        why: "The token that crosses p was dropped. It has to stay, or less than p is covered: shift the mask by one.",
        values: right.slice(0, -1),
      },
      {
        why: "One token too many: the mask was shifted twice, or compared after the next token.",
        values: [...right, ...(await kept({ top_k: 3 })).slice(-1)],
      },
      {
        why: "The right tokens in another order: sort by probability, the likeliest first.",
        values: right.toSorted((a, b) => a - b),
      },
      { why: "Everything was kept: the mask was not applied.", values: await kept({}) },
    ]);
  },
};

/** Seeds that are tried before giving up. */
const SEEDS = [0, 1, 2, 3, 42, 123, 1234];

/** @param {string} name @param {object} settings @returns {Task} */
const textTask = (name, settings) => ({
  name: `text-${name}`,
  label: `generated text, ${name}`,
  judge: async (text, lab) => {
    /** @type {Record<string, string>} */
    const known = goldens.texts;
    const [found, right] = [unquoted(text), known[name]];
    if (found === right) return { equal: true, where: "The text is PyTorch’s, character by character.", mistake: "" };
    let at = 0;
    while (at < found.length && found[at] === right[at]) at += 1;
    const where =
      at === found.length || at === right.length
        ? `The first ${at} characters are right; ${found.length} were given, ${right.length} expected.`
        : `The first character that differs is number ${at}: ${JSON.stringify(found[at])} instead of ${JSON.stringify(right[at])}.`;
    return { equal: false, where, mistake: await mistakeIn(found, settings, lab, known) };
  },
});

/** @param {string} found @param {object} settings @param {Lab} lab @param {Record<string, string>} known */
async function mistakeIn(found, settings, lab, known) {
  const other = Object.keys(known).find((name) => known[name] === found);
  if (other) return `This is the text of “${other}”.`;
  const { model, dispose } = await lessonModel(lab);
  try {
    const make = (/** @type {object} */ change) =>
      textOf(lab, { model, prompt: "the ", seed: 7, max_new_tokens: 80, ...settings, ...change });
    for (const seed of SEEDS) if ((await make({ seed })) === found) return `This is the text of seed ${seed}, not 7.`;
    if ((await make({ rng: "torch-legacy" })) === found)
      return "This is the text of a PyTorch before 2.7: its generator draws other noise.";
    const temperature = "temperature" in settings ? Number(settings.temperature) : 1;
    if (temperature > 0 && (await make({ temperature: 1 / temperature })) === found)
      return "The logits were multiplied by the temperature, not divided.";
    return "No common mistake gives this text. Were the model’s weights drawn after the three samples, from the stream of seed 123?";
  } finally {
    dispose();
  }
}

/** A text as printed by repr, or as it is. @param {string} text */
function unquoted(text) {
  const quoted = /^\s*(['"])([\s\S]*)\1\s*$/.exec(text);
  return quoted ? quoted[2].replaceAll("\\n", "\n").replaceAll("\\'", "'").replaceAll("\\\\", "\\") : text;
}

/** @type {Task[]} */
export const TASKS = [
  softmaxTask("1.0"),
  softmaxTask("0.7"),
  softmaxTask("2.0"),
  topKTask,
  topPTask,
  textTask("greedy", { temperature: 0 }),
  textTask("temperature 0.8", { temperature: 0.8 }),
  textTask("temperature 1.4", { temperature: 1.4 }),
  textTask("top-p 0.9", { top_p: 0.9 }),
];
