import { isGpt, isOnShelf } from "./models.js";
import { promptFor } from "./prompts.js";

/**
 * What a choice of model, prompt or settings makes of the state. A GPT that is not there yet is only wanted: model and text stay.
 *
 * @typedef {import("./types.js").LabState} LabState
 * @typedef {import("./types.js").ModelChoice} ModelChoice
 * @typedef {import("./types.js").Forced} Forced
 */

/**
 * @template {object} T
 * @param {T} before
 * @param {Partial<T>} [change]
 * @returns {T} the same object where nothing changes
 */
export function merged(before, change = {}) {
  const isSame = Object.entries(change).every(([name, value]) => /** @type {any} */ (before)[name] === value);
  return isSame ? before : { ...before, ...change };
}

/**
 * Nothing put in place of a drawn token. Another model or prompt is another text, to which it would not belong.
 * @param {Forced} forced
 * @returns {Forced} the same object if it is empty already
 */
export const none = (forced) => (Object.keys(forced).length === 0 ? forced : {});

/**
 * A model was chosen, or one that was wanted is loaded. An example prompt for another kind of model is replaced.
 * @param {LabState} state
 * @param {Partial<ModelChoice>} change
 * @returns {LabState}
 */
export function modelled(state, change) {
  const next = inForce(state, { ...(state.shelf.wanted ?? state.model), ...change });
  const isSame = next.model === state.model;
  if (isSame) return { ...state, ...next };
  // Forced tokens of a link belong to its own prompt.
  const { promised } = state.shelf;
  const prompt = promised ? state.prompt : promptFor(next.model.kind, state.prompt);
  return { ...state, ...next, prompt, forced: promised ?? none(state.forced) };
}

/**
 * Several things at once, by a link or a program. What belongs to a model that is not there yet is kept for it.
 * @param {LabState} state
 * @param {{ prompt?: string, model?: Partial<ModelChoice>, fields?: import("./types.js").Fields, forced?: Forced, goal?: LabState["goal"] }} settings
 * @returns {LabState}
 */
export function settled(state, { prompt = state.prompt, model, fields, forced, goal = state.goal }) {
  const next = inForce(state, { ...(state.shelf.wanted ?? state.model), ...model });
  const isOther = prompt !== state.prompt || next.model !== state.model;
  const put = forced ?? (isOther ? none(state.forced) : state.forced);
  const waits = next.shelf.wanted !== null && model !== undefined;
  return {
    ...state,
    prompt,
    goal,
    fields: merged(state.fields, fields),
    model: next.model,
    shelf: waits ? { ...next.shelf, promised: put } : next.shelf,
    forced: equal(waits ? none(state.forced) : put, state.forced),
  };
}

/**
 * @param {LabState} state
 * @param {ModelChoice} choice
 * @returns {Pick<LabState, "model" | "shelf">}
 */
export function inForce({ model, shelf }, choice) {
  const isThere = !isGpt(choice.kind) || isOnShelf(choice, shelf);
  if (!isThere) {
    const wanted = merged(shelf.wanted ?? choice, choice);
    return { model, shelf: merged(shelf, { wanted, problem: null, python: null, cancelled: false }) };
  }
  const none_wanted = { wanted: null, promised: null, problem: null, python: null, cancelled: false };
  return { model: merged(model, choice), shelf: merged(shelf, none_wanted) };
}

/** @param {Forced} next @param {Forced} before */
const equal = (next, before) => (JSON.stringify(next) === JSON.stringify(before) ? before : next);

/**
 * Whether the GPT that a link or a program names is on its way: no other model draws in its place meanwhile.
 * @param {LabState} state
 */
export const isPromisedComing = ({ shelf }) => shelf.promised !== null && shelf.at !== null;

/**
 * The model and the tokens put in by hand, also where a link has named them and the model is not there yet.
 * @param {LabState} state
 */
export const promised = ({ model, forced, shelf }) =>
  shelf.wanted && shelf.promised ? { model: shelf.wanted, forced: shelf.promised } : { model, forced };
