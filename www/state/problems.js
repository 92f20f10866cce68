import { readWhole } from "../lib/number-in.js";
import { isPartMissing, saidOf } from "../lib/said.js";
import { SETTINGS } from "./settings.js";

/**
 * From whatever was thrown to a problem with a place on the page.
 *
 * @typedef {import("./types.js").Problem} Problem
 */

/** Codes of what nothing is to blame for that a reader has set. */
const ENGINE_CODES = new Set(["engine_lost", "wasm_load", "backend_unavailable", "disposed", "internal"]);

/** The field that a model is made of, where its problems stand. */
const MADE_OF = {
  notebook: "kind",
  bigram: "seed",
  counted: "text",
  logits: "logits",
  recorded: "kind",
  gpt: "kind",
  smollm2: "kind",
  "own-gpt": "kind",
};

/**
 * @param {unknown} error a LabError, a Problem (returned as it is), or anything else that was thrown
 * @param {import("./types.js").ModelChoice["kind"]} [model] the model that was asked for; without it the settings
 * @returns {Problem}
 */
export function problemFrom(error, model) {
  if (isProblem(error)) return error;
  const { message, code, setting, told } = readError(error);
  return { place: placeOf(code, setting, model), message, code, told };
}

/** More tokens than the page shows; the page, not the engine, says so. @param {number} asked @returns {Problem} */
export const tooManyTokens = (asked) => ({ place: "max_new_tokens", code: "too_many_tokens", message: String(asked) });

/** @param {unknown} thrown @returns {thrown is Problem} */
const isProblem = (thrown) => typeof thrown === "object" && thrown !== null && "place" in thrown;

/** @param {unknown} error */
function readError(error) {
  const fields =
    /** @type {{ code?: unknown, setting?: unknown, value?: unknown, index?: unknown, stage?: unknown, line?: unknown, column?: unknown }} */ (
      Object(error)
    );
  const refusal = refusalIn(saidOf(error), `${fields.setting} = ${fields.value} `);
  const setting = typeof fields.setting === "string" ? fields.setting : null;
  return {
    message: fields.setting === "seed" ? seedSentence(fields.value, saidOf(error)) : saidOf(error),
    code: isPartMissing(error) ? "part_missing" : typeof fields.code === "string" ? fields.code : "unexpected",
    setting,
    told: {
      setting: setting ?? "",
      kind: SETTINGS.find(({ name }) => name === setting)?.kind ?? "",
      value: String(fields.value ?? ""),
      index: String(fields.index ?? ""),
      stage: String(fields.stage ?? ""),
      line: String(fields.line ?? ""),
      column: String(fields.column ?? ""),
      refusal,
      reason: refusal.replace(WHAT_AND_WHERE, ""),
    },
  };
}

/** What stands before the reason why a value is refused. */
const WHAT_AND_WHERE = /^[a-z ]+: (?:line \d+, column \d+: )?/;

/** What a sentence says after a setting with its value. @param {string} sentence @param {string} start */
const refusalIn = (sentence, start) => (sentence.startsWith(start) ? sentence.slice(start.length) : "");

/**
 * The engine's sentence is for programs, and says how a large seed is passed. A field takes any.
 * @param {unknown} value
 * @param {string} sentence
 */
function seedSentence(value, sentence) {
  const read = readWhole(String(value).replaceAll('"', ""), "seed");
  return value !== undefined && "problem" in read ? `${read.problem}, or leave it empty` : sentence;
}

/**
 * @param {string} code
 * @param {string | null} setting
 * @param {import("./types.js").ModelChoice["kind"]} [model]
 * @returns {string}
 */
function placeOf(code, setting, model) {
  if (ENGINE_CODES.has(code)) return "page";
  if (model) return `model.${setting ?? MADE_OF[model]}`;
  if (code === "empty_prompt" || code === "cannot_encode") return "prompt";
  return SETTINGS.some(({ name }) => name === setting) ? /** @type {string} */ (setting) : "page";
}
