import { problemSentence } from "../components/problem.js";
import { LANGUAGES, languageOf, oddIn } from "../lib/languages.js";
import { readStages, SETTINGS, STAGES } from "../state/settings.js";
import { attributeOf, choicesOf, inForceOf, NAMES } from "./given.js";
import { LOOKS, listed, THEMES } from "./looks.js";
import { nearest } from "./nearest.js";

/**
 * What an author has written that the element cannot follow, in sentences: nothing is ignored in silence.
 *
 * @typedef {import("../lib/languages.js").Words} Words
 * @typedef {{ part: readonly string[], tabs: readonly string[] }} Offered   what there is to be seen
 */

/** The settings that have a control. */
export const CONTROLS = Object.freeze(SETTINGS.filter(({ kind }) => kind !== "order").map(({ name }) => name));

const KNOWN = new Set([...NAMES.map(attributeOf), ...LOOKS]);

/** Attributes of every element, and those that frameworks and tools put everywhere. */
const OF_EVERY_ELEMENT =
  /^(?:accesskey|autocapitalize|autofocus|class|contenteditable|dir|draggable|enterkeyhint|exportparts|hidden|id|inert|inputmode|is|item(?:id|prop|ref|scope|type)|key|lang|nonce|part|popover|ref|role|slot|spellcheck|style|tabindex|title|translate|virtualkeyboardpolicy|writingsuggestions|(?:aria|astro|data|hx|ng|v|x)-.*|on[a-z]+|.*[^a-z-].*)$/;

/**
 * @typedef {object} Author
 * @property {readonly string[]} attributes
 * @property {Record<string, unknown>} looks
 * @property {Record<string, string>} odd  values that are none of those there are
 * @property {Record<string, string>} wrong  what properties have to be that are something else
 * @property {import("./given.js").Given} given
 * @property {object | null} strings
 * @property {object} [of_tabs]
 */

/**
 * @param {Author} author
 * @param {Offered} offered
 * @param {Words} words
 * @returns {string[]}
 */
export function mistakesOf({ attributes, looks, odd, wrong, given, strings, of_tabs }, offered, { t, format }) {
  const said = t.mistake;
  /** @param {string} name @param {unknown} value @param {readonly string[]} all */
  const value = (name, value, all) => {
    const alike = nearest(String(value), all);
    return all.includes(String(value)) || value === null || value === undefined
      ? []
      : [said.value(`${name}="${value}"`, format.either(alike.length > 0 ? alike : all))];
  };
  /** @param {string} name @param {unknown} values @param {readonly string[]} all */
  const list = (name, values, all) => listed(values).flatMap((one) => value(name, one, all));
  return [
    ...attributes.filter((name) => !KNOWN.has(name) && !OF_EVERY_ELEMENT.test(name)).map(unknown),
    ...Object.entries(wrong).map(([name, wanted]) => said.type(name, wanted)),
    ...Object.entries(odd).flatMap(([name, one]) => value(attributeOf(name), one, choicesOf(name))),
    ...readStages(given.off ?? "").flatMap((one) => value("off", one, STAGES)),
    ...value("view", looks.view, offered.part),
    ...value("tab", looks.tab, offered.tabs),
    ...list("tabs", looks.tabs, offered.tabs),
    ...list("controls", listed(looks.controls).map(attributeOf), CONTROLS.map(attributeOf)),
    ...value("theme", looks.theme, THEMES),
    ...(isSpoken(looks.lang, strings) ? [] : value("lang", looks.lang, ["auto", ...LANGUAGES])),
    ...(strings && oddIn(strings, of_tabs).length > 0 ? [said.strings(oddIn(strings, of_tabs).join(", "))] : []),
    ...(looks.token === null || looks.token === undefined || /^[1-9]\d*$/.test(String(looks.token))
      ? []
      : [said.token(String(looks.token))]),
  ];

  /** @param {string} name */
  function unknown(name) {
    const alike = nearest(name, KNOWN);
    return alike.length > 0 ? said.attribute(name, format.either(alike)) : said.attribute_alone(name);
  }
}

/** What each element has told the console. @type {WeakMap<Element, Set<string>>} */
const told = new WeakMap();

/** Says on the console what an author has to mend, once. @param {Element} element @param {readonly string[]} sentences */
export function tellConsole(element, sentences) {
  const known = told.get(element) ?? new Set();
  told.set(element, known);
  for (const sentence of sentences) {
    if (!known.has(sentence)) console.warn(`<logit-lab>: ${sentence}`, element);
    known.add(sentence);
  }
}

/**
 * A value of the author's that is refused is said at its control. From now on the console hears of it, too.
 * @param {Element & { given: import("./given.js").Given, words: Words }} element
 * @param {import("../tasks/conductor.js").Store} store
 */
export function tellRefused(element, store) {
  const tell = () => {
    const { given, words } = element;
    const { problem } = store.state;
    if (problem) tellConsole(element, refusedOf(problem, given, store.state, words));
  };
  store.subscribe((state, before) => {
    if (state.problem !== before.problem) tell();
  });
  tell();
}

/**
 * The author's values that a problem is about. A reader may have typed another value since.
 * @param {import("../state/types.js").Problem} problem @param {import("./given.js").Given} given
 * @param {import("../state/types.js").LabState} state @param {Words} words
 */
function refusedOf(problem, given, state, words) {
  const isMeant = (/** @type {string} */ name) =>
    [name, `model.${name}`, name.replace("_", ".")].includes(problem.place);
  return Object.keys(given)
    .filter((name) => isMeant(name) && inForceOf(name, state) === given[name])
    .map((name) => `${attributeOf(name)}="${given[name]}": ${problemSentence(problem, words)}`);
}

/** Whether a language is one of ours, or that of sentences that were handed in. @param {unknown} lang @param {object | null} strings */
const isSpoken = (lang, strings) =>
  typeof lang !== "string" || ["", Reflect.get(strings ?? {}, "lang"), ...LANGUAGES].includes(languageOf(lang));
