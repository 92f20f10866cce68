/** The lab: logits in, token out, and the reason why. */

/** @import { GptSpec, LogitsSpec, ModelSpec } from "./specs.js" */
/** @import { Backend, BackendName, CheckReport, ChiSquare, End, GenerateOptions, LabEvents, LabOptions, Rng, Rule, SampleSettings, Sampled, Score, ScoreOptions, StageTimes, Stationary, StationaryOptions, Step, SweepPoint, TimeOptions, Trace } from "./types.js" */

import { BackendChoice } from "./backend.js";
import { refuseUnknown, toCounts, toIds, toLogits } from "./check.js";
import { Connection } from "./connection.js";
import { invalidSetting, LabError } from "./error.js";
import { Generator, handleOf, Model } from "./handles.js";
import { readOptions } from "./plain.js";
import { run } from "./run.js";
import { come, startHost } from "./start.js";

/** Options that are objects of the lab or the platform. */
const OBJECTS = ["model", "generator", "signal"];
const OBJECTS_OF_SPECS = ["logits", "generator", "source", "config", "vocab", "tokenizer", "onProgress", "signal"];

/**
 * Options of which the engine is told nothing.
 * @param {string} what
 * @param {object} options
 * @param {readonly string[]} names
 */
const known = (what, options, names) => {
  const given = readOptions(what, options, OBJECTS);
  refuseUnknown(given, names);
  return given;
};

/**
 * Loads the engine and makes a lab.
 * @param {LabOptions} [options]
 * @returns {Promise<Lab>}
 * @throws {LabError} `wasm_load`, `backend_unavailable`, `backend_fault`, `invalid_setting`, `unknown_setting`
 */
export const createLab = async (options = {}) => {
  const given = readOptions("options", options, ["wasm"]);
  refuseUnknown(given, ["backend", "thread", "wasm"]);
  const { backend = "auto", thread = "here", wasm } = given;
  if (!["auto", "cpu", "webgpu"].includes(backend))
    throw invalidSetting("backend", backend, 'use "auto", "cpu" or "webgpu"');
  if (!["auto", "here", "worker"].includes(thread))
    throw invalidSetting("thread", thread, 'use "auto", "here" or "worker"');
  const choice = new BackendChoice(backend);
  const start = async () => choice.apply(await startHost(thread, wasm, choice.hear));
  const host = await start();
  const { version } = await host.call("info");
  return new Lab(new Connection(host, start), { version, thread: host.thread, choice });
};

/** For TypeScript, which is told here what a `backendchange` carries. */
const Events = /** @type {new () => LabEvents} */ (/** @type {unknown} */ (EventTarget));

/** Dispatches `backendchange` when something else computes from now on, or for another reason; `event.detail` is the new `backend`. */
export class Lab extends Events {
  /** The engine's version. @type {string} @readonly */
  version;
  /** Where it runs. @type {"here" | "worker"} @readonly */
  thread;
  #connection;
  #choice;

  /**
   * @param {Connection} connection
   * @param {{ version: string, thread: "here" | "worker", choice: BackendChoice }} about
   */
  constructor(connection, { version, thread, choice }) {
    super();
    this.#connection = connection;
    this.#choice = choice;
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
    return this.#connection.call("softmax", toLogits(logits), readOptions("options", options));
  }

  /**
   * Draws one token per row.
   * @param {ArrayLike<number>} logits (V), or (B·V) with `batch: B`; -Infinity masks a token
   * @param {SampleSettings | SampleSettings[]} [settings] for all rows, or a list of B: one per row, each with its own seed
   * @param {{ batch?: number, generator?: Generator }} [options]
   * @returns {Promise<Sampled>}
   * @throws {LabError} `invalid_logits`, `nothing_left`, `wrong_length`, `invalid_setting`, `unknown_setting`
   */
  async sample(logits, settings = {}, options = {}) {
    const { batch, generator: ofCall } = known("options", options, ["batch", "generator"]);
    if (Array.isArray(settings)) {
      const rows = settings.map((row) => readOptions("settings", row));
      if (batch !== undefined && batch !== rows.length) {
        const advice = `there are settings for ${rows.length} rows; leave batch out or make them agree`;
        throw invalidSetting("batch", batch, advice);
      }
      return this.#connection.call("sample", toLogits(logits), rows, this.#generator(ofCall));
    }
    const { generator = ofCall, ...rest } = readOptions("settings", settings, ["generator"]);
    const whole = batch === undefined ? rest : { ...rest, batch };
    return this.#connection.call("sample", toLogits(logits), whole, this.#generator(generator));
  }

  /**
   * Draws the token `sample` would, and tells why: what every stage did, and the draw.
   * @param {ArrayLike<number>} logits (V)
   * @param {SampleSettings} [settings]
   * @param {{ generator?: Generator }} [options]
   * @returns {Promise<Trace>}
   * @throws {LabError} as `sample`
   */
  async trace(logits, settings = {}, options = {}) {
    const { generator: ofCall } = known("options", options, ["generator"]);
    const { generator = ofCall, ...rest } = readOptions("settings", settings, ["generator"]);
    return this.#connection.call("trace", toLogits(logits), rest, this.#generator(generator));
  }

  /**
   * A stream of randomness that goes on from call to call.
   * @param {Rng} [rng]
   * @param {number | bigint} [seed] default from the platform's entropy
   * @returns {Promise<Generator>}
   * @throws {LabError} `invalid_setting`
   */
  async generator(rng = "philox", seed) {
    const { handle, value } = await this.#connection.make("generator", rng, seed);
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
    const { handle, value } = await this.#connection.make("model", rest, this.#generator(generator));
    return new Model(this.#connection, handle, value);
  }

  /**
   * Generates text, as the notebook's loop does. Each value is a step of up to `chunk` tokens per row; the last one carries the whole. The next
   * step is computed when it is asked for, and an abort ends the run with `finish_reason: "aborted"`.
   * @param {GenerateOptions} options
   * @returns {AsyncGenerator<Step | End, void, void>}
   * @throws {LabError} `empty_prompt`, `invalid_token`, `nothing_left`, `invalid_setting`, `unknown_setting`
   */
  async *generate(options) {
    const { model, generator, signal, chunk, ...rest } = readOptions("options", options, OBJECTS);
    yield* run(this.#connection, {
      model: this.#model(model),
      generator: this.#generator(generator),
      settings: /** @type {GenerateOptions} */ (rest),
      signal,
      chunk,
      thread: this.thread,
    });
  }

  /**
   * Times the loop at several prompt lengths, as the notebook does.
   * @param {TimeOptions} options prompt_lengths: default [16, 64, 256, 512]; new_tokens: default 128; rounds, of which the medians count:
   *   default 1
   * @returns {Promise<SweepPoint[]>} one per prompt length
   * @throws {LabError} as `generate`
   */
  async time(options) {
    const { model, generator, ...rest } = readOptions("options", options, OBJECTS);
    return this.#connection.call("time", this.#model(model), rest, this.#generator(generator));
  }

  /**
   * Times a step with no stage, with the first of those that are on, with the first two, and so on.
   * @param {ArrayLike<number>} logits (V)
   * @param {SampleSettings} [settings]
   * @returns {Promise<StageTimes>}
   * @throws {LabError} as `sample`
   */
  async timeStages(logits, settings = {}) {
    return this.#connection.call("timeStages", toLogits(logits), readOptions("settings", settings));
  }

  /**
   * What the rules of other systems would keep of one row, with the same settings; bias and penalties are ours everywhere.
   * @param {ArrayLike<number>} logits (V)
   * @param {SampleSettings} [settings]
   * @returns {Promise<Rule[]>}
   * @throws {LabError} as `sample`
   */
  async rules(logits, settings = {}) {
    return this.#connection.call("rules", toLogits(logits), readOptions("settings", settings));
  }

  /**
   * Whether counts of independent draws fit a distribution.
   * @param {ArrayLike<number>} counts (V)
   * @param {ArrayLike<number>} probabilities (V)
   * @returns {Promise<ChiSquare>}
   * @throws {LabError} `wrong_length`
   */
  async chiSquare(counts, probabilities) {
    const [observed, expected] = [toCounts(counts), toLogits(probabilities, "probabilities")];
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
    const { model, prompt_ids = [], output_ids, ...settings } = readOptions("options", options, OBJECTS);
    if (output_ids === undefined) throw invalidSetting("output_ids", output_ids, "give the token ids to score");
    const ids = { prompt_ids: toIds(prompt_ids), output_ids: toIds(output_ids) };
    return this.#connection.call("score", this.#model(model), { ...settings, ...ids });
  }

  /**
   * Where a text without end spends its time. Only a model that sees one token has such numbers, and only without penalties.
   * @param {StationaryOptions} options
   * @returns {Promise<Stationary>}
   * @throws {LabError} `model_format`, `invalid_token`, `invalid_setting`, `unknown_setting`
   */
  async stationary(options) {
    const { model, ...settings } = readOptions("options", options, OBJECTS);
    return this.#connection.call("stationary", this.#model(model), settings);
  }

  /** Gives back the engine and everything in it. Later calls reject with `disposed`. */
  dispose() {
    this.#connection.dispose();
  }

  /** @param {LogitsSpec} spec */
  async #given(spec) {
    refuseUnknown(spec, ["kind", "logits", "labels"]);
    const logits = toLogits(spec.logits);
    const labels = spec.labels ?? Array.from(logits, (_, id) => String(id));
    if (!Array.isArray(labels)) throw invalidSetting("labels", labels, "use a list of strings");
    const given = /** @type {any} */ ({ kind: "logits", logits, labels: labels.map(String) });
    const { handle, value } = await this.#connection.make("model", given);
    return new Model(this.#connection, handle, value);
  }

  /** @param {GptSpec} spec */
  async #gpt(spec) {
    const { checkpointReader } = await come(import("./checkpoint.js"), "what reads checkpoints");
    const { handle, value } = await this.#connection.build(checkpointReader(spec));
    return new Model(this.#connection, handle, value);
  }

  /** @param {unknown} model */
  #model(model) {
    return handleOf(model, { is: Model, name: "model", connection: this.#connection });
  }

  /** @param {unknown} generator */
  #generator(generator) {
    if (generator === undefined || generator === null) return undefined;
    return handleOf(generator, { is: Generator, name: "generator", connection: this.#connection });
  }
}
