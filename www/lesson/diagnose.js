import { diagnosed } from "./diagnose-numbers.js";
import { mistakeIn, unquoted } from "./diagnose-texts.js";
import { goldens } from "./goldens.js";
import { keptTokens, LESSON_LOGITS } from "./shared.js";

/**
 * Compares what a learner's notebook printed with what it should, and looks for the mistake that would print it. Every mistake is made
 * by the engine, on purpose, and its result compared.
 *
 * @typedef {import("./cell.js").Lab} Lab
 * @typedef {import("./diagnose-numbers.js").Mistake} Mistake
 *
 * @typedef {object} Verdict
 * @property {"equal" | "differs" | "coarse" | "unread"} kind  coarse: printed with too few digits to tell
 * @property {string} where
 * @property {string} mistake
 *
 * @typedef {object} Task
 * @property {string} name
 * @property {string} label
 * @property {(text: string, lab: Lab) => Promise<Verdict>} judge
 */

/** @type {Record<string, number[]>} */
const SOFTMAX = goldens.softmax;

const MINUS = LESSON_LOGITS.map((x) => -x);

/** @param {string} tau @returns {Task} */
const softmaxTask = (tau) => ({
  name: `softmax-${tau}`,
  label: `stable_softmax at tau=${tau}`,
  judge: async (text, lab) => {
    const right = SOFTMAX[tau];
    const temperature = Number(tau);
    const others = Object.keys(SOFTMAX).filter((other) => other !== tau);
    const divided = await afterTemperature(lab, temperature);
    return diagnosed(text, right, lab, [
      {
        why: "The logits were multiplied by tau, not divided.",
        values: await lab.softmax(LESSON_LOGITS, { temperature: 1 / temperature }),
      },
      ...others.map((other) => ({
        why: `${other === "1.0" ? "The temperature was not used: these" : "These"} are the values at tau = ${Number(other)}.`,
        values: SOFTMAX[other],
      })),
      { why: "These are the logits themselves: softmax is missing.", values: LESSON_LOGITS },
      { why: "These are the logits divided by tau: softmax is missing.", values: divided },
      { why: "Softmax ran twice: these are the softmax of the right values.", values: await lab.softmax(right, {}) },
      {
        why: "The sign of the logits is turned: these are the values of softmax(-x).",
        values: await lab.softmax(MINUS, { temperature }),
      },
      {
        why: "The probabilities were divided by tau. Divide the logits, before softmax.",
        times: SOFTMAX["1.0"],
        by: 1 / temperature,
      },
    ]);
  },
});

/** The logits as the temperature leaves them. @param {Lab} lab @param {number} temperature */
async function afterTemperature(lab, temperature) {
  const { stages } = await lab.trace(LESSON_LOGITS, { temperature, rng: "torch", seed: 0 });
  return stages.find(({ stage }) => stage === "temperature")?.values ?? LESSON_LOGITS;
}

const LEAST = "The two least likely tokens were kept: largest=False, or the wrong end of a sort.";

/** @param {number[]} ids */
const rowOf = (ids) => ids.map((id) => LESSON_LOGITS[id]);

/** @type {Task} */
const topKTask = {
  name: "top-k",
  label: "top-k renorm probs (k=2)",
  judge: async (text, lab) => {
    const trace = await lab.trace(LESSON_LOGITS, { top_k: 2, rng: "torch", seed: 0 });
    const of = async (/** @type {number} */ k) => {
      const more = await lab.trace(LESSON_LOGITS, { top_k: k, rng: "torch", seed: 0 });
      return keptTokens(more).map((id) => more.probabilities[id]);
    };
    const kept = keptTokens(trace);
    const raw = kept.map((id) => trace.raw_probabilities[id]);
    const zeroed = LESSON_LOGITS.map((x, id) => (kept.includes(id) ? x : 0));
    const least = keptTokens(await lab.trace(MINUS, { top_k: 2, rng: "torch", seed: 0 }));
    return diagnosed(text, goldens.top_k_2.probabilities, lab, [
      {
        why: "The right values, in a row of all five tokens with 0 for those removed.",
        values: trace.probabilities,
        isRight: true,
      },
      {
        why: "Not renormalised: these are the probabilities before the cut. After masking, softmax has to run again.",
        values: raw,
      },
      {
        why: "Not renormalised: the others were set to 0, but the rest does not add up to 1.",
        values: trace.raw_probabilities.map((p, id) => (kept.includes(id) ? p : 0)),
      },
      {
        why: "Softmax ran before the filter and after it: the filter has to see logits, not probabilities.",
        values: await lab.softmax(raw, {}),
      },
      {
        why: "The removed logits became 0. They have to become -inf: a logit of 0 still has a probability.",
        values: await lab.softmax(zeroed, {}),
      },
      {
        why: "The removed logits became 0. They have to become -inf: a logit of 0 still has a probability.",
        values: await firstOf(lab, zeroed, kept),
      },
      { why: "k is off by one: three tokens were kept.", values: await of(3) },
      { why: "k is off by one: one token was kept.", values: await of(1) },
      { why: LEAST, values: await lab.softmax(rowOf(least), {}) },
      { why: LEAST, values: await lab.softmax(rowOf(least.toReversed()), {}) },
      {
        why: "The right values in the order of the ids: topk lists the likeliest first.",
        values: kept.toSorted((a, b) => a - b).map((id) => trace.probabilities[id]),
      },
      { why: "These are the logits that were kept: softmax is missing.", values: rowOf(kept) },
      { why: "These are the tokens that were kept, not their probabilities.", values: kept },
    ]);
  },
};

/** The softmax of a row, at some of its tokens. @param {Lab} lab @param {number[]} row @param {number[]} ids */
async function firstOf(lab, row, ids) {
  const p = await lab.softmax(row, {});
  return ids.map((id) => p[id]);
}

/** @type {Task} */
const topPTask = {
  name: "top-p",
  label: "top-p p=0.9 kept tokens",
  judge: async (text, lab) => {
    const trace = (/** @type {object} */ settings) => lab.trace(LESSON_LOGITS, { rng: "torch", seed: 0, ...settings });
    const right = goldens["top_p_0.9"];
    const [all, three] = [await trace({}), keptTokens(await trace({ top_k: 3 }))];
    const sorted = keptTokens(all);
    return diagnosed(text, right, lab, [
      {
        why: "The token that crosses p was dropped. It has to stay, or less than p is covered: shift the mask by one.",
        values: right.slice(0, -1),
      },
      {
        why: "One token too many: the mask was shifted twice, or compared after the next token.",
        values: [...right, three[2]],
      },
      {
        why: "The right tokens in another order: sort by probability, the likeliest first.",
        values: right.toSorted((a, b) => a - b),
      },
      { why: "Everything was kept: the mask was not applied.", values: sorted },
      { why: "Everything was kept: the mask was not applied.", values: sorted.toSorted((a, b) => a - b) },
      {
        why: "These are the tokens that go: the mask is inverted.",
        values: sorted.filter((id) => !right.includes(id)),
      },
      {
        why: "These are the tokens that go: the mask is inverted.",
        values: [...sorted.keys()].filter((id) => !right.includes(id)),
      },
      {
        why: "These are places in the sorted row, not tokens: look them up in the indices that sort gave.",
        values: [...right.keys()],
      },
      // In the order of the ids token 3 is the one that crosses 0.9, so that only token 4 goes.
      {
        why: "The probabilities were summed in the order of the ids: sort them first, the likeliest first.",
        values: [0, 1, 2, 3],
      },
      {
        why: "These are the probabilities of the kept tokens, not the tokens.",
        values: right.map((id) => all.probabilities[id]),
      },
    ]);
  },
};

/** @param {string} name @param {object} settings @returns {Task} */
const textTask = (name, settings) => ({
  name: `text-${name}`,
  label: `generated text, ${name}`,
  judge: async (text, lab) => {
    /** @type {Record<string, string>} */
    const known = goldens.texts;
    const [found, right] = [unquoted(text), known[name]];
    if (found === right) return { kind: "equal", where: "The text is PyTorch’s, character by character.", mistake: "" };
    let at = 0;
    while (at < found.length && found[at] === right[at]) at += 1;
    const where =
      at === found.length || at === right.length
        ? `The first ${counted(at, "character is", "characters are")} right; ${found.length} were given, ${right.length} expected.`
        : `The first character that differs is number ${at + 1}: ${JSON.stringify(found[at])} instead of ${JSON.stringify(right[at])}.`;
    return { kind: "differs", where, mistake: await mistakeIn(found, name, settings, lab) };
  },
});

/** @param {number} n @param {string} one @param {string} other */
const counted = (n, one, other) => (n === 1 ? one : `${n} ${other}`);

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
