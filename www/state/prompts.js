import { RECORDED_PROMPTS } from "./recorded.js";

/**
 * Example prompts, for each kind of model. A model of letters continues well after a space. In a language model's vocabulary a word includes the
 * space before it, so its prompts must not end in one.
 *
 * @typedef {import("./types.js").ModelChoice["kind"]} Kind
 */

/** For models of letters. The first is the site's, the last an element's own. */
const OF_LETTERS = Object.freeze(["once there was a ", "the old man ", "in the morning ", "the "]);

/** For language models. The short ones come first, because one is offered beside the text. */
const [FIRST, ...OTHERS] = RECORDED_PROMPTS;
const OF_WORDS = Object.freeze([FIRST, ...OTHERS.sort((a, b) => a.length - b.length)]);

/** @type {Partial<Record<Kind, readonly string[]>>} */
const SUITABLE = {
  notebook: OF_LETTERS,
  bigram: OF_LETTERS,
  counted: OF_LETTERS,
  gpt: OF_LETTERS,
  smollm2: OF_WORDS,
  recorded: OF_WORDS,
};

/** Examples for a kind of model; those of letters where nothing is known about it. @param {Kind} kind */
export const promptsFor = (kind) => SUITABLE[kind] ?? OF_LETTERS;

/**
 * The prompt after a change of the model. It stays, unless it is an example for another kind of model, or the new model was recorded after its
 * own prompts alone.
 * @param {Kind} kind
 * @param {string} prompt
 */
export function promptFor(kind, prompt) {
  const suitable = SUITABLE[kind];
  const isExample = [...OF_LETTERS, ...OF_WORDS].includes(prompt);
  if (!suitable || suitable.includes(prompt) || !(isExample || kind === "recorded")) return prompt;
  return suitable[0];
}
