import { SETTINGS as EVERY_SETTING, STAGES as STAGE_SPECS } from "../generated/spec.js";
import { numberIn } from "../lib/number-in.js";
import { readForm } from "./form.js";
import { COLUMNS, FIRST, START } from "./start.js";

/**
 * The settings that the page offers, made from the specs of the stages. A field holds text as the user typed it; "" is left to the engine.
 *
 * @typedef {import("../generated/spec.js").StageSpec} StageSpec
 * @typedef {import("../generated/spec.js").SettingSpec} SettingSpec
 * @typedef {SettingSpec & { start: string }} Setting  start: what the page starts with
 * @typedef {import("./types.js").Fields} Fields
 */

/** Most new tokens the page shows at once; every one of them is an element on the page. */
export const MOST_NEW_TOKENS = 2000;

const NUMBERS = ["probability", "count", "positive", "nonnegative", "from_one", "number"];

/** Kinds that hold several things: tokens, texts, or tokens with a number. */
const LISTS = ["ids", "id_lists", "sequence_bias", "bias", "sequences", "strings"];

/** Other kinds that have a control; "order" has the list of stages. */
const OTHERS = ["seed", "choice", "order", "form"];

/** @param {SettingSpec} setting */
export const isNumber = ({ kind }) => NUMBERS.includes(kind);

/** @param {Pick<SettingSpec, "kind">} setting */
export const isList = ({ kind }) => LISTS.includes(kind);

/** What is about a row of logits has no place in a text, and every token that is forced is chosen in it. @param {SettingSpec} setting */
const isOffered = (setting) =>
  setting.table !== "row" && (isNumber(setting) || isList(setting) || OTHERS.includes(setting.kind));

/** Stages that are switched off: a field of the page's own. @type {SettingSpec} */
const OFF = {
  name: "off",
  stage: "",
  table: "sampling",
  label: "Switched off",
  about: "Stages that are switched off, with commas.",
  kind: "order",
  choices: [],
  off: null,
  helps: false,
  above: "",
  below: "",
  symbol: "",
  does: "",
  slider: null,
  greedy: null,
};

/** @param {SettingSpec} setting @returns {Setting} */
const started = (setting) => ({ ...setting, start: START[setting.name] ?? "" });

const OFFERED = [...EVERY_SETTING.filter(isOffered), OFF].map(started);

/** @param {SettingSpec} setting */
export const isFirst = ({ name }) => FIRST.includes(name);

/** Those on the first screen come first. @type {readonly Setting[]} */
export const SETTINGS = Object.freeze([
  ...FIRST.flatMap((name) => OFFERED.filter((setting) => setting.name === name)),
  ...OFFERED.filter((setting) => !isFirst(setting)),
]);

/** The names of the stages, in the default order. */
export const STAGES = Object.freeze(STAGE_SPECS.map(({ name }) => name));

/** @param {string} name @returns {StageSpec | undefined} undefined where it is none of the plan's stages, such as the draw */
export const stageNamed = (name) => STAGE_SPECS.find((stage) => stage.name === name);

/** The settings that a stage takes its numbers from and the page offers. @param {string} stage @returns {readonly Setting[]} */
export const settingsOf = (stage) => SETTINGS.filter((setting) => setting.stage === stage);

/**
 * Whether a stage has a column in the picture also while it is off.
 * @param {string} stage
 * @param {Pick<import("./types.js").LabState, "left_out">} state
 */
export const isShownInRow = (stage, { left_out }) =>
  COLUMNS.some((column) => column.stage === stage) && !left_out.includes(stage);

/**
 * Whether a setting has its place under the picture: the first of a stage that has a column there.
 * @param {Setting} setting
 * @param {Pick<import("./types.js").LabState, "left_out">} state
 */
export const isUnderPicture = ({ name, stage }, state) =>
  isShownInRow(stage, state) && settingsOf(stage)[0]?.name === name;

/** The settings of all stages, in the order of the page. */
export const OF_STAGES = Object.freeze(SETTINGS.filter(({ stage }) => stage !== ""));

/** Names of stages as they are written in a field. @param {string} typed @returns {string[]} */
export const readStages = (typed) =>
  typed
    .split(",")
    .map((name) => name.trim())
    .filter((name) => name !== "");

/** The order in force: those named first, then the others as usual. @param {Fields} fields @returns {string[]} */
export function orderOf(fields) {
  const named = readStages(fields.order ?? "").filter((name) => STAGES.includes(name));
  return [...new Set([...named, ...STAGES])];
}

/** @param {string} name @returns {Setting} */
export function settingNamed(name) {
  const setting = SETTINGS.find((row) => row.name === name);
  if (setting) return setting;
  throw new RangeError(`no setting is called "${name}": use one of ${SETTINGS.map((row) => row.name).join(", ")}`);
}

/** @returns {Fields} */
export const startFields = () => Object.fromEntries(SETTINGS.map(({ name, start }) => [name, start]));

/** What a preset leaves as it is: the random numbers, and where the text ends. */
export const KEPT_BY_PRESETS = Object.freeze([
  "seed",
  "rng",
  ...SETTINGS.filter(({ table }) => table === "loop").map(({ name }) => name),
]);

/** Everything a preset sets: what it names, and the rest to nothing. @param {import("./presets.js").Preset} preset @returns {Fields} */
export const fieldsOfPreset = ({ fields }) => ({
  ...Object.fromEntries(SETTINGS.filter(({ name }) => !KEPT_BY_PRESETS.includes(name)).map(({ name }) => [name, ""])),
  ...fields,
});

/**
 * A number as typed. Text that is no number stays text, so that the engine names it in its error.
 * @param {string} typed a decimal comma is understood
 * @returns {number | string}
 */
export function readNumber(typed) {
  const word = typed.trim().replace(/^[−–]/, "-");
  const value = numberIn(word.replace(",", "."))?.value ?? Number.NaN;
  return Number.isNaN(value) ? word : value;
}

/**
 * A seed as typed: whole numbers up to 2^64 − 1 need BigInt.
 * @param {string} typed
 * @returns {bigint | number | string}
 */
export function readSeed(typed) {
  if (/^\s*\d+\s*$/.test(typed)) return BigInt(typed);
  // 1e20 as a number would be another seed than the one that was meant.
  return /e/i.test(typed) ? typed.trim() : readNumber(typed);
}

/**
 * What the engine is asked for: every field that is not empty, under the engine's own names.
 * @param {Fields} fields
 * @returns {Record<string, unknown>}
 */
export function engineSettings(fields) {
  const off = readStages(fields.off ?? "");
  /** @type {Record<string, unknown>} */
  const settings = {};
  for (const { name, kind, stage } of SETTINGS) {
    const typed = fields[name] ?? "";
    if (typed.trim() === "" || off.includes(stage) || name === OFF.name) continue;
    settings[name] = (READERS[kind] ?? readNumber)(typed);
  }
  return settings;
}

/** @param {string} typed */
const asTyped = (typed) => typed;

/**
 * From a field's text to what the engine takes, where that is no number. Lists name tokens by their texts, too: only a model knows their ids, so
 * they stay as they are until tasks/told.js has asked it.
 * @type {Record<string, (typed: string) => unknown>}
 */
const READERS = {
  seed: readSeed,
  choice: asTyped,
  order: readStages,
  form: readForm,
  ...Object.fromEntries(LISTS.map((kind) => [kind, asTyped])),
};

/** Whether settings always take the most likely token. @param {Record<string, unknown>} settings as the engine is asked */
export const isGreedy = (settings) =>
  OF_STAGES.some(({ name, greedy }) => greedy !== null && settings[name] === greedy);

/**
 * How many tokens a whole text has.
 * @param {Pick<import("./types.js").LabState, "fields" | "model">} state
 * @returns {unknown} what the setting says; undefined where the field is empty
 */
export function wholeLength({ fields, model }) {
  const named = engineSettings(fields).max_new_tokens;
  // After the token that a recorded row is drawn from there is none.
  return model.kind === "recorded" && typeof named === "number" ? Math.min(named, 1) : named;
}

/**
 * How many tokens a run is to have.
 * @param {import("./types.js").LabState} state
 * @returns {unknown} the goal, or what the setting says where the goal is "all"; undefined where the field is empty
 */
export function wantedTokens(state) {
  const whole = wholeLength(state);
  if (state.goal === "all") return whole;
  return typeof whole === "number" && state.goal > whole ? whole : state.goal;
}
