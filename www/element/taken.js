import { LabError } from "../engine/error.js";
import { reading } from "../engine/plain.js";
import { printed } from "../engine/printed.js";
import { startState } from "../state/lab-state.js";
import { SETTINGS } from "../state/settings.js";
import { choicesOf } from "./given.js";
import { nearest } from "./nearest.js";

/**
 * Checks what a program hands to `setState`. Nothing is taken by half: the first thing that cannot be read is thrown.
 *
 * @typedef {import("../state/types.js").LabState} LabState
 * @typedef {{ prompt?: string, model?: Partial<import("../state/types.js").ModelChoice>, fields?: import("../state/types.js").Fields,
 *   forced?: import("../state/types.js").Forced, goal?: LabState["goal"] }} Change
 */

const PARTS = /** @type {const} */ (["prompt", "model", "fields", "forced", "goal"]);
const FIELDS = SETTINGS.map(({ name }) => name);

/**
 * @param {unknown} given
 * @returns {Change}
 * @throws {LabError} `invalid_setting` or `unknown_setting`, with the name and the value
 */
export const taken = (given) => reading("the state", () => readState(given));

/** @param {unknown} given */
function readState(given) {
  const entries = entriesOf("the state", given, "an object such as { prompt, model, fields }");
  for (const [name] of entries) requireKnown(name, PARTS, "setState", FIELDS);
  /** @type {Change} */
  const change = {};
  const { prompt, model, fields, forced, goal } = /** @type {Record<string, unknown>} */ (given);
  if (prompt !== undefined) change.prompt = textOf("prompt", prompt);
  if (model !== undefined) change.model = modelOf(model);
  if (fields !== undefined) change.fields = fieldsOf(fields);
  if (forced !== undefined) change.forced = forcedOf(forced);
  if (goal !== undefined) change.goal = goal === "all" ? "all" : wholeOf("goal", goal, '"all" or a whole number');
  return change;
}

/** @param {unknown} model */
function modelOf(model) {
  const known = Object.keys(startState().model);
  const entries = entriesOf("model", model, 'an object such as { kind: "counted", text }');
  return Object.fromEntries(
    entries.map(([name, value]) => {
      requireKnown(name, known, "model");
      const choices = choicesOf({ kind: "model", rng: "model_rng" }[name] ?? name);
      if (choices.length > 0 && !(typeof value === "string" && choices.includes(value)))
        throw refused(`model.${name}`, value, `one of ${choices.join(", ")}`);
      return [name, textOf(`model.${name}`, value)];
    }),
  );
}

/** @param {unknown} fields */
const fieldsOf = (fields) =>
  Object.fromEntries(
    entriesOf("fields", fields, "an object with settings by name").map(([name, value]) => {
      requireKnown(name, FIELDS, "fields");
      return [name, value === null ? "" : textOf(name, value)];
    }),
  );

/** @param {unknown} forced */
const forcedOf = (forced) =>
  Object.fromEntries(
    entriesOf("forced", forced, "an object with token ids by the number of the new token, from 0").map(([at, id]) => [
      wholeOf("forced", /^\d+$/.test(at) ? Number(at) : at, "numbers of new tokens, from 0"),
      wholeOf(`forced[${at}]`, id, "a token id"),
    ]),
  );

/** @param {string} name @param {unknown} value @returns {string} */
function textOf(name, value) {
  if (typeof value === "string") return value;
  if (Number.isSafeInteger(value) || typeof value === "bigint" || isFraction(value)) return String(value);
  throw refused(name, value, typeof value === "number" ? "a text, so that no digit is lost" : "a text or a number");
}

/** @param {unknown} value */
const isFraction = (value) => typeof value === "number" && Number.isFinite(value) && !Number.isInteger(value);

/** @param {string} name @param {unknown} value @param {string} wanted */
function wholeOf(name, value, wanted) {
  if (Number.isSafeInteger(value) && Number(value) >= 0) return Number(value);
  throw refused(name, value, wanted);
}

/** @param {string} name @param {unknown} value @param {string} wanted @returns {[string, unknown][]} */
function entriesOf(name, value, wanted) {
  if (typeof value === "object" && value !== null && !Array.isArray(value) && !ArrayBuffer.isView(value))
    return Object.entries(value).filter(([, it]) => it !== undefined);
  throw refused(name, value, wanted);
}

/**
 * @param {string} name
 * @param {readonly string[]} known
 * @param {string} where
 * @param {readonly string[]} [inside] names that belong one level deeper
 */
function requireKnown(name, known, where, inside = []) {
  if (known.includes(name)) return;
  const alike = nearest(name, known);
  const use = inside.includes(name)
    ? `settings belong in fields: { ${name}: … }`
    : `use ${(alike.length > 0 ? alike : known).join(" or ")}`;
  throw new LabError("unknown_setting", `${where} knows no "${name}": ${use}`, { setting: name });
}

/** @param {string} name @param {unknown} value @param {string} wanted */
const refused = (name, value, wanted) =>
  new LabError("invalid_setting", `${name} = ${printed(value)} is not valid: use ${wanted}`, { setting: name, value });
