/**
 * Settings that hold several things, as they are typed: tokens by their texts or ids, with a number where the setting takes one. They stand
 * side by side with commas or in lines: `e: -2, "\n": -inf, 12 13: 1`. What JSON and Python print of them is read, too.
 *
 * @typedef {string | number[]} Tokens  a text, or ids
 * @typedef {{ tokens: Tokens, amount?: number }} Item
 * @typedef {"amount" | "amount_missing" | "open"} Why  what is wrong: no number; no number at all; a quotation mark or a bracket stays open
 * @typedef {{ items: Item[] } | { why: Why, at: string }} ReadList  at: the part that cannot be read
 * @typedef {{ why: Why, at: string }} Unreadable
 */

/** Kinds whose tokens come with a number. */
const WITH_AMOUNT = ["bias", "sequence_bias"];

/** @param {string} kind of a setting */
export const hasAmounts = (kind) => WITH_AMOUNT.includes(kind);

/**
 * @param {string} kind of the setting
 * @param {string} typed
 * @returns {ReadList}
 */
export function readList(kind, typed) {
  try {
    return { items: partsOf(unwrapped(typed)).map((part) => itemOf(kind, part)) };
  } catch (unreadable) {
    return /** @type {Unreadable} */ (unreadable);
  }
}

/**
 * Items as they are typed.
 * @param {string} kind
 * @param {readonly Item[]} items
 * @returns {string}
 */
export const writeList = (kind, items) => items.map((item) => written(kind, item)).join(", ");

/** @param {string} kind @param {Item} item */
function written(kind, { tokens, amount }) {
  const name = typeof tokens === "string" ? quoted(kind, tokens) : tokens.join(" ");
  return amount === undefined ? name : `${name}: ${String(amount).replace("Infinity", "inf")}`;
}

/** A text with the quotation marks that it needs. @param {string} kind @param {string} text */
const quoted = (kind, text) =>
  /^[\p{L}\p{M}'’-]+$/u.test(text) || (kind === "strings" && /^[\p{L}\p{N}]+$/u.test(text))
    ? text
    : JSON.stringify(text);

/** @param {string} kind @param {string} part @returns {Item} */
function itemOf(kind, part) {
  if (!hasAmounts(kind)) return { tokens: tokensOf(kind, part) };
  const [name, number] = pairOf(part);
  if (number === undefined) throw { why: "amount_missing", at: part };
  const amount = amountOf(number);
  if (Number.isNaN(amount)) throw { why: "amount", at: part };
  return { tokens: tokensOf(kind, name), amount };
}

/** "e: -2", "e = -2" and "[[5, 6], -2]". @param {string} part @returns {string[]} */
function pairOf(part) {
  const inner = inBrackets(part);
  if (inner !== null) return partsOf(inner);
  const at = placesOf(part, /[:=]/).at(-1);
  return at === undefined ? [part] : [part.slice(0, at).trim(), part.slice(at + 1).trim()];
}

/** @param {string} typed */
function amountOf(typed) {
  const plain = typed.replace(/[−–]/g, "-").replace(/^(?:float\()?["']?|["']?\)?$/g, "");
  if (/^[-+]?(?:inf(?:inity)?|∞)$/i.test(plain)) return plain.startsWith("-") ? -Infinity : Infinity;
  return plain === "" ? Number.NaN : Number(plain.replace(",", "."));
}

/** Digits are ids, but where texts alone are meant; whatever else stands there is a text. @param {string} kind @param {string} part @returns {Tokens} */
function tokensOf(kind, part) {
  const inner = inBrackets(part) ?? part;
  if (kind !== "strings" && /^\d+(?:[\s,]+\d+)*$/.test(inner)) return inner.split(/[\s,]+/).map(Number);
  return unquoted(part);
}

/** @param {string} part */
function unquoted(part) {
  if (!/^(["']).*\1$/s.test(part) || part.length < 2) return part;
  try {
    const body = part.slice(1, -1).replaceAll("\n", "\\n");
    return JSON.parse(`"${part.startsWith("'") ? body.replaceAll("\\'", "'").replaceAll('"', '\\"') : body}"`);
  } catch {
    throw { why: "open", at: part };
  }
}

/** What stands between the brackets of a whole list or record; its keys in quotation marks that are digits are ids. @param {string} typed */
function unwrapped(typed) {
  const text = typed.trim();
  const record = /^\{(.*)\}$/s.exec(text);
  return record ? record[1].replace(/(["'])(\d+)\1(?=\s*:)/g, "$2") : (inBrackets(text) ?? text);
}

/** @param {string} text @returns {string | null} null: it is not all in one pair of brackets */
function inBrackets(text) {
  const isOne = /^\[.*\]$/s.test(text) && placesOf(text, /\]/, 1).length === 1;
  return isOne ? text.slice(1, -1).trim() : null;
}

/** What stands side by side. @param {string} text @returns {string[]} */
function partsOf(text) {
  const cuts = placesOf(text, /[,;\n]/);
  return [...cuts, text.length].map((end, i) => text.slice(i === 0 ? 0 : cuts[i - 1] + 1, end).trim()).filter(Boolean);
}

/**
 * Where a sign stands outside of quotation marks and, at depth 0, outside of brackets.
 * @param {string} text
 * @param {RegExp} sign
 * @param {number} [within] brackets around it
 * @returns {number[]}
 */
function placesOf(text, sign, within = 0) {
  let depth = 0;
  /** @type {number[]} */
  const places = [];
  // An apostrophe within a word opens nothing.
  for (const { 0: part, index } of text.matchAll(/\p{L}+'?|(["'])(?:\\.|(?!\1)[^\\])*\1|./gsu)) {
    if (/^["']$/.test(part)) throw { why: "open", at: text.slice(index) };
    if (depth === within && sign.test(part) && part.length === 1) places.push(index);
    depth += Number(part === "[") - Number(part === "]");
    if (depth < 0) throw { why: "open", at: text };
  }
  if (depth > 0) throw { why: "open", at: text };
  return places;
}
