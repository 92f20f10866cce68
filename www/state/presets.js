/**
 * Settings and orders that have a name. They come with the tabs: what the first screen needs is in start.js.
 *
 * @typedef {{ name: string, sentence: string, fields: import("./types.js").Fields }} Preset
 */

const LLAMA_CPP =
  "bias,bad_words,constraint,penalties,dry,no_repeat_ngram,top_n_sigma,top_k,top_p,min_p,xtc,temperature";
const VLLM = "bias,bad_words,constraint,penalties,dry,no_repeat_ngram,temperature,min_p,top_k,top_p";

/** @param {string} name @param {string} sentence @param {import("./types.js").Fields} fields @returns {Preset} */
const preset = (name, sentence, fields) => ({ name, sentence, fields });

/** What each names, it sets; every other setting but seed, random numbers and length becomes empty. */
export const PRESETS = Object.freeze([
  preset("The model as it is", "No stage on: every token has the probability the model gave it.", { temperature: "1" }),
  preset("Greedy", "Always the most likely token. No random number is used, so the seed does not matter.", {
    temperature: "0",
  }),
  preset("Careful", "A low temperature and a tight top-p: the usual words, few surprises.", {
    temperature: "0.5",
    top_p: "0.8",
  }),
  preset("Bold", "A high temperature, with min-p to keep out what is far less likely than the most likely token.", {
    temperature: "1.4",
    min_p: "0.05",
  }),
  preset("The lesson’s top-p", "Temperature 1 and the most likely tokens that together have 90%.", {
    temperature: "1",
    top_p: "0.9",
  }),
  preset(
    "A text in circles",
    "A temperature so low that the most likely token nearly always wins: the text repeats itself.",
    {
      temperature: "0.05",
    },
  ),
  preset("Against repetition", "Every token already in the text becomes less likely.", {
    temperature: "0.8",
    repetition_penalty: "1.3",
    frequency_penalty: "0.2",
  }),
  preset(
    "transformers’ defaults",
    "Hugging Face’s generate with sampling on: the 50 most likely tokens, nothing else.",
    {
      temperature: "1",
      top_k: "50",
    },
  ),
  preset("llama.cpp’s defaults", "Its four filters, in its order: the temperature comes last.", {
    temperature: "0.8",
    top_k: "40",
    top_p: "0.95",
    min_p: "0.05",
    order: LLAMA_CPP,
  }),
]);

/**
 * Orders of the stages; "" is the default. `fixed`: systems that know no other.
 * @type {readonly { name: string, order: string, sentence: string, fixed: readonly string[] }[]}
 */
export const ORDERS = Object.freeze([
  {
    name: "the lesson, transformers",
    order: "",
    sentence: "Temperature first: the filters see the sharpened distribution.",
    fixed: ["transformers"],
  },
  {
    name: "llama.cpp",
    order: LLAMA_CPP,
    sentence: "Temperature last: the filters see the model’s own distribution.",
    fixed: [],
  },
  { name: "vLLM", order: VLLM, sentence: "Min-p before top-k and top-p.", fixed: ["vllm"] },
]);
