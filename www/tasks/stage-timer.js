import { problemFrom } from "../state/problems.js";
import { settingsByIds } from "../state/run.js";

/**
 * Times the stages of the step that is shown, one after the other.
 *
 * @typedef {import("./conductor.js").Store} Store
 */
export class StageTimer {
  #store;
  #lab;
  #busy = false;

  /**
   * @param {Store} store
   * @param {import("../engine/lab.js").Lab} lab stays the caller's to dispose
   */
  constructor(store, lab) {
    this.#store = store;
    this.#lab = lab;
  }

  async start() {
    const { step } = this.#store.state;
    if (!step || this.#busy) return;
    this.#busy = true;
    try {
      const stage_times = await this.#lab.timeStages(step.trace.logits, settingsByIds(step));
      this.#store.dispatch({ type: "found", found: { stage_times } });
    } catch (error) {
      const problem = problemFrom(error);
      if (problem.code !== "disposed") this.#store.dispatch({ type: "failed", problem });
    } finally {
      this.#busy = false;
    }
  }
}
