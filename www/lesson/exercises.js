import { html } from "lit";
import { sketch } from "./cells.js";
import { chosenModel, kvCache, MODEL_CHOICE, replaced } from "./gpt.js";
import { logitsIn, numberIn, repr, seedIn, textOf } from "./shared.js";

/**
 * The five exercises of the notebook, with cells to try them in. The notebook prints nothing for them, so nothing stands beside the results.
 *
 * @typedef {import("./cell.js").Cell} Cell
 */

/** @type {import("./cell.js").Result["head"]} */
const HEAD = ["", "This engine", "", ""];

/** @param {string} name @param {string} ours */
const line = (name, ours) => ({ name, ours, golden: null });

/**
 * A cell that works with the lesson's model, or with the GPT.
 * @param {Omit<Cell, "run">} cell
 * @param {(lab: import("./cell.js").Lab, model: any, values: Record<string, string>) => Promise<import("./cell.js").Result>} run
 * @returns {Cell}
 */
const withModel = (cell, run) => ({
  ...cell,
  inputs: [MODEL_CHOICE, ...cell.inputs],
  run: async (lab, values, watch) => {
    const { model, dispose } = await chosenModel(lab, values.model, watch);
    try {
      return await run(lab, model, values);
    } finally {
      dispose();
    }
  },
});

/** Text as it may come, for the room that it takes: its letters are as wide as any. */
const SOME_TEXT = repr(`the ${"many wide words ".repeat(5)}`);

const SEED = { name: "seed", label: "seed", start: "7" };
const PROMPT = { name: "prompt", label: "prompt", start: "the ", wide: true };

const ownModel = {
  name: "own-model",
  inputs: [
    { name: "logits", label: "logits of your model", start: "1.2, 0.4, -0.3, 2.1, 0.0, -inf", wide: true },
    SEED,
  ],
  like: sketch(
    [
      ["next token", "3"],
      ["its probability", "0.6827"],
      ["tokens left to draw from", "3"],
    ],
    { head: HEAD },
  ),
  /** @type {Cell["run"]} */
  run: async (lab, { logits, seed }) => {
    const { tokens, probabilities, kept } = await lab.sample(logitsIn(logits), {
      temperature: 0.8,
      top_p: 0.9,
      rng: "torch",
      seed: seedIn(seed),
    });
    return {
      head: HEAD,
      lines: [
        line("next token", String(tokens[0])),
        line("its probability", probabilities[0].toFixed(4)),
        line("tokens left to draw from", String(kept[0])),
      ],
    };
  },
};

/** @type {[string, object][]} */
const FOUR = [
  ["greedy", { temperature: 0 }],
  ["temperature 0.8", { temperature: 0.8 }],
  ["temperature 1.2", { temperature: 1.2 }],
  ["top-p 0.9", { top_p: 0.9 }],
];

const FOUR_TEXTS = sketch(
  FOUR.map(([name]) => [name, SOME_TEXT]),
  { head: HEAD },
);

const four = withModel(
  { name: "four", inputs: [PROMPT, SEED], like: FOUR_TEXTS },
  async (lab, model, { prompt, seed }) => {
    const lines = [];
    for (const [name, settings] of FOUR)
      lines.push(
        line(name, repr(await textOf(lab, { model, prompt, seed: seedIn(seed), max_new_tokens: 80, ...settings }))),
      );
    return { head: HEAD, lines };
  },
);

const eos = withModel(
  {
    name: "eos",
    inputs: [
      {
        name: "eos",
        label: "eos_token_id",
        start: "27",
        choices: [
          ["27", "27, the full stop"],
          ["29", "29, the new line"],
          ["26", "26, the space"],
        ],
      },
      SEED,
    ],
    like: sketch(
      [
        ["text", SOME_TEXT],
        ["new tokens", "80"],
        ["finish_reason", "eos"],
      ],
      { head: HEAD },
    ),
  },
  async (lab, model, { eos: id, seed }) => {
    const options = {
      model,
      prompt: "the ",
      seed: seedIn(seed),
      rng: /** @type {const} */ ("torch"),
      max_new_tokens: 200,
      eos_token_id: Number(id),
    };
    for await (const step of lab.generate({ ...options, chunk: 200 })) {
      if (!step.finished) continue;
      return {
        head: HEAD,
        lines: [
          line("text", repr(step.text)),
          line("new tokens", String(step.ids.length - 4)),
          line("finish_reason", step.finish_reason),
        ],
      };
    }
    throw new Error("the run gave no end");
  },
);

const repetition = withModel(
  {
    name: "repetition",
    inputs: [
      { name: "penalty", label: "repetition_penalty", start: "1.3", range: { min: 1, max: 2, step: 0.05 } },
      { name: "temperature", label: "temperature", start: "0", range: { min: 0, max: 1.5, step: 0.1 } },
    ],
    like: sketch(
      [
        ["without", SOME_TEXT],
        ["with", SOME_TEXT],
      ],
      { head: HEAD },
    ),
  },
  async (lab, model, { penalty, temperature }) => {
    const repetition_penalty = numberIn(penalty, "repetition_penalty");
    const heat = numberIn(temperature, "temperature");
    const options = { model, prompt: "the ", seed: 7, max_new_tokens: 80, temperature: heat };
    return {
      head: HEAD,
      lines: [
        line("without", repr(await textOf(lab, options))),
        line("with", repr(await textOf(lab, { ...options, repetition_penalty }))),
      ],
    };
  },
);

/** @param {string} tick */
const clockNote = (tick) =>
  html`<p class="note">The clock here ticks every ${tick} µs: what is shorter cannot be told from 0.</p>`;

const TIMES = sketch(
  [
    ["time to first token", "1000.0 µs"],
    ["the other 3999 tokens", "1000.00 ms"],
    ["tokens per second, first one left out", "1,000,000"],
  ],
  { head: HEAD, after: clockNote("5.0") },
);

/** New tokens: enough for the clock, and for the GPT no more than it sees at once. @type {Record<string, number>} */
const N_TIMED = { bigram: 4000, gpt: 400 };

const ttft = withModel({ name: "ttft", inputs: [], button: "Run and time", like: TIMES }, async (lab, model) => {
  const options = {
    model,
    prompt: "the ",
    seed: 7,
    max_new_tokens: N_TIMED[model.kind] ?? N_TIMED.bigram,
    chunk: 4000,
    temperature: 0.8,
  };
  for await (const step of lab.generate(options)) {
    if (!step.finished) continue;
    const { ttft_ms, decode_ms, tokens, decode_tokens_per_second, clock_resolution_ms } = step.timings;
    return {
      head: HEAD,
      lines: [
        line("time to first token", `${(1000 * ttft_ms).toFixed(1)} µs`),
        line(`the other ${tokens - 1} tokens`, `${decode_ms.toFixed(2)} ms`),
        line("tokens per second, first one left out", Math.round(decode_tokens_per_second).toLocaleString("en")),
      ],
      after: clockNote((1000 * clock_resolution_ms).toFixed(1)),
    };
  }
  throw new Error("the run gave no end");
});

/** @type {Cell[]} */
export const EXERCISES = [replaced, ownModel, kvCache, four, eos, repetition, ttft];
