import { engineSettings } from "./knobs.js";
import { problemFrom } from "./problems.js";

/**
 * Measures the loop after prompts of several lengths, one length at a time, so that it can be followed and stopped.
 *
 * @typedef {import("./types.js").Sweep} Sweep
 * @typedef {import("./conductor.js").Store} Store
 */

/** Tokens in the prompt. */
export const LENGTHS = Object.freeze([16, 32, 64, 128, 256, 512, 1024, 2048]);

/** New tokens of the first try. Eight times as many until a run is long enough for the clock and for what a call costs. */
const FEWEST = 128;
const MOST = FEWEST * 8 ** 3;
const LONG_ENOUGH_S = 0.2;

export class Sweeper {
  #store;
  #lab;
  #model;
  #isStopped = true;

  /**
   * @param {Store} store
   * @param {import("../engine/lab.js").Lab} lab stays the caller's to dispose
   * @param {() => Promise<import("../engine/handles.js").Model>} model the model of the page, as it is now
   */
  constructor(store, lab, model) {
    this.#store = store;
    this.#lab = lab;
    this.#model = model;
  }

  /** Measures every length on what computes now; an earlier curve of the same backend makes way. */
  async start() {
    if (!this.#isStopped) return;
    this.#isStopped = false;
    this.#tell({ at: LENGTHS[0], problem: null });
    try {
      const settings = measuredSettings(this.#store.state.fields);
      const model = await this.#model();
      /** @type {import("./types.js").SweepSample[]} */
      const points = [];
      let new_tokens = FEWEST;
      for (const prompt_length of LENGTHS) {
        this.#tell({ at: prompt_length });
        const measure = () => this.#measure({ model, prompt_length, new_tokens, settings });
        let point = await measure();
        // As many after every length, so that the lengths can be compared.
        while (points.length === 0 && point.elapsed_s < LONG_ENOUGH_S && new_tokens < MOST && !this.#isStopped) {
          new_tokens *= 8;
          point = await measure();
        }
        if (this.#isStopped) break;
        points.push(point);
        const { kind: backend, adapter } = this.#lab.backend;
        const others = this.#store.state.sweep.series.filter((series) => series.backend !== backend);
        this.#tell({ series: [...others, { backend, adapter, settings, points: [...points] }] });
      }
    } catch (error) {
      const problem = problemFrom(error);
      if (problem.code !== "disposed") this.#tell({ problem: problem.message });
    }
    this.#isStopped = true;
    this.#tell({ at: null });
  }

  /** Ends after the length that is being measured. */
  stop() {
    this.#isStopped = true;
  }

  /** @param {{ model: import("../engine/handles.js").Model, prompt_length: number, new_tokens: number, settings: Record<string, unknown> }} what */
  async #measure({ model, prompt_length, new_tokens, settings }) {
    const options = { model, prompt_lengths: [prompt_length], new_tokens, ...settings };
    const [point] = await this.#lab.time(/** @type {any} */ (options)); // the knobs may hold anything: the engine checks
    return { ...point, new_tokens };
  }

  /** @param {Partial<Sweep>} change */
  #tell(change) {
    this.#store.dispatch({ type: "sweep", change });
  }
}

/** The knobs, but for the length of the text, which is measured. @param {import("./types.js").Fields} fields */
function measuredSettings(fields) {
  const { max_new_tokens: _, ...settings } = engineSettings(fields);
  // An empty knob is off here, too.
  return { top_p: null, ...settings };
}
