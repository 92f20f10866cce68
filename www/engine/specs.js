/** What a model is made of: what `lab.model` takes. V = vocabulary size. */

/** @import { Generator } from "./handles.js" */
/** @import { Blobs, Signal, Url } from "./platform.js" */
/** @import { Rng } from "./types.js" */

/**
 * @typedef {object} BigramSpec the notebook's model: 30 characters, a random table and six bonuses
 * @property {"bigram"} kind
 * @property {Rng} [rng] default "torch"
 * @property {number | bigint} [seed] default 0
 * @property {Generator} [generator] draw the table from this stream instead
 */

/**
 * @typedef {object} GptSpec a transformer in GPT-2's or Llama's layout: our own, which writes prose in the notebook's 30 characters, or any checkpoint
 * @property {"gpt"} kind
 * @property {string | Url | Blobs | ArrayBuffer | Uint8Array | readonly Blobs[]} [source] a safetensors file with the names of Hugging Face's GPT-2,
 *   Llama, Qwen2 or Qwen3, of nanoGPT or of the book's GPTModel, or a GGUF file: its address, in Node also its path, or itself; a repository of Hugging Face's hub, "hf:owner/name" or "hf:owner/name@revision";
 *   or a list of Files known by their names: the weights or all their parts, config.json, generation_config.json, and tokenizer.json, vocab.json
 *   and merges.txt, or vocab.json. Default our own
 * @property {object | string} [config] its config.json; default what came with it, what its header says, or its shapes
 * @property {object | string} [generation_config] its generation_config.json, whose end tokens count before the config's; default what came with it
 * @property {number} [n_head] attention heads; default what the config says, or one for 64 numbers of n_embd
 * @property {"gelu" | "gelu_tanh"} [activation] the exact GELU, or its tanh approximation; default what the config says, or nanoGPT's exact one for
 *   matrices of nn.Linear with a tied head, and tanh for all others. `model.config.assumed` says where neither was told
 * @property {string | readonly string[]} [vocab] its tokens, or their characters; default what came with it, or what its header says
 * @property {object | string} [tokenizer] a tokenizer.json with a byte-level BPE, in place of `vocab`; default what came with it
 * @property {boolean} [kv_cache] keep keys and values from token to token; default true
 * @property {boolean | string} [cache] keep what is downloaded in the browser's Cache API, under this name if it is one, and take from there
 *   what is there already; default false, which neither stores nor looks. `clearModelCache()` empties it
 * @property {(progress: Progress) => unknown} [onProgress] told how far it is; a promise that it answers with is waited for
 * @property {Signal} [signal] calls it off
 */

/**
 * How far a checkpoint is: first its files are downloaded, where they are not here already, then the weights are read.
 * @typedef {object} Progress
 * @property {"download" | "read"} stage
 * @property {string} file the name of the file that it is at
 * @property {boolean} cached whether that file came out of the cache, in one piece
 * @property {number} loaded bytes, of all files of this stage
 * @property {number | null} total bytes of all files of this stage; null where a server does not say
 */

/**
 * @typedef {object} CountedSpec a bigram counted from text
 * @property {"counted"} kind
 * @property {string} text
 * @property {number} [smoothing] > 0, added to every count; default 0.1
 */

/**
 * @typedef {object} LogitsSpec the same logits at every step, whatever came before; it needs no prompt and reads none
 * @property {"logits"} kind
 * @property {ArrayLike<number>} logits (V); -Infinity masks a token
 * @property {import("./types.js").Dtype} [dtype] of logits in a Uint16Array
 * @property {readonly string[]} [labels] (V) what the tokens are called; default "0", "1", …
 */

/** @typedef {BigramSpec | CountedSpec | LogitsSpec | GptSpec} ModelSpec */

export {};
