/**
 * The shapes of the library. V = vocabulary size, B = rows of a batch; entropies are in bits, times in milliseconds unless the name says
 * otherwise. Sampling settings have the names people know from transformers, vLLM and llama.cpp.
 */

/** @import { Generator, Model } from "./handles.js" */
/** @import { Bytes, PlatformEvent, Signal, Url, WasmModule } from "./platform.js" */

/** A stage, by the name it has everywhere. @typedef {import("../generated/settings.js").StageName} StageName */

/** What decides the next token. Everything is off unless asked for. @typedef {import("../generated/settings.js").Settings} Settings */

/** "philox" gives the same text everywhere; "torch" is PyTorch's CPU generator. @typedef {NonNullable<Settings["rng"]>} Rng */

/**
 * @typedef {object} SoftmaxOptions
 * @property {number} [temperature] > 0; default 1
 * @property {number} [batch] how many rows the logits hold; default 1
 * @property {Dtype} [dtype] of logits in a Uint16Array
 * @property {"engine" | "notebook" | "torch"} [arithmetic] whose last bits: the engine's own (default), those of the notebook's
 *   `stable_softmax`, or those of PyTorch's `F.softmax`
 */

/** Settings for one call of `sample` or `trace`. @typedef {Settings & import("../generated/settings.js").RowSettings & OfStream} SampleSettings */

/**
 * @typedef {object} OfStream
 * @property {Generator | null} [generator] a stream of randomness that goes on from call to call
 * @property {Dtype} [dtype] of logits in a Uint16Array
 */

/**
 * @typedef {object} Sampled
 * @property {Uint32Array} tokens (B) the token drawn in each row
 * @property {Float32Array} probabilities (B) its probability after all stages; 1 when greedy
 * @property {Float32Array} [original_probabilities] (B) where a stage follows how probable tokens were before it, as adaptive_p does: that, for the next call's `history`; 0 in rows without one
 * @property {Uint32Array} kept (B) how many tokens were left to draw from
 * @property {Likely[]} [top] (B) with `top_n`: the most likely tokens of each row
 * @property {Uint32Array[]} [kept_ids] (B) with `kept_ids`: the tokens left to draw from, ascending
 * @property {bigint} seed the seed used; with settings per row the first row's
 * @property {BigUint64Array} [seeds] with settings per row: every row's
 */

/**
 * @typedef {object} ManyOptions
 * @property {number} n how many draws
 * @property {{ ids: ArrayLike<number>, counts: ArrayLike<number> }} [before] what was drawn before, as `drawMany` answered it: it is counted, too
 * @property {Generator | null} [generator]
 * @property {Dtype} [dtype]
 */

/**
 * One row drawn many times.
 * @typedef {object} ManyDraws
 * @property {number} n how many draws, those before included
 * @property {Uint32Array} ids the tokens that were drawn, ascending
 * @property {Uint32Array} counts how often each of them was
 * @property {Float32Array} probabilities how probable each of them is
 * @property {number} kept how many tokens were left to draw from
 * @property {ChiSquare} fit whether all counts, those of 0 included, fit the distribution
 * @property {bigint} seed the seed used
 */

/**
 * The most likely tokens, most likely first, with the natural logarithms of their probabilities.
 * @typedef {{ ids: Uint32Array, logprobs: Float32Array }} TokenLogprobs
 */

/** The tokens left after all stages, and those before any. @typedef {TokenLogprobs & { raw: TokenLogprobs }} Likely */

/** What the 16 bits of each number in a Uint16Array stand for. @typedef {"float16" | "bfloat16"} Dtype */

/**
 * What one stage did.
 * @typedef {object} StageTrace
 * @property {StageName} stage "top_p"
 * @property {string} setting "top_p = 0.9"
 * @property {Float32Array} values (V) logits after the stage; -Infinity is masked
 * @property {Uint32Array} removed the tokens it removed, ascending
 * @property {Float32Array} evidence for each of them the number that the rule compared
 * @property {number} limit what that was compared with; NaN where the stage compares nothing
 * @property {string} [allowed] what the text may go on with here, of a stage that allows only some of it
 * @property {string} rule one sentence: what was removed and why
 * @property {number} mass_removed probability removed, of the distribution that entered
 * @property {number} entropy_before
 * @property {number} entropy_after
 * @property {number} effective_vocab 2^entropy_after: as uncertain as a draw from so many equal tokens
 * @property {number} kept tokens left
 */

/**
 * How the token was chosen among those left. A random number u is a point in [0, 1) and each token's share of it an interval; a race is won by the
 * largest probability over noise.
 * @typedef {object} DrawTrace
 * @property {"coin" | "race" | "greedy"} kind
 * @property {number} token
 * @property {number} probability
 * @property {bigint} [coin]
 * @property {number} [position]
 * @property {[number, number]} [interval]
 * @property {number} [noise]
 * @property {number} [ratio]
 * @property {number} [runner_up]
 * @property {number} [runner_up_ratio]
 */

/**
 * One step, explained.
 * @typedef {object} Trace
 * @property {number} vocab_size V
 * @property {StageName[]} order the order in force
 * @property {boolean} greedy
 * @property {Float32Array} logits (V)
 * @property {Float32Array} raw_probabilities (V) their softmax, before any stage
 * @property {number} raw_entropy
 * @property {number} raw_effective_vocab 2^raw_entropy
 * @property {Float32Array} probabilities (V) what the token was drawn from; masked is exactly 0
 * @property {number} entropy
 * @property {number} effective_vocab 2^entropy
 * @property {number} kept
 * @property {StageTrace[]} stages those that were on, in order
 * @property {DrawTrace} draw
 * @property {Float32Array} [original_probabilities] as `sample` has it, in a list of one
 * @property {Likely[]} [top] with `top_n`: the most likely tokens, in a list of one
 * @property {Uint32Array[]} [kept_ids] with `kept_ids`: the tokens left to draw from, in a list of one
 * @property {bigint} [seed] the seed used, where a single row was traced
 */

/**
 * @typedef {object} Encoded
 * @property {Uint32Array} ids
 * @property {number} replaced how many characters are not in the vocabulary and became a space
 */

/**
 * A message of a chat. A template may read more of it than these.
 * @typedef {{ role: string, content: unknown, [more: string]: unknown }} ChatMessage
 */

/**
 * @typedef {object} ChatOptions
 * @property {string} [template] Jinja, in place of the model's own
 * @property {readonly unknown[] | null} [tools] what the model may call, as JSON schemas; default null
 * @property {boolean} [add_generation_prompt] whether the model's answer is begun; default true
 * @property {string} [bos_token] the text of the token that begins a text; default ""
 * @property {string} [eos_token] the text of the token that ends one; default ""
 * @property {Date} [date] what a template writes as today, in local time; default now
 */

/**
 * @typedef {object} RunOptions
 * @property {Model} model
 * @property {string | readonly string[]} [prompt] several prompts are several rows
 * @property {ArrayLike<number | bigint> | readonly ArrayLike<number | bigint>[]} [prompt_ids] instead of `prompt`
 * @property {number} [chunk] tokens per step at most, >= 1; default 1
 * @property {Signal | null} [signal]
 * @property {Generator | null} [generator]
 * @property {((reading: ReadSoFar) => void) | null} [onProgress] told how far the model is in what is before the next token, whenever others get
 *   their turn meanwhile
 */

/**
 * How much a model has read of what is before the next tokens: the prompt, and all of its window again once the text is longer than that.
 * @typedef {object} ReadSoFar
 * @property {number} read tokens that went through the model, or were known from before, of all rows
 * @property {number} tokens in all
 */

/** What `generate` takes. @typedef {Settings & import("../generated/settings.js").LoopSettings & RunOptions} GenerateOptions */

/** @typedef {"length" | "eos" | "stop" | "aborted" | "time" | "constraint"} FinishReason */

/**
 * @typedef {object} StepTimings so far
 * @property {number} tokens
 * @property {number} model_ms
 * @property {number} sample_ms
 * @property {number} elapsed_ms
 * @property {"cpu" | "webgpu"} backend what the engine had chosen when its last token was drawn; `gpu` tells what of it was done there
 * @property {GpuTimes} [gpu] where a GPU worked
 */

/**
 * @typedef {object} GpuTimes sums over the calls of the device, the live check's among them
 * @property {number} calls of the device that were waited for
 * @property {number} tokens_read by the model on the device, each time counted; 0 where the CPU computed what the model says
 * @property {number} tokens_drawn by the device; 0 where the CPU drew
 * @property {number} encode_ms plans, upload, encoding and submission, on the host
 * @property {number | null} gpu_ms by the device's own clock; null where that cannot resolve it
 * @property {number} readback_ms waiting for the results, the kernels' own time included
 */

/**
 * @typedef {object} Timings of a whole run
 * @property {number} tokens drawn, all rows
 * @property {number} ttft_ms prompt to first token
 * @property {number} prefill_ms the model's share of that
 * @property {number} decode_ms everything after the first token
 * @property {number} model_ms
 * @property {number} sample_ms
 * @property {number} total_ms
 * @property {number} step_p50_ms of the steps after the first
 * @property {number} step_p95_ms
 * @property {number} tokens_per_second
 * @property {number} decode_tokens_per_second
 * @property {number} clock_resolution_ms
 * @property {"cpu" | "webgpu"} backend what the engine had chosen when the last token was drawn; `gpu` tells what of it was done there
 * @property {GpuTimes} [gpu] where a GPU worked
 */

/**
 * @typedef {object} RowStep
 * @property {Uint32Array} tokens drawn in this step
 * @property {Float32Array} probabilities
 * @property {Float32Array} [original_probabilities] where a stage follows how probable tokens were before it: that; 0 for one put there by hand
 * @property {Uint32Array} kept
 * @property {string} text what became final in this step; a character is never split, a stop string never shown
 * @property {FinishReason} [finish_reason] once the row has ended
 * @property {Trace[]} [trace] one per token, if asked for
 */

/**
 * One value of `generate`. With several rows the fields outside `rows` are the first row's.
 * @typedef {RowStep & { finished: false, token: number | undefined, timings: StepTimings, seed: bigint, rows?: RowStep[] }} Step
 */

/**
 * Which token to explain: of what `generate` made of `prompt_ids`, with the same model and settings.
 * @typedef {object} ExplainQuestion
 * @property {Model} model
 * @property {ArrayLike<number | bigint> | ArrayLike<number | bigint>[]} [prompt_ids] of several rows, where `generate` had several prompts
 * @property {ArrayLike<number | bigint> | ArrayLike<number | bigint>[]} [output_ids] what was drawn after them; default nothing
 * @property {number} index which new token, from 0; as many as there are is the next one, which is not drawn yet
 * @property {number} [row] which row; default 0
 * @property {boolean} [rules] what other systems would keep of it, too; default false
 * @property {boolean | number} [picture] its picture, too; a number says how many of the most likely tokens get a band of their own: with true it
 *   is 60. Default false
 * @property {ArrayLike<number | bigint>} [named_ids] tokens that get a band of their own in the picture wherever they rank
 * @property {boolean} [columns] whether the answer has the arrays that are as long as the vocabulary; default true
 * @property {Generator | null} [generator] where the run had one: a stream that stands where the run's stood when it began. It stays there
 * @property {number} [block_size] as in `generate`, as are the others that decide what is drawn
 * @property {number | number[] | null} [eos_token_id]
 * @property {number} [min_new_tokens]
 * @property {Record<number, number> | null} [forced_tokens] changes nothing: of a forced token the one that was drawn is explained
 * @property {Signal | null} [signal] calls it off
 */

/** What `explain` takes: the settings of the run, its seed among them. @typedef {Settings & ExplainQuestion} ExplainOptions */

/**
 * The trace of one token, as `generate` records it with `trace: true`, and what stands beside it.
 * @typedef {Trace & { after: Float32Array[] } & Beside} Explanation
 *   after: (V) each, the probabilities after each of `stages`
 */

/**
 * The same without arrays that are as long as the vocabulary: with `columns: false`.
 * @typedef {Omit<Trace, "logits" | "raw_probabilities" | "probabilities" | "stages"> & { stages: BriefStage[] } & Beside} BriefExplanation
 */

/** @typedef {Omit<StageTrace, "values" | "removed" | "evidence">} BriefStage */

/** What is asked for beside the trace. @typedef {{ rules?: Rule[], picture?: Picture, seed: bigint }} Beside */

/**
 * One step as bands of tokens, B of them, the most likely first. The order is that after the last stage that reorders tokens: logit descending,
 * then id ascending, a removed token by the last logit that it had.
 * @typedef {object} Picture
 * @property {number} vocab_size V
 * @property {Bands} bands
 * @property {Station[]} stations the model, then every stage that was on, in order; where the temperature is 0, what it takes comes last
 * @property {Float32Array} probability (B) after the last softmax; they sum to 1
 * @property {number} kept tokens left to draw from
 * @property {number} entropy of what the token was drawn from
 * @property {DrawnBand | null} drawn null for a next token whose random number no seed or generator decides
 * @property {Place | null} forced the token that stands in the text instead
 */

/**
 * Each holds tokens next to each other in the final rank order: one token of its own, or some of the tail.
 * @typedef {object} Bands
 * @property {Uint32Array} first (B) rank of its first token, from 0
 * @property {Uint32Array} count (B) how many tokens it holds
 * @property {Int32Array} id (B) the token, where it holds one of its own; -1 for a band of the tail
 * @property {Float32Array} logit (B) as the model gave it; NaN for a band of the tail
 * @property {Float32Array} start (B) where the token's part of [0, 1) begins when the tokens left lie side by side in vocabulary order; NaN for a
 *   band of the tail
 * @property {Uint32Array} model_rank (B) rank in the model's own order, from 0; for a band of the tail the same as `first`
 */

/**
 * The bands after one stage. The full height is 1 at the model; a stage that changes logits shares the height that it got among the tokens left,
 * and a stage that removes tokens loses theirs.
 * @typedef {object} Station
 * @property {StageName | "model"} stage
 * @property {boolean} moves whether it changes logits, and so the thickness of bands; false for a stage that only removes
 * @property {Float32Array} share (B) the height of each band
 * @property {Uint32Array} left (B) tokens of the band that are left
 * @property {Uint32Array | null} order (B) the bands as they are stacked here, where that is not the order of `bands`
 * @property {Float32Array} shown (B) of every token that came to the stage, the number that it decides on or changes, as `shows` of its spec names
 *   it; the logit at the model. NaN for a band of the tail
 * @property {number} mass sum of the heights
 * @property {number} kept tokens left
 * @property {number} removed tokens that this stage removed
 * @property {number} removed_mass the height that it removed
 * @property {number} removed_probability the same as a part of the height that it got
 * @property {number} removed_bits the same in bits: -log2 of the part that is left
 * @property {number} entropy of what is left, taken as a whole
 */

/** Where a token stands in a picture; ranks count from 0. @typedef {{ id: number, band: number, rank: number }} Place */

/**
 * The token drawn, in vocabulary order and in rank order.
 * @typedef {Place & OfDraw} DrawnBand
 *
 * @typedef {object} OfDraw
 * @property {number} probability
 * @property {"coin" | "race" | "greedy"} kind
 * @property {number | null} u the random number in [0, 1), over the tokens in vocabulary order; null without one
 * @property {[number, number] | null} interval the token's part of [0, 1) there
 * @property {number | null} v the same point in rank order: where the token's part begins there, and as far into it as u is in `interval`
 * @property {[number, number]} rank_interval the token's part of [0, 1) in rank order
 */

/**
 * @typedef {object} RowEnd
 * @property {Uint32Array} tokens empty: every token has been in a step
 * @property {Float32Array} probabilities empty
 * @property {Uint32Array} kept empty
 * @property {FinishReason} finish_reason
 * @property {string} text everything, prompt included
 * @property {string} new_text everything after the prompt
 * @property {Uint32Array} ids everything, prompt included
 */

/**
 * The last value of `generate`. With several rows the fields outside `rows` are the first row's.
 * @typedef {RowEnd & { finished: true, token: undefined, timings: Timings, seed: bigint, rng: Rng, rows?: RowEnd[] }} End
 */

/** @typedef {Settings & { model: Model, prompt_lengths?: readonly number[], new_tokens?: number, rounds?: number, block_size?: number, generator?: Generator | null, signal?: Signal | null }} TimeOptions
 *   signal: calls it off */

/**
 * One prompt length of `time`; of several rounds the medians, number by number.
 * @typedef {object} SweepPoint
 * @property {number} prompt_length
 * @property {number} elapsed_s
 * @property {number} tokens_per_second
 * @property {number} ttft_ms
 * @property {number} decode_tokens_per_second
 * @property {number} step_p50_ms
 * @property {number} step_p95_ms
 */

/**
 * One stage more each time.
 * @typedef {object} StageTimes
 * @property {number} rows drawn at once, over which a time is spread
 * @property {number} vocab_size V
 * @property {"cpu" | "webgpu"} backend
 * @property {{ stage: StageName | "draw" | "greedy", ms: number, spread_ms: number }[]} stages the median of a step: "draw" without a stage, then with
 *   every stage up to this one; spread_ms: half the distance between the quartiles of its rounds
 */

/**
 * What one system would keep of a row.
 * @typedef {object} Rule
 * @property {"notebook" | "transformers" | "vllm" | "llama.cpp"} system
 * @property {StageName[]} order its order of the stages that cut
 * @property {Uint32Array} kept the tokens surely left, ascending
 * @property {{ ids: Uint32Array, kept: number } | null} tied where the cut falls among equal logits and the system's sort leaves their order
 *   open: these tokens, of which so many are left besides `kept`
 */

/**
 * Pearson's test; classes with an expectation under 5 are put together.
 * @typedef {object} ChiSquare
 * @property {number} statistic
 * @property {number} degrees_of_freedom 0 where there was nothing to test
 * @property {number} p_value the probability of a statistic at least as large, if the counts are from the distribution
 */

/**
 * A probability in several ways to read it.
 * @typedef {object} Odds
 * @property {number} bits -log2
 * @property {number} probability 0 where it is too small for a number
 * @property {number} log10_probability
 * @property {number | null} perplexity 2^(bits / tokens); null without tokens
 */

/**
 * How probable a text was.
 * @typedef {object} Score
 * @property {number} tokens
 * @property {Odds} model by the model alone: temperature 1 and no stage
 * @property {Odds} settings after all stages
 */

/** @typedef {Settings & { model: Model, prompt_ids?: ArrayLike<number | bigint>, output_ids: ArrayLike<number | bigint>, block_size?: number, signal?: Signal | null }} ScoreOptions
 *   signal: calls it off */

/**
 * Where a text without end spends its time.
 * @typedef {object} Stationary
 * @property {Float32Array} probabilities (V)
 * @property {number} entropy_rate bits per token
 * @property {boolean} converged
 */

/** @typedef {Settings & { model: Model, from?: number | null }} StationaryOptions from: the token it starts after; default any */

/** Where the compiled engine comes from, if not from its place beside the library. @typedef {Url | string | Bytes | WasmModule} WasmSource */

/** "auto" computes where it is faster by what was measured; the others are taken at their word. @typedef {"auto" | "cpu" | "webgpu"} BackendName */

/**
 * @typedef {object} LabOptions
 * @property {BackendName} [backend] default "auto"
 * @property {"here" | "worker" | "auto"} [thread] default "here"; "auto" is a worker where a page can start one, else "here"
 * @property {WasmSource} [wasm]
 */

/**
 * What computes, and why that.
 * @typedef {object} Backend
 * @property {"cpu" | "webgpu"} kind where the last step ran, or the next one will
 * @property {string | null} adapter the GPU's name, if there is one
 * @property {string} reason one sentence
 * @property {boolean} lost a GPU was there, and is gone
 */

/** Something else computes from now on, or for another reason. @typedef {PlatformEvent & { readonly detail: Readonly<Backend> }} BackendChangeEvent */

/** How listeners are added. @typedef {boolean | { capture?: boolean, once?: boolean, passive?: boolean, signal?: Signal }} ListenOptions */

/** A listener for events without a type of their own. @typedef {((event: any) => void) | { handleEvent(event: any): void } | null} AnyListener */

/**
 * An `EventTarget` that knows what its events carry.
 * @typedef {{
 *   addEventListener(type: "backendchange", listener: (event: BackendChangeEvent) => void, options?: ListenOptions): void,
 *   addEventListener(type: string, listener: AnyListener, options?: ListenOptions): void,
 *   removeEventListener(type: "backendchange", listener: (event: BackendChangeEvent) => void, options?: ListenOptions): void,
 *   removeEventListener(type: string, listener: AnyListener, options?: ListenOptions): void,
 *   dispatchEvent(event: PlatformEvent): boolean,
 * }} LabEvents
 */

/**
 * What the live check has seen: each step done on CPU and GPU.
 * @typedef {object} CheckReport
 * @property {number} rows compared
 * @property {number} same_tokens with the same token on both
 * @property {number} same_bits with the same token, of as many left, with the same probability to the last bit
 * @property {number} largest_difference between two probabilities
 * @property {{ step: number, tokens: number[], probabilities: number[] }} [first_difference] with a GPT: where the tokens first were others
 */

export {};
