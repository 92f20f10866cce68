/**
 * The shapes of the library. V = vocabulary size, B = rows of a batch; entropies are in bits, times in milliseconds unless the name says
 * otherwise. Sampling settings have the names people know from transformers, vLLM and llama.cpp.
 */

/** @import { Generator, Model } from "./handles.js" */

/**
 * What decides the next token. Everything is off unless asked for.
 * @typedef {object} Settings
 * @property {number} [temperature] >= 0; default 1; 0 is greedy
 * @property {number | null} [top_k] whole number >= 0; 0 or null is off
 * @property {number | null} [top_p] in [0, 1]; 1 or null is off
 * @property {number | null} [min_p] in [0, 1]; 0 or null is off
 * @property {number} [repetition_penalty] > 0; 1 is off
 * @property {number} [presence_penalty] 0 is off
 * @property {number} [frequency_penalty] 0 is off
 * @property {number | null} [penalty_window] how many of the last tokens the penalties look at; default all
 * @property {Record<number, number> | null} [logit_bias] token id → what is added to its logit; -Infinity bans it
 * @property {string[] | null} [order] the stages' order; default bias, penalties, temperature, top_k, top_p, min_p
 * @property {Rng} [rng] default "philox"
 * @property {number | bigint | null} [seed] whole number in [0, 2^64); default from the platform's entropy, and always reported back
 */

/** "philox" gives the same text everywhere; "torch" is PyTorch's CPU generator, "torch-legacy" that of its x86 wheels before 2.7.
 * @typedef {"philox" | "torch" | "torch-legacy"} Rng */

/**
 * @typedef {object} RowSettings
 * @property {number} [batch] how many rows the logits hold; default 1
 * @property {{ prompt?: ArrayLike<number>, output?: ArrayLike<number> } | null} [history] the tokens so far, for the penalties
 * @property {number} [step] which coin of the seed's stream; default 0
 * @property {Generator | null} [generator] a stream of randomness that goes on from call to call
 */

/**
 * @typedef {object} SoftmaxOptions
 * @property {number} [temperature] > 0; default 1
 * @property {number} [batch] how many rows the logits hold; default 1
 * @property {"engine" | "notebook" | "torch"} [arithmetic] whose last bits: the engine's own (default), those of the notebook's
 *   `stable_softmax`, or those of PyTorch's `F.softmax`
 */

/** Settings for one call of `sample` or `trace`. @typedef {Settings & RowSettings} SampleSettings */

/**
 * @typedef {object} Sampled
 * @property {Uint32Array} tokens (B) the token drawn in each row
 * @property {Float32Array} probabilities (B) its probability after all stages; 1 when greedy
 * @property {Uint32Array} kept (B) how many tokens were left to draw from
 * @property {bigint} seed the seed used; with settings per row the first row's
 * @property {BigUint64Array} [seeds] with settings per row: every row's
 */

/**
 * What one stage did.
 * @typedef {object} StageTrace
 * @property {string} stage "top_p"
 * @property {string} setting "top_p = 0.9"
 * @property {Float32Array} values (V) logits after the stage; -Infinity is masked
 * @property {Uint32Array} removed the tokens it removed, ascending
 * @property {Float32Array} evidence for each of them the number that the rule compared
 * @property {number} limit what that was compared with; NaN where the stage compares nothing
 * @property {string} rule one sentence: what was removed and why
 * @property {number} mass_removed probability removed, of the distribution that entered
 * @property {number} entropy_before
 * @property {number} entropy_after
 * @property {number} effective_vocab 2^entropy_after: as uncertain as a draw from so many equal tokens
 * @property {number} kept tokens left
 */

/**
 * How the token was chosen among those left. A coin is a point in [0, 1) and each token's share of it an interval; a race is won by the
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
 * @property {string[]} order the order in force
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
 * @property {bigint} [seed] the seed used, where a single row was traced
 */

/**
 * @typedef {object} Encoded
 * @property {Uint32Array} ids
 * @property {number} replaced how many characters are not in the vocabulary and became a space
 */

/**
 * @typedef {object} LoopSettings
 * @property {Model} model
 * @property {string | string[]} [prompt] several prompts are several rows
 * @property {ArrayLike<number> | ArrayLike<number>[]} [prompt_ids] instead of `prompt`
 * @property {number} [max_new_tokens] >= 1; default 80
 * @property {number} [block_size] how many of the last tokens the model sees, >= 1; default: as many as it was made for, 256 with a bigram
 * @property {number | number[] | null} [eos_token_id] ends a row
 * @property {string | string[] | null} [stop_strings] end a row; the text ends before them
 * @property {number} [min_new_tokens] `eos_token_id` is banned until there are that many; default 0
 * @property {Record<number, number> | null} [forced_tokens] new token, from 0 → the token id put there in place of the drawn one. Its coin is
 *   spent all the same, so the coins after it do not change; its probability is its own, 0 if a stage had removed it
 * @property {number | null} [max_time] seconds
 * @property {number} [chunk] tokens per step at most, >= 1; default 1
 * @property {boolean} [trace] explain every token; default false
 * @property {AbortSignal | null} [signal]
 * @property {Generator | null} [generator]
 */

/** What `generate` takes. @typedef {Settings & LoopSettings} GenerateOptions */

/** @typedef {"length" | "eos" | "stop" | "aborted" | "time"} FinishReason */

/**
 * @typedef {object} StepTimings so far
 * @property {number} tokens
 * @property {number} model_ms
 * @property {number} sample_ms
 * @property {number} elapsed_ms
 * @property {"cpu" | "webgpu"} backend where its last token was drawn
 * @property {GpuTimes} [gpu] where a GPU worked
 */

/**
 * @typedef {object} GpuTimes sums over the calls of the device, the live check's among them
 * @property {number} calls of the device that were waited for
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
 * @property {"cpu" | "webgpu"} backend where the last token was drawn
 * @property {GpuTimes} [gpu] where a GPU worked
 */

/**
 * @typedef {object} RowStep
 * @property {Uint32Array} tokens drawn in this step
 * @property {Float32Array} probabilities
 * @property {Uint32Array} kept
 * @property {string} text what became final in this step; a character is never split, a stop string never shown
 * @property {FinishReason} [finish_reason] once the row has ended
 * @property {Trace[]} [trace] one per token, if asked for
 */

/**
 * One value of `generate`. With several rows the fields outside `rows` are the first row's.
 * @typedef {RowStep & { finished: false, token: number | undefined, timings: StepTimings, rows?: RowStep[] }} Step
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

/** @typedef {Settings & { model: Model, prompt_lengths?: number[], new_tokens?: number, rounds?: number, block_size?: number, generator?: Generator | null }} TimeOptions */

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
 * @property {{ stage: string, ms: number }[]} stages the median of a step: "draw" without a stage, then with every stage up to this one
 */

/**
 * What one system would keep of a row.
 * @typedef {object} Rule
 * @property {"notebook" | "transformers" | "vllm" | "llama.cpp"} system
 * @property {string[]} order its order of temperature, top_k, top_p and min_p
 * @property {Uint32Array} kept the tokens left, ascending
 */

/**
 * Pearson's test; classes with an expectation under 5 are put together.
 * @typedef {object} ChiSquare
 * @property {number} statistic
 * @property {number} degrees_of_freedom 0 where there was nothing to test
 * @property {number} p_value the probability of a statistic at least as large, if the counts are from the distribution
 */

/**
 * A probability in three ways to read it.
 * @typedef {object} Odds
 * @property {number} bits -log2
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

/** @typedef {Settings & { model: Model, prompt_ids?: ArrayLike<number>, output_ids: ArrayLike<number> }} ScoreOptions */

/**
 * Where a text without end spends its time.
 * @typedef {object} Stationary
 * @property {Float32Array} probabilities (V)
 * @property {number} entropy_rate bits per token
 * @property {boolean} converged
 */

/** @typedef {Settings & { model: Model, from?: number | null }} StationaryOptions from: the token it starts after; default any */

/** Where the compiled engine comes from, if not from its place beside the library. @typedef {URL | string | BufferSource | WebAssembly.Module} WasmSource */

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
