import { html } from "lit";
import { shownToken } from "../lib/format.js";
import { beyond, countedModel, HEAD, inBits, line } from "./beyond-model.js";
import { sketch } from "./cells.js";
import { chosenModel, GPT_CHOICE } from "./gpt.js";
import { countIn, numberIn, repr, seedIn, textOf } from "./shared.js";

/**
 * What texts samplers make that look back at the text, or ahead to its form.
 *
 * @typedef {import("./cell.js").Lab} Lab
 */

/** Letters of a text whose surprise is measured. */
const N_MEASURED = 300;

/**
 * A text of the counted model: how surprising its letters were, and the limit of the stage in every step.
 * @param {Lab} lab
 * @param {import("../engine/handles.js").Model} model
 * @param {object} settings
 */
async function measured(lab, model, settings) {
  const prompt = "the ";
  /** @type {number[]} */
  const limits = [];
  let text = "";
  /** @type {Uint32Array} */
  let ids = new Uint32Array();
  const options = { model, prompt, seed: 7, max_new_tokens: N_MEASURED, chunk: N_MEASURED, trace: true, ...settings };
  for await (const step of lab.generate(options)) {
    if (step.finished) [text, ids] = [step.text, step.ids];
    else for (const { stages } of step.trace ?? []) if (stages[0]) limits.push(stages[0].limit);
  }
  const odds = await lab.score({
    model,
    ...settings,
    prompt_ids: ids.slice(0, prompt.length),
    output_ids: ids.slice(prompt.length),
  });
  return { text, limits, bits: odds.settings.bits / odds.tokens };
}

const feedback = beyond({
  name: "feedback",
  inputs: [
    { name: "tau", label: "mirostat_tau", start: "2", range: { min: 0.5, max: 5, step: 0.1 } },
    { name: "eta", label: "mirostat_eta", start: "0.1", range: { min: 0, max: 1, step: 0.05 } },
  ],
  like: sketch(
    [
      ["without", "3.45 bits a letter"],
      ["mirostat_tau = 2", "3.45 bits a letter"],
      ["its text begins", repr("the many wide words many wide words many wide words m")],
    ],
    { head: HEAD, after: limitsView([1]) },
  ),
  run: async (lab, { tau, eta }) => {
    const [mirostat_tau, mirostat_eta] = [numberIn(tau, "mirostat_tau"), numberIn(eta, "mirostat_eta")];
    const { model, dispose } = await countedModel(lab);
    try {
      const free = await measured(lab, model, {});
      const led = await measured(lab, model, { mirostat_tau, mirostat_eta });
      return {
        head: HEAD,
        lines: [
          line("without", `${inBits(free.bits)} a letter`),
          line(`mirostat_tau = ${mirostat_tau}`, `${inBits(led.bits)} a letter`),
          line("its text begins", repr(led.text.slice(0, 50))),
        ],
        after: limitsView(led.limits),
      };
    } finally {
      dispose();
    }
  },
});

/** @param {number[]} limits μ in every step; none where the stage is off */
function limitsView(limits) {
  if (limits.length === 0) return "";
  const [low, high] = [Math.min(...limits), Math.max(...limits)];
  // From 0, so that its height is read as bits.
  const top = Math.ceil(high);
  const at = (/** @type {number} */ limit, /** @type {number} */ i) => `${i},${100 - (100 * limit) / top}`;
  const moves = `from ${low.toFixed(1)} to ${high.toFixed(1)} bits`;
  return html`<figure class="limits">
    <svg viewBox="0 0 ${limits.length} 100" preserveAspectRatio="none" role="img" aria-label="The limit μ in every step, ${moves}">
      <polyline points=${limits.map(at).join(" ")} vector-effect="non-scaling-stroke" />
    </svg>
    <figcaption class="note">The limit μ, letter by letter, on a scale from 0 to ${top} bits. It goes ${moves}.</figcaption>
  </figure>`;
}

const repeats = beyond({
  name: "repeats",
  inputs: [
    { name: "model", label: "model", start: "counted", choices: [["counted", "counted bigram"], ...GPT_CHOICE] },
    { name: "penalty", label: "repetition_penalty", start: "1.3" },
    { name: "n", label: "no_repeat_ngram_size", start: "4" },
    { name: "multiplier", label: "dry_multiplier", start: "0.8" },
  ],
  like: sketch(
    ["greedy", "repetition_penalty", "no_repeat_ngram_size", "dry_multiplier"].map((name) => [
      name,
      repr(`the ${"many wide words ".repeat(5)}`),
    ]),
    { head: HEAD },
  ),
  run: async (lab, { model: choice, penalty, n, multiplier }, watch) => {
    /** @type {[string, object][]} */
    const plans = [
      ["greedy", {}],
      ["repetition_penalty", { repetition_penalty: numberIn(penalty, "repetition_penalty") }],
      ["no_repeat_ngram_size", { no_repeat_ngram_size: countIn(n, "no_repeat_ngram_size", 100) }],
      ["dry_multiplier", { dry_multiplier: numberIn(multiplier, "dry_multiplier") }],
    ];
    const { model, dispose } = choice === "counted" ? await countedModel(lab) : await chosenModel(lab, choice, watch);
    try {
      const lines = [];
      for (const [name, settings] of plans) {
        const options = { model, prompt: "the ", temperature: 0, seed: 7, max_new_tokens: 80, ...settings };
        lines.push(line(name, repr(await textOf(lab, options))));
      }
      return { head: HEAD, lines };
    } finally {
      dispose();
    }
  },
});

/** The pattern of the chapter. */
export const PATTERN = "(the|a) (old|young) (man|woman) (sat|ran)\\.";

const grammar = beyond({
  name: "grammar",
  inputs: [
    { name: "regex", label: "pattern", start: PATTERN, wide: true },
    { name: "temperature", label: "temperature", start: "1", range: { min: 0.1, max: 5, step: 0.1 } },
    { name: "seed", label: "seed", start: "7" },
  ],
  like: sketch(
    [
      ["text", repr("the young woman ran.")],
      ["surprise to the model alone", "80.21 bits"],
      ["surprise under the pattern", "80.21 bits"],
    ],
    { head: HEAD, after: takenView(Array(20).fill({ letter: "m", bits: 1, n_left: 1 })) },
  ),
  run: async (lab, { regex, temperature: typed, seed }) => {
    const { model, dispose } = await countedModel(lab);
    const settings = { constraint: { regex }, temperature: numberIn(typed, "temperature"), seed: seedIn(seed) };
    try {
      const { ids, text } = await held(lab, { model, ...settings });
      const asked = { model, ...settings, prompt_ids: ids.slice(0, 1), output_ids: ids.slice(1) };
      const odds = await lab.score(asked);
      return {
        head: HEAD,
        lines: [
          line("text", repr(text)),
          line("surprise to the model alone", inBits(odds.model.bits)),
          line("surprise under the pattern", inBits(odds.settings.bits)),
        ],
        after: takenView(await taken(lab, asked)),
      };
    } finally {
      dispose();
    }
  },
});

/** Tokens of a text that is held to a pattern, at most. */
const MOST_HELD = 40;

/**
 * A text that is held to a pattern, begun after a new line.
 * @param {Lab} lab
 * @param {Omit<import("../engine/types.js").GenerateOptions, "prompt">} options
 */
export async function held(lab, options) {
  for await (const step of lab.generate({ prompt: "\n", max_new_tokens: MOST_HELD, ...options }))
    if (step.finished) return { ids: step.ids, text: step.new_text };
  throw new Error("the run gave no end");
}

/**
 * What the pattern took away before each letter of a text.
 * @param {Lab} lab
 * @param {import("../engine/types.js").ScoreOptions & { output_ids: Uint32Array }} asked
 */
async function taken(lab, asked) {
  /** @type {Taken[]} */
  const found = [];
  for (const [index, id] of asked.output_ids.entries()) {
    const { picture } = await lab.explain({ ...asked, index, picture: true, columns: false });
    const [, { removed_bits: bits, kept: n_left }] = picture?.stations ?? [];
    found.push({ letter: shownToken(asked.model.vocab[id]), bits, n_left });
  }
  return found;
}

/** @typedef {{ letter: string, bits: number, n_left: number }} Taken  bits taken away, and tokens left */

/** @param {Taken[]} letters */
function takenView(letters) {
  const most = Math.max(...letters.map(({ bits }) => bits));
  const told = letters.map(
    ({ letter, bits, n_left }) => `${letter} ${bits.toFixed(2)}${n_left > 1 ? `, one of ${n_left}` : ""}`,
  );
  return html`<figure class="taken">
    <div class="strip-bars" role="img" aria-label="Bits taken away before each letter: ${told.join("; ")}">
      ${letters.map(
        ({ letter, bits, n_left }, i) =>
          html`<span class=${n_left > 1 ? "" : "gone"} title=${told[i]}><span class="rod" .style=${`block-size: ${(100 * bits) / most}%`}></span><span>${letter}</span></span>`,
      )}
    </div>
    <figcaption class="note">
      Bits that the pattern took away before each letter; the highest bar is ${most.toFixed(2)}. Full bars: the pattern left a choice. Hatched bars:
      one letter was left.
    </figcaption>
  </figure>`;
}

export const TEXTS = [feedback, repeats, grammar];
