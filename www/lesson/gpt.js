import { html } from "lit";
import { plotStyles, plotsOfGpt } from "../components/sweep-plot.js";
import { wordsOf } from "../lib/languages.js";
import { tabs } from "../lib/strings-of-tabs.js";
import { HAS_GPT, OURS } from "../tasks/our-gpt.js";
import { sketch } from "./cells.js";
import { lessonModel } from "./shared.js";

/**
 * The GPT in the lesson: in the bigram's place, and with its KV cache and without.
 *
 * @typedef {import("./cell.js").Cell} Cell
 * @typedef {import("./cell.js").Lab} Lab
 * @typedef {import("./cell.js").Watch} Watch
 * @typedef {import("../engine/handles.js").Model} Model
 * @typedef {import("../engine/types.js").SweepPoint} SweepPoint
 */

/** What has to be loaded, as the files themselves say. */
const SIZE = `${(OURS.bytes / 1e6).toFixed(1)} MB`;

/** Ours as a choice, where it came with the page. @type {[string, string][]} */
export const GPT_CHOICE = HAS_GPT ? [["gpt", `GPT (loads ${SIZE})`]] : [];

/** Which models there are. @type {[string, string][]} */
const MODELS = [["bigram", "bigram"], ...GPT_CHOICE];

/** Which model an exercise runs on. */
export const MODEL_CHOICE = { name: "model", label: "model", start: "bigram", choices: MODELS };

/** Ours, on its way or there. @type {{ model: Promise<Model>, isThere: boolean, watching: Set<Watch["onProgress"]>, stop: AbortController } | null} */
let shared = null;

/**
 * Ours, loaded by the first who asks for it. Whoever waits for it hears how far it is, and can call it off for all.
 * @param {Lab} lab
 * @param {Watch} watch
 */
async function ours(lab, { onProgress, signal }) {
  shared ??= begin(lab);
  const { model, isThere, watching, stop } = shared;
  if (!isThere) onProgress({ stage: "engine", loaded: 0, total: null });
  watching.add(onProgress);
  signal.addEventListener("abort", () => stop.abort());
  try {
    return await model;
  } finally {
    watching.delete(onProgress);
  }
}

/** @param {Lab} lab */
function begin(lab) {
  /** @type {Set<Watch["onProgress"]>} */
  const watching = new Set();
  const stop = new AbortController();
  const model = lab.model({
    kind: "gpt",
    onProgress: (at) => {
      for (const tell of watching) tell(at);
    },
    signal: stop.signal,
  });
  const begun = { model, isThere: false, watching, stop };
  model.then(
    () => {
      begun.isThere = true;
    },
    () => {
      shared = null;
    },
  );
  return begun;
}

/**
 * The model that was chosen, for as long as it is needed.
 * @param {Lab} lab
 * @param {string} choice
 * @param {Watch} watch
 * @returns {Promise<{ model: Model, dispose: () => void }>}
 */
export async function chosenModel(lab, choice, watch) {
  return choice === "gpt" ? { model: await ours(lab, watch), dispose: () => {} } : lessonModel(lab);
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
  run: async (lab, { prompt }, watch) => {
    const lines = [];
    let shape = "";
    for (const [name, choice] of [
      ["bigram", "bigram"],
      ["GPT", "gpt"],
    ]) {
      const { model, dispose } = await chosenModel(lab, choice, watch);
      const { ids } = await model.encode(prompt);
      const logits = await model.forward(ids);
      shape = `(1, ${ids.length}, ${logits.length / ids.length})`;
      lines.push({ name: `${name}: idx.shape`, ours: `(1, ${ids.length})`, golden: null });
      lines.push({ name: `${name}: logits.shape`, ours: shape, golden: null });
      dispose();
    }
    return { head: HEAD, lines, live: { shape } };
  },
};

/** Tokens in the prompt, new ones after each, and how often: few, because without a cache each takes long. */
const LENGTHS = [16, 32, 64, 128, 256];
const SIZE_OF_RUN = { new_tokens: 16, rounds: 3 };

const WORDS = wordsOf([tabs]);

/** What the plots of the lab look like. */
if (plotStyles.styleSheet) document.adoptedStyleSheets.push(plotStyles.styleSheet);

/** @type {import("./cell.js").Result["head"]} */
const HEAD_OF_CACHE = ["prompt_len", "later tokens per second", "", ""];

/**
 * @param {SweepPoint[]} fast with the cache
 * @param {SweepPoint[]} slow without
 */
function plots(fast, slow) {
  const series = [
    { cache: /** @type {const} */ ("on"), points: fast },
    { cache: /** @type {const} */ ("off"), points: slow },
  ];
  const about = { of: "gpt", backend: /** @type {const} */ ("cpu"), adapter: null, block_size: null, settings: {} };
  const measured = series.map(({ cache, points }) => ({
    ...about,
    cache,
    points: points.map((point) => ({ ...point, ...SIZE_OF_RUN })),
  }));
  return html`<div class="plotted">${plotsOfGpt(measured, LENGTHS, WORDS)}</div>`;
}

/** @type {Cell} */
export const kvCache = {
  name: "kv-cache",
  inputs: [],
  button: `Load (${SIZE}) and measure`,
  like: sketch(
    LENGTHS.map((length) => [String(length), "10,000 with, 1,000 without"]),
    { head: HEAD_OF_CACHE, after: plots([], []) },
  ),
  run: async (lab, _, watch) => {
    const model = await ours(lab, watch);
    const without = await lab.model({ kind: "gpt", kv_cache: false, ...watch });
    try {
      const options = { prompt_lengths: LENGTHS, ...SIZE_OF_RUN, seed: 7 };
      // The browser compiles the engine better while it runs: the first tokens would be slow for that.
      for (const each of [model, without]) await lab.time({ model: each, prompt_lengths: [64], new_tokens: 8 });
      const fast = await lab.time({ model, ...options });
      const slow = await lab.time({ model: without, ...options });
      return {
        head: HEAD_OF_CACHE,
        lines: fast.map(({ prompt_length, decode_tokens_per_second: with_cache }, i) => ({
          name: String(prompt_length),
          ours: `${WORDS.format.whole(with_cache)} with, ${WORDS.format.whole(slow[i].decode_tokens_per_second)} without`,
          golden: null,
        })),
        after: plots(fast, slow),
      };
    } finally {
      without.dispose();
    }
  },
};
