import { html } from "lit";
import { HEAD } from "./cell.js";
import { goldens } from "./goldens.js";
import {
  countIn,
  keptTokens,
  LESSON_LOGITS,
  lessonModel,
  logitsIn,
  numberIn,
  repr,
  seedIn,
  six,
  textOf,
} from "./shared.js";

/**
 * The cells of the lesson, in the notebook's order.
 *
 * @typedef {import("./cell.js").Cell} Cell
 * @typedef {import("./cell.js").Line} Line
 */

/** More tokens than a cell has room for. */
const MOST_TOKENS = 2000;

const LOGITS = { name: "logits", label: "logits", start: LESSON_LOGITS.join(", "), wide: true };

/**
 * A result like those of a cell, for the room that it takes.
 * @param {[string, string][]} rows name and value
 * @param {Pick<import("./cell.js").Result, "head" | "after">} [more]
 * @returns {import("./cell.js").Result}
 */
export const sketch = (rows, { head = HEAD, after } = { head: HEAD }) => ({
  head,
  lines: rows.map(([name, value]) => ({ name, ours: value, golden: head[2] ? value : null, equal: true })),
  after,
});

/** @param {number[]} x */
const isLessons = (x) => x.join() === LESSON_LOGITS.join();

/** PyTorch's values, if the notebook has some for this temperature. @param {number} temperature */
const goldenSoftmax = (temperature) =>
  Object.entries(goldens.softmax).find(([known]) => Number(known) === temperature)?.[1];

/** @type {Cell} */
const setup = {
  name: "setup",
  inputs: [],
  like: sketch(
    [
      ["library", "logitlab 0.1.0"],
      ["device", "cpu, in a worker"],
    ],
    { head: ["", "Here", "", ""] },
  ),
  run: async (lab) => ({
    head: ["", "Here", "", ""],
    lines: [
      { name: "library", ours: `logitlab ${lab.version}`, golden: null },
      {
        name: "device",
        ours: `${lab.backend.kind}, ${lab.thread === "worker" ? "in a worker" : "in the page"}`,
        golden: null,
      },
    ],
  }),
};

/** @type {Cell} */
const softmax = {
  name: "softmax",
  inputs: [LOGITS, { name: "tau", label: "τ", start: "1", range: { min: 0.1, max: 3, step: 0.1 } }],
  like: sketch(
    LESSON_LOGITS.map((logit, i) => [String(logit), six(goldens.softmax["1.0"][i])]),
    { head: ["logit", "This engine", "PyTorch", ""], after: barsOf([], LESSON_LOGITS.map(String)) },
  ),
  run: async (lab, { logits, tau }) => {
    const x = logitsIn(logits);
    const temperature = numberIn(tau, "temperature");
    const p = await lab.softmax(x, { temperature, arithmetic: "notebook" });
    const golden = isLessons(x) ? (goldenSoftmax(temperature) ?? null) : null;
    const max = x.reduce((a, b) => (b > a ? b : a));
    return {
      head: ["logit", "This engine", "PyTorch", ""],
      lines: x.map((logit, i) => ({
        name: String(logit),
        ours: six(p[i]),
        golden: golden ? six(golden[i]) : null,
        equal: golden ? p[i] === golden[i] : undefined,
      })),
      after: barsOf(p, x.map(String)),
      live: { max: String(max), tau: String(temperature), probs: `[${Array.from(p, six).join(", ")}]` },
    };
  },
};

/** @type {Cell} */
const helpers = {
  name: "helpers",
  inputs: [LOGITS, { name: "seed", label: "torch.manual_seed", start: "123" }],
  like: sketch(
    [
      ["temperature=0", "3"],
      ["temperature=2.0", "3"],
      ["top_k=2", "3"],
      ["top_p=0.9", "3"],
    ],
    { head: ["sample_next_token(logits, …)", "This engine", "PyTorch", ""] },
  ),
  run: async (lab, { logits, seed }) => {
    const x = logitsIn(logits);
    const used = seedIn(seed);
    const generator = await lab.generator("torch", used);
    const isTheirs = isLessons(x) && used === 123n;
    /** @type {[string, object, number][]} */
    const calls = [
      ["temperature=0", { temperature: 0 }, goldens.samples.greedy],
      ["temperature=2.0", { temperature: 2 }, goldens.samples.temperature2],
      ["top_k=2", { top_k: 2 }, goldens.samples.topk2],
      ["top_p=0.9", { top_p: 0.9 }, goldens.samples["topp0.9"]],
    ];
    /** @type {Line[]} */
    const lines = [];
    for (const [name, settings, golden] of calls) {
      const { tokens } = await lab.sample(x, settings, { generator });
      lines.push({
        name,
        ours: String(tokens[0]),
        golden: isTheirs ? String(golden) : null,
        equal: tokens[0] === golden,
      });
    }
    await generator.dispose();
    return { head: ["sample_next_token(logits, …)", "This engine", "PyTorch", ""], lines };
  },
};

/** @type {Cell} */
const filters = {
  name: "filters",
  inputs: [
    LOGITS,
    { name: "k", label: "k", start: "2", range: { min: 1, max: 5, step: 1 } },
    { name: "p", label: "p", start: "0.9", range: { min: 0, max: 1, step: 0.01 } },
  ],
  like: sketch(
    [
      ["top-k k=2 tokens", "[3, 0]"],
      ["renormalised p of 3", "0.900250"],
      ["renormalised p of 0", "0.099751"],
      ["top-p p=0.9 kept tokens", "[3, 0]"],
    ],
    { head: HEAD, after: html`<p class="note">keep each token of which the earlier ones have at most p</p>` },
  ),
  run: async (lab, { logits, k, p }) => {
    const x = logitsIn(logits);
    const [top_k, top_p] = [numberIn(k, "top_k"), numberIn(p, "top_p")];
    const by_k = await lab.trace(x, { top_k, rng: "torch", seed: 0 });
    const by_p = await lab.trace(x, { top_p, rng: "torch", seed: 0 });
    const [kept_k, kept_p] = [by_k, by_p].map(keptTokens);
    const renormalised = await lab.softmax(
      kept_k.map((id) => x[id]),
      { arithmetic: "torch" },
    );
    const [theirs_k, theirs_p] = [isLessons(x) && top_k === 2, isLessons(x) && top_p === 0.9];
    const { tokens, probabilities } = goldens.top_k_2;
    return {
      head: HEAD,
      lines: [
        line(`top-k k=${top_k} tokens`, repr(kept_k), theirs_k ? repr(tokens) : null),
        ...kept_k.map((id, i) => ({
          name: `renormalised p of ${id}`,
          ours: six(renormalised[i]),
          golden: theirs_k ? six(probabilities[i]) : null,
          equal: renormalised[i] === probabilities[i],
        })),
        line(`top-p p=${top_p} kept tokens`, repr(kept_p), theirs_p ? repr(goldens["top_p_0.9"]) : null),
      ],
      after: html`<p class="note">${by_p.stages[0]?.rule ?? "p = 1 removes nothing."}</p>`,
      live: { kth: String(x[kept_k.at(-1) ?? 0]), kept: repr(kept_p) },
    };
  },
};

/** @type {Cell} */
const model = {
  name: "model",
  inputs: [{ name: "prompt", label: "prompt", start: "the ", wide: true }],
  like: sketch([
    ["prompt ids", "[[19, 7, 4, 26]]"],
    ["logits.shape", "(1, 4, 30)"],
    ["logits[0, -1]", "0.580775, -0.251080, -0.069148, …"],
  ]),
  run: async (lab, { prompt }) => {
    const { model: bigram, dispose } = await lessonModel(lab);
    try {
      const { ids } = await bigram.encode(prompt);
      const all = await bigram.forward(ids);
      const last = await bigram.next(ids);
      const isTheirs = prompt === "the ";
      const same = last.every((x, i) => x === goldens.logits_after_space[i]);
      const shape = `(1, ${ids.length}, ${all.length / ids.length})`;
      return {
        head: HEAD,
        lines: [
          line("prompt ids", repr([Array.from(ids)]), isTheirs ? repr([goldens.prompt_ids]) : null),
          line("logits.shape", shape, isTheirs ? "(1, 4, 30)" : null),
          {
            name: "logits[0, -1]",
            ours: `${Array.from(last.subarray(0, 3), six).join(", ")}, …`,
            golden: isTheirs ? `${goldens.logits_after_space.slice(0, 3).map(six).join(", ")}, …` : null,
            equal: same,
          },
        ],
      };
    } finally {
      dispose();
    }
  },
};

/** The notebook's four. @type {[string, object][]} */
const FOUR = [
  ["greedy", { temperature: 0 }],
  ["temperature 0.8", { temperature: 0.8 }],
  ["temperature 1.4", { temperature: 1.4 }],
  ["top-p 0.9", { temperature: 1, top_p: 0.9 }],
];

/** @type {Cell} */
const loop = {
  name: "loop",
  inputs: [
    { name: "prompt", label: "prompt", start: "the ", wide: true },
    { name: "seed", label: "torch.manual_seed", start: "7" },
    { name: "n", label: "max_new_tokens", start: "80" },
  ],
  like: sketch(Object.entries(goldens.texts).map(([name, text]) => [name, repr(text)])),
  run: async (lab, { prompt, seed: typed, n }) => {
    const [seed, max_new_tokens] = [seedIn(typed), countIn(n, "max_new_tokens", MOST_TOKENS)];
    const isTheirs = prompt === "the " && seed === 7n && max_new_tokens === 80;
    const { model: bigram, dispose } = await lessonModel(lab);
    try {
      /** @type {Line[]} */
      const lines = [];
      /** @type {Record<string, string>} */
      const known = goldens.texts;
      for (const [name, settings] of FOUR) {
        const text = await textOf(lab, { model: bigram, prompt, seed, max_new_tokens, ...settings });
        lines.push(line(name, repr(text), isTheirs ? repr(known[name]) : null));
      }
      return { head: HEAD, lines };
    } finally {
      dispose();
    }
  },
};

/** @type {Cell} */
const timing = {
  name: "timing",
  inputs: [],
  button: "Measure",
  like: sketch(
    Object.entries(goldens.timings).map(([length]) => [length, "1,000,000"]),
    { head: ["prompt_len", "tokens/sec here", "PyTorch, its machine", ""] },
  ),
  run: async (lab) => {
    const { model: bigram, dispose } = await lessonModel(lab);
    try {
      const points = await lab.time({ model: bigram, rng: "torch", temperature: 1, top_p: 0.9 });
      /** @type {Record<string, number>} */
      const theirs = goldens.timings;
      const whole = (/** @type {number} */ x) => x.toLocaleString("en", { maximumFractionDigits: 0 });
      return {
        head: ["prompt_len", "tokens/sec here", "PyTorch, its machine", ""],
        lines: points.map(({ prompt_length, tokens_per_second }) => ({
          name: String(prompt_length),
          ours: whole(tokens_per_second),
          golden: whole(theirs[String(prompt_length)]),
          equal: "another machine",
        })),
      };
    } finally {
      dispose();
    }
  },
};

/** @param {string} name @param {string} ours @param {string | null} golden @returns {Line} */
const line = (name, ours, golden) => ({ name, ours, golden, equal: ours === golden });

/** @param {ArrayLike<number>} p @param {string[]} labels */
function barsOf(p, labels) {
  return html`<div class="bars" role="img" aria-label="The probabilities as bars">
    ${labels.map((label, i) => html`<span class="bar-of"><span class="rod" .style=${`block-size: ${100 * (p[i] ?? 0)}%`}></span><span>${label}</span></span>`)}
  </div>`;
}

export const CELLS = [setup, softmax, helpers, filters, model, loop, timing];
