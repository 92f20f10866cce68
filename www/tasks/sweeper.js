import { isGpt, knownGpt } from "../state/models.js";
import { problemFrom } from "../state/problems.js";
import { engineSettings, OF_STAGES, SETTINGS } from "../state/settings.js";
import { lengthsOf, sweepKey } from "../state/sweep.js";
import { told } from "./told.js";

/**
 * Measures the loop after prompts of several lengths, one length at a time, so that it can be followed and stopped. A GPT is measured twice,
 * with its KV cache and without.
 *
 * @typedef {import("../state/types.js").Sweep} Sweep
 * @typedef {import("../state/types.js").SweepSample} SweepSample
 * @typedef {import("./conductor.js").Store} Store
 * @typedef {import("../engine/handles.js").Model} Model
 */

/** New tokens of the first try. Eight times as many until a run is long enough for the clock and for what a call costs. */
const FEWEST = 128;
const MOST = FEWEST * 8 ** 3;
const LONG_ENOUGH_S = 0.2;

/** New tokens after each prompt of a GPT: as many as take about so long, by what the length before took, in several rounds if they can be. */
const OF_GPT = Object.freeze({ first: 16, fewest: 4, most: 64, rounds: 5, seconds: 0.6 });

/** A GPT of more weights is not loaded a second time for its other curve. */
const MOST_WEIGHTS = 50e6;

export class Sweeper {
  #store;
  #lab;
  #model;
  #shelf;
  /** Calls off what is measured; null while nothing is. @type {AbortController | null} */
  #halt = null;

  /**
   * @param {Store} store
   * @param {import("../engine/lab.js").Lab} lab stays the caller's to dispose
   * @param {() => Promise<Model>} model the model of the page, as it is now
   * @param {import("./shelf.js").Shelf} shelf
   */
  constructor(store, lab, model, shelf) {
    this.#store = store;
    this.#lab = lab;
    this.#model = model;
    this.#shelf = shelf;
  }

  /** Measures every length on what computes now; an earlier curve of the same kind makes way. */
  async start() {
    if (this.#halt) return;
    const halt = new AbortController();
    this.#halt = halt;
    const { state } = this.#store;
    this.#tell({ at: { length: lengthsOf(state)[0], cache: null }, problem: null });
    try {
      const model = await this.#model();
      if (isGpt(state.model.kind)) await this.#measureGpt(state, model, halt.signal);
      else await this.#curve(state, model, null, halt.signal);
    } catch (error) {
      const problem = problemFrom(error);
      if (!halt.signal.aborted && problem.code !== "disposed") this.#tell({ problem: problem.message });
    }
    this.#halt = null;
    this.#tell({ at: null });
  }

  /** Ends at once; what was measured stays. */
  stop() {
    this.#halt?.abort();
  }

  /** Both curves, one after the other; the model of the other one is there only meanwhile. @param {import("../state/types.js").LabState} state @param {Model} model @param {AbortSignal} signal */
  async #measureGpt(state, model, signal) {
    const { kv_cache } = state.model;
    await this.#curve(state, model, kv_cache, signal);
    if (signal.aborted || (knownGpt(state)?.n_weights ?? 0) > MOST_WEIGHTS) return;
    const other = kv_cache === "on" ? "off" : "on";
    const twin = await this.#shelf.make({ ...state.model, kv_cache: other });
    try {
      await this.#curve(state, twin, other, signal);
    } finally {
      twin.dispose();
    }
  }

  /**
   * @param {import("../state/types.js").LabState} state
   * @param {Model} model
   * @param {"on" | "off" | null} cache
   * @param {AbortSignal} signal
   */
  async #curve(state, model, cache, signal) {
    const settings = await measuredSettings(state.fields, model);
    const of = sweepKey(state.model);
    const block_size = knownGpt(state)?.block_size ?? null;
    /** @type {SweepSample[]} */
    const points = [];
    for (const prompt_length of lengthsOf(state)) {
      this.#tell({ at: { length: prompt_length, cache } });
      const point = await this.#point({
        model,
        prompt_length,
        settings,
        last: points.at(-1),
        isGpt: cache !== null,
        signal,
      });
      if (signal.aborted) return;
      points.push({ ...point, slides: block_size !== null && prompt_length + point.new_tokens > block_size });
      const { kind: backend, adapter } = this.#lab.backend;
      const isOther = (/** @type {import("../state/types.js").SweepSeries} */ series) =>
        series.backend !== backend || series.of !== of || series.cache !== cache;
      const others = this.#store.state.sweep.series.filter(isOther);
      this.#tell({ series: [...others, { of, backend, adapter, cache, block_size, settings, points: [...points] }] });
    }
  }

  /**
   * @param {{ model: Model, prompt_length: number, settings: Record<string, unknown>, last: SweepSample | undefined, isGpt: boolean, signal: AbortSignal }} what
   *   last: the length before
   */
  async #point({ model, prompt_length, settings, last, isGpt, signal }) {
    const measure = async (/** @type {{ new_tokens: number, rounds: number }} */ size) => {
      const options = { model, prompt_lengths: [prompt_length], ...size, ...settings, signal };
      const [point] = await this.#lab.time(/** @type {any} */ (options)); // the settings may hold anything: the engine checks
      return { ...point, ...size };
    };
    if (isGpt) return measure(afforded(last ?? (await measure({ new_tokens: OF_GPT.first, rounds: 1 }))));
    // As many after every length, so that the lengths can be compared.
    let point = await measure({ new_tokens: last?.new_tokens ?? FEWEST, rounds: 1 });
    while (!last && point.elapsed_s < LONG_ENOUGH_S && point.new_tokens < MOST)
      point = await measure({ new_tokens: point.new_tokens * 8, rounds: 1 });
    return point;
  }

  /** @param {Partial<Sweep>} change */
  #tell(change) {
    this.#store.dispatch({ type: "sweep", change });
  }
}

/** How many new tokens of a GPT there is time for, and how often. @param {SweepSample} last the length before */
function afforded({ new_tokens, elapsed_s }) {
  const n = Math.round((new_tokens * OF_GPT.seconds) / elapsed_s);
  const rounds = n < OF_GPT.rounds * OF_GPT.first ? 1 : OF_GPT.rounds;
  return { new_tokens: Math.max(OF_GPT.fewest, Math.min(OF_GPT.most, Math.floor(n / rounds))), rounds };
}

/** The settings, but for what ends a text: its length is measured. @param {import("../state/types.js").Fields} fields @param {Model} model */
async function measuredSettings(fields, model) {
  const ends = SETTINGS.filter(({ table }) => table === "loop").map(({ name }) => [name, ""]);
  const settings = await told(model, engineSettings({ ...fields, ...Object.fromEntries(ends) }));
  // Where a field is empty the stage is off here, too.
  return { ...Object.fromEntries(OF_STAGES.map(({ name }) => [name, null])), ...settings };
}
