import { isOneText } from "../run.js";

/**
 * A run as data.
 *
 * @typedef {import("../types.js").Run} Run
 */

/** What a spreadsheet would take for a formula. */
const FORMULA = /^[=+\-@\t\r]/;

/**
 * Everything about a run.
 * @param {{ snapshot: import("../types.js").Snapshot, run: Run, step: import("../types.js").TracedStep | null }} what
 * @returns {string}
 */
export function toJson({ snapshot, run, step }) {
  const { prompt, model, fields, forced } = snapshot;
  const facts = {
    format: "logit-lab-run",
    version: 1,
    asked: { prompt, model, fields, forced },
    settings: run.settings,
    seed: run.seed,
    finish_reason: run.finish_reason,
    text: run.text,
    vocab: run.vocab,
    prompt_ids: run.prompt_ids,
    tokens: run.tokens.map((id, index) => ({
      index,
      id,
      text: run.vocab[id],
      probability: run.probabilities[index],
      forced: isForced(index, run),
    })),
    timings: run.timings,
    step: isOneText(step?.run, run) && step ? { index: step.index, trace: step.trace } : null,
  };
  return JSON.stringify(facts, plain, 2);
}

/**
 * What JSON has no word for: 64-bit integers and typed arrays become strings and lists, an infinity its name.
 * @param {string} _
 * @param {unknown} value
 */
function plain(_, value) {
  if (typeof value === "bigint") return String(value);
  if (ArrayBuffer.isView(value)) return Array.from(/** @type {any} */ (value));
  return typeof value === "number" && !Number.isFinite(value) ? String(value) : value;
}

/** One line per token, as RFC 4180 has it. @param {Run} run @returns {string} */
export function toCsv(run) {
  const rows = run.tokens.map((id, index) => [
    index,
    id,
    guarded(run.vocab[id]),
    run.probabilities[index],
    isForced(index, run),
  ]);
  return [["index", "id", "token", "probability", "forced"], ...rows]
    .map((row) => `${row.map(cell).join(",")}\r\n`)
    .join("");
}

/** @param {string} text */
const guarded = (text) => (FORMULA.test(text) ? `'${text}` : text);

/** @param {unknown} value */
const cell = (value) =>
  /[",\r\n]|^ | $/.test(String(value)) ? `"${String(value).replaceAll('"', '""')}"` : String(value);

/** @param {number} index @param {Run} run */
const isForced = (index, { settings }) => index in /** @type {object} */ (settings.forced_tokens ?? {});
