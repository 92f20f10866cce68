import { LabError } from "../engine/error.js";
import { withFiles } from "../state/files.js";
import { modelKey, modelSpec, withAddress } from "../state/models.js";
import { problemFrom } from "../state/problems.js";

/**
 * The GPTs that have been loaded. Loading one takes a while and changes nothing: the model and the text stay until it is there.
 *
 * @typedef {import("../state/types.js").ModelChoice} ModelChoice
 * @typedef {import("./conductor.js").Store} Store
 * @typedef {import("../engine/handles.js").GptConfig} GptConfig
 */
export class Shelf {
  #store;
  #lab;
  /** By the key of the choice. @type {Map<string, import("../engine/handles.js").Model>} */
  #models = new Map();
  /** The files of the user's own GPT. @type {File[]} */
  #files = [];
  /** Whether they made a model, so that the next choice begins anew. */
  #isMade = false;
  /** The loading under way. @type {AbortController | null} */
  #loading = null;
  #unsubscribe;

  /**
   * @param {Store} store
   * @param {import("../engine/lab.js").Lab} lab stays the caller's to dispose
   * @param {File[]} [files] of the user's own GPT, where they were chosen before
   */
  constructor(store, lab, files = []) {
    this.#store = store;
    this.#lab = lab;
    this.#files = files;
    this.#unsubscribe = store.subscribe(({ shelf }) => {
      if (shelf.wanted === null) this.#loading?.abort();
    });
  }

  /** A model that is there. @param {ModelChoice} choice */
  get(choice) {
    return this.#models.get(modelKey(choice)) ?? null;
  }

  /** The last of its kind that was loaded, if one was, and its key. @param {"gpt" | "smollm2" | "own-gpt"} kind */
  last(kind) {
    const [key, model] = [...this.#models].findLast(([key]) => JSON.parse(key)[0] === kind) ?? [];
    return key && model ? { key, model } : null;
  }

  /**
   * Loads the GPT that is wanted, or the one in force with something changed.
   * @param {Partial<ModelChoice>} [change]
   * @param {File[]} [files] a checkpoint of the user's own
   * @param {{ isOnlyLoaded?: boolean }} [how] whether the model in force is to stay
   */
  async load(change = {}, files, { isOnlyLoaded = false } = {}) {
    const { shelf, model } = this.#store.state;
    if (files) this.#choose(files);
    const wanted = {
      ...(shelf.wanted ?? model),
      ...change,
      ...(files && { address: "", files: namesOf(this.#files) }),
    };
    const loading = new AbortController();
    this.#loading?.abort();
    this.#loading = loading;
    this.#tell({
      wanted,
      problem: null,
      python: null,
      cancelled: false,
      at: { stage: "engine", loaded: 0, total: null },
    });
    try {
      if (!this.get(wanted)) await this.#fetch(wanted, loading.signal);
      this.#loading = null;
      this.#tell({ at: null });
      if (isOnlyLoaded) this.#tell({ wanted: null });
      else this.#store.dispatch({ type: "model", change: wanted });
    } catch (error) {
      if (this.#loading === loading || this.#loading === null) this.#failed(error, loading.signal.aborted);
    }
  }

  /**
   * Makes a model that is the caller's.
   * @param {ModelChoice} choice
   * @param {{ onProgress?: (at: import("../state/types.js").Loading) => void, signal?: AbortSignal }} [watch]
   */
  make(choice, watch = {}) {
    const { keep, smollm2 } = this.#store.state.shelf;
    if (choice.kind === "smollm2" && smollm2 === null)
      throw new LabError("model_load", "this site has no address for SmolLM2");
    const made_of = withAddress(choice, smollm2);
    const spec = { ...modelSpec(made_of, this.#files, document.baseURI), ...(keep && { cache: true }), ...watch };
    return this.#lab.model(/** @type {any} */ (spec)); // what was typed may be anything: the engine checks
  }

  /** Stops loading; everything stays as it is. */
  cancel() {
    this.#loading?.abort();
  }

  /** Stops for good. @returns {File[]} those of the user's own GPT */
  dispose() {
    this.#unsubscribe();
    this.#loading?.abort();
    for (const model of this.#models.values()) model.dispose();
    this.#models.clear();
    return this.#files;
  }

  /** @param {File[]} files */
  #choose(files) {
    this.#files = this.#isMade ? files : withFiles(this.#files, files);
    this.#isMade = false;
  }

  /** @param {ModelChoice} wanted @param {AbortSignal} signal */
  async #fetch(wanted, signal) {
    const speedAt = speedometer();
    const onProgress = (/** @type {import("../state/types.js").Loading} */ at) =>
      signal.aborted || this.#tell({ at: { ...at, speed: speedAt(at) } });
    const model = await this.make(wanted, { onProgress, signal });
    if (signal.aborted) model.dispose();
    signal.throwIfAborted();
    const about = await model.describe();
    this.#models.set(modelKey(wanted), model);
    this.#isMade = true;
    const known = { ...this.#store.state.shelf.known };
    known[modelKey(wanted)] = { about, .../** @type {GptConfig} */ (model.config) };
    this.#tell({ known });
  }

  /** @param {unknown} error @param {boolean} isCancelled */
  #failed(error, isCancelled) {
    const { code, message } = problemFrom(error);
    // Another model that was chosen meanwhile has called it off as well, and is told of by itself.
    if (isCancelled) this.#tell({ at: null, cancelled: Boolean(this.#store.state.shelf.wanted) });
    else if (code !== "disposed") this.#tell({ at: null, problem: message, python: linesOf(error) });
  }

  /** @param {Partial<import("../state/types.js").ShelfState>} change */
  #tell(change) {
    this.#store.dispatch({ type: "shelf", change });
  }
}

/** The lines that make a file that can be read. @param {unknown} error */
const linesOf = (error) => (error instanceof LabError ? (error.python ?? null) : null);

/** A download's speed so soon after its beginning says nothing, in milliseconds. */
const EARLY_MS = 250;

/**
 * How fast bytes come, on average since the first of them. Each download counts its own: the engine's, then the model's.
 * @returns {(at: import("../state/types.js").Loading) => number | null} bytes per second
 */
function speedometer() {
  /** @type {{ stage: string, ms: number, loaded: number } | null} */
  let first = null;
  return ({ stage, loaded }) => {
    const now = { stage, ms: performance.now(), loaded };
    if (loaded > 0 && first?.stage !== stage) first = now;
    const ms = now.ms - (first?.ms ?? now.ms);
    return first && ms > EARLY_MS ? ((loaded - first.loaded) / ms) * 1000 : null;
  };
}

/** Names that tell one set of files from another. @param {File[]} files */
const namesOf = (files) => files.map(({ name, size, lastModified }) => [name, size, lastModified].join("/")).join("\n");
