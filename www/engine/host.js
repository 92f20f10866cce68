/**
 * The small interface between a lab and its engine, the same in this thread (`local.js`) and in a worker (`client.js`): one call with a name
 * and arguments, one answer. Objects that live inside the engine are known outside by numbers. Everything can be sent between threads.
 */

/** @import { BriefExplanation, CheckReport, ChiSquare, Encoded, Explanation, FinishReason, ManyDraws, ReadSoFar, Rng, Rule, Sampled, Score, StageTimes, Stationary, StepTimings, SweepPoint, Timings, Trace } from "./types.js" */

/** @import { ModelSpec } from "./specs.js" */

/** Where a tensor lies in a file, in bytes. @typedef {{ name: string, start: number, end: number }} Piece */

/** The number of a generator, model or run. @typedef {number} Id */

/**
 * @typedef {object} RowChunk
 * @property {Uint32Array} tokens
 * @property {Float32Array} probabilities
 * @property {Float32Array} [original_probabilities]
 * @property {Uint32Array} kept
 * @property {string} text
 * @property {FinishReason | null} finish_reason
 * @property {Trace[]} [traces]
 */

/**
 * What one call made; the last one has the whole run's result.
 * @typedef {{ finished: boolean, timings: StepTimings, rows: RowChunk[], reading?: ReadSoFar, result?: Result }} Chunk
 *   timings: none where it has only read; reading: where the time was over while the model was reading what is before the next token
 */

/**
 * @typedef {object} Result
 * @property {bigint} seed
 * @property {Rng} rng
 * @property {{ ids: Uint32Array, text: string, new_text: string, finish_reason: FinishReason }[]} rows
 * @property {Timings} timings
 */

/**
 * @typedef {object} CheckpointOptions
 * @property {string} [config] the text of config.json
 * @property {string} [generation_config] the text of generation_config.json
 * @property {string[]} [tokens] the vocabulary
 * @property {string} [tokenizer] the text of tokenizer.json, in place of it
 * @property {number} [n_head]
 * @property {string} [activation]
 * @property {boolean} kv_cache
 */

/**
 * An answer that comes at once, or later where a GPU works on it or a part of the engine has to come first.
 * @template T
 * @typedef {T | Promise<T>} Promised
 */

/**
 * Work that takes several calls, so that others get their turn: its number, and what it came to, where it is done already. Then it is freed.
 * @template T
 * @typedef {{ id: Id, value: T | undefined }} Begun
 */

/**
 * @typedef {object} MadeModel
 * @property {Id} id
 * @property {ModelSpec["kind"]} kind
 * @property {ArrayLike<string>} vocab the text of every token; of tokens that are called by their ids only its length
 */

/** What an engine is. @typedef {{ version: string, simd: boolean }} About */

/**
 * Every operation. Settings and options are checked by the engine.
 * @typedef {object} Operations
 * @property {(preference: string) => Promise<About>} begin the first of all calls: makes ready what computes, and changes to it
 * @property {(preference: string) => boolean} prefer changes what computes, if the GPU in use will do
 * @property {(preference: string) => void | Promise<void>} prepare makes ready what `adopt` changes to; other calls go on meanwhile
 * @property {() => void} adopt changes to it
 * @property {(on: boolean) => void} check switches the live check
 * @property {() => CheckReport | undefined} report what it has seen
 * @property {() => void} lose destroys the GPU's device
 * @property {(logits: Float32Array, options: object) => Float32Array} softmax
 * @property {(logits: Float32Array, settings: object, generator?: Id) => Sampled} sample
 * @property {(logits: Float32Array, settings: object, generator?: Id) => Trace} trace
 * @property {(logits: Float32Array, settings: object, n: unknown, before: { ids: Uint32Array, counts: Uint32Array }, generator?: Id) => ManyDraws} drawMany
 * @property {(rng: unknown, seed: unknown) => { id: Id, rng: Rng, seed: bigint }} generator
 * @property {(generator: Id, seed: unknown) => bigint} reseed
 * @property {(spec: object, generator?: Id) => MadeModel} model
 * @property {(prefix: Uint8Array, fileLen: number) => number} headerLen of a safetensors file, from its first eight bytes
 * @property {(start: Uint8Array, fileLen: number) => number} ggufLen of a GGUF file's head, or at least as many bytes as it takes to tell, from its
 *   first bytes; 0 for a file of another kind
 * @property {(header: Uint8Array, options: CheckpointOptions) => Promise<void>} prepareTokens loads what reads a tokenizer.json, if it comes with
 *   one; other calls go on meanwhile
 * @property {(header: Uint8Array, fileLen: number, options: CheckpointOptions) => { id: Id, pieces: Piece[] }} checkpoint begins to read one
 * @property {(checkpoint: Id, bytes: Uint8Array) => void} load its next piece
 * @property {(checkpoint: Id) => MadeModel & { config: import("./handles.js").GptConfig }} finish makes the model of it
 * @property {(model: Id) => string} describe
 * @property {(model: Id, text: string) => Encoded} encode
 * @property {(model: Id, ids: Uint32Array) => string} decode
 * @property {(template: string, json: string, now: number[]) => Promise<string>} chatText of a chat template and what it is given; loads what reads
 *   it; other calls go on meanwhile
 * @property {(model: Id, ids: Uint32Array, batch: number, budgetMs: number) => Begun<Float32Array>} forward
 * @property {(model: Id, ids: Uint32Array, budgetMs: number) => Begun<Float32Array>} next
 * @property {(logits: Float32Array, settings: object) => Rule[]} rules
 * @property {(counts: Uint32Array, probabilities: Float32Array) => ChiSquare} chiSquare
 * @property {(model: Id, options: object, budgetMs: number) => Promised<Begun<Score>>} score a text
 * @property {(begun: Id, budgetMs: number) => any} goOn with what was begun: what it came to, or undefined where it is to go on; the last one frees it
 * @property {(model: Id, options: object) => Stationary} stationary
 * @property {(options: object, generator?: Id) => { prompt_lengths: number[], new_tokens: number, rounds: number }} timeOptions what `time` measures
 * @property {(model: Id, options: object, generator: Id | undefined, budgetMs: number) => Promised<Begun<SweepPoint[]>>} time
 * @property {(logits: Float32Array, settings: object) => Promise<StageTimes>} timeStages
 * @property {(model: Id, options: object, generator: Id | undefined, budgetMs: number) => Promised<Begun<Explanation | BriefExplanation>>} explain one
 *   token of a text
 * @property {(model: Id, options: object, generator?: Id) => Promised<{ id: Id, seed: bigint }>} open a run of the loop; draws nothing yet
 * @property {(run: Id, maxTokens: number, budgetMs: number) => Chunk | Promise<Chunk>} advance the last one frees the run
 * @property {(run: Id) => void} abort
 * @property {(id: Id) => void} close frees a generator, model or run
 */

/**
 * @typedef {object} Host
 * @property {"here" | "worker"} thread
 * @property {<M extends keyof Operations>(method: M, ...args: Parameters<Operations[M]>) => Promise<Awaited<ReturnType<Operations[M]>>>} call
 *   rejects with a LabError
 * @property {<M extends keyof Operations>(method: M, ...args: Parameters<Operations[M]>) => Awaited<ReturnType<Operations[M]>>} [callNow] the same
 *   at once, in this thread and on the CPU; throws a LabError
 * @property {() => void} dispose
 */

export {};
