import { problemFrom } from "../state/problems.js";

/** Numbers of logits sent to the engine at once, at most. */
const MOST_LOGITS = 1 << 20;

/**
 * Draws one step many times, each time with a random number of its own, and counts.
 *
 * @typedef {import("./conductor.js").Store} Store
 */
export class Resampler {
  #store;
  #lab;
  #isStopped = true;

  /**
   * @param {Store} store
   * @param {import("../engine/lab.js").Lab} lab stays the caller's to dispose
   */
  constructor(store, lab) {
    this.#store = store;
    this.#lab = lab;
  }

  /** Draws the step that is shown n times more; another step begins anew. @param {number} n */
  async draw(n) {
    const { step, many_draws } = this.#store.state;
    if (!step || !this.#isStopped) return;
    this.#isStopped = false;
    this.#tell({ resampling: true });
    const known = many_draws?.step === step ? many_draws : null;
    const counts = known ? [...known.counts] : Array.from(step.trace.logits, () => 0);
    const { rng } = step.run.settings;
    // Further draws need other random numbers, so their number is where the stream goes on.
    const generator = await this.#lab.generator(/** @type {any} */ (rng), step.run.seed ?? undefined);
    try {
      await this.#skip(generator, step, known?.n ?? 0);
      let left = n;
      while (left > 0 && !this.#isStopped) {
        const batch = Math.min(left, rowsAtOnce(step));
        for (const token of await this.#draw(step, batch, generator)) counts[token] += 1;
        left -= batch;
        const fit = await this.#lab.chiSquare(counts, step.trace.probabilities);
        this.#tell({ many_draws: { n: (known?.n ?? 0) + n - left, counts: [...counts], fit, step } });
      }
    } catch (error) {
      const problem = problemFrom(error);
      if (problem.code !== "disposed") this.#store.dispatch({ type: "failed", problem });
    } finally {
      generator.dispose();
      this.#isStopped = true;
      this.#tell({ resampling: false });
    }
  }

  /** Ends with what has been drawn. */
  stop() {
    this.#isStopped = true;
  }

  /**
   * @param {import("../state/types.js").TracedStep} step
   * @param {number} batch
   * @param {import("../engine/handles.js").Generator} generator
   */
  async #draw({ trace, settings }, batch, generator) {
    const logits = new Float32Array(batch * trace.vocab_size);
    for (let row = 0; row < batch; row += 1) logits.set(trace.logits, row * trace.vocab_size);
    const { tokens } = await this.#lab.sample(logits, { ...settings, batch }, { generator });
    return tokens;
  }

  /**
   * Lets the stream go to where the last draws ended.
   * @param {import("../engine/handles.js").Generator} generator
   * @param {import("../state/types.js").TracedStep} step
   * @param {number} n drawn so far
   */
  async #skip(generator, step, n) {
    for (let left = n; left > 0; left -= rowsAtOnce(step))
      await this.#draw(step, Math.min(left, rowsAtOnce(step)), generator);
  }

  /** @param {Partial<Pick<import("../state/types.js").LabState, "many_draws" | "resampling">>} found */
  #tell(found) {
    this.#store.dispatch({ type: "found", found });
  }
}

/** @param {import("../state/types.js").TracedStep} step */
const rowsAtOnce = ({ trace }) => Math.min(1000, Math.ceil(MOST_LOGITS / trace.vocab_size));
