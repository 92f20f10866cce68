/** The lab: logits in, token out, and the reason why. */

/** @import { BackendChoice } from "./backend.js" */
/** @import { Connection } from "./connection.js" */
/** @import { LoadCheckpoints } from "./create.js" */
/** @import { GptSpec, LogitsSpec, ModelSpec } from "./specs.js" */
/** @import { Backend, BackendName, BriefExplanation, CheckReport, ChiSquare, Dtype, End, ExplainOptions, Explanation, GenerateOptions, LabEvents, ManyDraws, ManyOptions, Rng, Rule, SampleSettings, Sampled, Score, ScoreOptions, StageTimes, Stationary, StationaryOptions, Step, SweepPoint, TimeOptions, Trace } from "./types.js" */

import { manyAsked, OBJECTS, OBJECTS_OF_SPECS, rowAsked, rowsAsked, settingsOf, toExplain } from "./asked.js";
import { requireBackend } from "./backend.js";
import { withIds } from "./bias.js";
import { refuseUnknown, toCounts, toIds, toRows } from "./check.js";
import { invalidSetting, LabError } from "./error.js";
import { Generator, handleOf, Model } from "./handles.js";
import { toLogits } from "./logits.js";
import { readOptions } from "./plain.js";
import { run } from "./run.js";
import { work } from "./work.js";

/** For TypeScript, which is told here what a `backendchange` carries. */
const Events = /** @type {new () => LabEvents} */ (/** @type {unknown} */ (eventTarget));

/**
 * EventTarget as a function: tools that compile this file to ES5 call it as one.
 * @this {object}
 */
function eventTarget() {
  return Reflect.construct(EventTarget, [], new.target ?? this.constructor);
}
eventTarget.prototype = EventTarget.prototype;
// Node asks the class whether what it made is an EventTarget.
Object.setPrototypeOf(eventTarget, EventTarget);

/** Dispatches `backendchange` when something else computes from now on, or for another reason; `event.detail` is the new `backend`. */
export class Lab extends Events {
  /** The engine's version. @type {string} @readonly */
  version;
  /** Where it runs. @type {"here" | "worker"} @readonly */
  thread;
  #connection;
  #choice;
  #loadCheckpoints;

  /**
   * @param {Connection} connection
   * @param {{ version: string, thread: "here" | "worker", choice: BackendChoice, loadCheckpoints: LoadCheckpoints }} about
   */
  constructor(connection, { version, thread, choice, loadCheckpoints }) {
    super();
    this.#connection = connection;
    this.#choice = choice;
    this.#loadCheckpoints = loadCheckpoints;
    this.version = version;
    this.thread = thread;
    choice.onChange = (detail) => this.dispatchEvent(new CustomEvent("backendchange", { detail }));
  }

  /** What computes, and why that; a new object after every change. @returns {Readonly<Backend>} */
  get backend() {
    return this.#choice.now;
  }

  /**
   * Changes what computes. Models and runs stay, and go on where they are.
   * @param {BackendName} backend
   * @returns {Promise<Readonly<Backend>>}
   * @throws {LabError} `backend_unavailable`, `backend_fault` when WebGPU was asked for: then everything is as it was; `invalid_setting`
   */
  async setBackend(backend) {
    requireBackend(backend);
    return this.#choice.change(this.#connection, backend);
  }

  /**
   * Looks for the GPU again, after it was lost.
   * @returns {Promise<Readonly<Backend>>}
   * @throws {LabError} `backend_unavailable`, `backend_fault`; the CPU goes on
   */
  async retryBackend() {
    return this.#choice.change(this.#connection);
  }

  /**
   * Switches the live check: from now on every step is done on CPU and GPU, and compared.
   * @param {boolean} on
   */
  async liveCheck(on) {
    await this.#choice.check(this.#connection, Boolean(on));
  }

  /** What the live check has seen since it was switched on; undefined while it is off. @returns {Promise<CheckReport | undefined>} */
  async checkReport() {
    return this.#connection.call("report");
  }

  /** Destroys the GPU's device, as a crash of its process would: to see what happens then. The next step goes on on the CPU. */
  async loseDevice() {
    await this.#connection.call("lose");
  }

  /**
   * The stable softmax of each row, after division by the temperature.
   * @param {ArrayLike<number>} logits (V), or (B·V) with `batch: B`
   * @param {import("./types.js").SoftmaxOptions} [options]
   * @returns {Promise<Float32Array>} as long as the logits
   * @throws {LabError} `invalid_logits`, `nothing_left`, `wrong_length`, `invalid_setting`, `unknown_setting`
   */
  async softmax(logits, options = {}) {
    const { dtype, ...rest } = readOptions("options", options);
    return this.#connection.call("softmax", toLogits(logits, { dtype }), rest);
  }

  /**
   * Draws one token per row.
   * @param {ArrayLike<number>} logits (V), or (B·V) with `batch: B`; -Infinity masks a token
   * @param {SampleSettings | SampleSettings[]} [settings] for all rows, or a list of B: one per row, each with its own seed
   * @param {{ batch?: number, generator?: Generator, dtype?: Dtype }} [options]
   * @returns {Promise<Sampled>}
   * @throws {LabError} `invalid_logits`, `nothing_left`, `wrong_length`, `invalid_setting`, `unknown_setting`
   */
  async sample(logits, settings = {}, options = {}) {
    return this.#connection.call("sample", ...rowsAsked(logits, settings, options, this.#toGenerator));
  }

  /**
   * `sample` without a promise, for callers that cannot wait. It needs an engine in this thread, on the CPU:
   * `createLab({ thread: "here", backend: "cpu" })`.
   * @param {ArrayLike<number>} logits
   * @param {SampleSettings | SampleSettings[]} [settings]
   * @param {{ batch?: number, generator?: Generator, dtype?: Dtype }} [options]
   * @returns {Sampled}
   * @throws {LabError} as `sample`; `invalid_setting` where this lab's engine can only be waited for
   */
  sampleSync(logits, settings = {}, options = {}) {
    this.#requireSync("sampleSync", "sample");
    return this.#connection.callNow("sample", ...rowsAsked(logits, settings, options, this.#toGenerator));
  }

  /**
   * Draws the token `sample` would, and tells why: what every stage did, and the draw.
   * @param {ArrayLike<number>} logits (V)
   * @param {SampleSettings} [settings]
   * @param {{ generator?: Generator, dtype?: Dtype }} [options]
   * @returns {Promise<Trace>}
   * @throws {LabError} as `sample`
   */
  async trace(logits, settings = {}, options = {}) {
    return this.#connection.call("trace", ...rowAsked(logits, settings, options, this.#toGenerator));
  }

  /**
   * `trace` without a promise, as `sampleSync`.
   * @param {ArrayLike<number>} logits (V)
   * @param {SampleSettings} [settings]
   * @param {{ generator?: Generator, dtype?: Dtype }} [options]
   * @returns {Trace}
   * @throws {LabError} as `sampleSync`
   */
  traceSync(logits, settings = {}, options = {}) {
    this.#requireSync("traceSync", "trace");
    return this.#connection.callNow("trace", ...rowAsked(logits, settings, options, this.#toGenerator));
  }

  /**
   * Draws from one row many times, each time with a random number of its own, and counts: the tokens that `sample` draws for batches of 1000
   * copies of the row, or of fewer where those would have more than about a million logits.
   * @param {ArrayLike<number>} logits (V)
   * @param {SampleSettings} settings
   * @param {ManyOptions} options
   * @returns {Promise<ManyDraws>}
   * @throws {LabError} as `sample`
   */
  async drawMany(logits, settings, options) {
    return this.#connection.call("drawMany", ...manyAsked(logits, settings, options, this.#toGenerator));
  }

  /**
   * A stream of randomness that goes on from call to call.
   * @param {Rng} [rng]
   * @param {number | bigint} [seed] default from the platform's entropy
   * @returns {Promise<Generator>}
   * @throws {LabError} `invalid_setting`
   */
  async generator(rng = "philox", seed) {
    const given = readOptions("options", { rng, seed });
    const { handle, value } = await this.#connection.make("generator", given.rng, given.seed);
    return new Generator(this.#connection, handle, value);
  }

  /**
   * Makes a model.
   * @param {ModelSpec} spec
   * @returns {Promise<Model>}
   * @throws {LabError} `model_format`, `invalid_setting`, `unknown_setting`; a GPT also `invalid_tensor`, `model_load`, `wasm_load`, and the
   *   signal's reason when it is called off
   */
  async model(spec) {
    const given = /** @type {any} */ (readOptions("spec", spec, OBJECTS_OF_SPECS));
    if (given.kind === "logits") return this.#given(given);
    if (given.kind === "gpt") return this.#gpt(given);
    const { generator, ...rest } = given;
    const { handle, value } = await this.#connection.make("model", rest, this.#toGenerator(generator));
    return new Model(this.#connection, handle, value);
  }

  /**
   * Generates text, as the notebook's loop does. Each value is a step of up to `chunk` tokens per row; the last one carries the whole. The next
   * step is computed when it is asked for, and an abort ends the run with `finish_reason: "aborted"`. Where its model or generator is disposed
   * of meanwhile, the next step is the error `disposed`.
   * @param {GenerateOptions} options
   * @returns {AsyncGenerator<Step | End, void, void>}
   * @throws {LabError} `empty_prompt`, `invalid_token`, `nothing_left`, `invalid_setting`, `unknown_setting`
   */
  async *generate(options) {
    const given = readOptions("options", options, [...OBJECTS, "onProgress"]);
    const { model, generator, signal, chunk, onProgress, ...rest } = given;
    yield* run(this.#connection, {
      model: this.#model(model),
      generator: this.#toGenerator(generator),
      settings: /** @type {GenerateOptions} */ (await withIds(rest, model)),
      signal,
      chunk,
      onProgress,
    });
  }

  /**
   * Explains one token of a text that `generate` made, without drawing anything before it again: the trace of its step. It takes one pass of
   * the model, wherever the token is, and none where the same context was explained last. It disturbs no run.
   * @overload
   * @param {ExplainOptions & { columns?: true }} options
   * @returns {Promise<Explanation>}
   * @throws {LabError} `empty_prompt`, `invalid_token`, `nothing_left`, `wrong_length`, `invalid_setting`, `unknown_setting`
   *
   * @overload
   * @param {ExplainOptions & { columns: false }} options without the arrays that are as long as the vocabulary
   * @returns {Promise<BriefExplanation>}
   *
   * @param {ExplainOptions} options
   * @returns {Promise<Explanation | BriefExplanation>}
   */
  async explain(options) {
    const given = readOptions("options", options, OBJECTS);
    const { model, generator, signal, prompt_ids = [], output_ids = [], ...rest } = given;
    const ids = { prompt_ids: toRows(prompt_ids), output_ids: toRows(output_ids) };
    const named = rest.named_ids == null ? {} : { named_ids: toIds(rest.named_ids) };
    const handle = this.#model(model);
    const asked = { ...(await withIds(rest, model)), ...ids, ...named };
    return work(this.#connection, signal, "explain", handle, asked, this.#toGenerator(generator));
  }

  /**
   * Times the loop at several prompt lengths, as the notebook does.
   * @param {TimeOptions} options prompt_lengths: default [16, 64, 256, 512]; new_tokens: default 128; rounds, of which the medians count:
   *   default 1; signal: calls it off
   * @returns {Promise<SweepPoint[]>} one per prompt length
   * @throws {LabError} as `generate`
   */
  async time(options) {
    const { model, generator, signal, ...rest } = readOptions("options", options, OBJECTS);
    const handle = this.#model(model);
    const asked = await withIds(rest, model);
    return work(this.#connection, signal, "time", handle, asked, this.#toGenerator(generator));
  }

  /**
   * Times a step with no stage, with the first of those that are on, with the first two, and so on.
   * @param {ArrayLike<number>} logits (V)
   * @param {SampleSettings} [settings]
   * @returns {Promise<StageTimes>}
   * @throws {LabError} as `sample`
   */
  async timeStages(logits, settings = {}) {
    const { dtype, ...rest } = settingsOf(settings);
    return this.#connection.call("timeStages", toExplain(logits, dtype), rest);
  }

  /**
   * What the rules of other systems would keep of one row, with the same settings; bias and penalties are ours everywhere.
   * @param {ArrayLike<number>} logits (V)
   * @param {SampleSettings} [settings]
   * @returns {Promise<Rule[]>}
   * @throws {LabError} as `sample`
   */
  async rules(logits, settings = {}) {
    const { dtype, ...rest } = settingsOf(settings);
    return this.#connection.call("rules", toExplain(logits, dtype), rest);
  }

  /**
   * Whether counts of independent draws fit a distribution.
   * @param {ArrayLike<number>} counts (V)
   * @param {ArrayLike<number>} probabilities (V)
   * @returns {Promise<ChiSquare>}
   * @throws {LabError} `wrong_length`
   */
  async chiSquare(counts, probabilities) {
    const [observed, expected] = [toCounts(counts), toLogits(probabilities, { name: "probabilities" })];
    if (observed.length !== expected.length) {
      const message = `counts has ${observed.length} values, expected ${expected.length}, as many as probabilities`;
      throw new LabError("wrong_length", message, { setting: "counts" });
    }
    return this.#connection.call("chiSquare", observed, expected);
  }

  /**
   * How probable the tokens of a text were, by the model alone and under settings.
   * @param {ScoreOptions} options
   * @returns {Promise<Score>}
   * @throws {LabError} `empty_prompt`, `invalid_token`, `invalid_setting`, `unknown_setting`
   */
  async score(options) {
    const { model, prompt_ids = [], output_ids, signal, ...settings } = readOptions("options", options, OBJECTS);
    if (output_ids === undefined) throw invalidSetting("output_ids", output_ids, "give the token ids to score");
    const ids = { prompt_ids: toIds(prompt_ids), output_ids: toIds(output_ids) };
    const handle = this.#model(model);
    return work(this.#connection, signal, "score", handle, { ...(await withIds(settings, model)), ...ids });
  }

  /**
   * Where a text without end spends its time. Only a model that sees one token has such numbers, and only without penalties.
   * @param {StationaryOptions} options
   * @returns {Promise<Stationary>}
   * @throws {LabError} `model_format`, `invalid_token`, `invalid_setting`, `unknown_setting`
   */
  async stationary(options) {
    const { model, ...settings } = readOptions("options", options, OBJECTS);
    const handle = this.#model(model);
    return this.#connection.call("stationary", handle, await withIds(settings, model));
  }

  /** Gives back the engine and everything in it. Later calls reject with `disposed`. */
  dispose() {
    this.#connection.dispose();
  }

  /** @param {string} name @param {string} other what can be waited for */
  #requireSync(name, other) {
    const make = `use await lab.${other}, or a lab made with createLab({ thread: "here", backend: "cpu" })`;
    if (this.thread !== "here")
      throw invalidSetting("thread", this.thread, `${name} cannot wait for a worker: ${make}`);
    if (this.backend.adapter !== null)
      throw invalidSetting("backend", this.backend.kind, `${name} cannot wait for a GPU: ${make}`);
  }

  /** @param {LogitsSpec} spec */
  async #given(spec) {
    refuseUnknown(spec, ["kind", "logits", "labels", "dtype"]);
    const logits = toExplain(spec.logits, spec.dtype);
    const labels = spec.labels ?? [];
    if (!Array.isArray(labels)) throw invalidSetting("labels", labels, "use a list of strings");
    const odd = labels.findIndex((label) => typeof label === "object" || label === undefined);
    if (odd >= 0) throw invalidSetting(`labels[${odd}]`, labels[odd], "use a string");
    const given = /** @type {any} */ ({ kind: "logits", logits, labels: spec.labels?.map(String) });
    const { handle, value } = await this.#connection.make("model", given);
    return new Model(this.#connection, handle, value);
  }

  /** @param {GptSpec} spec */
  async #gpt(spec) {
    const { checkpointReader } = await this.#loadCheckpoints();
    const { handle, value } = await this.#connection.build(checkpointReader(spec));
    return new Model(this.#connection, handle, value);
  }

  /** @param {unknown} model */
  #model(model) {
    return handleOf(model, { is: Model, name: "model", connection: this.#connection });
  }

  /** The handle of a generator, if there is one. @param {unknown} generator */
  #toGenerator = (generator) => {
    if (generator === undefined || generator === null) return undefined;
    return handleOf(generator, { is: Generator, name: "generator", connection: this.#connection });
  };
}
