/** The engine in this thread. */

/** @import { Host, Id, Operations } from "./host.js" */
/** @import { ModelSpec } from "./specs.js" */
/** @import { Backend, WasmSource } from "./types.js" */

import { adapterName, missingGpu } from "./adapter.js";
import { disposed, engineLost, fromPlain, internal, isPlain, LabError } from "./error.js";
import { loadChat, loadEngine, loadGrammars, loadMerges } from "./loader.js";
import { Sweep, stageTimes } from "./measure.js";
import { Turns } from "./turns.js";

/**
 * @param {WasmSource} [wasm]
 * @param {(about: Backend) => void} [onBackend] told whenever something else computes, or for another reason
 * @returns {Promise<Host>}
 * @throws {LabError} `wasm_load`
 */
export const startHere = async (wasm, onBackend = () => {}) => {
  /** @type {LocalHost | undefined} */
  let host;
  const onBreak = (/** @type {unknown} */ reason) => host?.break(reason);
  const instance = await loadEngine(wasm, onBreak);
  host = new LocalHost({ ...instance, onBreak }, onBackend);
  return host;
};

/** @typedef {Awaited<ReturnType<typeof loadEngine>> & { onBreak: (reason: unknown) => void }} Instance */

/** @implements {Host} */
export class LocalHost {
  thread = /** @type {const} */ ("here");
  #engine;
  /** Why its memory cannot be trusted any more. @type {LabError | null} */
  #lost = null;
  /** @type {Map<Id, any>} generators, models and runs */
  #objects = new Map();
  /** @type {Operations | null} null once disposed of */
  #operations;
  #onBackend;
  /** The version of `about` that was told last. */
  #told = 0;
  /** While the engine waits for the GPU it takes no other call. */
  #turns = new Turns();
  /** Whom to tell when there will be no answer. @type {Set<(reason: Error) => void>} */
  #waiting = new Set();

  /**
   * @param {Instance} instance
   * @param {(about: Backend) => void} onBackend
   */
  constructor(instance, onBackend) {
    this.#engine = instance.engine;
    this.#operations = operations(instance, this.#objects);
    this.#onBackend = onBackend;
  }

  /** @type {Host["call"]} */
  async call(method, ...args) {
    // These wait for a GPU or a file, and touch nothing that others use.
    if (method === "prepare" || method === "prepareTokens" || method === "chatText") return this.#run(method, args);
    return this.#turns.take(() => {
      const answer = this.#run(method, args);
      if (answer instanceof Promise) return answer.finally(() => this.#tellBackend());
      this.#tellBackend();
      return answer;
    });
  }

  /** @type {NonNullable<Host["callNow"]>} */
  callNow(method, ...args) {
    const answer = this.#run(method, args);
    if (answer instanceof Promise) throw new Error(`${method} is waiting for a GPU, which its caller ruled out`);
    return answer;
  }

  dispose() {
    if (!this.#operations) return;
    this.#operations = null;
    this.#giveUp(disposed("lab"));
    // What died with its memory must not be freed a second time.
    if (this.#lost) return;
    // A step that waits for the GPU holds on to what it needs.
    for (const object of this.#objects.values()) object.free();
    this.#objects.clear();
    this.#engine.free();
  }

  /**
   * @param {keyof Operations} method
   * @param {any[]} args
   * @returns {any} the answer, or a promise of it where the GPU works on it
   */
  #run(method, args) {
    if (!this.#operations) throw disposed("lab");
    if (this.#lost) throw this.#lost;
    try {
      // @ts-expect-error the arguments belong to the method, which TypeScript cannot follow through the table
      const answer = this.#operations[method](...args);
      return answer instanceof Promise ? this.#wait(answer) : answer;
    } catch (error) {
      throw this.#typed(error);
    }
  }

  /**
   * An answer that is on its way. It never settles if the engine breaks down meanwhile, or is given back.
   * @param {Promise<unknown>} answer
   */
  #wait(answer) {
    return new Promise((resolve, reject) => {
      this.#waiting.add(reject);
      answer.then(resolve, (error) => reject(this.#typed(error)));
      answer.catch(() => {}).then(() => this.#waiting.delete(reject));
    });
  }

  /** @param {Error} reason */
  #giveUp(reason) {
    for (const reject of this.#waiting) reject(reason);
    this.#waiting.clear();
  }

  /** The engine broke down. It may have been called by nobody: after a wait for the GPU it goes on by itself. @param {unknown} reason */
  break(reason) {
    this.#lost ??= engineLost(reason);
    this.#giveUp(this.#lost);
  }

  #tellBackend() {
    if (!this.#operations || this.#lost) return;
    const version = this.#engine.about_version;
    if (version === this.#told) return;
    this.#told = version;
    this.#onBackend(this.#engine.about());
  }

  /**
   * The engine throws plain objects on purpose. Whatever else is thrown while the engine is whole is a fault of ours: arguments were checked before.
   * @param {unknown} error
   */
  #typed(error) {
    if (this.#lost) return this.#lost;
    if (error instanceof LabError) return error;
    if (isPlain(error)) return fromPlain(error);
    return internal(error);
  }
}

/**
 * @param {Instance} instance
 * @param {Map<Id, any>} objects
 * @returns {Operations}
 */
const operations = ({ engine, Checkpoint, onBreak }, objects) => {
  let last = 0;
  /** For `time`. @type {Set<Id>} */
  const hadOther = new Set();
  /** What the GPU is called that was made ready. @type {string | null} */
  let name = null;
  /** What reads merges, once they were needed. @type {Awaited<ReturnType<typeof loadMerges>> | undefined} */
  let mergesOf;
  /** What reads chat templates, once it was needed; after a breakdown of its own a fresh one. @type {ReturnType<typeof loadChat> | undefined} */
  let chat;
  const forgetChat = () => {
    chat = undefined;
  };
  /** Whether what reads constraints broke down, and breaks nothing else: the next constraint gets a fresh one. */
  let areGrammarsBroken = false;
  const forgetGrammars = () => {
    areGrammarsBroken = true;
  };
  /**
   * Calls what may have a constraint, once what reads one has come.
   * @template T
   * @param {object} options
   * @param {() => T | Promise<T>} call
   * @returns {T | Promise<T>}
   */
  const constrained = (options, call) => {
    if (areGrammarsBroken) engine.use_grammars(null);
    areGrammarsBroken = false;
    if (!engine.wants_grammars(options)) return call();
    return loadGrammars(forgetGrammars).then((grammarsOf) => {
      engine.use_grammars(grammarsOf);
      return call();
    });
  };
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
  /**
   * Begins work that takes several calls.
   * @param {{ advance: (budgetMs: number) => any, free: () => void }} work
   * @param {number} budgetMs
   * @returns {any} its number, and what it came to if it is done; a promise of that where the GPU works
   */
  const begun = (work, budgetMs) => {
    const id = keep(work);
    const failed = (/** @type {unknown} */ error) => {
      table.close(id);
      throw error;
    };
    try {
      const value = table.goOn(id, budgetMs);
      return value instanceof Promise ? value.then((value) => ({ id, value }), failed) : { id, value };
    } catch (error) {
      return failed(error);
    }
  };
  const made = (/** @type {import("./pkg/logitlab_glue.js").Model} */ model, isNumbered = false) => ({
    id: keep(model),
    kind: /** @type {ModelSpec["kind"]} */ (model.kind),
    vocab: isNumbered ? { length: model.vocab_size } : /** @type {string[]} */ (model.tokens()),
  });
  /** @type {Operations} */
  const table = {
    begin: async (preference) => {
      await table.prepare(preference);
      table.adopt();
      return engine.info();
    },
    prefer: (preference) => engine.prefer(preference),
    prepare: async (preference) => {
      const hasGpu = await engine.prepare(preference, missingGpu());
      name = hasGpu ? await adapterName() : null;
    },
    adopt: () => engine.adopt(name ?? undefined),
    check: (on) => engine.check(on),
    report: () => engine.check_report(),
    lose: () => engine.lose_device(),
    softmax: (logits, options) => engine.softmax(logits, options),
    sample: (logits, settings, generator) => engine.sample(logits, settings, shared(generator)),
    trace: (logits, settings, generator) => engine.trace(logits, settings, shared(generator)),
    drawMany: (logits, settings, n, { ids, counts }, generator) =>
      engine.draw_many(logits, settings, n, ids, counts, shared(generator)),
    generator: (rng, seed) => {
      const generator = engine.generator(/** @type {string} */ (rng), /** @type {bigint} */ (seed));
      return { id: keep(generator), rng: /** @type {any} */ (generator.rng), seed: generator.seed };
    },
    reseed: (id, seed) => {
      const generator = at(id);
      generator.manual_seed(seed);
      return generator.seed;
    },
    headerLen: (prefix, fileLen) => Checkpoint.header_len(prefix, fileLen),
    ggufLen: (start, fileLen) => Checkpoint.gguf_len(start, fileLen),
    prepareTokens: async (header, { tokens, tokenizer }) => {
      const hasMerges = tokenizer !== undefined || (!tokens && Checkpoint.has_tokenizer(header));
      if (hasMerges) mergesOf ??= await loadMerges(onBreak);
    },
    checkpoint: (header, fileLen, options) => {
      const checkpoint = new Checkpoint(header, fileLen, options, mergesOf);
      return { id: keep(checkpoint), pieces: checkpoint.pieces() };
    },
    load: (id, bytes) => at(id).load(bytes),
    finish: (id) => ({ ...made(at(id).finish()), config: at(id).config() }),
    model: (spec, generator) => {
      const { kind, logits, labels } = /** @type {any} */ (spec);
      if (kind !== "logits") return made(engine.model(spec, shared(generator)));
      return made(engine.given(logits, labels), labels === undefined);
    },
    encode: (id, text) => at(id).encode(text),
    decode: (id, ids) => at(id).decode(ids),
    chatText: async (template, json, now) => {
      chat ??= loadChat(forgetChat);
      const loaded = chat;
      const textOf = await loaded.catch((error) => {
        if (chat === loaded) forgetChat();
        throw error;
      });
      // A call that waited beside this one may have broken it.
      return chat === loaded ? textOf(template, json, now) : table.chatText(template, json, now);
    },
    describe: (id) => at(id).describe(),
    forward: (id, ids, batch, budgetMs) => begun(at(id).forward(ids, batch), budgetMs),
    next: (id, ids, budgetMs) => begun(at(id).next(ids), budgetMs),
    rules: (logits, settings) => engine.rules(logits, settings),
    chiSquare: (counts, probabilities) => engine.chi_square(counts, probabilities),
    score: (id, options, budgetMs) => constrained(options, () => begun(engine.score(at(id), options), budgetMs)),
    goOn: (id, budgetMs) => {
      const closed = (/** @type {unknown} */ value) => {
        if (value !== undefined) table.close(id);
        return value;
      };
      const value = at(id).advance(budgetMs);
      return value instanceof Promise ? value.then(closed) : closed(value);
    },
    stationary: (id, options) => engine.stationary(at(id), options),
    timeOptions: (options, generator) => engine.time_options(options, shared(generator)),
    time: (id, options, generator, budgetMs) =>
      begun(new Sweep(table, hadOther, id, at(id).vocab_size, options, generator), budgetMs),
    timeStages: (logits, settings) => stageTimes(table, logits, settings, engine.about().kind),
    explain: (id, options, generator, budgetMs) =>
      constrained(options, () => begun(engine.explain(at(id), options, shared(generator)), budgetMs)),
    open: (id, options, generator) =>
      constrained(options, () => {
        const run = engine.generate(at(id), options, shared(generator));
        return { id: keep(run), seed: run.seed };
      }),
    advance: (run, maxTokens, budgetMs) => {
      const closed = (/** @type {import("./host.js").Chunk} */ chunk) => {
        if (chunk.finished) table.close(run);
        return chunk;
      };
      const chunk = at(run).advance(maxTokens, budgetMs);
      return chunk instanceof Promise ? chunk.then(closed) : closed(chunk);
    },
    abort: (run) => at(run).abort(),
    close: (id) => {
      objects.get(id)?.free();
      objects.delete(id);
      hadOther.delete(id);
    },
  };
  return table;
};
