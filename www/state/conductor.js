import { engineSettings, MOST_NEW_TOKENS, wantedTokens } from "./knobs.js";
import { isWhole, wantedStep } from "./lab-state.js";
import { makeModel, modelKey } from "./models.js";
import { problemFrom, tooManyTokens } from "./problems.js";

/** Pause between two tokens when they are drawn slowly, in milliseconds. */
const SLOW_MS = 180;

/** Tokens per message from the engine. */
const CHUNK = 256;

/** A change of one of these makes the text a different one. */
const TEXT_DEPENDS_ON = /** @type {const} */ (["prompt", "model", "fields", "goal", "asked"]);

/**
 * Keeps the text and the shown step equal to what the state asks for. At most one request is on its way; while it is,
 * newer wishes wait and only the newest is kept, so a slider can be dragged as fast as one likes.
 */
export class Conductor {
  /** @type {ReturnType<typeof import("./store.js").makeStore<import("./lab-state.js").LabState, import("./lab-state.js").Action>>} */
  #store;
  /** @type {import("../engine/lab.js").Lab} */
  #lab;
  /** @type {{ key: string, model: import("../engine/handles.js").Model } | null} */
  #built = null;
  /** @type {"nothing" | "step" | "text"} */
  #wanted = "nothing";
  #busy = false;
  /** The request on its way. */
  #current = new AbortController();
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  #timer;
  #unsubscribe;

  /**
   * @param {ReturnType<typeof import("./store.js").makeStore<import("./lab-state.js").LabState, import("./lab-state.js").Action>>} store
   * @param {import("../engine/lab.js").Lab} lab stays the caller's to dispose
   */
  constructor(store, lab) {
    this.#store = store;
    this.#lab = lab;
    this.#unsubscribe = store.subscribe((state, before) => {
      if (TEXT_DEPENDS_ON.some((key) => state[key] !== before[key])) this.replay();
      else if (state.selected !== before.selected) this.#want("step");
      if (state.status !== "playing") clearTimeout(this.#timer);
    });
  }

  /** Makes the text again from the state as it is now. */
  replay() {
    this.#want("text");
  }

  /** The model as it is chosen now. It stays this conductor's. */
  model() {
    return this.#modelFor(this.#store.state.model);
  }

  /** Stops for good. */
  dispose() {
    this.#unsubscribe();
    clearTimeout(this.#timer);
    this.#wanted = "nothing";
    this.#current.abort();
    this.#built?.model.dispose();
    this.#built = null;
  }

  /** Whether what is being made is no longer wanted. */
  get #outdated() {
    return this.#wanted === "text";
  }

  /** @param {"step" | "text"} what */
  #want(what) {
    if (!this.#outdated) this.#wanted = what;
    if (what === "text") this.#current.abort();
    if (!this.#busy) void this.#work();
  }

  async #work() {
    this.#busy = true;
    await null; // the event that asked for this is handled to its end first
    while (this.#wanted !== "nothing") {
      const what = this.#wanted;
      this.#wanted = "nothing";
      this.#current = new AbortController();
      try {
        if (what === "text") await this.#makeText(this.#current.signal);
        if (!this.#outdated) await this.#explain();
        if (!this.#outdated) await this.#showReport();
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
    if (this.#outdated) return;
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
    const { ids, replaced } = await model.encode(state.prompt);
    const settings = {
      ...engineSettings(state.fields),
      ...(n_wanted === undefined ? {} : { max_new_tokens: n_wanted }),
    };
    const run = startRun(model, ids, replaced, settings, state.asked);
    const options = { model, prompt_ids: ids, ...settings, chunk: CHUNK, signal };
    if (state.goal !== 0) await this.#draw(/** @type {any} */ (options), run); // the knobs may hold anything: the engine checks
    if (!this.#outdated) this.#store.dispatch({ type: "finished", run: { ...run } });
  }

  /**
   * @param {import("../engine/types.js").GenerateOptions} options
   * @param {import("./types.js").Run} run filled
   */
  async #draw(options, run) {
    for await (const step of this.#lab.generate(options)) {
      if (this.#outdated) return;
      run.tokens = run.tokens.concat(Array.from(step.tokens));
      run.probabilities = run.probabilities.concat(Array.from(step.probabilities));
      if (step.finished) {
        run.finish_reason = step.finish_reason ?? null;
        run.seed = step.seed ?? null;
        run.timings = step.timings;
      } else {
        this.#store.dispatch({ type: "drew", run: { ...run } });
      }
    }
  }

  /** Asks the engine why the token in question was drawn: the same coins are thrown again up to it. */
  async #explain() {
    const { run, model: choice, ...rest } = this.#store.state;
    if (!run || run.prompt_ids.length === 0) return;
    const { index, drawn } = wantedStep({ run, model: choice, ...rest });
    const { rng, seed, max_new_tokens, ...settings } = run.settings;
    const model = await this.#modelFor(choice);
    const output = run.tokens.slice(0, index);
    const context = [...run.prompt_ids, ...output];
    const generator = await this.#lab.generator(/** @type {any} */ (rng), run.seed ?? /** @type {any} */ (seed));
    try {
      if (index > 0) {
        const replay = {
          model,
          prompt_ids: run.prompt_ids,
          ...settings,
          max_new_tokens: index,
          chunk: index,
          generator,
        };
        for await (const _ of this.#lab.generate(replay)) if (this.#outdated) return;
      }
      const logits = await model.forward(context.slice(-1)); // a bigram looks at one token only
      const history = { prompt: run.prompt_ids, output };
      const trace = await this.#lab.trace(logits, { ...settings, history }, { generator });
      if (this.#wanted === "nothing") this.#store.dispatch({ type: "traced", step: { index, drawn, trace } });
    } finally {
      generator.dispose();
    }
  }

  /** What the live check has seen. */
  async #showReport() {
    if (!this.#store.state.machine.checks) return;
    const report = (await this.#lab.checkReport()) ?? null;
    this.#store.dispatch({ type: "machine", change: { report } });
  }

  /** @param {import("./types.js").ModelChoice} choice */
  async #modelFor(choice) {
    const key = modelKey(choice);
    if (this.#built?.key === key) return this.#built.model;
    try {
      const model = await makeModel(this.#lab, choice);
      this.#built?.model.dispose();
      this.#built = { key, model };
      return model;
    } catch (error) {
      throw problemFrom(error, "model");
    }
  }
}

/**
 * @param {import("../engine/handles.js").Model} model
 * @param {ArrayLike<number>} ids
 * @param {number} replaced
 * @param {Record<string, unknown>} settings
 * @param {number} asked
 * @returns {import("./types.js").Run}
 */
function startRun(model, ids, replaced, settings, asked) {
  return {
    prompt_ids: Array.from(ids),
    replaced,
    tokens: [],
    probabilities: [],
    vocab: model.vocab,
    settings,
    seed: null,
    finish_reason: null,
    timings: null,
    asked,
  };
}
