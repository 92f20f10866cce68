import { makeFormat } from "./format.js";
import { en } from "./strings.js";

/**
 * The languages of the page. English is there from the start and is what everything is filled up with; the others come when they are asked for.
 *
 * @typedef {import("./strings.js").Strings} Strings
 * @typedef {Strings & typeof import("./strings-of-gpt.js").enOfGpt} Dictionary  every sentence there is
 * @typedef {{ t: Strings, format: import("./format.js").Format }} Words
 */

/**
 * @template T
 * @typedef {T extends (...args: any[]) => unknown ? T : T extends readonly unknown[] ? T : T extends object ? { [key in keyof T]?: Part<T[key]> } : T} Part
 *   Some of the sentences: what is left out stays as it is.
 */

/** @type {Readonly<Record<string, () => Promise<{ words: Dictionary }>>>} */
const ON_REQUEST = Object.freeze({
  de: () => import("../words/de.js"),
  es: () => import("../words/es.js"),
});

/** What `lang` can ask for. */
export const LANGUAGES = Object.freeze([en.lang, ...Object.keys(ON_REQUEST)]);

/** The language of a tag such as "de-AT". @param {string} tag */
export const languageOf = (tag) => tag.toLowerCase().split("-")[0];

/** @param {string} language one of LANGUAGES @returns {Promise<Part<Dictionary>>} what it says otherwise than English */
export const loadLanguage = async (language) => (language === en.lang ? {} : (await ON_REQUEST[language]()).words);

/** The first words of every lab; those of the tabs are not among them yet. @type {Words} */
export const ENGLISH = Object.freeze(wordsOf([]));

/**
 * @param {Part<Dictionary>[]} layers the later ones count
 * @param {string} [locale] whose numbers are printed, where it is another than the language
 * @returns {Words}
 */
export function wordsOf(layers, locale) {
  const t = /** @type {Strings} */ (layers.reduce((under, over) => laidOver(under, over), en));
  return { t, format: makeFormat(locale ? { ...t, lang: locale } : t) };
}

/**
 * Sentences with others laid over them.
 * @template {object} T
 * @param {T} under
 * @param {any} over
 * @returns {T}
 */
export function laidOver(under, over) {
  if (!isGroup(under) || !isGroup(over)) return over;
  const merged = /** @type {any} */ ({ ...under });
  for (const [key, value] of Object.entries(over)) merged[key] = key in under ? laidOver(merged[key], value) : value;
  return merged;
}

/** What a later part speaks of, and what is English in other places. */
const LATER = Object.freeze(["gpt", "models", "spec", "named", "errors"]);

/** What comes with the tabs. */
export const OF_TABS = Object.freeze([
  "beyond",
  "why",
  "reason",
  "computed",
  "change",
  "what_if",
  "more",
  "presets",
  "machine",
  "tour",
  "interval",
  "made_of",
  "odds",
  "compare",
  "rules",
  "share",
  "stage_times",
  "all",
  "stages",
  "sweep",
  "timings",
  "mistake",
  "lists",
  "loop",
  "context",
  "peek",
]);

/**
 * Names that no sentence has, and sentences that are of another kind than ours: a text for a function, a function for a text.
 * @param {object} sentences
 * @param {object} [of_tabs] what the tabs say in English, once they are there
 * @returns {string[]} "run.genrate"
 */
export function oddIn(sentences, of_tabs = {}) {
  return compared(sentences, { ...en, ...of_tabs }, "");
}

/** @param {object} given @param {any} ours @param {string} where @returns {string[]} */
const compared = (given, ours, where) =>
  Object.entries(given).flatMap(([name, value]) => {
    const path = `${where}${name}`;
    if (LATER.includes(path) || (OF_TABS.includes(path) && !Object.hasOwn(ours, name))) return [];
    if (!Object.hasOwn(ours, name) || kindOf(value) !== kindOf(ours[name])) return [path];
    return isGroup(value) ? compared(value, ours[name], `${path}.`) : [];
  });

/** @param {unknown} value */
const kindOf = (value) => (Array.isArray(value) ? "list" : typeof value);

/** @param {unknown} value */
const isGroup = (value) => typeof value === "object" && value !== null && !Array.isArray(value);
