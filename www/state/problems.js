import { saidOf } from "../lib/said.js";
import { SETTINGS } from "./settings.js";

/**
 * From whatever was thrown to a problem with a place on the page.
 *
 * @typedef {import("./types.js").Problem} Problem
 */

/** Codes after which the engine itself has to be started again. */
const ENGINE_CODES = new Set(["engine_lost", "wasm_load", "backend_unavailable", "disposed"]);

/**
 * @param {unknown} error a LabError, a Problem (returned as it is), or anything else that was thrown
 * @param {"model"} [part] who was asked; without it the settings
 * @returns {Problem}
 */
export function problemFrom(error, part) {
  if (isProblem(error)) return error;
  const { message, code, setting } = readError(error);
  return { place: placeOf(code, setting, part), message, code };
}

/** More tokens than the page shows; the page, not the engine, says so. @param {number} asked @returns {Problem} */
export const tooManyTokens = (asked) => ({ place: "max_new_tokens", code: "too_many_tokens", message: String(asked) });

/** @param {unknown} thrown @returns {thrown is Problem} */
const isProblem = (thrown) => typeof thrown === "object" && thrown !== null && "place" in thrown;

/** @param {unknown} error */
function readError(error) {
  const fields = /** @type {{ code?: unknown, setting?: unknown }} */ (Object(error));
  return {
    message: saidOf(error),
    code: typeof fields.code === "string" ? fields.code : "unexpected",
    setting: typeof fields.setting === "string" ? fields.setting : null,
  };
}

/**
 * @param {string} code
 * @param {string | null} setting
 * @param {"model"} [part]
 * @returns {string}
 */
function placeOf(code, setting, part) {
  if (ENGINE_CODES.has(code)) return "page";
  if (part === "model") return setting ? `model.${setting}` : "model.text";
  if (code === "empty_prompt") return "prompt";
  return SETTINGS.some(({ name }) => name === setting) ? /** @type {string} */ (setting) : "page";
}
