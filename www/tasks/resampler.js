import { problemFrom } from "../state/problems.js";
import { settingsByIds } from "../state/run.js";

/** So often is a step drawn without being asked; in a race, which takes longer, less often. */
const AT_FIRST = { race: 100, other: 1000 };

/** A race takes a random number for every token, so the page is told first of as many draws as take this many, */
const NUMBERS_AT_FIRST = 1 << 23;

/** and then of as many as take about this long. Other draws take next to no time. */
const TELL_MS = 50;

/**
 * Draws one step many times, each time with a random number of its own, and counts.
 *
 * @typedef {import("./conductor.js").Store} Store
 */
export class Resampler {
  #store;
  #lab;
  #isStopped = true;
  /** The step that was drawn last, and the stream that further draws go on with. @type {{ step: import("../state/types.js").TracedStep, generator: import("../engine/handles.js").Generator } | null} */
  #stream = null;

  /**
   * @param {Store} store
   * @param {import("../engine/lab.js").Lab} lab stays the caller's to dispose
   */
  constructor(store, lab) {
    this.#store = store;
    this.#lab = lab;
  }

  /** The first draws of the step that is shown, so that there is something to see. */
  async begin() {
    const { step, many_draws } = this.#store.state;
    if (step && many_draws?.step !== step)
      await this.draw(AT_FIRST[step.trace.draw.kind === "race" ? "race" : "other"]);
  }

  /** Draws the step that is shown n times more; another step begins anew. @param {number} n */
  async draw(n) {
    const { step, many_draws } = this.#store.state;
    if (!step || !this.#isStopped) return;
    this.#isStopped = false;
    this.#tell({ resampling: true });
    const { trace } = step;
    const settings = settingsByIds(step);
    try {
      const generator = await this.#generator(step);
      let before = many_draws?.step === step ? many_draws.drawn : undefined;
      let chunk = trace.draw.kind === "race" ? Math.ceil(NUMBERS_AT_FIRST / trace.vocab_size) : n;
      for (let left = n; left > 0 && !this.#isStopped; ) {
        const started = performance.now();
        const drawn = await this.#lab.drawMany(trace.logits, settings, { n: Math.min(left, chunk), before, generator });
        left -= Math.min(left, chunk);
        if (performance.now() - started < TELL_MS) chunk *= 2;
        before = drawn;
        this.#tell({
          many_draws: { n: drawn.n, counts: countsOf(drawn, trace.vocab_size), fit: drawn.fit, step, drawn },
        });
      }
    } catch (error) {
      const problem = problemFrom(error);
      if (problem.code !== "disposed") this.#store.dispatch({ type: "failed", problem });
    } finally {
      this.#isStopped = true;
      this.#tell({ resampling: false });
    }
  }

  /** Ends with what has been drawn. */
  stop() {
    this.#isStopped = true;
  }

  /**
   * The stream of a step: further draws need other random numbers, so it goes on where the last ones ended.
   * @param {import("../state/types.js").TracedStep} step
   */
  async #generator(step) {
    if (this.#stream?.step === step) return this.#stream.generator;
    this.#stream?.generator.dispose();
    this.#stream = null;
    const rng = /** @type {any} */ (step.run.settings.rng);
    const generator = await this.#lab.generator(rng, step.run.seed ?? undefined);
    this.#stream = { step, generator };
    return generator;
  }

  /** @param {Partial<Pick<import("../state/types.js").LabState, "many_draws" | "resampling">>} found */
  #tell(found) {
    this.#store.dispatch({ type: "found", found });
  }
}

/**
 * How often every token was drawn.
 * @param {import("../engine/types.js").ManyDraws} drawn
 * @param {number} vocab_size
 */
const countsOf = ({ ids, counts }, vocab_size) => {
  const all = new Uint32Array(vocab_size);
  for (const [i, id] of ids.entries()) all[id] = counts[i];
  return all;
};
