import { inSentence } from "./format.js";

/**
 * What the stages and their settings say of themselves, in the language of the page, by their names. What the first screen needs in English is
 * in the specs; the rest comes with the tabs.
 *
 * @typedef {{ spec: { stages: Record<string, Partial<SpecTexts>>, settings: Record<string, Partial<SpecTexts>> } }} HasSpecTexts
 * @typedef {HasSpecTexts & { small_names: boolean }} HasLabels
 *
 * @typedef {object} SpecTexts
 * @property {string} label
 * @property {string} about
 * @property {string} reason
 * @property {string} brief
 * @property {string} does
 * @property {string} above
 * @property {string} below
 * @property {Record<string, string>} differs
 */

/** @template {{ name: string }} Spec @param {Spec} stage @param {HasSpecTexts} t @returns {Spec & Partial<SpecTexts>} */
export const stageIn = (stage, t) => ({ ...stage, ...t.spec.stages[stage.name] });

/** @template {{ name: string }} Spec @param {Spec} setting @param {HasSpecTexts} t @returns {Spec & Partial<SpecTexts>} */
export const settingIn = (setting, t) => ({ ...setting, ...t.spec.settings[setting.name] });

/** A stage's or a setting's name within a sentence: "top-k" for "Top-k"; German leaves its nouns their capitals. @param {{ name: string, label: string }} stage @param {HasLabels} t */
export const labelInSentence = (stage, t) => {
  const { label } = stageIn(stage, t);
  return t.small_names ? inSentence(label) : label;
};

/**
 * A preset, an order or a comparison that has a name, and often a sentence.
 * @template {{ name: string }} Named
 * @param {Named} one
 * @param {{ named: Record<string, { name?: string, sentence?: string }> }} t
 * @returns {Named}
 */
export const namedIn = (one, t) => ({ ...one, ...t.named[one.name] });
