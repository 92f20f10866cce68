/**
 * From a change of state to the public events of the element. Every detail can be written as JSON; a seed is a text.
 *
 * @typedef {import("../state/types.js").LabState} LabState
 * @typedef {{ type: string, detail: unknown }} PublicEvent
 */

/**
 * The events that a change of state stands for, in order:
 * `backend-change` { kind, adapter, reason, thread }, `config-change` { prompt, model, fields, forced }, `generate-start` { prompt },
 * `generate-end` { text, tokens, labels, probabilities, finish_reason, seed, settings }, `select` { index, token, label, probability, trace },
 * `error` { code, message, place }.
 * @param {LabState} state
 * @param {LabState} before
 * @returns {PublicEvent[]}
 */
export function eventsOf(state, before) {
  const events = [];
  if (state.place !== before.place && state.place) events.push({ type: "backend-change", detail: state.place });
  const { prompt, model, fields, forced } = state;
  if (prompt !== before.prompt || model !== before.model || fields !== before.fields || forced !== before.forced)
    events.push({
      type: "config-change",
      detail: { prompt, model: { ...model }, fields: { ...fields }, forced: { ...forced } },
    });
  if (isBusy(state) && !isBusy(before)) events.push({ type: "generate-start", detail: { prompt: state.prompt } });
  if (isBusy(before) && !isBusy(state) && !state.problem && state.run) {
    events.push({ type: "generate-end", detail: resultOf(state.run) });
  }
  if (state.step?.drawn && state.step !== before.step && !state.step.ahead && state.run)
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
  label: run.vocab[run.tokens[index]],
  probability: run.probabilities[index],
  /** Made when it is asked for: it has numbers for every token of the vocabulary. */
  get trace() {
    return plain(trace);
  },
});

/** @param {import("../state/types.js").Run} run */
const resultOf = ({ text, tokens, probabilities, finish_reason, seed, settings, vocab }) => ({
  text,
  tokens: [...tokens],
  labels: tokens.map((id) => vocab[id]),
  probabilities: [...probabilities],
  finish_reason,
  seed: plain(seed),
  settings: plain(settings),
});

/**
 * The same as JSON knows it: 64-bit integers as text, because JSON has none, and numbers in plain lists.
 * @param {any} value
 * @returns {any}
 */
export function plain(value) {
  if (typeof value === "bigint") return String(value);
  if (ArrayBuffer.isView(value)) return Array.from(/** @type {any} */ (value), plain);
  if (Array.isArray(value)) return value.map(plain);
  if (typeof value !== "object" || value === null) return value;
  const entries = value instanceof Map ? [...value] : Object.entries(value);
  return Object.fromEntries(entries.map(([name, part]) => [name, plain(part)]));
}
