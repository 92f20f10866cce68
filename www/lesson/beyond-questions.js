import { countedModel, rowAfter } from "./beyond-model.js";
import { held, PATTERN } from "./beyond-texts.js";
import { textOf } from "./shared.js";
import { keptBy, stripOf } from "./strips.js";

/**
 * The questions of "Beyond top-p".
 *
 * @typedef {import("./cell.js").Lab} Lab
 * @typedef {import("./predict.js").Question} Question
 */

const SEED = { seed: 0 };

/** @type {Question} */
const entropy = {
  name: "predict-entropy",
  ask: (known) => `After a space t is the most likely letter, with ${known}. What does typical_p = 0.5 do with it?`,
  choices: ["keep it", "remove it"],
  make: async (lab) => {
    const { logits, vocab } = await rowAfter(lab, " ");
    const { raw_probabilities, raw_entropy, probabilities, stages } = await lab.trace(logits, {
      typical_p: 0.5,
      ...SEED,
    });
    const t = vocab.indexOf("t");
    const [{ removed, evidence, limit }] = stages;
    const off = evidence[removed.indexOf(t)];
    return {
      known: raw_probabilities[t].toFixed(3),
      truth: probabilities[t] > 0 ? 0 : 1,
      because: `The entropy here is ${raw_entropy.toFixed(2)} bits. The surprise of t is ${off?.toFixed(2)} bits away from it, and letters up to ${limit.toFixed(2)} bits away stay.`,
    };
  },
};

/** @type {Question} */
const deviation = {
  name: "predict-deviation",
  ask: (known) => `At T = 1 ${known} letters after a space. T goes up to 3. Which rule keeps more letters now?`,
  choices: ["both", "only top-p", "neither"],
  make: async (lab) => {
    const row = await rowAfter(lab, " ");
    const kept = async (/** @type {object} */ rule, /** @type {number} */ temperature) =>
      keptBy(await stripOf(lab, row, "", rule, { temperature }));
    const [p, sigma] = [{ top_p: 0.9 }, { top_n_sigma: 1 }];
    const [p1, p3, s1, s3] = [await kept(p, 1), await kept(p, 3), await kept(sigma, 1), await kept(sigma, 3)];
    return {
      known: `top-p 0.9 keeps ${p1} and top-nσ 1 keeps ${s1}`,
      truth: p3 > p1 ? (s3 > s1 ? 0 : 1) : 2,
      because: `${p3} and ${s3}. Dividing every logit by 3 divides the largest, the gaps and σ alike.`,
    };
  },
};

/** @type {Question} */
const exclude = {
  name: "predict-exclude",
  ask: () => "XTC acts, with a threshold of 0.05. Which letters go?",
  choices: ["those below 0.05", "those from 0.05 up, except the least likely of them", "only the most likely one"],
  make: async (lab) => {
    const row = await rowAfter(lab, " ");
    const strip = await stripOf(lab, row, "", { xtc_probability: 1, xtc_threshold: 0.05 });
    const gone = strip.letters.filter((_, i) => !strip.kept[i]);
    const isHead = strip.kept.indexOf(true) === gone.length;
    return {
      known: "",
      truth: isHead && gone.length > 1 ? 1 : isHead ? 2 : 0,
      because: `${gone.join(", ")} go; ${strip.letters[gone.length]} stays, and so do all letters less likely than it.`,
    };
  },
};

/** @type {Question} */
const feedback = {
  name: "predict-feedback",
  ask: () =>
    "Mirostat aims at 2 bits a letter, and three letters in a row were no surprise at all. What may the next one be?",
  choices: ["more surprising", "as surprising as before", "less surprising"],
  make: async (lab) => {
    const { logits } = await rowAfter(lab, " ");
    const limitAfter = async (/** @type {number[]} */ probabilities) => {
      const history = { prompt: [], output: probabilities.map(() => 0), probabilities };
      const { stages } = await lab.trace(logits, { mirostat_tau: 2, mirostat_eta: 0.1, history, ...SEED });
      return stages[0].limit;
    };
    const [before, now] = [await limitAfter([]), await limitAfter([1, 1, 1])];
    return {
      known: "",
      truth: now > before ? 0 : now === before ? 1 : 2,
      because: `The limit has gone from ${before.toFixed(1)} to ${now.toFixed(1)} bits.`,
    };
  },
};

/** @type {Question} */
const repeats = {
  name: "predict-repeats",
  ask: (known) => `Greedy, the counted bigram writes ${known}. What does a repetition penalty of 1.3 do to that?`,
  choices: ["end it", "nothing"],
  make: async (lab) => {
    const { model, dispose } = await countedModel(lab);
    const written = (/** @type {object} */ settings) =>
      textOf(lab, { model, prompt: "the ", temperature: 0, seed: 7, max_new_tokens: 80, ...settings });
    try {
      const [free, penalised] = [await written({}), await written({ repetition_penalty: 1.3 })];
      return {
        known: `“${free.slice(0, 12)}…”`,
        truth: free === penalised ? 1 : 0,
        because:
          "It writes the same. The penalty is taken from each letter of “the ” once, however often it came, and each leads by more than that.",
      };
    } finally {
      dispose();
    }
  },
};

/** Texts that are tried. */
const N_TRIED = 20;

/** @type {Question} */
const grammar = {
  name: "predict-grammar",
  ask: () =>
    "The pattern below, and temperature 5, where all letters are nearly equally likely. How often does the text break the pattern?",
  choices: ["now and then", "never"],
  make: async (lab) => {
    const { model, dispose } = await countedModel(lab);
    try {
      const fits = new RegExp(`^${PATTERN}$`);
      let n = 0;
      for (let seed = 0; seed < N_TRIED; seed += 1) {
        const { text } = await held(lab, { model, temperature: 5, seed, constraint: { regex: PATTERN } });
        if (fits.test(text)) n += 1;
      }
      return {
        known: "",
        truth: n === N_TRIED ? 1 : 0,
        because: `${n} of ${N_TRIED} texts fit. What does not fit is removed before the draw, so no temperature can bring it back.`,
      };
    } finally {
      dispose();
    }
  },
};

export const BEYOND_QUESTIONS = [entropy, deviation, exclude, feedback, repeats, grammar];
