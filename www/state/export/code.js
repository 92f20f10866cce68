import { orderOf } from "../knobs.js";
import { parseLabels, parseLogits } from "../logits.js";
import { isGpt, modelSpec } from "../models.js";
import { float, numpyCode, pytorchCode } from "./python.js";

/**
 * A run's settings in the words of other systems. Every flag is written out, because their defaults are not neutral.
 *
 * @typedef {import("../types.js").Run} Run
 * @typedef {import("../types.js").Snapshot} Snapshot
 *
 * @typedef {object} Asked  What was asked for, with what is off in its neutral value.
 * @property {number} temperature
 * @property {number} top_k       0 = off
 * @property {number} top_p       1 = off
 * @property {number} min_p       0 = off
 * @property {number} repetition_penalty  1 = off
 * @property {number} presence_penalty
 * @property {number} frequency_penalty
 * @property {number} max_new_tokens
 * @property {bigint} seed
 * @property {string} rng
 * @property {string[]} order     the six stages
 * @property {boolean} forced     tokens were put in by hand
 * @property {number | null} block_size  how many of the last tokens a GPT sees
 *
 * @typedef {{ code: string, warnings: string[] }} Code
 */

/** @typedef {"javascript" | "pytorch" | "numpy" | "transformers" | "vllm" | "llama.cpp"} Target */

/** @type {readonly Target[]} */
export const TARGETS = Object.freeze(["javascript", "pytorch", "numpy", "transformers", "vllm", "llama.cpp"]);

/**
 * @param {Target} target
 * @param {{ snapshot: Snapshot, run: Run }} what
 * @returns {Code}
 */
export function codeFor(target, { snapshot, run }) {
  const asked = askedOf(run);
  const { code, warnings } = WRITERS[target](asked, snapshot);
  if (target === "javascript") return { code, warnings };
  const ours = [...(isGpt(snapshot.model.kind) ? [WORDS.gpt] : []), ...(asked.forced ? [WORDS.forced] : [])];
  return { code, warnings: [...ours, ...warnings] };
}

/** @param {Run} run @returns {Asked} */
function askedOf({ settings, seed, tokens }) {
  const number = (/** @type {string} */ name, /** @type {number} */ off) => Number(settings[name] ?? off);
  return {
    temperature: number("temperature", 1),
    top_k: number("top_k", 0),
    top_p: number("top_p", 1),
    min_p: number("min_p", 0),
    repetition_penalty: number("repetition_penalty", 1),
    presence_penalty: number("presence_penalty", 0),
    frequency_penalty: number("frequency_penalty", 0),
    max_new_tokens: number("max_new_tokens", tokens.length),
    seed: seed ?? 0n,
    rng: String(settings.rng ?? "philox"),
    order: orderOf({ order: /** @type {string[]} */ (settings.order ?? []).join() }),
    forced: settings.forced_tokens !== undefined,
    block_size: settings.block_size === undefined ? null : Number(settings.block_size),
  };
}

const WORDS = {
  gpt: "For the same probabilities, load the same weights there: Hugging Face’s GPT2LMHeadModel reads this layout, others convert it.",
  forced: "Tokens that were put in by hand cannot be written here: the text goes its own way from the first of them.",
  seed: "The same seed gives another text there: the generators differ. The probabilities are the same.",
  order_hf: "transformers applies temperature, top-k, top-p, min-p in this order and no other.",
  order_vllm: "vLLM applies temperature, then min-p, then top-k and top-p, in this order and no other.",
  on_p: "Where the mass before a token is exactly top-p, that token is dropped there and kept here.",
  exactly_k: "llama.cpp keeps exactly k tokens; here all that are tied with the k-th stay.",
  no_penalties: "transformers has no presence and no frequency penalty: they are left out.",
  both: "vLLM and llama.cpp take presence and frequency from the output; the repetition penalty looks at the prompt, too.",
  window: "llama.cpp’s penalties look back --repeat-last-n tokens; −1 is the whole context.",
  small_t: "vLLM raises a temperature below 0.01 to 0.01.",
  seed32: "llama.cpp’s seed has 32 bits: this one is cut to its last 32.",
};

/** @type {Record<Target, (asked: Asked, snapshot: Snapshot) => Code>} */
const WRITERS = {
  javascript,
  pytorch: (asked) => ({ code: pytorchCode(asked), warnings: asked.rng === "philox" ? [WORDS.seed] : [] }),
  numpy: (asked) => ({ code: numpyCode(asked), warnings: [WORDS.seed] }),
  transformers,
  vllm,
  "llama.cpp": llamaCpp,
};

/** @param {Asked} asked @param {Snapshot} snapshot @returns {Code} */
function javascript(asked, { prompt, model, forced }) {
  const options = {
    prompt: model.kind === "logits" ? "" : prompt,
    max_new_tokens: asked.max_new_tokens,
    temperature: asked.temperature,
    top_k: asked.top_k,
    top_p: asked.top_p,
    min_p: asked.min_p,
    repetition_penalty: asked.repetition_penalty,
    presence_penalty: asked.presence_penalty,
    frequency_penalty: asked.frequency_penalty,
    order: asked.order,
    rng: asked.rng,
    ...(asked.block_size && { block_size: asked.block_size }),
  };
  const lines = Object.entries(options).map(([name, value]) => `  ${name}: ${JSON.stringify(value)},`);
  if (Object.keys(forced).length > 0) lines.push(`  forced_tokens: ${JSON.stringify(forced)},`);
  const code = `import { createLab } from "logitlab";

const lab = await createLab();
${modelLines(model)}
const run = lab.generate({
  model,
${lines.join("\n")}
  seed: ${asked.seed}n,
});
for await (const step of run) if (step.finished) console.log(step.text);
lab.dispose();
`;
  return { code, warnings: [] };
}

/** @param {import("../types.js").ModelChoice} model */
function modelLines(model) {
  const { kind, seed, rng, text, smoothing, logits, labels } = model;
  if (isGpt(kind)) return gptLine(model);
  if (kind === "bigram")
    return `const model = await lab.model({ kind: "bigram", rng: "${rng}", seed: ${seed.trim() || 0}n });`;
  if (kind === "counted")
    return `const model = await lab.model({ kind: "counted", text: ${JSON.stringify(text)}, smoothing: ${Number(smoothing) || 0.1} });`;
  if (kind === "logits") return logitsLine(logits, labels);
  return `// The lesson's model is drawn after three samples from the same stream.
const generator = await lab.generator("torch", 123);
for (const settings of [{ temperature: 2 }, { top_k: 2 }, { top_p: 0.9 }])
  await lab.sample([2.0, -1.5, 0.3, 4.2, -0.8], settings, { generator });
const model = await lab.model({ kind: "bigram", generator });`;
}

/** @param {string} typed @param {string} names */
function logitsLine(typed, names) {
  const read = parseLogits(typed);
  const numbers = "logits" in read ? read : { logits: [], labels: null };
  const named = parseLabels(names, numbers);
  const labels = "labels" in named && named.labels ? `, labels: ${JSON.stringify(named.labels)}` : "";
  return `const model = await lab.model({ kind: "logits", logits: [${numbers.logits.join(", ")}]${labels} });`;
}

/** A GPT: ours, one from an address, or from a file that the reader has to have. @param {import("../types.js").ModelChoice} model */
function gptLine(model) {
  if (model.kind === "own-gpt" && model.address.trim() === "")
    return `// The file that was chosen, from wherever it lies.
import { openAsBlob } from "node:fs";
const source = await openAsBlob(${JSON.stringify(model.files.split("/")[0])});
const model = await lab.model({ kind: "gpt", source, kv_cache: ${model.kv_cache === "on"} });`;
  return `const model = await lab.model(${JSON.stringify(modelSpec(model))});`;
}

/** The order of the stages that are on. @param {Asked} asked @param {string[]} theirs */
const isOrder = ({ order }, theirs) => order.filter((stage) => theirs.includes(stage)).join() === theirs.join();

/** @param {Asked} asked @returns {Code} */
function transformers(asked) {
  const warnings = [WORDS.seed];
  if (!isOrder(asked, ["temperature", "top_k", "top_p", "min_p"])) warnings.push(WORDS.order_hf);
  if (asked.top_p < 1) warnings.push(WORDS.on_p);
  if (asked.presence_penalty !== 0 || asked.frequency_penalty !== 0) warnings.push(WORDS.no_penalties);
  const greedy = asked.temperature === 0;
  const code = `from transformers import GenerationConfig, set_seed

set_seed(${asked.seed % 2n ** 32n})
config = GenerationConfig(
    do_sample=${greedy ? "False" : "True"},
    temperature=${greedy ? "1.0" : float(asked.temperature)},
    top_k=${asked.top_k},
    top_p=${float(asked.top_p)},
    min_p=${asked.min_p > 0 ? float(asked.min_p) : "None"},
    typical_p=1.0,
    epsilon_cutoff=0.0,
    eta_cutoff=0.0,
    repetition_penalty=${float(asked.repetition_penalty)},
    max_new_tokens=${asked.max_new_tokens},
)
out = model.generate(**tokenizer(prompt, return_tensors="pt"), generation_config=config)
`;
  return { code, warnings };
}

/** @param {Asked} asked @returns {Code} */
function vllm(asked) {
  const warnings = [WORDS.seed];
  if (!isOrder(asked, ["temperature", "min_p", "top_k", "top_p"])) warnings.push(WORDS.order_vllm);
  if (asked.top_p < 1) warnings.push(WORDS.on_p);
  if (asked.temperature > 0 && asked.temperature < 0.01) warnings.push(WORDS.small_t);
  if (asked.repetition_penalty !== 1) warnings.push(WORDS.both);
  const code = `from vllm import SamplingParams

params = SamplingParams(
    temperature=${float(asked.temperature)},
    top_k=${asked.top_k},
    top_p=${asked.top_p > 0 ? float(asked.top_p) : "1e-9"},
    min_p=${float(asked.min_p)},
    repetition_penalty=${float(asked.repetition_penalty)},
    presence_penalty=${float(asked.presence_penalty)},
    frequency_penalty=${float(asked.frequency_penalty)},
    seed=${asked.seed % 2n ** 63n},
    max_tokens=${asked.max_new_tokens},
)
out = llm.generate([prompt], params)
`;
  return { code, warnings };
}

/** @type {Record<string, string>} */
const SAMPLERS = { penalties: "penalties", temperature: "temperature", top_k: "top_k", top_p: "top_p", min_p: "min_p" };

/** @param {Asked} asked @returns {Code} */
function llamaCpp(asked) {
  const warnings = [WORDS.seed];
  if (asked.top_k > 0) warnings.push(WORDS.exactly_k);
  if (asked.top_p < 1) warnings.push(WORDS.on_p);
  if (asked.repetition_penalty !== 1 || asked.presence_penalty !== 0 || asked.frequency_penalty !== 0)
    warnings.push(WORDS.window);
  if (asked.seed >= 2n ** 32n) warnings.push(WORDS.seed32);
  const samplers = asked.order.filter((stage) => stage in SAMPLERS).map((stage) => SAMPLERS[stage]);
  const code = `llama-cli -m model.gguf -p "$PROMPT" \\
  --samplers "${samplers.join(";")}" \\
  --temp ${asked.temperature} \\
  --top-k ${asked.top_k} \\
  --top-p ${float(asked.top_p)} \\
  --min-p ${float(asked.min_p)} \\
  --top-nsigma -1 \\
  --typical 1.0 \\
  --xtc-probability 0.0 \\
  --dry-multiplier 0.0 \\
  --repeat-penalty ${float(asked.repetition_penalty)} \\
  --repeat-last-n -1 \\
  --presence-penalty ${float(asked.presence_penalty)} \\
  --frequency-penalty ${float(asked.frequency_penalty)} \\
  --mirostat 0 \\
  --seed ${asked.seed % 2n ** 32n} \\
  -n ${asked.max_new_tokens}
`;
  return { code, warnings };
}
