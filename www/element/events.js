/**
 * From a change of state to the public events of the element.
 *
 * @typedef {import("../state/types.js").LabState} LabState
 * @typedef {{ type: string, detail: unknown }} PublicEvent
 */

/**
 * The events that a change of state stands for, in order:
 * `backend-change` { kind, adapter, reason, thread }, `config-change` { prompt, model, fields, forced }, `generate-start` { prompt },
 * `generate-end` { text, tokens, finish_reason, seed, settings }, `select` { index, token, probability, trace }, `error` { code, message, place }.
 * @param {LabState} state
 * @param {LabState} before
 * @returns {PublicEvent[]}
 */
export function eventsOf(state, before) {
  const events = [];
  if (state.place !== before.place && state.place) events.push({ type: "backend-change", detail: state.place });
  const { prompt, model, fields, forced } = state;
  if (prompt !== before.prompt || model !== before.model || fields !== before.fields || forced !== before.forced)
    events.push({ type: "config-change", detail: { prompt, model, fields, forced } });
  if (isBusy(state) && !isBusy(before)) events.push({ type: "generate-start", detail: { prompt: state.prompt } });
  if (isBusy(before) && !isBusy(state) && !state.problem && state.run) {
    events.push({ type: "generate-end", detail: resultOf(state.run) });
  }
  if (state.step?.drawn && state.step !== before.step && state.run)
    events.push({ type: "select", detail: chosen(state.step, state.run) });
  if (state.problem && state.problem !== before.problem) events.push({ type: "error", detail: state.problem });
  return events;
}

/** @param {LabState} state */
const isBusy = (state) => state.status === "running" || state.status === "playing";

/** @param {import("../state/types.js").TracedStep} step @param {import("../state/types.js").Run} run */
const chosen = ({ index, trace }, run) => ({
  index,
  token: run.tokens[index],
  probability: run.probabilities[index],
  trace,
});

/** @param {import("../state/types.js").Run} run */
const resultOf = ({ text, tokens, finish_reason, seed, settings }) => ({ text, tokens, finish_reason, seed, settings });
