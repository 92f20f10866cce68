/** What takes time, measured where the engine runs, so that no message between threads is counted. */

/** @import { Operations } from "./host.js" */
/** @import { StageTimes, SweepPoint } from "./types.js" */

import { STAGES } from "../generated/spec.js";

/** Tokens asked of a run at once, at most. */
const CHUNK = 1 << 20;

/** A batch of about so many logits is timed, so often, and the median counts. */
const LOGITS = 1 << 16;
const ROUNDS = 9;

/**
 * Spaces, as in the notebook, and for a model's every other prompt another token: then its KV cache holds no beginning of the prompt, nor of the
 * window that is left of a long one, and each first token is timed with all that the model reads.
 * A vocabulary of one token has no other.
 * @param {Set<number>} hadOther the models of this lab whose last prompt was of the other token
 * @param {number} model
 * @param {number} vocabSize
 * @param {number} space
 * @param {number} length
 */
const promptOf = (hadOther, model, vocabSize, space, length) => {
  if (vocabSize === 1 || hadOther.delete(model)) return new Array(length).fill(space);
  hadOther.add(model);
  return new Array(length).fill(space === 0 ? 1 : 0);
};

/** @param {number[]} times @returns {number} the one in the middle; of two, the shorter */
const median = (times) => times.toSorted((a, b) => a - b)[(times.length - 1) >> 1];

/** Half the distance between the quartiles: how far apart equal measurements lie. @param {number[]} times */
const spread = (times) => {
  const sorted = times.toSorted((a, b) => a - b);
  const at = (/** @type {number} */ share) => sorted[Math.round((sorted.length - 1) * share)];
  return (at(0.75) - at(0.25)) / 2;
};

/**
 * The notebook's last cell, in slices: a run for each length of the prompt, or several, of which the medians count. The time between two slices
 * does not count.
 */
export class Sweep {
  #engine;
  #hadOther;
  #model;
  #vocabSize;
  #options;
  #generator;
  /** What is left to run, one entry for each round. @type {number[]} */
  #lengths = [];
  #space;
  #new_tokens;
  #rounds;
  /** The run under way. @type {{ id: import("./host.js").Id, elapsed_ms: number } | null} */
  #run = null;
  /** @type {TimedRun[]} */
  #runs = [];

  /**
   * @param {Operations} engine
   * @param {Set<number>} hadOther see `promptOf`; the lab keeps it from sweep to sweep
   * @param {number} model
   * @param {number} vocabSize
   * @param {any} options
   * @param {number} [generator]
   */
  constructor(engine, hadOther, model, vocabSize, options, generator) {
    const { prompt_lengths, new_tokens, rounds } = engine.timeOptions(options, generator);
    const { prompt_lengths: _, new_tokens: __, rounds: ___, ...settings } = options;
    this.#engine = engine;
    this.#hadOther = hadOther;
    this.#model = model;
    this.#vocabSize = vocabSize;
    this.#options = settings;
    this.#generator = generator;
    this.#new_tokens = new_tokens;
    this.#rounds = rounds;
    this.#lengths = prompt_lengths.flatMap((length) => new Array(rounds).fill(length));
    [this.#space] = engine.encode(model, " ").ids;
  }

  /**
   * Goes on for about so long.
   * @param {number} budgetMs
   * @returns {Promise<SweepPoint[] | undefined>} one for each length, once all are timed
   */
  async advance(budgetMs) {
    const deadline = performance.now() + budgetMs;
    while (this.#runs.length < this.#lengths.length) {
      await this.#goOn(Math.max(0, deadline - performance.now()));
      if (performance.now() >= deadline) break;
    }
    return this.#runs.length < this.#lengths.length ? undefined : this.#points();
  }

  free() {
    if (this.#run) this.#engine.close(this.#run.id);
    this.#run = null;
  }

  /** @param {number} budgetMs */
  async #goOn(budgetMs) {
    const started = performance.now();
    this.#run ??= { id: (await this.#open()).id, elapsed_ms: 0 };
    const run = this.#run;
    const { result } = await this.#engine.advance(run.id, CHUNK, budgetMs);
    run.elapsed_ms += performance.now() - started;
    if (!result) return;
    this.free();
    this.#runs.push({ elapsed_s: run.elapsed_ms / 1000, timings: result.timings });
  }

  #open() {
    const space = this.#space;
    const length = this.#lengths[this.#runs.length];
    const prompt_ids = space === undefined ? [] : promptOf(this.#hadOther, this.#model, this.#vocabSize, space, length);
    const asked = { top_p: 0.9, ...this.#options, prompt_ids, max_new_tokens: this.#new_tokens };
    return this.#engine.open(this.#model, asked, this.#generator);
  }

  #points() {
    const points = [];
    for (let i = 0; i < this.#runs.length; i += this.#rounds)
      points.push({ prompt_length: this.#lengths[i], ...medians(this.#runs.slice(i, i + this.#rounds)) });
    return points;
  }
}

/** @typedef {{ elapsed_s: number, timings: import("./types.js").Timings }} TimedRun */

/** @param {TimedRun[]} runs */
const medians = (runs) => {
  const { tokens } = runs[0].timings;
  const of = (/** @type {(run: typeof runs[number]) => number} */ time) => median(runs.map(time));
  const elapsed_s = of((run) => run.elapsed_s);
  return {
    elapsed_s,
    tokens_per_second: tokens / elapsed_s,
    ttft_ms: of(({ timings }) => timings.ttft_ms),
    decode_tokens_per_second: of(({ timings }) => timings.decode_tokens_per_second),
    step_p50_ms: of(({ timings }) => timings.step_p50_ms),
    step_p95_ms: of(({ timings }) => timings.step_p95_ms),
  };
};

/**
 * How long a step takes with no stage, with the first of those that are on, with the first two, and so on.
 * @param {Operations} engine
 * @param {Float32Array} row (V)
 * @param {any} settings
 * @param {"cpu" | "webgpu"} backend
 * @returns {Promise<StageTimes>}
 */
export const stageTimes = async (engine, row, settings, backend) => {
  // What is wrong with the row or the settings shows here.
  const trace = await engine.trace(row, settings);
  const rows = Math.max(1, Math.floor(LOGITS / row.length));
  const logits = new Float32Array(rows * row.length);
  for (let i = 0; i < rows; i += 1) logits.set(row, i * row.length);
  const on = trace.stages.map(({ stage }) => stage);
  const measured = async (/** @type {string[]} */ used) => {
    const off = STAGES.filter(({ name }) => !used.includes(name)).flatMap((stage) => stage.settings);
    const without = trace.greedy ? {} : Object.fromEntries(off.map((name) => [name, null]));
    const asked = { ...settings, ...without, batch: rows };
    await engine.sample(logits, asked); // the first run also compiles and fills caches
    const times = [];
    for (let round = 0; round < ROUNDS; round += 1) {
      const started = performance.now();
      await engine.sample(logits, asked);
      times.push((performance.now() - started) / rows);
    }
    return { ms: median(times), spread_ms: spread(times) };
  };
  /** @type {StageTimes["stages"]} */
  const stages = [{ stage: trace.greedy ? "greedy" : "draw", ...(await measured(trace.greedy ? on : [])) }];
  if (!trace.greedy)
    for (const [i, stage] of on.entries()) stages.push({ stage, ...(await measured(on.slice(0, i + 1))) });
  return { rows, vocab_size: row.length, backend, stages };
};
