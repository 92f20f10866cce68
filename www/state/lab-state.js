import { startFields, wantedTokens } from "./knobs.js";
import { SAMPLE_TEXT } from "./sample-text.js";

/**
 * What the page knows, and how each event changes it. The text on the page is a function of prompt, model, knobs and the
 * number of tokens wanted: a changed knob replays the same coins, and one step more is the same run, one token longer.
 *
 * @typedef {import("./types.js").LabState} LabState
 *
 * @typedef {{ type: "ready", place: import("./types.js").Place }
 *   | { type: "place", place: Partial<import("./types.js").Place> }
 *   | { type: "machine", change: Partial<import("./types.js").Machine> }
 *   | { type: "sweep", change: Partial<import("./types.js").Sweep> }
 *   | { type: "lost", problem: import("./types.js").Problem }
 *   | { type: "load" }
 *   | { type: "prompt", text: string }
 *   | { type: "field", name: string, text: string }
 *   | { type: "model", change: Partial<import("./types.js").ModelChoice> }
 *   | { type: "slowly", on: boolean }
 *   | { type: "settings", prompt?: string, model?: Partial<import("./types.js").ModelChoice>, fields?: import("./types.js").Fields }
 *   | { type: "generate" } | { type: "play" } | { type: "step" } | { type: "stop" }
 *   | { type: "started" }
 *   | { type: "drew", run: import("./types.js").Run }
 *   | { type: "finished", run: import("./types.js").Run }
 *   | { type: "failed", problem: import("./types.js").Problem }
 *   | { type: "select", index: number }
 *   | { type: "traced", step: import("./types.js").TracedStep | null }} Action
 */

/** @returns {LabState} */
export const startState = () => ({
  status: "loading",
  prompt: "the ",
  model: { kind: "notebook", seed: "0", rng: "torch", text: SAMPLE_TEXT, smoothing: "0.1" },
  fields: startFields(),
  goal: "all",
  asked: 0,
  slowly: false,
  run: null,
  stopped: false,
  previous: null,
  repeated: false,
  selected: 0,
  step: null,
  problem: null,
  place: null,
  machine: { wish: "auto", pending: false, problem: null, checks: false, report: null },
  sweep: { at: null, series: [], problem: null },
});

/**
 * @param {LabState} state
 * @param {Action} action
 * @returns {LabState}
 */
export function reduce(state, action) {
  switch (action.type) {
    case "ready":
      return { ...state, status: "idle", place: action.place, problem: null };
    case "place":
      return { ...state, place: state.place && { ...state.place, ...action.place } };
    case "machine":
      return { ...state, machine: { ...state.machine, ...action.change } };
    case "sweep":
      return { ...state, sweep: { ...state.sweep, ...action.change } };
    case "load":
      return { ...state, status: "loading", problem: null };
    case "lost":
      return { ...state, status: "lost", problem: action.problem };
    case "prompt":
      return { ...state, prompt: action.text };
    case "field":
      return { ...state, fields: { ...state.fields, [action.name]: action.text } };
    case "model":
      return { ...state, model: { ...state.model, ...action.change } };
    case "slowly":
      return { ...state, slowly: action.on };
    case "settings":
      return {
        ...state,
        prompt: action.prompt ?? state.prompt,
        model: { ...state.model, ...action.model },
        fields: { ...state.fields, ...action.fields },
      };
    case "select":
      return { ...state, selected: action.index };
    case "generate":
    case "play":
    case "step":
    case "stop":
      return asked(state, action.type);
    default:
      return reported(state, action);
  }
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
      return { ...state, status: stilled(state), goal: "all", stopped: false, asked: state.asked + 1 };
    case "play":
      return { ...state, status: "playing", goal: isWhole(state) ? 0 : shown, stopped: false };
    case "step": {
      const goal = isWhole(state) ? 1 : shown + 1;
      return { ...state, goal, selected: goal - 1, stopped: false };
    }
    default:
      return { ...state, status: stilled(state), goal: shown, stopped: true };
  }
}

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
      return { ...state, status: state.status === "idle" ? "running" : state.status, previous: state.run };
    case "drew":
      return { ...state, run: action.run };
    case "finished":
      return {
        ...state,
        status: settled,
        run: action.run,
        repeated: isRepeat(state.previous, action.run),
        problem: null,
      };
    case "failed":
      return { ...state, status: "idle", problem: action.problem };
    case "traced":
      return { ...state, step: action.step };
    default:
      return state;
  }
}

/**
 * Whether Generate was pressed and gave the text that was there already.
 * @param {import("./types.js").Run | null} before
 * @param {import("./types.js").Run} run
 */
const isRepeat = (before, run) =>
  before !== null && run.asked > before.asked && before.tokens.length > 0 && before.tokens.join() === run.tokens.join();

/** @param {LabState} state @returns {number} new tokens on the page */
export const tokensShown = (state) => state.run?.tokens.length ?? 0;

/** @param {LabState} state @returns {boolean} whether the text already has all the tokens the knob asks for */
export function isWhole(state) {
  const all = wantedTokens({ ...state, goal: "all" });
  return state.goal === "all" || (typeof all === "number" && tokensShown(state) >= all);
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
