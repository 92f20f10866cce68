import { fieldOf } from "../lib/trait.js";
import { startState } from "../state/lab-state.js";
import { KINDS } from "../state/models.js";
import { isList, SETTINGS, settingNamed } from "../state/settings.js";

/**
 * What an author gives the lab to draw with: every name is an attribute in kebab case and a property, at the start and later.
 *
 * @typedef {import("../state/types.js").ModelChoice} ModelChoice
 * @typedef {Record<string, string>} Given   by the name of the property, as text; what is not given is missing
 * @typedef {Parameters<import("./logit-lab-element.js").LogitLabElement["setState"]>[0]} Change
 * @typedef {{ value: string | null } | { wrong: string }} Read   null: nothing is given; wrong: what it has to be
 */

/** What a model is made of: the property, and the field of the choice. @type {Readonly<Record<string, keyof ModelChoice>>} */
const OF_MODEL = Object.freeze({
  model: "kind",
  logits: "logits",
  labels: "labels",
  text: "text",
  src: "address",
  model_seed: "seed",
  model_rng: "rng",
  smoothing: "smoothing",
  kv_cache: "kv_cache",
});

/** What makes the model another one where `model` is not given. @type {readonly [name: string, kind: ModelChoice["kind"]][]} */
const IMPLIED = [
  ["src", "own-gpt"],
  ["logits", "logits"],
  ["text", "counted"],
];

/** What has to be one of a few. @type {Readonly<Record<string, readonly string[]>>} */
const CHOICES = Object.freeze({
  ...Object.fromEntries(
    SETTINGS.filter(({ choices }) => choices.length > 0).map(({ name, choices }) => [name, choices]),
  ),
  model: KINDS,
  model_rng: settingNamed("rng").choices,
  kv_cache: ["on", "off"],
});

/** Every name, as a property. */
export const NAMES = Object.freeze(["prompt", ...Object.keys(OF_MODEL), ...SETTINGS.map(({ name }) => name)]);

/** @param {string} name of a property */
export const attributeOf = (name) => name.replaceAll("_", "-");

/** What a name may be, where that is one of a few. @param {string} name @returns {readonly string[]} */
export const choicesOf = (name) => CHOICES[name] ?? [];

/**
 * A value of a property or an attribute as the text that the lab works with.
 * @param {string} name
 * @param {unknown} value
 * @returns {Read}
 */
export function readGiven(name, value) {
  if (value === null || value === undefined) return { value: null };
  if (typeof value === "string") return { value: name === "labels" ? labelsOf(value) : value };
  if (typeof value === "number" || typeof value === "bigint") return { value: String(fieldOf(value)) };
  if (typeof value === "boolean" && name === "kv_cache") return { value: value ? "on" : "off" };
  const list = SETTINGS.find((setting) => setting.name === name && isList(setting));
  if (list && typeof value === "object") return { value: JSON.stringify(value, plain) };
  if (isListOf("string", value)) {
    if (name === "labels") return { value: JSON.stringify(value) };
    if (SETTINGS.some((setting) => setting.name === name && setting.kind === "order"))
      return { value: value.join(",") };
  }
  if (name === "logits" && (ArrayBuffer.isView(value) || isListOf("number", value)))
    return { value: Array.from(/** @type {ArrayLike<number>} */ (value)).join(", ") };
  return { wrong: WANTED[name] ?? "a text or a number" };
}

/** JSON has no infinity. @param {string} _ @param {unknown} value */
const plain = (_, value) => (value === -Infinity ? "-Infinity" : value);

/** What some take beside a text. @type {Record<string, string>} */
const WANTED = { logits: "a text or numbers", labels: "a text or a list of texts", order: "a text or a list of texts" };

/** Labels in one line with commas are as good as one per line. @param {string} typed */
const labelsOf = (typed) =>
  /\n|^\s*\[/.test(typed) || !typed.includes(",")
    ? typed
    : typed
        .split(",")
        .map((label) => label.trim())
        .join("\n");

/**
 * @template {"string" | "number"} Kind
 * @param {Kind} kind
 * @param {unknown} value
 * @returns {value is (Kind extends "string" ? string : number)[]}
 */
const isListOf = (kind, value) => Array.isArray(value) && value.every((item) => typeof item === kind);

/**
 * What a name changes.
 * @param {string} name
 * @param {Given} given everything that is given
 * @returns {Change}
 */
export function changeOf(name, given) {
  if (name === "prompt") return { prompt: given.prompt ?? startState().prompt };
  if (Object.hasOwn(OF_MODEL, name)) return { model: modelOf(given) };
  const start = SETTINGS.find((setting) => setting.name === name)?.start ?? "";
  return { fields: { [name]: given[name] ?? start } };
}

/** What everything that is given comes to. @param {Given} given @returns {Change} */
export function startOf(given) {
  const names = Object.keys(given);
  const changes = names.map((name) => changeOf(name, given));
  return Object.assign({}, ...changes, { fields: Object.assign({}, ...changes.map(({ fields }) => fields)) });
}

/** @param {Given} given @returns {Partial<ModelChoice>} */
function modelOf(given) {
  const start = startState().model;
  const named = Object.entries(OF_MODEL).filter(([name]) => given[name] !== undefined);
  const [, kind] = IMPLIED.find(([name]) => given[name] !== undefined) ?? [];
  return {
    ...start,
    kind: kind ?? start.kind,
    ...Object.fromEntries(named.map(([name, field]) => [field, given[name]])),
  };
}

/**
 * What is in force now.
 * @param {string} name
 * @param {import("../state/types.js").LabState} state
 * @returns {string}
 */
export function inForceOf(name, { prompt, model, shelf, fields }) {
  if (name === "prompt") return prompt;
  const field = OF_MODEL[name];
  return field ? (shelf.wanted ?? model)[field] : fields[name];
}
