import { labelInSentence, settingIn } from "../lib/spec-words.js";
import { readForm } from "../state/form.js";
import { outgrownWindow } from "../state/models.js";
import { engineSettings, isGreedy, readNumber, settingNamed, stageNamed } from "../state/settings.js";

/**
 * What a setting does at its present value, in a few words.
 *
 * @typedef {import("../lib/strings.js").Strings} Strings
 * @typedef {import("../lib/format.js").Format} Format
 * @typedef {import("../state/types.js").LabState} LabState
 * @typedef {import("../state/settings.js").Setting} Setting
 * @typedef {{ t: Strings, format: Format }} Words
 */

/**
 * What a setting says of its value. What a stage did with it is told beside the picture.
 * @param {string} name the setting
 * @param {LabState} state
 * @param {Words} words
 * @returns {string}
 */
export function effectOf(name, state, words) {
  const setting = settingIn(settingNamed(name), words.t);
  if (setting.stage === "") return effectOfOther(setting, state, words);
  if (setting.kind === "form") return effectOfForm(setting, state.fields[name] ?? "", words);
  const value = readNumber(state.fields[name] ?? "");
  if (setting.helps) return helpOf(setting, value, words);
  if (value === "") return words.t.effect.neutral;
  return typeof value === "number" ? effectAt(setting, value, words) : "";
}

/** What a setting says of a value. @param {Setting} setting @param {number} value @param {Words} words */
export function effectAt({ off, above, below }, value, words) {
  if (value === off) return words.t.effect.neutral;
  return filled(off === null || value > off ? above : below, { value }, words);
}

/** In which language the form of an output is written; in which it may be. @param {Setting} setting @param {string} typed @param {Words} words */
const effectOfForm = ({ about = "" }, typed, { t }) =>
  typed.trim() === ""
    ? about
    : t.effect.form[/** @type {keyof typeof t.effect.form} */ (Object.keys(readForm(typed))[0])];

/** A setting that says how its stage does what another switches on. @param {Setting} setting @param {unknown} value @param {Words} words */
function helpOf({ about = "", does, off }, value, words) {
  const shown = value === "" ? off : value;
  return does !== "" && typeof shown === "number" ? filled(does, { value: shown }, words) : about;
}

/** Seed, generator and length. @param {Setting} setting @param {LabState} state @param {Words} words */
function effectOfOther({ name, kind, about = "" }, state, { t, format }) {
  const typed = (state.fields[name] ?? "").trim();
  const decidesDraws = kind === "seed" || kind === "choice";
  if (decidesDraws && isGreedy(engineSettings(state.fields))) return t.effect.no_draw;
  if (kind === "choice") return t.rng[typed] ?? "";
  const window = name === "max_new_tokens" ? outgrownWindow(state) : null;
  if (window !== null && t.beyond) return t.beyond.length(format.whole(window));
  if (kind !== "seed") return about;
  return typed === "" && state.run && state.run.seed !== null
    ? t.effect.seed_used(String(state.run.seed))
    : t.effect.seed;
}

/**
 * A sentence of a stage's own with its numbers put in.
 * @param {string} template with {number}, {percent} and {tokens} for the value, {evidence} and {evidence_percent} for a token's own number, {repeated} and {allowed} for a text
 * @param {{ value: number, evidence?: number, repeated?: string, allowed?: string }} numbers
 * @param {Words} words
 */
export function filled(template, { value, evidence = Number.NaN, repeated = "", allowed = "" }, { format }) {
  /** @type {Record<string, () => string>} */
  const parts = {
    number: () => format.number(value),
    percent: () => format.percent(value),
    tokens: () => format.whole(value),
    evidence: () => format.number(evidence),
    evidence_percent: () => format.percent(evidence),
    repeated: () => format.quoted(repeated),
    allowed: () => allowed,
  };
  return template.replace(/\{(\w+)\}/g, (whole, name) => parts[name]?.() ?? whole);
}

/** A stage's name in a sentence: "top-k". @param {string} name @param {Strings} t */
export const stageLabel = (name, t) => {
  const stage = stageNamed(name);
  return stage ? labelInSentence(stage, t) : (t.stage[name] ?? name);
};
