import { inSentence } from "../lib/format.js";
import { outgrownWindow } from "../state/models.js";
import { engineSettings, isGreedy, readNumber, readStages, settingNamed, stageNamed } from "../state/settings.js";

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
 * @param {string} name the setting
 * @param {LabState} state
 * @param {Words} words
 * @returns {string}
 */
export function effectOf(name, state, words) {
  const setting = settingNamed(name);
  return setting.stage === "" ? effectOfOther(setting, state, words) : effectOfStage(setting, state, words);
}

/** @param {Setting} setting @param {LabState} state @param {Words} words */
function effectOfStage(setting, state, words) {
  const { t } = words;
  const isFilter = stageNamed(setting.stage)?.filter === true;
  const value = readNumber(state.fields[setting.name] ?? "");
  const isOff = (state.fields[setting.name] ?? "").trim() === "" || value === setting.off;
  if (isFilter && isGreedy(engineSettings(state.fields))) return t.effect.greedy_only;
  if (readStages(state.fields.off ?? "").includes(setting.stage)) return t.effect.switched_off;
  const idle = isFilter ? nothingHere(setting.stage, state, words) : null;
  if (idle) return idle;
  if (isOff) return isFilter ? t.effect.off : t.effect.neutral;
  if (typeof value !== "number") return "";
  if (value === setting.greedy) return t.effect.greedy;
  const template = setting.off === null || value > setting.off ? setting.above : setting.below;
  return filled(template, { value }, words);
}

/** Seed, generator and length. @param {Setting} setting @param {LabState} state @param {Words} words */
function effectOfOther({ name, kind, about }, state, { t, format }) {
  const typed = (state.fields[name] ?? "").trim();
  const decidesDraws = kind === "seed" || kind === "choice";
  if (decidesDraws && isGreedy(engineSettings(state.fields))) return t.effect.no_draw;
  if (kind === "choice") return t.rng[typed] ?? "";
  const window = name === "max_new_tokens" ? outgrownWindow(state) : null;
  if (window !== null) return t.effect.length_beyond(format.whole(window));
  if (kind !== "seed") return about;
  return typed === "" && state.run && state.run.seed !== null
    ? t.effect.seed_used(String(state.run.seed))
    : t.effect.seed;
}

/**
 * What to say of a filter that removes nothing from the distribution that is shown.
 * @param {string} name of the stage
 * @param {LabState} state
 * @param {Words} words
 */
function nothingHere(name, { step }, { t, format }) {
  const stage = step?.trace.stages.find((done) => done.stage === name);
  if (!stage || stage.removed.length > 0) return null;
  return stage.kept === 1 ? t.effect.one_left : t.effect.nothing_here(format.tokens(stage.kept));
}

/**
 * A sentence of a stage's own with its numbers put in.
 * @param {string} template with {number}, {percent} and {tokens} for the value, {evidence} and {evidence_percent} for a token's own number
 * @param {{ value: number, evidence?: number }} numbers
 * @param {Words} words
 */
export function filled(template, { value, evidence = Number.NaN }, { format }) {
  /** @type {Record<string, () => string>} */
  const parts = {
    number: () => format.number(value),
    percent: () => format.percent(value),
    tokens: () => format.whole(value),
    evidence: () => format.number(evidence),
    evidence_percent: () => format.percent(evidence),
  };
  return template.replace(/\{(\w+)\}/g, (whole, name) => parts[name]?.() ?? whole);
}

/** A stage's name in a sentence: "top-k". @param {string} name @param {Strings} t */
export const stageLabel = (name, t) => inSentence(stageNamed(name)?.label ?? t.stage[name] ?? name);
