import { effectAt, effectOf, filled } from "../components/effect.js";
import { settingIn } from "../lib/spec-words.js";
import { engineSettings, isGreedy, readNumber, readStages, settingsOf, stageNamed } from "../state/settings.js";
import { isOn, isSet, stationOf } from "./columns.js";

/**
 * What heads and controls say of a stage: what it does at its values, and what it did in the picture.
 *
 * @typedef {import("../components/effect.js").Words} Words
 * @typedef {import("../components/context.js").Context} Context
 * @typedef {import("../state/settings.js").Setting} Setting
 * @typedef {import("../state/types.js").LabState} LabState
 * @typedef {import("./types.js").Picture} Picture
 */

/** The picture that is shown, if there is one. @param {LabState} state @returns {Picture | null} */
export const pictureOf = (state) => state.step?.picture ?? null;

/** The settings of a stage whose values change something. @param {string} name @param {LabState["fields"]} fields */
const setOf = (name, fields) => settingsOf(name).filter((setting) => isSet(setting, fields));

/** Whether a setting takes the most likely token. @param {LabState["fields"]} fields */
const takesTheMost =
  (fields) =>
  (/** @type {Setting} */ { name, greedy }) =>
    greedy !== null && readNumber(fields[name] ?? "") === greedy;

/** What the step that is shown says of a stage. @param {string} name @param {LabState} state */
const tracedStage = (name, { step }) => step?.trace.stages.find(({ stage }) => stage === name);

/** What a stage allows next, in words, where it allows only some tokens. @param {string} name @param {LabState} state */
export const allowedBy = (name, state) => tracedStage(name, state)?.allowed ?? "";

/**
 * The number that a stage found for this step by itself and did to every logit; null where it did as it was told.
 * @param {string} name
 * @param {LabState} state
 */
function foundBy(name, state) {
  const spec = stageNamed(name);
  const limit = tracedStage(name, state)?.limit ?? Number.NaN;
  return spec && !spec.filter && !spec.edits && Number.isFinite(limit) ? limit : null;
}

/** What a stage does at its present values, in one short line. @param {string} name @param {Context} context @returns {string} */
export function doesOf(name, { state, words }) {
  const { t, format } = words;
  const { fields } = state;
  const set = setOf(name, fields);
  if (!isOn(name, fields)) return t.river.off;
  if (set.some(takesTheMost(fields))) return t.river.maximum;
  const allowed = allowedBy(name, state);
  if (allowed) return t.river.only(allowed);
  const found = foundBy(name, state);
  const decides = set.filter(({ helps }) => !helps);
  if (found === null && decides.length > 1) return t.river.several(format.whole(decides.length));
  const setting = found === null ? (decides[0] ?? set[0]) : settingsOf(name)[0];
  const value = found ?? readNumber(fields[setting.name]);
  if (typeof value !== "number") return "";
  return filled(settingIn(setting, t).does, { value }, { t, format: { ...format, percent: format.share } });
}

/**
 * What a stage did in the picture.
 * @param {string} name
 * @param {Context} context
 * @returns {{ text: string, removed?: [tokens: string, share: string] }} removed: where there is something to count; text says it, too
 */
export function effectOfStage(name, { state, words }) {
  const { t, format } = words;
  const { fields } = state;
  const set = setOf(name, fields);
  const isFilter = stageNamed(name)?.filter === true;
  if (readStages(fields.off ?? "").includes(name)) return { text: t.effect.switched_off };
  if (set.some(takesTheMost(fields))) return { text: t.effect.greedy };
  if (set.length === 0) return { text: isFilter ? t.river.nothing : t.river.unchanged };
  if (isFilter && !stageNamed(name)?.edits && isGreedy(engineSettings(fields))) return { text: t.effect.greedy_only };
  const picture = pictureOf(state);
  const station = picture?.stations[stationOf(picture, name)];
  if (station && station.removed > 0) {
    const share = format.percent(station.removed_mass);
    // Of a stage that is there to forbid, how much of the model's choice it took is the question.
    const bits = allowedBy(name, state) && t.river.bits(format.bits(station.removed_bits));
    const removed = /** @type {[string, string]} */ ([
      format.tokens(station.removed),
      bits ? t.river.removed_bits(share, bits) : t.river.removed(share),
    ]);
    return { text: removed.join(", "), removed };
  }
  if (isFilter && station) return { text: station.kept === 1 ? t.river.one_left : t.river.nothing_here };
  const found = foundBy(name, state);
  if (found !== null) return { text: effectAt(settingIn(settingsOf(name)[0], t), found, words) };
  return { text: effectOf(set[0].name, state, words) };
}

/** A token as the picture shows it: a blank before a word is shown only where another likely token would look the same. */
export class Labels {
  #vocab;
  /** @type {Set<string>} */
  #twins = new Set();

  /** @param {readonly string[]} vocab @param {Picture} picture */
  constructor(vocab, { bands, probability }) {
    this.#vocab = vocab;
    const texts = Array.from(bands.id, (id) => (id >= 0 ? (vocab[id] ?? "") : ""));
    for (const [i, text] of texts.entries()) if (probability[i] >= LIKELY || i < FEW) this.#twins.add(text);
  }

  /** @param {number} id @returns {string} */
  of = (id) => {
    const text = this.#vocab[id] ?? "";
    const word = text.slice(1);
    return text.startsWith(" ") && word.trim() !== "" && !this.#twins.has(word) ? word : text;
  };
}

/** A token of this probability, or among so many, is told apart from another that differs by a blank. */
const LIKELY = 0.02;
const FEW = 12;
