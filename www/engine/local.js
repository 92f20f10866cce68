/** The engine in this thread. */

/** @import { Host, Id, Operations } from "./host.js" */
/** @import { Backend, WasmSource } from "./types.js" */

import { disposed, engineLost, fromPlain, isPlain, LabError } from "./error.js";
import { loadEngine } from "./loader.js";

/**
 * @param {WasmSource} [wasm]
 * @param {(about: Backend) => void} [onBackend] told whenever something else computes, or for another reason
 * @returns {Promise<Host>}
 */
export const startHere = async (wasm, onBackend = () => {}) => {
  const instance = await loadEngine(wasm);
  return new LocalHost(instance, onBackend);
};

/** @implements {Host} */
class LocalHost {
  thread = /** @type {const} */ ("here");
  #instance;
  /** @type {Map<Id, any>} generators, models and runs */
  #objects = new Map();
  /** @type {Operations | null} */
  #operations;
  #onBackend;
  /** The version of `about` that was told last. */
  #told = 0;
  /** Whether the engine waits for the GPU; until then it takes no other call. */
  #isBusy = false;
  /** Calls that wait for their turn, oldest first. @type {(() => void)[]} */
  #queue = [];

  /**
   * @param {Awaited<ReturnType<typeof loadEngine>>} instance
   * @param {(about: Backend) => void} onBackend
   */
  constructor(instance, onBackend) {
    this.#instance = instance;
    this.#operations = operations(instance.engine, this.#objects);
    this.#onBackend = onBackend;
  }

  /** @type {Host["call"]} */
  call(method, ...args) {
    // Looking for a GPU takes a while and touches nothing that others use.
    if (!this.#isBusy || method === "prepare") return this.#run(method, args);
    return new Promise((resolve, reject) => {
      this.#queue.push(() => this.#run(method, args).then(resolve, reject));
    });
  }

  /**
   * @param {keyof Operations} method
   * @param {any[]} args
   * @returns {Promise<any>}
   */
  async #run(method, args) {
    if (!this.#operations) throw disposed("engine");
    if (this.#instance.isLost()) throw engineLost("another lab in this thread broke it");
    try {
      // @ts-expect-error the arguments belong to the method, which TypeScript cannot follow through the table
      const answer = this.#operations[method](...args);
      // On the CPU the answer is there at once.
      if (!(answer instanceof Promise)) return answer;
      return await (method === "prepare" ? answer : this.#wait(answer));
    } catch (error) {
      throw this.#typed(error);
    } finally {
      this.#tellBackend();
    }
  }

  /** @param {Promise<unknown>} answer of the GPU */
  async #wait(answer) {
    this.#isBusy = true;
    try {
      return await answer;
    } finally {
      this.#isBusy = false;
      if (this.#isDisposed) this.#free();
      while (this.#queue.length > 0 && !this.#isBusy) this.#queue.shift()?.();
    }
  }

  #tellBackend() {
    if (this.#isBusy || !this.#operations || this.#instance.isLost()) return;
    const version = this.#instance.engine.about_version;
    if (version === this.#told) return;
    this.#told = version;
    this.#onBackend(this.#instance.engine.about());
  }

  dispose() {
    this.#operations = null;
    if (!this.#isBusy) this.#free();
  }

  get #isDisposed() {
    return this.#operations === null;
  }

  #free() {
    // What died with its memory must not be freed a second time.
    if (this.#instance.isLost()) return;
    for (const object of this.#objects.values()) object.free();
    this.#objects.clear();
    this.#instance.engine.free();
  }

  /**
   * The engine throws plain objects on purpose. Anything else is a trap, after which its memory cannot be trusted.
   * @param {unknown} error
   */
  #typed(error) {
    if (error instanceof LabError) return error;
    if (isPlain(error)) return fromPlain(error);
    this.#instance.replace();
    return engineLost(error);
  }
}

/**
 * @param {import("./pkg/logitlab.js").Engine} engine
 * @param {Map<Id, any>} objects
 * @returns {Operations}
 */
const operations = (engine, objects) => {
  let last = 0;
  const keep = (/** @type {object} */ object) => {
    last += 1;
    objects.set(last, object);
    return last;
  };
  const at = (/** @type {Id} */ id) => {
    const object = objects.get(id);
    if (!object) throw disposed("object");
    return object;
  };
  // A call takes its handle on a stream for good, so it gets one of its own.
  const shared = (/** @type {Id | undefined} */ id) => (id === undefined ? undefined : at(id).share());
  return {
    info: () => engine.info(),
    prepare: (preference) => engine.prepare(preference),
    adopt: () => engine.adopt(),
    check: (on) => engine.check(on),
    report: () => engine.check_report(),
    lose: () => engine.lose_device(),
    softmax: (logits, options) => engine.softmax(logits, options),
    sample: (logits, settings, generator) => engine.sample(logits, settings, shared(generator)),
    trace: (logits, settings, generator) => engine.trace(logits, settings, shared(generator)),
    generator: (rng, seed) => {
      const generator = engine.generator(/** @type {string} */ (rng), /** @type {bigint} */ (seed));
      return { id: keep(generator), rng: /** @type {any} */ (generator.rng), seed: generator.seed };
    },
    reseed: (id, seed) => {
      const generator = at(id);
      generator.manual_seed(seed);
      return generator.seed;
    },
    model: (spec, generator) => {
      const model = engine.model(spec, shared(generator));
      return { id: keep(model), kind: model.kind, vocab: model.tokens() };
    },
    encode: (id, text) => at(id).encode(text),
    decode: (id, ids) => at(id).decode(ids),
    describe: (id) => at(id).describe(),
    forward: (id, ids, batch) => at(id).forward(ids, batch),
    time: (id, options, generator) => engine.time(at(id), options, shared(generator)),
    open: (id, options, generator) => ({ id: keep(engine.generate(at(id), options, shared(generator))) }),
    advance: (run, maxTokens, budgetMs) => at(run).advance(maxTokens, budgetMs),
    abort: (run) => at(run).abort(),
    result: (run) => at(run).result(),
    close: (id) => {
      objects.get(id)?.free();
      objects.delete(id);
    },
  };
};
