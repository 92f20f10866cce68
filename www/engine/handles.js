/** What a lab hands out: models and generators. Both live inside the engine and are freed with `dispose`, or once nobody holds them. */

/** @import { Connection, Handle } from "./connection.js" */
/** @import { ModelSpec } from "./specs.js" */
/** @import { Signal } from "./platform.js" */
/** @import { ChatMessage, ChatOptions, Encoded, Rng } from "./types.js" */

import { refuseUnknown, toIds } from "./check.js";
import { requireAlive } from "./connection.js";
import { invalidSetting, LabError } from "./error.js";
import { MOST_IDS, requireAtMost } from "./limits.js";
import { reading, readOptions } from "./plain.js";
import { loadPart } from "./start.js";
import { work } from "./work.js";

/** Where each model and generator lives: its lab's connection and its handle. @type {WeakMap<object, { connection: Connection, handle: Handle }>} */
const places = new WeakMap();

/**
 * The handle of a model or generator, for a call to its own lab.
 * @param {unknown} object
 * @param {{ is: typeof Model | typeof Generator, name: string, connection: Connection }} wanted
 * @throws {LabError} `invalid_setting` if it is something else, or another lab's
 */
export const handleOf = (object, { is, name, connection }) => {
  const maker = is === Model ? "lab.model()" : "lab.generator()";
  const place = reading(name, () => (object instanceof is ? places.get(object) : undefined));
  if (place?.connection === connection) return place.handle;
  const problem = place ? "belongs to another lab" : "is not one";
  throw new LabError("invalid_setting", `${name} ${problem}: use what this lab's ${maker} gives`, { setting: name });
};

/** A stream of randomness that goes on from call to call, like the notebook's after `torch.manual_seed`. */
export class Generator {
  /** @type {Rng} @readonly */
  rng;
  /** The seed it last started from. @type {bigint} */
  seed;

  /**
   * @param {Connection} connection
   * @param {Handle} handle
   * @param {{ rng: Rng, seed: bigint }} about
   */
  constructor(connection, handle, { rng, seed }) {
    places.set(this, { connection, handle });
    this.rng = rng;
    this.seed = seed;
  }

  /**
   * Starts again from a seed.
   * @param {number | bigint} seed whole number in [0, 2^64)
   * @throws {LabError} `invalid_setting`
   */
  async manualSeed(seed) {
    const { connection, handle } = placeOf(this);
    const given = readOptions("options", { seed });
    this.seed = await connection.call("reseed", handle, given.seed);
  }

  async dispose() {
    const { connection, handle } = placeOf(this);
    connection.free(handle);
  }
}

/**
 * A GPT's shape. Counts, but for the last.
 * @typedef {object} GptConfig
 * @property {number} block_size the most tokens it sees at once
 * @property {number} n_layer blocks
 * @property {number} n_head attention heads in each
 * @property {number} n_embd C, numbers per token
 * @property {number} n_inner width of the MLP
 * @property {number} n_weights numbers in the checkpoint, a tied head once
 * @property {boolean} kv_cache whether it keeps keys and values from token to token
 * @property {"gelu" | "gelu_tanh" | "silu"} activation the MLP's: the exact GELU, its tanh approximation, or SiLU
 * @property {("n_head" | "activation")[]} assumed what nothing says of it, so that the usual was taken
 * @property {string} [chat_template] how a GGUF file makes a text of messages, as Jinja
 * @property {number[]} eos_token_id the tokens that end a text, where `generate` is given no others
 */

/** A language model: `logits = model(ids)`, ids (B, T), logits (B, T, V). */
export class Model {
  /** @type {ModelSpec["kind"]} @readonly */
  kind;
  /** The text of every token, by id. @type {string[]} @readonly */
  vocab = [];
  /** V. @type {number} @readonly */
  vocabSize;
  /** A GPT's shape; null for every other model. @type {Readonly<GptConfig> | null} @readonly */
  config;

  /**
   * @param {Connection} connection
   * @param {Handle} handle
   * @param {{ kind: ModelSpec["kind"], vocab: ArrayLike<string>, config?: GptConfig }} about
   */
  constructor(connection, handle, { kind, vocab, config }) {
    places.set(this, { connection, handle });
    this.kind = kind;
    this.vocabSize = vocab.length;
    /** @type {string[] | undefined} */
    let texts;
    const get = () => {
      texts ??= Array.isArray(vocab) ? vocab : Array.from(vocab, (_, id) => String(id));
      return texts;
    };
    Object.defineProperty(this, "vocab", { enumerable: true, get });
    this.config = config ? Object.freeze(config) : null;
  }

  /**
   * Text to token ids. What the vocabulary does not hold is lower-cased; what it still does not hold becomes a space, or
   * where the vocabulary has none, an error that names it.
   * @param {string} text
   * @returns {Promise<Encoded>}
   * @throws {LabError} `cannot_encode`, `invalid_setting`
   */
  async encode(text) {
    const { connection, handle } = placeOf(this);
    if (typeof text !== "string") throw invalidSetting("text", text, "use a string");
    requireAtMost("text", text.length, MOST_IDS);
    return connection.call("encode", handle, text);
  }

  /**
   * Token ids to text.
   * @param {ArrayLike<number | bigint>} ids
   * @throws {LabError} `invalid_token`
   */
  async decode(ids) {
    const { connection, handle } = placeOf(this);
    return connection.call("decode", handle, toIds(ids));
  }

  /**
   * The logits of what follows each token.
   * @param {ArrayLike<number | bigint>} ids (B·T), row after row
   * @param {{ batch?: number, signal?: Signal | null }} [options] batch: B, default 1; signal: calls it off
   * @returns {Promise<Float32Array>} (B·T·V)
   * @throws {LabError} `invalid_token`, `empty_prompt`, `wrong_length`
   */
  async forward(ids, options = {}) {
    const { connection, handle } = placeOf(this);
    const given = readOptions("options", options, ["signal"]);
    refuseUnknown(given, ["batch", "signal"]);
    const { batch = 1, signal } = given;
    if (!(Number.isSafeInteger(batch) && batch >= 1)) throw invalidSetting("batch", batch, "use a whole number >= 1");
    return work(connection, signal, "forward", handle, toIds(ids), batch);
  }

  /**
   * The logits of what follows a context.
   * @param {ArrayLike<number | bigint>} ids (T)
   * @param {{ signal?: Signal | null }} [options] signal: calls it off
   * @returns {Promise<Float32Array>} (V)
   * @throws {LabError} `invalid_token`, `empty_prompt`
   */
  async next(ids, options = {}) {
    const { connection, handle } = placeOf(this);
    const given = readOptions("options", options, ["signal"]);
    refuseUnknown(given, ["signal"]);
    return work(connection, given.signal, "next", handle, toIds(ids));
  }

  /**
   * The text that the model goes on with after messages: what its chat template makes of them, as transformers renders it. What reads templates
   * is loaded with the first.
   * @param {readonly ChatMessage[]} messages
   * @param {ChatOptions} [options]
   * @returns {Promise<string>}
   * @throws {LabError} `chat_template`, `limit_exceeded`, `invalid_setting`, `wasm_load`
   */
  async chatText(messages, options) {
    const { connection, handle } = placeOf(this);
    requireAlive([handle]);
    const { askedOf } = await loadPart(import("./chat.js"), "chats");
    return connection.call("chatText", ...askedOf(this.config, messages, options));
  }

  /** What it is and where its numbers come from, in one sentence. */
  async describe() {
    const { connection, handle } = placeOf(this);
    return connection.call("describe", handle);
  }

  async dispose() {
    const { connection, handle } = placeOf(this);
    connection.free(handle);
  }
}

/** @param {Model | Generator} object */
const placeOf = (object) => /** @type {{ connection: Connection, handle: Handle }} */ (places.get(object));
