import { isPromisedComing } from "../state/chosen.js";
import { isWhole } from "../state/lab-state.js";
import { choiceOf, isGpt, modelKey } from "../state/models.js";
import { problemFrom, tooManyTokens } from "../state/problems.js";
import { MOST_NEW_TOKENS, wantedTokens } from "../state/settings.js";
import { madeOf, settingsOf } from "../state/wanted.js";
import { drawRun, emptyRun, encodePrompt } from "./drawing.js";
import { makeModel } from "./make-model.js";
import { told } from "./told.js";

/** Pause between two tokens when they are drawn slowly, in milliseconds. */
const SLOW_MS = 180;

/** A change of one of these makes the text a different one. */
export const TEXT_DEPENDS_ON = /** @type {const} */ (["prompt", "model", "fields", "forced", "goal", "asked"]);

/** All of these but the length. */
const TOKENS_DEPEND_ON = TEXT_DEPENDS_ON.filter((key) => key !== "goal");

/**
 * Keeps the text equal to what the state asks for. At most one text is being made; a newer wish ends it and waits for no one, and only the
 * newest is kept, so a slider can be dragged as fast as one likes.
 *
 * @typedef {ReturnType<typeof import("../state/store.js").makeStore<import("../state/lab-state.js").LabState, import("../state/lab-state.js").Action>>} Store
 * @typedef {import("../state/types.js").LabState} LabState
 * @typedef {import("../state/types.js").Run} Run
 * @typedef {import("../engine/handles.js").Model} Model
 */
export class Conductor {
  #store;
  #lab;
  #afterText;
  #shelf;
  /** @type {{ key: string, model: Model } | null} */
  #built = null;
  /** The prompt that was encoded last. @type {{ model: Model, text: string, prompt: import("./drawing.js").Prompt } | null} */
  #encoded = null;
  /** What was drawn last, as far as it is drawn, and for which state. @type {{ state: LabState, run: Run } | null} */
  #drawn = null;
  /** Something has changed that the text on the page does not know of. */
  #isLate = false;
  #isWanted = false;
  #busy = false;
  /** The text on its way. */
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
      const isHereOrGivenUp = isPromisedComing(before) && !isPromisedComing(state);
      if (isHereOrGivenUp || TEXT_DEPENDS_ON.some((key) => state[key] !== before[key])) this.#isLate = true;
      // While a control moves, the engine makes pictures only, and a text with outdated settings stops.
      if (this.#isLate && state.held) this.#current.abort();
      else if (this.#isLate) this.#want();
      if (state.status !== before.status) this.#playOrNot();
    });
  }

  /** Draws the text again from the state as it is now. */
  replay() {
    this.#drawn = null;
    this.#want();
  }

  #want() {
    this.#isLate = false;
    this.#isWanted = true;
    this.#current.abort();
    if (!this.#busy) void this.#work();
  }

  /** The model as it is chosen now. It stays this conductor's. */
  model() {
    return this.#modelFor(choiceOf(this.#store.state));
  }

  /** Is told of an error of the engine's that somebody else met: what was built in a lost engine is gone. @param {string} code */
  note(code) {
    if (code !== "engine_lost") return;
    this.#built = null;
    this.#drawn = null;
  }

  /** Stops for good. */
  dispose() {
    this.#unsubscribe();
    clearTimeout(this.#timer);
    this.#isWanted = false;
    this.#current.abort();
    this.#built?.model.dispose();
    this.#built = null;
  }

  async #work() {
    this.#busy = true;
    await null; // the event that asked for this is handled to its end first
    while (this.#isWanted) {
      this.#isWanted = false;
      if (isPromisedComing(this.#store.state)) continue;
      this.#current = new AbortController();
      try {
        await this.#makeText(this.#current.signal);
        if (!this.#current.signal.aborted) await this.#afterText();
      } catch (error) {
        this.#fail(error);
      }
    }
    this.#busy = false;
    this.#playOrNot();
  }

  /** While tokens are drawn slowly, the next one comes a little after the last: also where no text had to be made before the first. */
  #playOrNot() {
    clearTimeout(this.#timer);
    if (this.#store.state.status === "playing" && !this.#busy) this.#timer = setTimeout(() => this.#tick(), SLOW_MS);
  }

  #tick() {
    this.#store.dispatch({ type: isWhole(this.#store.state) ? "generate" : "step" });
  }

  /** @param {unknown} error */
  #fail(error) {
    if (this.#current.signal.aborted) return;
    const problem = problemFrom(error);
    this.note(problem.code);
    if (problem.code !== "disposed") this.#store.dispatch({ type: "failed", problem });
  }

  /** @param {AbortSignal} signal */
  async #makeText(signal) {
    const { state } = this.#store;
    const n_wanted = wantedTokens(state);
    if (typeof n_wanted === "number" && n_wanted > MOST_NEW_TOKENS) throw tooManyTokens(n_wanted);
    this.#store.dispatch({ type: "started" });
    if (this.#drawn && TOKENS_DEPEND_ON.some((key) => state[key] !== this.#drawn?.state[key])) this.#drawn = null;
    const run = (await this.#shortened(state.goal)) ?? (await this.#draw(state, n_wanted, signal));
    if (run && !signal.aborted) this.#store.dispatch({ type: "finished", run });
  }

  /**
   * Draws the text from its beginning, and tells how far it is.
   * @param {LabState} state
   * @param {unknown} n_wanted tokens
   * @param {AbortSignal} signal
   * @returns {Promise<Run | null>} null: it is not wanted any more
   */
  async #draw(state, n_wanted, signal) {
    const model = await this.#modelFor(choiceOf(state));
    const prompt = await this.#encode(model, await promptText(model, state));
    const settings = await told(model, settingsOf(state, n_wanted));
    let run = emptyRun(model, prompt, settings, state.asked, madeOf(state));
    if (state.goal === 0) return run;
    const onReading = (/** @type {import("../state/types.js").Reading} */ reading) => {
      if (!signal.aborted) this.#store.dispatch({ type: "reading", reading });
    };
    for await (run of drawRun(this.#lab, run, signal, onReading)) {
      if (signal.aborted) return null;
      this.#drawn = { state, run };
      if (run.finish_reason === null) this.#store.dispatch({ type: "drew", run });
    }
    return run;
  }

  /**
   * What was drawn already, where no more of it is asked for: after Stop or a rewind, and while the text is shown token by token.
   * @param {LabState["goal"]} goal
   * @returns {Promise<Run | null>} null: it has to be drawn
   */
  async #shortened(goal) {
    if (!this.#drawn || goal === 0) return null;
    const { state, run } = this.#drawn;
    const isWhole = run.finish_reason !== null;
    if (isWhole && (goal === state.goal || goal === run.tokens.length)) return run;
    if (goal === "all" || goal > run.tokens.length) return null;
    const tokens = run.tokens.slice(0, goal);
    return {
      ...run,
      text: await run.model.decode([...run.prompt_ids, ...tokens]),
      tokens,
      probabilities: run.probabilities.slice(0, goal),
      original_probabilities: run.original_probabilities.slice(0, goal),
      settings: { ...run.settings, max_new_tokens: goal },
      finish_reason: "length",
    };
  }

  /** @param {Model} model @param {string} text */
  async #encode(model, text) {
    if (this.#encoded?.model === model && this.#encoded.text === text) return this.#encoded.prompt;
    const prompt = await encodePrompt(model, text);
    this.#encoded = { model, text, prompt };
    return prompt;
  }

  /**
   * The GPT in force, where an element has left the page and come back: what it had loaded went with its engine.
   * @param {import("../state/types.js").ModelChoice} choice
   */
  async #loadedAgain(choice) {
    if (this.#current.signal.aborted) throw { place: "page", code: "disposed", message: "" };
    await this.#shelf.load();
    const model = this.#shelf.get(choice);
    if (model) return model;
    const message = this.#store.state.shelf.problem ?? "the model is not loaded: choose it again";
    throw { place: "model", code: "model_load", message };
  }

  /** @param {import("../state/types.js").ModelChoice} choice */
  async #modelFor(choice) {
    if (isGpt(choice.kind)) return this.#shelf.get(choice) ?? this.#loadedAgain(choice);
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

/**
 * The text that a model goes on with: the prompt, or where it is a message, what the chat template makes of it.
 * @param {Model} model
 * @param {LabState} state
 */
async function promptText(model, { model: { chat }, prompt }) {
  if (chat !== "on" || !model.config?.chat_template) return prompt;
  return model.chatText([{ role: "user", content: prompt }]).catch((error) => {
    throw { ...problemFrom(error), place: "prompt", told: undefined };
  });
}
