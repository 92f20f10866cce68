import { problemFrom } from "../state/problems.js";

/**
 * Keeps what computes equal to what the user chose. One for a lab; every element that uses it hears of every change.
 *
 * @typedef {import("../state/types.js").Machine} Machine
 * @typedef {import("../state/types.js").Place} Place
 * @typedef {{ place: Place, machine: Machine }} Machinery
 */
export class BackendController {
  #lab;
  /** @type {Machinery} */
  #now;
  /** The last wish that was met. @type {Machine["wish"]} */
  #met = "cpu";
  /** How many wishes there were; only the newest one's outcome is shown. */
  #wishes = 0;
  #hasStarted = false;
  /** @type {Set<{ tell: (now: Machinery) => void, replay: () => void }>} */
  #listeners = new Set();
  #onChange = () => this.#become({ place: { ...this.#lab.backend, thread: this.#lab.thread } });

  /** @param {import("../engine/lab.js").Lab} lab computes on the CPU so far; stays the caller's to dispose */
  constructor(lab) {
    this.#lab = lab;
    this.#now = {
      place: { ...lab.backend, thread: lab.thread },
      machine: { wish: "auto", pending: false, problem: null, checks: false, report: null },
    };
    lab.addEventListener("backendchange", this.#onChange);
  }

  /**
   * @param {{ tell: (now: Machinery) => void, replay: () => void }} listener
   *   tell: hears what is, now and after every change; replay: makes its text again, because something else computes
   * @returns {() => void} stops listening
   */
  listen(listener) {
    this.#listeners.add(listener);
    listener.tell(this.#now);
    return () => void this.#listeners.delete(listener);
  }

  /** Stops for good. */
  dispose() {
    this.#wishes += 1;
    this.#listeners.clear();
    this.#lab.removeEventListener("backendchange", this.#onChange);
  }

  /** The CPU makes the first text; whether a GPU would help is found out meanwhile, once. */
  async start() {
    if (this.#hasStarted) return;
    this.#hasStarted = true;
    await this.#change(this.#now.machine.wish);
  }

  /** Changes what computes, and has the texts made again there. @param {Machine["wish"]} wish */
  async choose(wish) {
    if (await this.#change(wish)) this.#replay();
  }

  /** Switches the live check, and has the texts made again for it. @param {boolean} checks */
  async check(checks) {
    this.#tell({ checks, report: null });
    await this.#lab.liveCheck(checks);
    this.#replay();
  }

  /** Asks what the live check has seen. */
  async report() {
    if (this.#now.machine.checks) this.#tell({ report: (await this.#lab.checkReport()) ?? null });
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

  #replay() {
    for (const { replay } of this.#listeners) replay();
  }

  /** @param {Partial<Machine>} change */
  #tell(change) {
    this.#become({ machine: { ...this.#now.machine, ...change } });
  }

  /** @param {Partial<Machinery>} change */
  #become(change) {
    this.#now = { ...this.#now, ...change };
    for (const { tell } of this.#listeners) tell(this.#now);
  }
}
