import { RECORDED_PROMPTS } from "./recorded.js";

/**
 * Prompts of ours. A prompt that suits one model need not suit another: letters stand by themselves, so a text of letters goes on after a space,
 * while a language model's words have the space before them in them, so after a space of its own it has no word to go on with.
 *
 * @typedef {import("./types.js").ModelChoice["kind"]} Kind
 */

/** For models whose tokens are letters: what the site begins with, and an element. */
const OF_LETTERS = Object.freeze(["once there was a ", "the old man ", "in the morning ", "the "]);

/** For a language model, short ones first: one is offered beside the text. */
const [FIRST, ...OTHERS] = RECORDED_PROMPTS;
const OF_WORDS = Object.freeze([FIRST, ...OTHERS.sort((a, b) => a.length - b.length)]);

/** For each kind of model that they suit. @type {Partial<Record<Kind, readonly string[]>>} */
const SUITABLE = {
  notebook: OF_LETTERS,
  bigram: OF_LETTERS,
  counted: OF_LETTERS,
  gpt: OF_LETTERS,
  smollm2: OF_WORDS,
  recorded: OF_WORDS,
};

/** Prompts to begin with, those of letters where nothing is known of a model. @param {Kind} kind */
export const promptsFor = (kind) => SUITABLE[kind] ?? OF_LETTERS;

/**
 * The prompt that another model goes on with: the same, but for one of ours that suits only the model before, and where there is no other than ours.
 * @param {Kind} kind
 * @param {string} prompt
 */
export function promptFor(kind, prompt) {
  const suitable = SUITABLE[kind];
  const isOurs = [...OF_LETTERS, ...OF_WORDS].includes(prompt);
  if (!suitable || suitable.includes(prompt) || !(isOurs || kind === "recorded")) return prompt;
  return suitable[0];
}
