import { merged, modelled, none, settled } from "./chosen.js";
import { redo, remembering, undo } from "./history.js";
import { isOneText } from "./run.js";
import { A_SENTENCE, SAMPLE_TEXT } from "./sample-text.js";
import { startFields, wantedTokens, wholeLength } from "./settings.js";
import { NOTEBOOKS_FOUR } from "./start.js";
import { madeOf } from "./wanted.js";

/**
 * What the page knows, and how each event changes it. The text on the page is a function of prompt, model, settings and the
 * number of tokens wanted: a changed setting replays the same random numbers, and one step more is the same run, one token longer.
 *
 * @typedef {import("./types.js").LabState} LabState
 *
 * @typedef {{ type: "ready" }
 *   | { type: "machinery", place: import("./types.js").Place, machine: import("./types.js").Machine }
 *   | { type: "sweep", change: Partial<import("./types.js").Sweep> }
 *   | { type: "lost", problem: import("./types.js").Problem }
 *   | { type: "load" }
 *   | { type: "prompt", text: string }
 *   | { type: "field", name: string, text: string }
 *   | { type: "model", change: Partial<import("./types.js").ModelChoice>, quietly?: boolean }
 *   | { type: "shelf", change: Partial<import("./types.js").ShelfState> }
 *   | { type: "slowly", on: boolean }
 *   | { type: "hold", on: boolean }
 *   | { type: "settings", prompt?: string, model?: Partial<import("./types.js").ModelChoice>, fields?: import("./types.js").Fields, forced?: import("./types.js").Forced, goal?: LabState["goal"], quietly?: boolean }
 *   | { type: "commit" } | { type: "undo" } | { type: "redo" }
 *   | { type: "force", index: number, token: number }
 *   | { type: "release", index: number }
 *   | { type: "rewind", index: number }
 *   | { type: "view", view: import("./types.js").View }
 *   | { type: "room", left_out: readonly string[] }
 *   | { type: "listing", change: Partial<import("./types.js").Listing> }
 *   | { type: "compare", change: Partial<Pick<import("./types.js").Comparison, "by" | "sentence">> }
 *   | { type: "contenders", rows: import("./types.js").Contender[] }
 *   | { type: "found", found: import("./types.js").Found }
 *   | { type: "generate" } | { type: "play" } | { type: "step" } | { type: "stop" }
 *   | { type: "started" }
 *   | { type: "reading", reading: import("./types.js").Reading }
 *   | { type: "drew", run: import("./types.js").Run }
 *   | { type: "finished", run: import("./types.js").Run }
 *   | { type: "failed", problem: import("./types.js").Problem }
 *   | { type: "select", index: number }
 *   | { type: "peek", index: number | null }
 *   | { type: "traced", step: import("./types.js").TracedStep | null }} Action
 */

/** Rows of the distribution at first. */
export const FIRST_ROWS = 8;

/** @returns {LabState} */
export const startState = () => ({
  status: "loading",
  prompt: "the ",
  model: {
    kind: "notebook",
    seed: "0",
    rng: "torch",
    text: SAMPLE_TEXT,
    smoothing: "0.1",
    logits: "2.0, -1.5, 0.3, 4.2, -0.8",
    labels: "",
    address: "",
    files: "",
    kv_cache: "on",
    n_head: "",
    activation: "",
    ends: "on",
    chat: "off",
  },
  shelf: {
    wanted: null,
    promised: null,
    keep: false,
    smollm2: null,
    at: null,
    cancelled: false,
    problem: null,
    python: null,
    known: {},
  },
  fields: startFields(),
  goal: "all",
  asked: 0,
  slowly: false,
  run: null,
  reading: null,
  stopped: false,
  unread: null,
  previous: null,
  repeated: false,
  selected: 0,
  step: null,
  peeked: null,
  peek: null,
  problem: null,
  place: null,
  machine: { wish: "auto", pending: false, problem: null, checks: false, report: null },
  sweep: { at: null, series: [], problem: null },
  view: "stages",
  left_out: [],
  listing: { query: "", page: 0, rows: FIRST_ROWS },
  forced: {},
  past: [],
  future: [],
  held: false,
  editing: null,
  many_draws: null,
  resampling: false,
  facts: null,
  rules: null,
  comparison: { by: "settings", sentence: A_SENTENCE, models: [], rows: NOTEBOOKS_FOUR, runs: [], pictures: [] },
  stage_times: null,
});

/**
 * @param {LabState} state
 * @param {Action} action
 * @returns {LabState}
 */
export const reduce = remembering((state, action) => {
  switch (action.type) {
    case "ready":
      return { ...state, status: "idle", problem: null };
    case "machinery":
      return { ...state, place: action.place, machine: action.machine };
    case "sweep":
      return { ...state, sweep: { ...state.sweep, ...action.change } };
    case "load":
      return { ...state, status: "loading", problem: null };
    case "lost":
      return { ...state, status: "lost", problem: action.problem };
    case "prompt":
      return { ...state, prompt: action.text, forced: none(state.forced) };
    case "field":
      return { ...state, fields: { ...state.fields, [action.name]: action.text } };
    case "model":
      return modelled(state, action.change);
    case "shelf":
      return { ...state, shelf: merged(state.shelf, action.change) };
    case "slowly":
      return { ...state, slowly: action.on };
    case "hold":
      return { ...state, held: action.on };
    case "settings":
      return settled(state, action);
    case "undo":
      return undo(state);
    case "redo":
      return redo(state);
    case "select":
      return { ...state, selected: action.index };
    case "peek":
      return state.peeked === action.index ? state : { ...state, peeked: action.index };
    case "view":
      return { ...state, view: action.view };
    case "room":
      return { ...state, left_out: action.left_out };
    case "listing":
      return { ...state, listing: { ...state.listing, ...action.change } };
    case "compare":
      return { ...state, comparison: { ...state.comparison, ...action.change } };
    case "contenders":
      return { ...state, comparison: { ...state.comparison, rows: action.rows } };
    case "force":
    case "release":
    case "rewind":
      return branched(state, action);
    case "generate":
    case "play":
    case "step":
    case "stop":
      return asked(state, action.type);
    default:
      return reported(state, action);
  }
});

/**
 * The text leaves its way at a token: another one is put there, or the drawn one again, or the text ends before it.
 * @param {LabState} state
 * @param {{ type: "force", index: number, token: number } | { type: "release" | "rewind", index: number }} action
 * @returns {LabState}
 */
function branched(state, action) {
  const { index } = action;
  if (action.type === "rewind")
    return { ...state, status: stilled(state), goal: index, selected: Math.max(0, index - 1), stopped: true };
  const earlier = Object.entries(state.forced).filter(([at]) => Number(at) < index);
  const forced = Object.fromEntries(action.type === "force" ? [...earlier, [index, action.token]] : earlier);
  const goal = state.goal === "all" ? "all" : Math.max(state.goal, index + 1);
  return { ...state, forced, goal, selected: index };
}

/**
 * What the user asked for with a button.
 * @param {LabState} state
 * @param {"generate" | "play" | "step" | "stop"} button
 * @returns {LabState}
 */
function asked(state, button) {
  const shown = tokensShown(state);
  switch (button) {
    case "generate":
      return { ...state, status: stilled(state), goal: "all", ...GOES_ON, asked: state.asked + 1 };
    case "play":
      return { ...state, status: "playing", goal: isWhole(state) ? 0 : shown, ...GOES_ON };
    case "step": {
      const goal = isWhole(state) ? 1 : shown + 1;
      return { ...state, goal, selected: goal - 1, ...GOES_ON };
    }
    default: {
      // Of a text that is still to begin there is nothing to keep; what is shown is another one.
      const stopped = { ...state, status: stilled(state), goal: shown, stopped: true };
      return isToBegin(state) ? { ...stopped, goal: 0, unread: { prompt: state.prompt, model: state.model } } : stopped;
    }
  }
}

/** A button that draws was pressed. */
const GOES_ON = Object.freeze({ stopped: false, unread: null });

/**
 * Whether the reading of the prompt was stopped, and nothing has been drawn since: what comes next is told when that is asked for.
 * @param {LabState} state
 */
export const isUnread = ({ unread, goal, prompt, model }) =>
  unread !== null && goal === 0 && unread.prompt === prompt && unread.model === model;

/** Whether Stop has left nothing to draw, though the engine may still have to say so. @param {LabState} state */
export const isOver = ({ stopped, goal, run }) => stopped && (goal === 0 || goal === run?.tokens.length);

/** Whether another text than the one that is shown is on its way, and its prompt is being read. @param {LabState} state */
const isToBegin = (state) => {
  const { reading, run, asked } = state;
  const now = /** @type {Record<string, unknown>} */ (madeOf(state));
  const isShown =
    run?.asked === asked && run.made_of && Object.entries(run.made_of).every(([key, of]) => of === now[key]);
  return reading !== null && !reading.again && !isShown;
};

/** @param {LabState} state @returns {import("./types.js").Status} the status once playing ends */
const stilled = (state) => (state.status === "playing" ? "idle" : state.status);

/**
 * What the engine reported.
 * @param {LabState} state
 * @param {Action} action
 * @returns {LabState}
 */
function reported(state, action) {
  const settled = state.status === "playing" ? "playing" : "idle";
  switch (action.type) {
    case "started":
      return {
        ...state,
        status: state.status === "idle" ? "running" : state.status,
        reading: null,
        previous: state.run,
      };
    case "reading":
      return { ...state, reading: action.reading };
    case "drew":
      return { ...state, reading: null, run: action.run };
    case "finished":
      return {
        ...state,
        status: settled,
        reading: null,
        run: action.run,
        selected: isAnother(state.previous, action.run) ? Math.max(0, action.run.tokens.length - 1) : state.selected,
        repeated: isRepeat(state.previous, action.run),
        problem: null,
      };
    case "failed":
      return { ...state, status: "idle", reading: null, problem: action.problem };
    case "traced":
      return { ...state, step: action.step };
    case "found":
      return { ...state, ...action.found, comparison: { ...state.comparison, ...action.found.comparison } };
    default:
      return state;
  }
}

/** Whether Generate was pressed: then the token that was drawn last is looked at. @param {import("./types.js").Run | null} before @param {import("./types.js").Run} run */
const isAnother = (before, run) => before !== null && run.asked > before.asked;

/**
 * Whether Generate was pressed and gave the text that was there already.
 * @param {import("./types.js").Run | null} before
 * @param {import("./types.js").Run} run
 */
const isRepeat = (before, run) =>
  isAnother(before, run) && before !== null && before.tokens.length > 0 && before.tokens.join() === run.tokens.join();

/** @param {LabState} state @returns {number} new tokens on the page */
export const tokensShown = (state) => state.run?.tokens.length ?? 0;

/** How many tokens the text has, or will have once it is complete, so that the heading does not count up. @param {LabState} state @returns {number} */
export function tokensExpected(state) {
  const all = state.status === "running" ? wantedTokens(state) : 0;
  return typeof all === "number" ? Math.max(all, tokensShown(state)) : tokensShown(state);
}

/** @param {LabState} state @returns {boolean} whether the text already has all the tokens the setting asks for, or came to its end before */
export function isWhole(state) {
  const all = wholeLength(state);
  const end = state.run?.finish_reason ?? "length";
  return state.goal === "all" || end !== "length" || (typeof all === "number" && tokensShown(state) >= all);
}

/** @param {LabState} state @returns {boolean} whether the explanation that is shown is still that of another text or token */
export function isExplaining(state) {
  const { run, step, problem } = state;
  const { index, drawn } = wantedStep(state);
  const isShown = isOneText(step?.run, run) && step?.index === index && step.drawn === drawn;
  return run !== null && problem === null && !isShown && !isUnread(state);
}

/**
 * Which step can be explained now: none while the text has not reached the chosen token.
 * @param {LabState} state
 */
export function stepToExplain(state) {
  const { run, selected } = state;
  if (!run || isUnread(state) || (run.prompt_ids.length === 0 && run.model.kind !== "logits")) return null;
  const n = run.tokens.length;
  const isGrowing = run.finish_reason === null && n > 0;
  return isGrowing && selected >= n ? null : wantedStep(state);
}

/**
 * Which step is to be shown: that of the selected token, or of the last one where the text became shorter.
 * @param {LabState} state
 * @returns {{ index: number, drawn: boolean }} drawn: false when there is no new token yet
 */
export function wantedStep(state) {
  const n = tokensShown(state);
  return n === 0 ? { index: 0, drawn: false } : { index: Math.min(state.selected, n - 1), drawn: true };
}
