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
  return written(facts, "");
}

/**
 * As JSON with a line for each name, and one for each list of numbers or texts: a large vocabulary has hundreds of thousands of them.
 * @param {unknown} value
 * @param {string} indent of the line that it stands in
 * @returns {string}
 */
function written(value, indent) {
  if (ArrayBuffer.isView(value)) return `[${Array.from(/** @type {any} */ (value), numberIn(value)).join(",")}]`;
  if (typeof value !== "object" || value === null) return single(value);
  if (Array.isArray(value) && !value.some((item) => typeof item === "object" && item !== null))
    return `[${value.map(single).join(",")}]`;
  const inner = `${indent}  `;
  const isList = Array.isArray(value);
  const lines = Object.entries(value)
    .filter(([, item]) => item !== undefined)
    .map(([name, item]) => `${inner}${isList ? "" : `${JSON.stringify(name)}: `}${written(item, inner)}`);
  if (lines.length === 0) return isList ? "[]" : "{}";
  const text = lines.join(",\n");
  return isList ? `[\n${text}\n${indent}]` : `{\n${text}\n${indent}}`;
}

/** What JSON has no word for: 64-bit integers become strings, an infinity its name. @param {unknown} value */
function single(value) {
  const hasNoWord = typeof value === "bigint" || (typeof value === "number" && !Number.isFinite(value));
  return JSON.stringify(hasNoWord ? String(value) : value) ?? "null";
}

/** Digits from which any float32 can be told, and the least that are tried. */
const [MOST_DIGITS, LEAST_DIGITS] = [9, 6];

/** How a number of this array is written: a float32 with no more digits than tell it from its neighbours. @param {ArrayBufferView} array */
function numberIn(array) {
  if (!(array instanceof Float32Array)) return single;
  return (/** @type {number} */ x) => {
    if (!Number.isFinite(x)) return single(x);
    for (let digits = LEAST_DIGITS; digits < MOST_DIGITS; digits += 1) {
      const short = Number(x.toPrecision(digits));
      if (Math.fround(short) === x) return String(short);
    }
    return String(Number(x.toPrecision(MOST_DIGITS)));
  };
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
