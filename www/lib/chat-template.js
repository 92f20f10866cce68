/**
 * Chat templates, as models have them: the part of Jinja that they need most. Everything else is refused by name.
 *
 * Understood: text; {{ … }}; {% for x in … %}, {% if … %}, {% elif … %}, {% else %}, {% set x = … %}; strings, whole numbers, true, false, none; names, .name, [ … ];
 * or, and, not, in, ==, !=, +, ~, "is defined"; |trim and .strip(); loop.first, loop.last, loop.index, loop.index0; raise_exception(…). White space
 * as with trim_blocks and lstrip_blocks, and by "-".
 *
 * @typedef {{ role: string, content: string }} Message
 * @typedef {import("./chat-expression.js").Names} Names
 * @typedef {(names: Names) => string} Part  of a template, to text
 * @typedef {{ kind: "text" | "say" | "do", text: string }} Piece
 */
import { expressionOf, isTrue, printed, unknown } from "./chat-expression.js";

/**
 * @param {string} template
 * @param {readonly Message[]} messages
 * @returns {string} the text that a model goes on with
 * @throws {Error} what is not understood, or what the template itself complains about
 */
export function chatText(template, messages) {
  const pieces = piecesOf(template);
  const part = readParts(pieces, []);
  if (pieces.length > 0) throw new Error(`the chat template has an {% ${pieces[0].text} %} too many`);
  return part({ messages, add_generation_prompt: true, bos_token: "", eos_token: "" });
}

/** A tag, with the white space that it takes along. */
const TAG = /(?:^|(?<=\n))[ \t]*\{%(?!-)|\{%-?|\{\{-?|\{#/;
const END = { "{%": /-?%\}/, "{{": /-?\}\}/, "{#": /-?#\}/ };

/** @param {string} template @returns {Piece[]} */
function piecesOf(template) {
  /** @type {Piece[]} */
  const pieces = [];
  let rest = template;
  for (let found = TAG.exec(rest); found; found = TAG.exec(rest)) {
    const open = /** @type {keyof typeof END} */ (found[0].trimStart().slice(0, 2));
    const before = rest.slice(0, found.index);
    pieces.push({ kind: "text", text: found[0].endsWith("-") ? before.trimEnd() : before });
    const inside = rest.slice(found.index + found[0].length);
    const end = END[open].exec(inside);
    if (!end) throw new Error(`the chat template has ${open} without its end`);
    if (open !== "{#") pieces.push({ kind: open === "{{" ? "say" : "do", text: inside.slice(0, end.index).trim() });
    rest = inside.slice(end.index + end[0].length);
    if (end[0].startsWith("-")) rest = rest.trimStart();
    else if (open !== "{{") rest = rest.replace(/^\n/, "");
  }
  return [...pieces, { kind: "text", text: rest }];
}

/**
 * Parts up to a tag that ends them, which is left.
 * @param {Piece[]} pieces taken from its front
 * @param {readonly string[]} ends
 * @returns {Part}
 */
function readParts(pieces, ends) {
  /** @type {Part[]} */
  const parts = [];
  for (;;) {
    const [piece] = pieces;
    if (!piece || (piece.kind === "do" && [...ends, "endfor", "endif", "else", "elif"].includes(wordOf(piece)))) break;
    pieces.shift();
    if (piece.kind === "text") parts.push(() => piece.text);
    else if (piece.kind === "say") parts.push(saying(piece.text));
    else parts.push(readStatement(piece, pieces));
  }
  return (names) => parts.map((part) => part(names)).join("");
}

/** @param {Piece} piece */
const wordOf = ({ text }) => /^\w*/.exec(text)?.[0] ?? "";

/** @param {string} text @returns {Part} */
function saying(text) {
  const value = expressionOf(text);
  return (names) => printed(value(names));
}

/** @param {Piece} piece @param {Piece[]} pieces @returns {Part} */
function readStatement(piece, pieces) {
  const word = wordOf(piece);
  const rest = piece.text.slice(word.length).trim();
  if (word === "if") return readIf(rest, pieces);
  if (word === "for") return readFor(rest, pieces);
  const [, name, text] = (word === "set" && /^(\w+)\s*=\s*(.*)$/s.exec(rest)) || [];
  if (!name) throw unknown(`{% ${piece.text} %}`);
  const value = expressionOf(text);
  return (names) => {
    names[name] = value(names);
    return "";
  };
}

/** @param {string} condition @param {Piece[]} pieces @returns {Part} */
function readIf(condition, pieces) {
  const is = expressionOf(condition);
  const then = readParts(pieces, ["endif"]);
  const end = pieces.shift();
  const word = end ? wordOf(end) : "";
  if (word === "endif") return (names) => (isTrue(is(names)) ? then(names) : "");
  if (word !== "else" && word !== "elif") throw new Error("the chat template has an {% if %} without its end");
  const other = word === "elif" ? readIf(/** @type {Piece} */ (end).text.slice(4).trim(), pieces) : readElse(pieces);
  return (names) => (isTrue(is(names)) ? then(names) : other(names));
}

/** @param {Piece[]} pieces @returns {Part} */
function readElse(pieces) {
  const part = readParts(pieces, ["endif"]);
  requireEnd(pieces, "endif");
  return part;
}

/** @param {string} head "x in list" @param {Piece[]} pieces @returns {Part} */
function readFor(head, pieces) {
  const [, name, text] = /^(\w+)\s+in\s+(.*)$/s.exec(head) ?? [];
  if (!name || /\bif\b|\brecursive\b/.test(text)) throw unknown(`{% for ${head} %}`);
  const list = expressionOf(text);
  const body = readParts(pieces, ["endfor"]);
  requireEnd(pieces, "endfor");
  return (names) => {
    const items = list(names);
    if (!Array.isArray(items)) throw new Error(`the chat template goes through ${text}, which is no list`);
    const loop = (/** @type {number} */ i) => ({
      first: i === 0,
      last: i === items.length - 1,
      index: i + 1,
      index0: i,
    });
    // What is set inside a loop is forgotten with it, as in Jinja.
    return items.map((item, i) => body({ ...names, [name]: item, loop: loop(i) })).join("");
  };
}

/** @param {Piece[]} pieces @param {string} word */
function requireEnd(pieces, word) {
  const end = pieces.shift();
  if (!end || wordOf(end) !== word) throw new Error(`the chat template lacks an {% ${word} %}`);
}
