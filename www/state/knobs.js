import { TEMPERATURES } from "../lib/temperatures.js";

/**
 * The knobs, as a table: one row per setting of the engine that the page offers. Names are the engine's.
 *
 * @typedef {object} Knob
 * @property {string} name
 * @property {"number" | "seed" | "choice" | "stages"} kind  "stages": names of stages, set in the pipeline
 * @property {string} start                   what the page starts with; "" = left to the engine
 * @property {string} neutral                 the value at which the stage does nothing
 * @property {boolean} first                  on the first screen
 * @property {readonly number[]} [stops]      slider positions, when they are not evenly spaced
 * @property {{ min: number, max: number, step: number }} [range]  slider positions, when they are
 * @property {readonly string[]} [choices]
 */

/** Most new tokens the page shows at once; every one of them is an element on the page. */
export const MOST_NEW_TOKENS = 2000;

/** @type {readonly Knob[]} */
export const KNOBS = Object.freeze([
  { name: "temperature", kind: "number", start: "0.8", neutral: "1", first: true, stops: TEMPERATURES },
  { name: "top_k", kind: "number", start: "", neutral: "", first: true, range: { min: 1, max: 30, step: 1 } },
  { name: "top_p", kind: "number", start: "0.9", neutral: "1", first: true, range: { min: 0, max: 1, step: 0.01 } },
  { name: "seed", kind: "seed", start: "7", neutral: "", first: true },
  { name: "min_p", kind: "number", start: "", neutral: "0", first: false, range: { min: 0, max: 1, step: 0.01 } },
  {
    name: "repetition_penalty",
    kind: "number",
    start: "",
    neutral: "1",
    first: false,
    range: { min: 0.5, max: 2, step: 0.05 },
  },
  {
    name: "presence_penalty",
    kind: "number",
    start: "",
    neutral: "0",
    first: false,
    range: { min: -2, max: 2, step: 0.1 },
  },
  {
    name: "frequency_penalty",
    kind: "number",
    start: "",
    neutral: "0",
    first: false,
    range: { min: -2, max: 2, step: 0.1 },
  },
  {
    name: "max_new_tokens",
    kind: "number",
    start: "80",
    neutral: "",
    first: false,
    range: { min: 1, max: 400, step: 1 },
  },
  {
    name: "rng",
    kind: "choice",
    start: "philox",
    neutral: "",
    first: false,
    choices: ["philox", "torch", "torch-legacy"],
  },
  { name: "order", kind: "stages", start: "", neutral: "", first: false },
  { name: "off", kind: "stages", start: "", neutral: "", first: false },
]);

/** The stages that can be moved, in the default order. */
export const STAGES = Object.freeze(["bias", "penalties", "temperature", "top_k", "top_p", "min_p"]);

/** Which knobs a stage takes its numbers from. @type {Readonly<Record<string, readonly string[]>>} */
export const KNOBS_OF = Object.freeze({
  bias: [],
  penalties: ["repetition_penalty", "presence_penalty", "frequency_penalty"],
  temperature: ["temperature"],
  top_k: ["top_k"],
  top_p: ["top_p"],
  min_p: ["min_p"],
});

/** Names of stages as they are written in a field. @param {string} typed @returns {string[]} */
export const readStages = (typed) =>
  typed
    .split(",")
    .map((name) => name.trim())
    .filter((name) => name !== "");

/** The order in force: those named first, then the others as usual. @param {import("./types.js").Fields} fields @returns {string[]} */
export function orderOf(fields) {
  const named = readStages(fields.order ?? "").filter((name) => STAGES.includes(name));
  return [...new Set([...named, ...STAGES])];
}

/** @param {string} name @returns {Knob} */
export function knobNamed(name) {
  const knob = KNOBS.find((row) => row.name === name);
  if (!knob) throw new RangeError(`no knob is called "${name}": use one of ${KNOBS.map((row) => row.name).join(", ")}`);
  return knob;
}

/** @returns {import("./types.js").Fields} */
export const startFields = () => Object.fromEntries(KNOBS.map((knob) => [knob.name, knob.start]));

/**
 * A number as typed. Text that is no number stays text, so that the engine names it in its error.
 * @param {string} typed a decimal comma is understood
 * @returns {number | string}
 */
export function readNumber(typed) {
  const value = Number(typed.trim().replace(",", "."));
  return Number.isNaN(value) ? typed.trim() : value;
}

/**
 * A seed as typed: whole numbers up to 2^64 − 1 need BigInt.
 * @param {string} typed
 * @returns {bigint | number | string}
 */
export const readSeed = (typed) => (/^\s*\d+\s*$/.test(typed) ? BigInt(typed) : readNumber(typed));

/**
 * What the engine is asked for: every field that is not empty, under the engine's own names.
 * @param {import("./types.js").Fields} fields
 * @returns {Record<string, unknown>}
 */
export function engineSettings(fields) {
  /** @type {Record<string, unknown>} */
  const settings = {};
  const off = new Set(readStages(fields.off ?? "").flatMap((stage) => KNOBS_OF[stage] ?? []));
  for (const { name, kind } of KNOBS) {
    const typed = fields[name] ?? "";
    if (typed.trim() === "" || off.has(name) || name === "off") continue;
    settings[name] = READERS[kind](typed);
  }
  return settings;
}

/** From a field's text to what the engine takes. @type {Record<Knob["kind"], (typed: string) => unknown>} */
const READERS = { number: readNumber, seed: readSeed, choice: (typed) => typed, stages: readStages };

/**
 * How many tokens a run is to have.
 * @param {import("./types.js").LabState} state
 * @returns {unknown} the goal, or what the knob says where the goal is "all"; undefined where the knob is empty
 */
export function wantedTokens(state) {
  const asked = engineSettings(state.fields).max_new_tokens;
  if (state.goal === "all") return asked;
  return typeof asked === "number" && state.goal > asked ? asked : state.goal;
}
