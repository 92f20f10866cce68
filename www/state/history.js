import { inForce } from "./chosen.js";
import { isGreedy } from "./run.js";

/**
 * Undo and redo. What can be undone is what was set; the text follows from it.
 *
 * @typedef {import("./types.js").LabState} LabState
 * @typedef {import("./types.js").Snapshot} Snapshot
 * @typedef {import("./lab-state.js").Action} Action
 *
 * @typedef {object} Difference
 * @property {number} index            the first new token that differs, or their number when none does
 * @property {number | undefined} was
 * @property {number | undefined} is
 * @property {boolean} is_drawn  both texts were drawn, and with the same random numbers
 */

const KEPT = /** @type {const} */ (["prompt", "model", "fields", "forced"]);

/** Changes that can be undone, at most. */
const MOST = 200;

/**
 * The same reducer, with a memory. A run of changes of one thing, such as a drag, is one change.
 * @param {(state: LabState, action: Action) => LabState} reduce
 * @returns {(state: LabState, action: Action) => LabState}
 */
export const remembering = (reduce) => (before, action) => {
  if (action.type === "commit") return before.editing === null ? before : { ...before, editing: null };
  const after = reduce(before, action);
  const isRewind = action.type === "rewind";
  const changes = isRewind || KEPT.some((key) => after[key] !== before[key]);
  if (action.type === "undo" || action.type === "redo" || !changes || isQuiet(action)) return after;
  const editing = nameOf(action);
  if (editing !== null && editing === before.editing) return after;
  return {
    ...after,
    past: [...before.past, isRewind ? withLength(before) : snapshotOf(before)].slice(-MOST),
    future: [],
    editing,
  };
};

/** Whether the page did it by itself, so that there is nothing to take back. @param {Action} action */
const isQuiet = (action) => "quietly" in action && action.quietly === true;

/** What an action changes, where it may be one of many in a row. @param {Action} action */
function nameOf(action) {
  if (action.type === "field") return action.name;
  if (action.type === "prompt") return "prompt";
  return action.type === "model" ? `model.${Object.keys(action.change).join()}` : null;
}

/** @param {LabState} state @returns {Snapshot} */
export const snapshotOf = ({ prompt, model, fields, forced, run }) => ({ prompt, model, fields, forced, run });

/** With how much of the text is shown, which a rewind changes. @param {LabState} state @returns {Snapshot} */
const withLength = (state) => {
  const { goal, selected, stopped } = state;
  return { ...snapshotOf(state), length: { goal, selected, stopped } };
};

/** What goes back again. @param {Snapshot} snapshot the one that is restored @param {LabState} state */
const counterpart = ({ length }, state) => (length ? withLength(state) : snapshotOf(state));

/** @param {LabState} state @returns {LabState} */
export function undo(state) {
  const last = state.past.at(-1);
  if (!last) return state;
  return {
    ...restored(state, last),
    past: state.past.slice(0, -1),
    future: [...state.future, counterpart(last, state)],
  };
}

/** @param {LabState} state @returns {LabState} */
export function redo(state) {
  const next = state.future.at(-1);
  if (!next) return state;
  return {
    ...restored(state, next),
    past: [...state.past, counterpart(next, state)],
    future: state.future.slice(0, -1),
  };
}

/** @param {LabState} state @param {Snapshot} snapshot @returns {LabState} */
const restored = (state, { prompt, model, fields, forced, length }) => ({
  ...state,
  ...length,
  prompt,
  ...inForce(state, model),
  fields,
  forced,
  editing: null,
});

/**
 * Where the text first differs from the one before the last change.
 * @param {LabState} state
 * @returns {Difference | null} null: there is nothing to compare it with, or nothing to learn from it, because the random numbers were others
 */
export function firstDifference({ past, run }) {
  const last = past.at(-1);
  if (last?.length) return null; // a rewind makes no token another one
  const before = last?.run;
  if (!before || !run || before === run || before.tokens.length === 0 || run.finish_reason === null) return null;
  if (!isSameVocab(before.vocab, run.vocab) || before.prompt_ids.join() !== run.prompt_ids.join()) return null;
  const is_drawn = !isGreedy(before) && !isGreedy(run);
  if (is_drawn && (before.seed !== run.seed || before.settings.rng !== run.settings.rng)) return null;
  const length = Math.min(before.tokens.length, run.tokens.length);
  let index = 0;
  while (index < length && before.tokens[index] === run.tokens[index]) index += 1;
  return { index, was: before.tokens[index], is: run.tokens[index], is_drawn };
}

/** @param {readonly string[]} a @param {readonly string[]} b */
const isSameVocab = (a, b) => a === b || (a.length === b.length && a.every((token, id) => token === b[id]));
