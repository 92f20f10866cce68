/**
 * Numbers and token texts as people read them. Nothing here computes: it only prints what the engine gave.
 */

/** Characters that would be invisible or would disturb the line around them. */
const INVISIBLE = /^(?:\p{C}|\p{Z}|\p{M}|\p{Default_Ignorable_Code_Point})+$/u;

/** @type {Record<string, string>} */
const SIGNS = { " ": "·", "\n": "↵", "\t": "⇥", "\r": "␍" };

/** @param {string} text @returns {string} "U+200B", for characters without a shape of their own */
const codePoints = (text) =>
  Array.from(text, (c) => `U+${(c.codePointAt(0) ?? 0).toString(16).toUpperCase().padStart(4, "0")}`).join(" ");

/** @param {string} integer */
const superscript = (integer) => integer.replace(/[-\d]/g, (c) => "⁻⁰¹²³⁴⁵⁶⁷⁸⁹"["-0123456789".indexOf(c)]);

/** How the engine writes a byte that is no character. */
const BYTE = /(<0x[0-9A-F]{2}>)/;

/** A text cut at the signs of its bytes; every second piece is one. @param {string} text */
export const cutAtBytes = (text) => text.split(BYTE);

/** A text whose signs of bytes keep their brackets about them, also where a letter beside them turns the line around. @param {string} text */
const withBytes = (text) =>
  /[^ -~]/.test(text)
    ? cutAtBytes(text).reduce((line, part, i) => line + (i % 2 ? `\u2066${part}\u2069` : part))
    : text;

/** @param {string} blanks */
const signs = (blanks) => Array.from(blanks, (c) => SIGNS[c]).join("");

/**
 * What stands for a token of which nothing would be seen: blanks and characters without a shape.
 * @param {string} text
 * @returns {string | null} null: there is something to see
 */
export function signOf(text) {
  if (/^[ \n\t\r]+$/.test(text)) return signs(text);
  return INVISIBLE.test(text) ? codePoints(text) : null;
}

/**
 * A token's text made visible, also the blanks that it begins or ends with.
 * @param {string} text
 * @returns {string}
 */
export const shownToken = (text) => signOf(text) ?? withBytes(text.replace(/^[ \n\t\r]+|[ \n\t\r]+$/g, signs));

/** A probability below this has two significant digits instead of one decimal; below the least it is only said to be less. */
const LITTLE = 0.0005;
const LEAST = 0.000001;
/** What is not certain does not read as 100%. */
const NEARLY = 0.9995;
const MOST = 0.999;

/** A name as it stands within a sentence: "top-k" for "Top-k", but "XTC". @param {string} label */
export const inSentence = (label) => label.replace(/^\p{Lu}(?=\p{Ll})/u, (first) => first.toLowerCase());

/**
 * What is made when it is first needed: a browser takes its time for each printer of numbers.
 * @template T
 * @param {() => T} make
 */
function later(make) {
  /** @type {T | undefined} */
  let made;
  return () => {
    made ??= make();
    return made;
  };
}

/** @param {string} lang @param {Intl.NumberFormatOptions} options @returns {Pick<Intl.NumberFormat, "format">} */
function numbers(lang, options) {
  const printer = later(() => new Intl.NumberFormat(lang, options));
  return { format: (n) => printer().format(n) };
}

/** @param {string} lang @param {Intl.PluralRulesOptions} [options] @returns {Pick<Intl.PluralRules, "select">} */
function plurals(lang, options) {
  const rules = later(() => new Intl.PluralRules(lang, options));
  return { select: (n) => rules().select(n) };
}

/**
 * Printers for one language.
 * @param {Pick<import("./strings.js").Strings, "lang" | "quotes" | "decimal" | "character" | "counted">} strings
 */
export function makeFormat({ lang, quotes, decimal, character, counted }) {
  const percentage = numbers(lang, {
    style: "percent",
    minimumFractionDigits: 1,
    maximumFractionDigits: 1,
  });
  const small = numbers(lang, { style: "percent", maximumSignificantDigits: 2 });
  const share = numbers(lang, { style: "percent", maximumFractionDigits: 1 });
  const fixed = numbers(lang, { minimumFractionDigits: 2, maximumFractionDigits: 2 });
  const thousandths = numbers(lang, { minimumFractionDigits: 3, maximumFractionDigits: 3 });
  const whole = numbers(lang, { maximumFractionDigits: 0 });
  const short = numbers(lang, { maximumSignificantDigits: 3 });
  const tiny = numbers(lang, { notation: "scientific", maximumSignificantDigits: 2 });
  const position = numbers(lang, { minimumFractionDigits: 4, maximumFractionDigits: 4 });
  const bits = numbers(lang, {
    minimumFractionDigits: 2,
    maximumFractionDigits: 2,
    signDisplay: "negative",
  });
  const plural = plurals(lang);
  const plural_about = plurals(lang, { maximumSignificantDigits: 3 });
  /** @param {number} n @param {{ one: string, other: string }} forms @param {Pick<Intl.PluralRules, "select">} [rules] @param {Pick<Intl.NumberFormat, "format">} [printer] */
  const count = (n, forms, rules = plural, printer = whole) =>
    (rules.select(n) === "one" ? forms.one : forms.other).replace("#", printer.format(n));
  return {
    /** A token as a screen reader should say it. @param {string} text */
    spoken: (text) => character[text]?.name ?? shownToken(text),
    /** A token with a sign where it would be invisible. @param {string} text */
    shown: (text) => shownToken(text),
    /** A token in a sentence: “q”, a space. @param {string} text */
    quoted: (text) => (text in SIGNS ? character[text].in_sentence : quotes.join(shownToken(text))),
    /** @param {number} p a probability in [0, 1] */
    percent: (p) => {
      if (p >= NEARLY && p < 1 - LEAST) return `>${percentage.format(MOST)}`;
      if (p === 0 || p >= LITTLE) return percentage.format(p);
      return p < LEAST ? `<${small.format(LEAST)}` : small.format(p);
    },
    /** A part as it was typed: "90%", "2.5%". @param {number} p */
    share: (p) => share.format(p),
    /** A logit, two decimals. @param {number} x */
    logit: (x) => (Number.isFinite(x) ? fixed.format(x) : String(x).replace("Infinity", "∞")),
    /** How far down a picture, three decimals. @param {number} x */
    way: (x) => thousandths.format(x),
    /** @param {number | bigint} n */
    whole: (n) => whole.format(n),
    /** @param {number} x three significant digits */
    number: (x) => (Number.isFinite(x) ? short.format(x) : String(x).replace("Infinity", "∞")),
    /** How far two numbers are apart, however little: "7.5 × 10⁻⁹". @param {number} x */
    difference: (x) =>
      x === 0 ? "0" : tiny.format(x).replace(/E(.*)/, (_, exponent) => ` × 10${superscript(exponent)}`),
    /** @param {number} x an entropy, two decimals */
    bits: (x) => bits.format(x),
    /** @param {number} x a point in [0, 1), four decimals */
    position: (x) => position.format(x),
    /** @param {number} ms a duration in milliseconds, in the unit that suits it */
    duration: (ms) => {
      if (ms === 0) return "0 ms";
      if (ms < 1) return `${short.format(ms * 1000)} µs`;
      return ms < 1000 ? `${short.format(ms)} ms` : `${short.format(ms / 1000)} s`;
    },
    /** "1.7 MB". The first picture of a page has sizes in it, and a phone takes 0.1 s for its first NumberFormat. @param {number} n */
    bytes: (n) => `${(n / 1e6).toFixed(1).replace(".", decimal)} MB`,
    /** "1 token", "80 tokens". @param {number} n */
    tokens: (n) => count(n, counted.tokens),
    /** A number of tokens that need not be whole: "21.4 tokens". @param {number} x */
    tokens_about: (x) => count(x, counted.tokens, plural_about, short),
    /** A number far below 1 from its decimal logarithm: "10⁻⁵¹"; 0 is itself. @param {number} exponent */
    power_of_ten: (exponent) =>
      Number.isFinite(exponent) ? `10${superscript(whole.format(Math.round(exponent)))}` : "0",
    /** "1 earlier token". @param {number} n */
    earlier: (n) => count(n, counted.earlier),
    /** "3 of the most likely tokens are". @param {number} n */
    most_likely: (n) => count(n, counted.most_likely),
    /** "100 times". @param {number} n */
    times: (n) => count(n, counted.times),
    /** "1 degree of freedom". @param {number} n */
    degrees: (n) => count(n, counted.degrees),
    /** "a, b or c". @param {Iterable<string>} names */
    either: (names) => new Intl.ListFormat(lang, { type: "disjunction" }).format(names),
    /** What became of characters outside the vocabulary. @param {number} n */
    replaced: (n) => count(n, counted.replaced),
  };
}

/** @typedef {ReturnType<typeof makeFormat>} Format */
