import { LANGUAGES, languageOf, oddIn } from "../lib/languages.js";
import { SETTINGS } from "../state/settings.js";
import { attributeOf, choicesOf, NAMES } from "./given.js";
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
 * @param {{ attributes: readonly string[], looks: Record<string, unknown>, odd: Record<string, string>, wrong: Record<string, string>, strings: object | null, of_tabs?: object }} author
 *   odd: values that are none of those there are; wrong: what properties have to be that are something else
 * @param {Offered} offered
 * @param {Words} words
 * @returns {string[]}
 */
export function mistakesOf({ attributes, looks, odd, wrong, strings, of_tabs }, offered, { t, format }) {
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

/** Whether a language is one of ours, or that of sentences that were handed in. @param {unknown} lang @param {object | null} strings */
const isSpoken = (lang, strings) =>
  typeof lang !== "string" || ["", Reflect.get(strings ?? {}, "lang"), ...LANGUAGES].includes(languageOf(lang));
