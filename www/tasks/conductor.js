import { isWhole, wantedStep } from "../state/lab-state.js";
import { isGpt, knownGpt, modelKey } from "../state/models.js";
import { problemFrom, tooManyTokens } from "../state/problems.js";
import { windowOf } from "../state/run.js";
import { engineSettings, MOST_NEW_TOKENS, wantedTokens } from "../state/settings.js";
import { lookAside } from "./asides.js";
import { drawRun, emptyRun, traceStep } from "./drawing.js";
import { makeModel } from "./make-model.js";

/** Pause between two tokens when they are drawn slowly, in milliseconds. */
const SLOW_MS = 180;

/** A change of one of these makes the text a different one. */
const TEXT_DEPENDS_ON = /** @type {const} */ (["prompt", "model", "fields", "forced", "goal", "asked"]);

/** A change of one of these leaves the text and the step as they are. */
const ASIDE_DEPENDS_ON = /** @type {const} */ (["view", "peeked"]);

/** A change of one of these makes another comparison. */
const COMPARED_BY = /** @type {const} */ (["by", "sentence", "rows"]);

/** What there may be to do, each with all that follows from it. */
const NOTHING = 0;
const ASIDE = 1;
const STEP = 2;
const TEXT = 3;

/**
 * Keeps the text, the shown step and what the view shows beside them equal to what the state asks for. At most one request is on its
 * way; while it is, newer wishes wait and only the newest is kept, so a slider can be dragged as fast as one likes.
 *
 * @typedef {ReturnType<typeof import("../state/store.js").makeStore<import("../state/lab-state.js").LabState, import("../state/lab-state.js").Action>>} Store
 */
export class Conductor {
  #store;
  #lab;
  #afterText;
  #shelf;
  /** @type {{ key: string, model: import("../engine/handles.js").Model } | null} */
  #built = null;
  #wanted = NOTHING;
  #busy = false;
  /** The request on its way. */
  #current = new AbortController();
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  #timer;
  #unsubscribe;

  /**
   * @param {Store} store
   * @param {import("../engine/lab.js").Lab} lab stays the caller's to dispose
   * @param {import("./shelf.js").Shelf} shelf where the GPTs are
   * @param {() => Promise<void>} [afterText] what is to be done after every text
   */
  constructor(store, lab, shelf, afterText = async () => {}) {
    this.#store = store;
    this.#lab = lab;
    this.#shelf = shelf;
    this.#afterText = afterText;
    this.#unsubscribe = store.subscribe((state, before) => {
      if (TEXT_DEPENDS_ON.some((key) => state[key] !== before[key])) this.replay();
      else if (state.selected !== before.selected) this.#want(STEP);
      else if (ASIDE_DEPENDS_ON.some((key) => state[key] !== before[key])) this.#want(ASIDE);
      else if (COMPARED_BY.some((key) => state.comparison[key] !== before.comparison[key])) this.#want(ASIDE);
      else if (state.shelf.known !== before.shelf.known) this.#want(ASIDE);
      if (state.status !== "playing") clearTimeout(this.#timer);
    });
  }

  /** Makes the text again from the state as it is now. */
  replay() {
    this.#want(TEXT);
  }

  /** The model as it is chosen now. It stays this conductor's. */
  model() {
    return this.#modelFor(this.#store.state.model);
  }

  /** Stops for good. */
  dispose() {
    this.#unsubscribe();
    clearTimeout(this.#timer);
    this.#wanted = NOTHING;
    this.#current.abort();
    this.#built?.model.dispose();
    this.#built = null;
  }

  /** @param {number} what */
  #want(what) {
    this.#wanted = Math.max(this.#wanted, what);
    if (what === TEXT) this.#current.abort();
    if (!this.#busy) void this.#work();
  }

  /** Whether the text being made is no longer wanted. */
  get #isOutdated() {
    return this.#wanted === TEXT;
  }

  async #work() {
    this.#busy = true;
    await null; // the event that asked for this is handled to its end first
    while (this.#wanted !== NOTHING) {
      const what = this.#wanted;
      this.#wanted = NOTHING;
      this.#current = new AbortController();
      try {
        if (what === TEXT) await this.#makeText(this.#current.signal);
        if (what >= STEP && !this.#isOutdated) await this.#explain();
        if (this.#wanted === NOTHING) await this.#lookAside(this.#current.signal);
        if (what === TEXT && !this.#isOutdated) await this.#afterText();
      } catch (error) {
        this.#fail(error);
      }
    }
    this.#busy = false;
    if (this.#store.state.status === "playing") this.#timer = setTimeout(() => this.#tick(), SLOW_MS);
  }

  #tick() {
    this.#store.dispatch({ type: isWhole(this.#store.state) ? "generate" : "step" });
  }

  /** @param {unknown} error */
  #fail(error) {
    if (this.#isOutdated) return;
    const problem = problemFrom(error);
    if (problem.code === "engine_lost") this.#built = null;
    if (problem.code !== "disposed") this.#store.dispatch({ type: "failed", problem });
  }

  /** @param {AbortSignal} signal */
  async #makeText(signal) {
    const { state } = this.#store;
    const n_wanted = wantedTokens(state);
    if (typeof n_wanted === "number" && n_wanted > MOST_NEW_TOKENS) throw tooManyTokens(n_wanted);
    this.#store.dispatch({ type: "started" });
    const model = await this.#modelFor(state.model);
    const prompt = await model.encode(state.prompt);
    let run = await emptyRun(model, prompt, settingsOf(state, n_wanted), state.asked);
    if (state.goal !== 0) {
      for await (run of drawRun(this.#lab, model, run, signal)) {
        if (this.#isOutdated) return;
        if (run.finish_reason === null) this.#store.dispatch({ type: "drew", run });
      }
    }
    if (!this.#isOutdated) this.#store.dispatch({ type: "finished", run });
  }

  /** Asks the engine why the token in question was drawn. */
  async #explain() {
    const { state } = this.#store;
    const { run } = state;
    const model = await this.#modelFor(state.model);
    if (!run || (run.prompt_ids.length === 0 && model.kind !== "logits")) return;
    const step = await traceStep(this.#lab, model, run, wantedStep(state));
    if (this.#wanted < STEP) this.#store.dispatch({ type: "traced", step });
  }

  /** @param {AbortSignal} signal */
  async #lookAside(signal) {
    const { state } = this.#store;
    const model = await this.#modelFor(state.model);
    const tell = (/** @type {any} */ found) => signal.aborted || this.#store.dispatch({ type: "found", found });
    await lookAside({ lab: this.#lab, shelf: this.#shelf, state, model, signal, tell });
  }

  /** @param {import("../state/types.js").ModelChoice} choice */
  async #modelFor(choice) {
    if (isGpt(choice.kind)) return this.#shelf.get(choice) ?? gone();
    const key = modelKey(choice);
    if (this.#built?.key === key) return this.#built.model;
    try {
      const model = await makeModel(this.#lab, choice);
      this.#built?.model.dispose();
      this.#built = { key, model };
      return model;
    } catch (error) {
      throw problemFrom(error, choice.kind);
    }
  }
}

/** @returns {never} */
function gone() {
  throw { place: "page", code: "disposed", message: "" };
}

/**
 * @param {import("../state/lab-state.js").LabState} state
 * @param {unknown} n_wanted
 */
function settingsOf(state, n_wanted) {
  const { fields, forced } = state;
  return {
    ...engineSettings(fields),
    ...(n_wanted === undefined ? {} : { max_new_tokens: n_wanted }),
    ...(Object.keys(forced).length === 0 ? {} : { forced_tokens: forced }),
    ...windowOf(knownGpt(state)?.block_size),
  };
}
