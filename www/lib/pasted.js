import { numberIn } from "./number-in.js";

/**
 * Reads the syntax in which people paste numbers: JSON, Python and JavaScript literals, and what NumPy, PyTorch, JAX and TensorFlow
 * print. The result is a tree; numbers.js says which trees are numbers.
 *
 * @typedef {{ kind: "number", raw: string, value: number, unit: number, at: number }} NumberNode  unit: worth of 1 in its last digit
 * @typedef {{ kind: "text" | "word", text: string, at: number }} TextNode  "text" stood in quotes
 * @typedef {{ kind: "list", items: Node[], at: number }} ListNode
 * @typedef {{ kind: "record", entries: [key: string, value: Node][], at: number }} RecordNode
 * @typedef {NumberNode | TextNode | ListNode | RecordNode} Node
 *
 * @typedef {"empty" | "not_a_number" | "empty_item" | "thousands" | "decimal_comma" | "elided" | "ragged" | "several" | "mixed"
 *   | "brackets" | "record" | "call"} Code
 *
 * @typedef {object} Problem
 * @property {Code} code
 * @property {number} at       index in the text
 * @property {string} sentence what is wrong and what to do
 */

/** Deeper nesting is no print of anything. */
const DEEPEST = 32;

const TOKEN = /\s+|(["'])((?:\\.|(?!\1)[^\\])*)\1|<[^<>]*>|\.\.\.|…|[[\](){},;:=]|[^\s[\](){},;:=<>"'…]+|./suy;

/** What only wraps its numbers. Another call would change them, so it is refused. */
const CONTAINERS = String.raw`tensor|array|asarray|Array|\w*Tensor|list|tuple|Float\d+Array\.(?:of|from)`;
const TYPES = String.raw`float\d*|bfloat16|half|double|longdouble|u?int\d*`;
const WRAPPER = new RegExp(String.raw`^([-+]?)(?:\w+\.)*(?:${CONTAINERS}|${TYPES})$`);
const HARMLESS_METHOD = /^\.(?:tolist|numpy|cpu|detach|item|cuda|float|double|squeeze|clone)$/;

/**
 * @param {string} pasted
 * @returns {Node[]} what stands side by side in the text
 * @throws {Problem}
 */
export function parsePasted(pasted) {
  const text = withoutConsole(pasted.replace(/^\uFEFF/, " "));
  return new Parser(commasRead(text)).series(null, 0);
}

/**
 * The outermost bracketed values of a print with words around them, as `tau=1.0: [0.1, 0.9] sum= 1.0`.
 * @param {string} pasted
 * @returns {Node[]}
 * @throws {Problem}
 */
export function bracketedIn(pasted) {
  const parser = new Parser(pasted);
  /** @type {Node[]} */
  const found = [];
  while (parser.token !== null) {
    if (parser.token === "[" || parser.token === "{") found.push(parser.value(0));
    else if (parser.token === "..." || parser.token === "…") throw parser.elided();
    else parser.next();
  }
  return found;
}

/** @param {Problem["code"]} code @param {number} at @param {string} sentence @returns {Problem} */
export const problemOf = (code, at, sentence) => ({ code, at, sentence });

/** What consoles write around a value is made blank, so that places stay the same. @param {string} text */
function withoutConsole(text) {
  const blank = (/** @type {string} */ match) => " ".repeat(match.length);
  return text
    .replace(/^\s*(?:>>>|Out\s?\[\d+\]:|(?:\w+Array)?\(\d+\)\s*(?=\[))/, blank)
    .replace(
      /^\s*<tf\.Tensor:.*?numpy=([\s\S]*)>\s*$/s,
      (all, array) => blank(all.slice(0, all.indexOf(array))) + array,
    )
    .replace(/^\s*Parameter containing:/, blank)
    .replace(/^\s*(?:(?:let|const|var)\s+)?[\p{L}_][\w.]*\s*(?:=(?!=)|:(?=\s|\[))(?=\s*\S)/u, blank);
}

/** 1,234 and 1'234.5 and 1_234, then 1.234,5 and 1 234,5. */
const THOUSANDS =
  /^[-+]?\d{1,3}(?:[,'’_\u00a0\u202f\u2009]\d{3})+(?:\.\d*)?$|^[-+]?\d{1,3}(?:[.'’\u00a0\u202f\u2009]\d{3})+,\d+$/;
const WITH_COMMA = /^(?:[-+]?\d+(?:,\d+)?(?:e[-+]?\d+)?|-inf)$/i;

/**
 * Settles what a comma between two digits is. In brackets, as JSON and Python write lists, it separates; so it does where nothing else
 * can. It is a decimal comma where ";", a tab or a new line stands between the numbers.
 * @param {string} text
 * @returns {string} the same text with decimal points
 * @throws {Problem} where it may be either
 */
function commasRead(text) {
  if (!/\d[,'’_\u00a0\u202f\u2009]\d/.test(text) || /[a-z]{4}|["{]/i.test(text)) return text;
  if (/[[(]/.test(text) && !text.includes(";")) return text;
  const bare = withMinus(text).replace(/[[\]()]/g, " ");
  const lines = parts(bare, /[;\t\n\r]+/);
  const words = parts(bare, /[^\S\u00a0\u202f\u2009]+|;|,(?=\s)/);
  const thousands = words.find((word) => THOUSANDS.test(word));
  const isDecimal = words.some((word) => /^[-+]?(?:0,\d|\d+,(?:\d{1,2}|\d{4,})$)/.test(word));
  if (thousands && !(isDecimal && lines.every((line) => WITH_COMMA.test(line)))) throw inThousands(thousands, text);
  if (lines.length > 1 && lines.every((line) => WITH_COMMA.test(line))) return text.replace(/(\d),(?=\d)/g, "$1.");
  if (words.length > 1 && words.every((word) => WITH_COMMA.test(word))) throw eitherComma(words, text);
  return text;
}

/** Typesetters' minus signs as programs write them. @param {string} text */
const withMinus = (text) => text.replace(/[−–]/g, "-");

/** @param {string} text @param {RegExp} separator */
const parts = (text, separator) =>
  text
    .split(separator)
    .map((part) => part.trim())
    .filter((part) => part !== "");

/** @param {string} word @param {string} text */
const inThousands = (word, text) =>
  problemOf(
    "thousands",
    text.indexOf(word),
    `"${word}" may be one number with a thousands separator, or several: write ${withoutThousands(word)}, or put ; between the numbers`,
  );

/** @param {string} word */
const withoutThousands = (word) =>
  /[^-+\d,].*,/.test(word) ? word.replace(/[^-+\d,]/g, "").replace(",", ".") : word.replace(/[^-+\d.]/g, "");

/** @param {string[]} words @param {string} text */
function eitherComma(words, text) {
  const word = words.find((word) => word.includes(",")) ?? words[0];
  const says = `"${word}" may be one number with a decimal comma, or two`;
  return problemOf(
    "decimal_comma",
    text.indexOf(word),
    `${says}: write ${word.replace(",", ".")}, or put ; between the numbers`,
  );
}

/** Reads one text from left to right. */
class Parser {
  #text;
  /** The next token, and where it stands. @type {string | null} */
  token = null;
  at = 0;
  #after = 0;
  /** Values read so far: a problem says which one it is about. */
  #n = 0;

  /** @param {string} text */
  constructor(text) {
    this.#text = text;
    this.next();
  }

  /** Goes on to the next token that is no space. */
  next() {
    do {
      this.at = this.#after;
      TOKEN.lastIndex = this.at;
      this.token = TOKEN.exec(this.#text)?.[0] ?? null;
      this.#after += this.token?.length ?? 0;
    } while (this.token !== null && this.token.trim() === "");
  }

  /** Whether the next token is this one. @param {string} token */
  #is(token) {
    return this.token === token;
  }

  /**
   * Values up to a closing bracket, or to the end of the text.
   * @param {string | null} end
   * @param {number} depth
   * @returns {Node[]}
   */
  series(end, depth) {
    const items = [];
    let isSeparated = true;
    while (this.token !== end) {
      if (this.token === "," || this.token === ";") {
        if (isSeparated)
          throw this.problem(
            "empty_item",
            `there is no number at position ${this.#n + 1}: fill it in, or remove the ${this.token}`,
          );
        isSeparated = true;
        this.next();
        continue;
      }
      items.push(this.value(depth));
      isSeparated = false;
    }
    return items;
  }

  /** @param {number} depth @returns {Node} */
  value(depth) {
    if (depth > DEEPEST)
      throw this.problem("brackets", `the brackets are more than ${DEEPEST} deep: paste one list of numbers`);
    const { at, token } = this;
    if (token === null) throw this.problem("brackets", "a bracket is never closed: paste the whole list");
    if (token === "..." || token === "…") throw this.elided();
    if (/^[\])}]$/.test(token)) throw this.problem("brackets", `${token} closes nothing: paste the whole list`);
    if (/^[:=]$/.test(token)) throw this.problem("not_a_number", `"${token}" is not a number: paste the numbers alone`);
    this.next();
    /** @type {Node} */
    let node;
    if (token === "[" || token === "(")
      node = { kind: "list", items: this.#inside(token === "[" ? "]" : ")", depth), at };
    else if (token === "{") node = { kind: "record", entries: this.#pairs(depth), at };
    else if (/^["']/.test(token)) node = { kind: "text", text: unescaped(token), at };
    else if (this.token === "(") node = this.#call(token, at, depth);
    else node = this.#word(token, at);
    this.#methods();
    return node;
  }

  /** @param {"]" | ")"} end @param {number} depth */
  #inside(end, depth) {
    const items = this.series(end, depth + 1);
    this.next();
    return items;
  }

  /** The entries of {…}, whatever its keys are. @param {number} depth @returns {[string, Node][]} */
  #pairs(depth) {
    /** @type {[string, Node][]} */
    const entries = [];
    while (this.token !== "}") {
      const key = this.value(depth + 1);
      if (!this.#is(":")) throw this.problem("record", 'between { and } write a name, ":" and a number');
      this.next();
      entries.push([nameOf(key), this.value(depth + 1)]);
      if (this.#is(",")) this.next();
      else if (!this.#is("}")) throw this.problem("brackets", "a { is never closed: paste the whole of it");
    }
    this.next();
    return entries;
  }

  /**
   * tensor([…], dtype=…) is what it holds, and Logprob(token=…, logprob=…) is a record.
   * @param {string} name
   * @param {number} at
   * @param {number} depth
   * @returns {Node}
   */
  #call(name, at, depth) {
    this.next();
    /** @type {Node[]} */
    const given = [];
    /** @type {[string, Node][]} */
    const named = [];
    while (this.token !== ")") {
      const value = this.value(depth + 1);
      if (this.token === "=" && value.kind === "word") {
        this.next();
        named.push([value.text, this.value(depth + 1)]);
      } else given.push(value);
      while (this.token === ",") this.next();
    }
    this.next();
    if (given.length === 0 && named.length > 0) return { kind: "record", entries: named, at };
    const [, sign] = WRAPPER.exec(withMinus(name)) ?? [];
    if (sign === undefined || given.length === 0)
      throw problemOf("call", at, `${name}(…) is not run here: paste what it gives`);
    const held =
      given.length === 1 || /(?:^|\.)(?:array|tensor)$/.test(name)
        ? given[0]
        : { kind: /** @type {const} */ ("list"), items: given, at };
    return signed(held.kind === "text" ? this.#word(held.text.trim(), at) : held, sign, name);
  }

  /** @param {string} token @param {number} at @returns {Node} */
  #word(token, at) {
    const read = numberIn(withMinus(token));
    this.#n += 1;
    return read ? { kind: "number", raw: token, ...read, at } : { kind: "word", text: token, at };
  }

  /** .tolist() and the like leave the numbers as they are. */
  #methods() {
    while (this.token !== null && /^\.[a-z_]/i.test(this.token)) {
      if (!HARMLESS_METHOD.test(this.token))
        throw this.problem("call", `${this.token}(…) is not run here: paste what it gives`);
      this.next();
      if (this.#is("(")) while (this.token !== null && !this.#is(")")) this.next();
      if (this.#is(")")) this.next();
    }
  }

  elided() {
    const has = (/** @type {RegExp} */ sign) => sign.test(this.#text);
    const [torch, numpy, js] = [has(/tensor\s*\(/), has(/array\s*\(/) || !has(/,/), has(/more items/)];
    const how = js
      ? "JSON.stringify(Array.from(logits))"
      : torch
        ? "torch.set_printoptions(threshold=1_000_000) before you print"
        : numpy
          ? "np.set_printoptions(threshold=1_000_000) before you print"
          : "logits.tolist(), or torch.set_printoptions(threshold=1_000_000) before you print";
    return this.problem("elided", `this print leaves numbers out (${this.token}): use ${how}`);
  }

  /** @param {Problem["code"]} code @param {string} sentence */
  problem(code, sentence) {
    return problemOf(code, this.at, sentence);
  }
}

/** @param {Node} node @param {string} sign @param {string} name @returns {Node} */
function signed(node, sign, name) {
  if (sign !== "-") return node;
  if (node.kind === "number") return { ...node, value: -node.value };
  throw problemOf("call", node.at, `${name}(…) is not run here: paste what it gives`);
}

/** @param {Node} key */
const nameOf = (key) => (key.kind === "number" ? key.raw : "text" in key ? key.text : "");

/** @type {Record<string, string>} */
const ESCAPES = { n: "\n", t: "\t", r: "\r", b: "\b", f: "\f", 0: "\0" };

/** A string of JSON, Python or JavaScript without its quotes. @param {string} quoted */
const unescaped = (quoted) =>
  quoted
    .slice(1, -1)
    .replace(/\\(?:u\{([\da-f]+)\}|u([\da-f]{4})|x([\da-f]{2})|(.))/gis, (_, long, short, byte, letter) =>
      letter === undefined
        ? String.fromCodePoint(Number.parseInt(long ?? short ?? byte, 16))
        : (ESCAPES[letter] ?? letter),
    );
