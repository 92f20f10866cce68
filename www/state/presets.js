import { KNOBS } from "./knobs.js";

/**
 * Settings and orders that have a name.
 *
 * @typedef {{ name: string, sentence: string, fields: import("./types.js").Fields }} Preset
 */

/** What a preset leaves as it is. */
const KEPT = ["seed", "rng", "max_new_tokens"];

const NEUTRAL = Object.fromEntries(KNOBS.filter(({ name }) => !KEPT.includes(name)).map(({ name }) => [name, ""]));

const LLAMA_CPP = "bias,penalties,top_k,top_p,min_p,temperature";
const VLLM = "bias,penalties,temperature,min_p,top_k,top_p";

/** @param {string} name @param {string} sentence @param {import("./types.js").Fields} fields @returns {Preset} */
const preset = (name, sentence, fields) => ({ name, sentence, fields: { ...NEUTRAL, ...fields } });

/** Each sets every knob but seed, random numbers and length. */
export const PRESETS = Object.freeze([
  preset("The model as it is", "No stage on: every token has the probability the model gave it.", { temperature: "1" }),
  preset("Greedy", "Always the likeliest token. No coin is thrown, so the seed does not matter.", { temperature: "0" }),
  preset("Careful", "A low temperature and a tight top-p: the usual, seldom a surprise.", {
    temperature: "0.5",
    top_p: "0.8",
  }),
  preset("Bold", "A high temperature, with min-p to keep out what is far below the best.", {
    temperature: "1.4",
    min_p: "0.05",
  }),
  preset("The lesson’s top-p", "Temperature 1 and the tokens that cover 90%.", { temperature: "1", top_p: "0.9" }),
  preset("A text in circles", "So low a temperature that the best token nearly always wins: the text repeats itself.", {
    temperature: "0.05",
  }),
  preset("Against repetition", "Every token that was there before becomes less likely.", {
    temperature: "0.8",
    repetition_penalty: "1.3",
    frequency_penalty: "0.2",
  }),
  preset("transformers’ defaults", "Hugging Face’s generate with sampling on: the 50 best, nothing else.", {
    temperature: "1",
    top_k: "50",
  }),
  preset("llama.cpp’s defaults", "Its four filters, in its order: the temperature comes last.", {
    temperature: "0.8",
    top_k: "40",
    top_p: "0.95",
    min_p: "0.05",
    order: LLAMA_CPP,
  }),
]);

/** Orders of the stages; "" is the default. */
export const ORDERS = Object.freeze([
  {
    name: "the lesson, transformers",
    order: "",
    sentence: "Temperature first: the filters see the sharpened distribution.",
  },
  { name: "llama.cpp", order: LLAMA_CPP, sentence: "Temperature last: the filters see the model’s own distribution." },
  { name: "vLLM", order: VLLM, sentence: "Min-p before top-k and top-p." },
]);
