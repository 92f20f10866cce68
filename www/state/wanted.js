import { knownGpt } from "./models.js";
import { windowOf } from "./run.js";
import { engineSettings } from "./settings.js";

/**
 * What the text that is wanted is made with.
 *
 * @typedef {import("./types.js").LabState} LabState
 */

/**
 * What the engine is given, once its lists are read.
 * @param {LabState} state
 * @param {unknown} n_wanted tokens; undefined: left to the engine
 */
export function settingsOf(state, n_wanted) {
  const { fields, forced } = state;
  return {
    ...windowOf(knownGpt(state)?.block_size),
    ...engineSettings(fields),
    ...(n_wanted === undefined ? {} : { max_new_tokens: n_wanted }),
    ...(Object.keys(forced).length === 0 ? {} : { forced_tokens: forced }),
  };
}

/** What a text is a function of, apart from its length. @param {LabState} state */
export const madeOf = ({ prompt, model, fields, forced }) => ({ prompt, model, fields, forced });

/** How long a text is decides about none of its tokens. */
const LENGTH = "max_new_tokens";

/**
 * Whether a text with other settings is wanted than the one that is there, of the same model and after the same prompt.
 * @param {LabState} state
 */
export function isRetuned({ run, prompt, model, fields, forced }) {
  const made_of = run?.made_of;
  if (!made_of || made_of.prompt !== prompt || made_of.model !== model) return false;
  const isOther = (/** @type {string} */ name) => name !== LENGTH && made_of.fields[name] !== fields[name];
  return made_of.forced !== forced || (made_of.fields !== fields && Object.keys(fields).some(isOther));
}
