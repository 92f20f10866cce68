import { problemFrom } from "./problems.js";

/**
 * Keeps what computes equal to what the user chose.
 *
 * @typedef {import("./types.js").Machine} Machine
 * @typedef {ReturnType<typeof import("./store.js").makeStore<import("./lab-state.js").LabState, import("./lab-state.js").Action>>} Store
 */
export class Machinist {
  #store;
  #lab;
  #replay;
  /** The last wish that was met. @type {Machine["wish"]} */
  #met = "cpu";
  /** How many wishes there were; only the newest one's outcome is shown. */
  #wishes = 0;
  #onChange = () => this.#store.dispatch({ type: "place", place: this.#lab.backend });

  /**
   * @param {Store} store
   * @param {import("../engine/lab.js").Lab} lab computes on the CPU so far; stays the caller's to dispose
   * @param {() => void} replay makes the text again
   */
  constructor(store, lab, replay) {
    this.#store = store;
    this.#lab = lab;
    this.#replay = replay;
    lab.addEventListener("backendchange", this.#onChange);
  }

  /** Stops for good. */
  dispose() {
    this.#wishes += 1;
    this.#lab.removeEventListener("backendchange", this.#onChange);
  }

  /** The CPU makes the first text; whether a GPU would help is found out meanwhile. */
  async start() {
    const { wish, checks } = this.#store.state.machine;
    this.#tell({ pending: false, problem: null, report: null });
    if (checks) await this.#lab.liveCheck(true);
    if (wish !== "cpu") await this.#change(wish);
    if (wish === "webgpu") this.#replay();
  }

  /** Changes what computes, and makes the text again there. @param {Machine["wish"]} wish */
  async choose(wish) {
    if (await this.#change(wish)) this.#replay();
  }

  /** Switches the live check, and makes the text again for it. @param {boolean} checks */
  async check(checks) {
    this.#tell({ checks, report: null });
    await this.#lab.liveCheck(checks);
    this.#replay();
  }

  /** @param {Machine["wish"]} wish @returns {Promise<boolean>} whether it was met */
  async #change(wish) {
    this.#wishes += 1;
    const wishes = this.#wishes;
    this.#tell({ wish, pending: true, problem: null });
    try {
      await this.#lab.setBackend(wish);
      this.#met = wish;
      if (wishes === this.#wishes) this.#tell({ pending: false });
      return wishes === this.#wishes;
    } catch (error) {
      const problem = problemFrom(error).message;
      if (wishes === this.#wishes) this.#tell({ wish: this.#met, pending: false, problem });
      return false;
    }
  }

  /** @param {Partial<Machine>} change */
  #tell(change) {
    this.#store.dispatch({ type: "machine", change });
  }
}
