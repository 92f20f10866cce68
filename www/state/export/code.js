import { SETTINGS_ELSEWHERE, STAGES_ELSEWHERE } from "../../generated/elsewhere.js";
import { inSentence } from "../../lib/format.js";
import { isGpt } from "../models.js";
import { ORDERS } from "../presets.js";
import { isGreedy, isList, isNumber, OF_STAGES, orderOf, SETTINGS, settingsOf, stageNamed } from "../settings.js";
import { modelLines } from "./model.js";
import { isOn, leftOut, literal, numpyCode, pytorchCode } from "./python.js";

/**
 * A run's settings in the words of other systems. Every flag is written out, because their defaults are not neutral.
 *
 * @typedef {import("../types.js").Run} Run
 * @typedef {import("../types.js").Snapshot} Snapshot
 * @typedef {import("../form.js").Form} Form
 * @typedef {import("../settings.js").Setting} Setting
 *
 * @typedef {object} Asked  What was asked for.
 * @property {Readonly<Record<string, number | string | object | null>>} values  every setting of a stage; one that is off has the value that changes nothing
 * @property {boolean} greedy     the most likely token is always taken
 * @property {number} max_new_tokens
 * @property {bigint} seed
 * @property {string} rng
 * @property {string[]} order     all stages
 * @property {boolean} forced     tokens were put in by hand
 * @property {boolean} has_template  the model has a chat template
 * @property {Record<string, unknown>} others  set, and of no stage
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
  const ours = [
    ...(isGpt(snapshot.model.kind) ? [run.model.config?.activation === "silu" ? WORDS.weights : WORDS.gpt] : []),
    ...(isMessage(asked, snapshot) ? [WORDS.chat] : []),
    ...(asked.forced ? [WORDS.forced] : []),
  ];
  return { code, warnings: [...ours, ...warnings] };
}

/** Whether the prompt was put into a chat template. @param {Asked} asked @param {Snapshot} snapshot */
const isMessage = ({ has_template }, { model }) => has_template && isGpt(model.kind) && model.chat === "on";

/** @param {Run} run @returns {Asked} */
function askedOf({ settings, seed, tokens, model }) {
  const values = OF_STAGES.map((setting) => {
    const value = settings[setting.name] ?? setting.off;
    return [setting.name, isNumber(setting) ? asNumber(value) : value];
  });
  return {
    values: Object.fromEntries(values),
    greedy: isGreedy(settings),
    max_new_tokens: Number(settings.max_new_tokens ?? tokens.length),
    seed: seed ?? 0n,
    rng: String(settings.rng ?? "philox"),
    order: orderOf({ order: /** @type {string[]} */ (settings.order ?? []).join() }),
    forced: settings.forced_tokens !== undefined,
    has_template: Boolean(model.config?.chat_template),
    block_size: settings.block_size === undefined ? null : Number(settings.block_size),
    others: Object.fromEntries(OTHERS.filter(({ name }) => name in settings).map(({ name }) => [name, settings[name]])),
  };
}

/** Settings of no stage that have no place of their own in a program. */
const OTHERS = SETTINGS.filter(
  ({ stage, kind, name }) =>
    stage === "" && !["seed", "choice", "order"].includes(kind) && !["max_new_tokens", "block_size"].includes(name),
);

/** What a program in Python leaves out. @param {Asked} asked @param {"pytorch" | "numpy"} target */
const inPython = (asked, target) => [...leftOut(asked, target), ...SETTINGS.filter(({ name }) => name in asked.others)];

/** @param {readonly Setting[]} settings */
const unwritten = (settings) => settings.map(({ label }) => WORDS.unwritten(inSentence(label)));

/** @param {unknown} value */
const asNumber = (value) => (value === null ? null : Number(value));

const WORDS = {
  weights: "For the same probabilities, load the same weights there.",
  chat: "The prompt is a message: put it into the model’s chat template there, too.",
  gpt: "For the same probabilities, load the same weights there: Hugging Face’s GPT2LMHeadModel reads this layout, others convert it.",
  forced: "Tokens that were put in by hand cannot be written here: the text goes its own way from the first of them.",
  seed: "The same seed gives another text there: the generators differ. The probabilities are the same.",
  seed32: "llama.cpp’s seed has 32 bits: this one is cut to its last 32.",
  /** @param {string} system @param {string[]} order */
  order: (system, order) => `${NAMES[system]} applies ${order.join(", ")} in this order and no other.`,
  /** @param {string} system @param {string} label */
  absent: (system, label) => `${NAMES[system]} has no ${label}: it is left out.`,
  /** @param {string} label */
  unwritten: (label) => `This program leaves out ${label}.`,
};

/** @type {Record<string, string>} */
const NAMES = { transformers: "transformers", vllm: "vLLM", "llama.cpp": "llama.cpp" };

/** @type {Record<Target, (asked: Asked, snapshot: Snapshot) => Code>} */
const WRITERS = {
  javascript,
  pytorch: (asked) => ({
    code: pytorchCode(asked),
    warnings: [...(asked.rng === "philox" ? [WORDS.seed] : []), ...unwritten(inPython(asked, "pytorch"))],
  }),
  numpy: (asked) => ({ code: numpyCode(asked), warnings: [WORDS.seed, ...unwritten(inPython(asked, "numpy"))] }),
  transformers,
  vllm,
  "llama.cpp": llamaCpp,
};

/** @param {Asked} asked @param {Snapshot} snapshot @returns {Code} */
function javascript(asked, snapshot) {
  const { prompt, model, forced } = snapshot;
  const options = {
    max_new_tokens: asked.max_new_tokens,
    ...asked.values,
    order: asked.order,
    rng: asked.rng,
    ...(asked.block_size && { block_size: asked.block_size }),
    ...asked.others,
  };
  const text = JSON.stringify(model.kind === "logits" ? "" : prompt);
  const message = `await model.chatText([{ role: "user", content: ${text} }])`;
  const lines = [`  prompt: ${isMessage(asked, snapshot) ? message : text},`];
  for (const [name, value] of Object.entries(options)) lines.push(`  ${name}: ${inJavaScript(value)},`);
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

/** JSON, with the one number that it has no word for. @param {unknown} value */
const inJavaScript = (value) =>
  JSON.stringify(value, (_, part) => (part === -Infinity ? "-Infinity" : part)).replaceAll('"-Infinity"', "-Infinity");

/** What a setting is called in another system, if it has it. @param {string} system @param {string} name */
const nameIn = (system, name) => SETTINGS_ELSEWHERE[name]?.names[system];

/**
 * What each setting is called in another system, with its value as a literal; those that it does not have are left out.
 * @param {string} system
 * @param {Asked} asked
 * @returns {{ name: string, value: string, setting: Setting }[]}
 */
const named = (system, { values }) =>
  OF_STAGES.flatMap((setting) => {
    const name = nameIn(system, setting.name);
    const value = values[setting.name];
    if (name === undefined || value === null) return [];
    if (setting.kind === "form")
      return formIn(system, /** @type {Form} */ (value)).map((form) => ({ ...form, setting }));
    return [{ name, value: SHAPED[system](setting, value, name), setting }];
  });

/** How each system takes a value. @type {Record<string, (setting: Setting, value: any, name: string) => string>} */
const SHAPED = {
  vllm: literal,
  // Biases of single tokens are sequences of one there.
  transformers: (setting, value) =>
    literal(setting, setting.kind === "bias" ? Object.entries(value).map(([id, bias]) => [[Number(id)], bias]) : value),
  // Of several, each has a flag of its own.
  "llama.cpp": (setting, value, name) => {
    if (!isList(setting)) return literal(setting, value);
    const items =
      setting.kind === "bias"
        ? Object.entries(value).map(
            ([id, bias]) => `${id}${bias < 0 ? "" : "+"}${String(bias).replace("Infinity", "inf")}`,
          )
        : value.map((/** @type {unknown} */ item) => JSON.stringify(item));
    return items.join(` \\\n  ${name} `);
  },
};

/** Flags by their names; of two lists of one name one is made. @param {[name: string, value: string][]} given */
function flagsOf(given) {
  /** @type {Record<string, string>} */
  const flags = {};
  for (const [name, value] of given)
    flags[name] = flags[name]?.startsWith("[") ? `${flags[name].slice(0, -1)}, ${value.slice(1)}` : value;
  return flags;
}

/**
 * How another system is told what the output has to be; nothing where it does not read that language.
 * @param {string} system
 * @param {Form} form
 * @returns {{ name: string, value: string }[]}
 */
function formIn(system, form) {
  const [[language, text]] = Object.entries(form);
  if (system === "vllm") {
    const name = { json_schema: "json" }[language] ?? language;
    return [{ name: "structured_outputs", value: `StructuredOutputsParams(${name}=${JSON.stringify(text)})` }];
  }
  const flag = language === "json_schema" ? "--json-schema" : text.includes("::=") ? "--grammar" : null;
  return flag ? [{ name: flag, value: `'${text.replaceAll("'", "'\\''")}'` }] : [];
}

/**
 * What the system does not have or does in another way, of what is on.
 * @param {string} system
 * @param {Asked} asked
 */
function differences(system, asked) {
  const on = OF_STAGES.filter((setting) => isOn(setting, asked));
  const fixed = ORDERS.find((preset) => preset.fixed.includes(system));
  const theirs = orderOf({ order: fixed?.order ?? "" }).filter(
    (stage) => nameIn(system, settingsOf(stage)[0].name) !== undefined && (stageNamed(stage)?.filter || isScale(stage)),
  );
  const isTheirs = asked.order.filter((stage) => theirs.includes(stage)).join() === theirs.join();
  const labels = theirs.map((stage) => inSentence(stageNamed(stage)?.label ?? stage));
  return [
    WORDS.seed,
    ...(fixed && !isTheirs ? [WORDS.order(system, labels)] : []),
    ...on
      .filter((setting) => !isThere(system, setting, asked))
      .map(({ label }) => WORDS.absent(system, inSentence(label))),
    ...unwritten(SETTINGS.filter(({ name }) => name in asked.others)),
    ...new Set(on.flatMap(({ name }) => SETTINGS_ELSEWHERE[name]?.differs[system] ?? [])),
  ];
}

/** Whether a system has a setting, at the value that it has here. @param {string} system @param {Setting} setting @param {Asked} asked */
function isThere(system, { name, kind }, { values }) {
  const isRead = kind !== "form" || formIn(system, /** @type {Form} */ (values[name])).length > 0;
  return nameIn(system, name) !== undefined && isRead;
}

/** Whether a stage can make the draw greedy: it scales all logits. @param {string} name */
const isScale = (name) => OF_STAGES.some(({ stage, greedy }) => stage === name && greedy !== null);

/** @param {Asked} asked @returns {Code} */
function transformers(asked) {
  const given = named("transformers", asked).map(({ name, value, setting }) => {
    // There greedy is a switch of its own.
    const isGreedyValue = setting.greedy !== null && asked.values[setting.name] === setting.greedy;
    return /** @type {[string, string]} */ ([name, isGreedyValue ? literal(setting, setting.off ?? 1) : value]);
  });
  const flags = flagsOf(given);
  const code = `from transformers import GenerationConfig, set_seed

set_seed(${BigInt.asUintN(32, asked.seed)})
config = GenerationConfig(
    do_sample=${asked.greedy ? "False" : "True"},
${argumentsOf(flags)}
    max_new_tokens=${asked.max_new_tokens},
)
out = model.generate(**tokenizer(prompt, return_tensors="pt"), generation_config=config)
`;
  return { code, warnings: differences("transformers", asked) };
}

/** @param {Record<string, string>} flags */
const argumentsOf = (flags) =>
  Object.entries(flags)
    .map(([name, value]) => `    ${name}=${value},`)
    .join("\n");

/** @param {Asked} asked @returns {Code} */
function vllm(asked) {
  const given = named("vllm", asked).map(({ name, value, setting }) => {
    // A probability that is off at 1 has to be above 0 there.
    const isTooSmall = setting.kind === "probability" && setting.off === 1 && asked.values[setting.name] === 0;
    return [name, isTooSmall ? "1e-9" : value];
  });
  const imports = given.some(([name]) => name === "structured_outputs")
    ? "\nfrom vllm.sampling_params import StructuredOutputsParams"
    : "";
  const code = `from vllm import SamplingParams${imports}

params = SamplingParams(
${argumentsOf(Object.fromEntries(given))}
    seed=${BigInt.asUintN(63, asked.seed)},
    max_tokens=${asked.max_new_tokens},
)
out = llm.generate([prompt], params)
`;
  return { code, warnings: differences("vllm", asked) };
}

/** Flags of llama.cpp that are not neutral by default and that no setting here stands for. */
const NEUTRAL_IN_LLAMA_CPP = {
  "--top-nsigma": "-1",
  "--dry-penalty-last-n": "-1",
  "--repeat-last-n": "-1",
};

/** @param {Asked} asked @returns {Code} */
function llamaCpp(asked) {
  const samplers = asked.order.map((stage) => STAGES_ELSEWHERE[stage]?.sampler ?? "").filter((name) => name !== "");
  const given = named("llama.cpp", asked).map(({ name, value }) => [name, value]);
  const switches = OF_STAGES.filter(({ helps }) => !helps)
    .map((setting) => [...(STAGES_ELSEWHERE[setting.stage]?.switch ?? "").split(" "), isOn(setting, asked)])
    .filter(([flag]) => flag !== "")
    .map(([flag, value, on]) => [flag, on ? value : "0"]);
  const flags = Object.entries({
    ...NEUTRAL_IN_LLAMA_CPP,
    ...Object.fromEntries(given),
    ...Object.fromEntries(switches),
  });
  const code = `llama-cli -m model.gguf -p "$PROMPT" \\
  --samplers "${samplers.join(";")}" \\
${flags.map(([name, value]) => `  ${name} ${value} \\`).join("\n")}
  --seed ${BigInt.asUintN(32, asked.seed)} \\
  -n ${asked.max_new_tokens}
`;
  const seed32 = asked.seed > 0xffff_ffffn ? [WORDS.seed32] : [];
  return { code, warnings: [...differences("llama.cpp", asked), ...seed32] };
}
