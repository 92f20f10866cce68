/**
 * Expressions of chat templates.
 *
 * @typedef {Record<string, unknown>} Names
 * @typedef {(names: Names) => any} Value  of an expression
 */

/** @param {string} what */
export const unknown = (what) => new Error(`the chat template has ${what}, which is not understood here`);

/** As Jinja counts it. @param {unknown} value */
export const isTrue = (value) => (Array.isArray(value) ? value.length > 0 : Boolean(value));

/** As Python prints it. @param {unknown} value */
export const printed = (value) => (typeof value === "boolean" ? (value ? "True" : "False") : String(value ?? ""));

/** A string, a number, a word, or a sign. */
const TOKEN = /\s*(?:'((?:[^'\\]|\\.)*)'|"((?:[^"\\]|\\.)*)"|(\d+)|(\w+)|(==|!=|[-+~|.()[\]{}:,*/%<>=]+?))/sy;

/** @typedef {{ text: string, kind: "string" | "number" | "word" | "sign" }} Token */

/** @param {string} text @returns {Value} of the whole text */
export function expressionOf(text) {
  const tokens = tokensOf(text);
  const value = readOr(tokens);
  if (tokens.length > 0) throw unknown(`"${tokens[0].text}" in {{ ${text} }}`);
  return value;
}

/** @param {string} text @returns {Token[]} */
function tokensOf(text) {
  /** @type {Token[]} */
  const tokens = [];
  for (let at = 0; at < text.trimEnd().length; at = TOKEN.lastIndex) {
    TOKEN.lastIndex = at;
    const found = TOKEN.exec(text);
    if (!found) throw unknown(`"${text.slice(at).trim()}"`);
    const string = found[1] ?? found[2];
    if (string !== undefined) tokens.push({ kind: "string", text: unescaped(string) });
    else if (found[3] !== undefined) tokens.push({ kind: "number", text: found[3] });
    else if (found[4] !== undefined) tokens.push({ kind: "word", text: found[4] });
    else tokens.push({ kind: "sign", text: found[5] });
  }
  return tokens;
}

/** @param {string} text */
const unescaped = (text) =>
  text.replace(
    /\\(.)/gs,
    (_, sign) => /** @type {Record<string, string>} */ ({ n: "\n", t: "\t", r: "\r" })[sign] ?? sign,
  );

/** Takes a token if it is this one. @param {Token[]} tokens @param {string} text */
function takes(tokens, text) {
  const is = tokens.length > 0 && tokens[0].kind !== "string" && tokens[0].text === text;
  if (is) tokens.shift();
  return is;
}

/** @param {Token[]} tokens @returns {Value} */
function readOr(tokens) {
  const left = readAnd(tokens);
  if (!takes(tokens, "or")) return left;
  const right = readOr(tokens);
  return (names) => (isTrue(left(names)) ? left(names) : right(names));
}

/** @param {Token[]} tokens @returns {Value} */
function readAnd(tokens) {
  const left = readNot(tokens);
  if (!takes(tokens, "and")) return left;
  const right = readAnd(tokens);
  return (names) => (isTrue(left(names)) ? right(names) : left(names));
}

/** @param {Token[]} tokens @returns {Value} */
function readNot(tokens) {
  if (!takes(tokens, "not")) return readComparison(tokens);
  const value = readNot(tokens);
  return (names) => !isTrue(value(names));
}

/** @param {Token[]} tokens @returns {Value} */
function readComparison(tokens) {
  const left = readSum(tokens);
  if (takes(tokens, "==")) return compared(left, readSum(tokens), (a, b) => a === b);
  if (takes(tokens, "!=")) return compared(left, readSum(tokens), (a, b) => a !== b);
  if (takes(tokens, "in")) return compared(left, readSum(tokens), isIn);
  if (!takes(tokens, "is")) return left;
  const isNot = takes(tokens, "not");
  if (!takes(tokens, "defined")) throw unknown(`the test "is ${tokens[0]?.text}"`);
  return (names) => (left(names) !== undefined) !== isNot;
}

/** @param {any} part @param {any} whole */
const isIn = (part, whole) =>
  typeof whole === "string" || Array.isArray(whole) ? whole.includes(part) : Object.hasOwn(Object(whole), part);

/** @param {Value} left @param {Value} right @param {(a: any, b: any) => boolean} is @returns {Value} */
const compared = (left, right, is) => (names) => is(left(names) ?? null, right(names) ?? null);

/** @param {Token[]} tokens @returns {Value} */
function readSum(tokens) {
  let sum = readFiltered(tokens);
  while (["+", "~"].some((sign) => tokens[0]?.kind === "sign" && tokens[0].text === sign)) {
    const isText = tokens.shift()?.text === "~";
    const [left, right] = [sum, readFiltered(tokens)];
    sum = isText ? (names) => printed(left(names)) + printed(right(names)) : (names) => left(names) + right(names);
  }
  return sum;
}

/** @param {Token[]} tokens @returns {Value} */
function readFiltered(tokens) {
  let value = readMember(tokens);
  while (takes(tokens, "|")) {
    if (!takes(tokens, "trim")) throw unknown(`the filter "${tokens[0]?.text}"`);
    const whole = value;
    value = (names) => String(whole(names)).trim();
  }
  return value;
}

/** @param {Token[]} tokens @returns {Value} */
function readMember(tokens) {
  let value = readPrimary(tokens);
  for (;;) {
    const of = value;
    if (takes(tokens, "[")) {
      const key = readOr(tokens);
      require(tokens, "]");
      value = (names) => of(names)?.[key(names)];
    } else if (takes(tokens, ".")) {
      const name = tokens.shift()?.text ?? "";
      if (takes(tokens, "(")) {
        if (name !== "strip") throw unknown(`.${name}(…)`);
        require(tokens, ")");
        value = (names) => String(of(names)).trim();
      } else value = (names) => of(names)?.[name];
    } else return value;
  }
}

/** @param {Token[]} tokens @param {string} sign */
function require(tokens, sign) {
  if (!takes(tokens, sign)) throw unknown(`"${tokens[0]?.text ?? "nothing"}" where ${sign} belongs`);
}

const CONSTANTS = new Map(
  Object.entries({ true: true, True: true, false: false, False: false, none: null, None: null }),
);

/** @param {Token[]} tokens @returns {Value} */
function readPrimary(tokens) {
  const token = tokens.shift();
  if (token?.kind === "string") return () => token.text;
  if (token?.kind === "number") return () => Number(token.text);
  if (token?.text === "(") {
    const value = readOr(tokens);
    require(tokens, ")");
    return value;
  }
  if (token?.kind !== "word") throw unknown(`"${token?.text ?? "nothing"}"`);
  if (CONSTANTS.has(token.text)) return () => CONSTANTS.get(token.text);
  if (!takes(tokens, "(")) return (names) => (Object.hasOwn(names, token.text) ? names[token.text] : undefined);
  if (token.text !== "raise_exception") throw unknown(`${token.text}(…)`);
  const reason = readOr(tokens);
  require(tokens, ")");
  return (names) => {
    throw new Error(`the chat template says: ${reason(names)}`);
  };
}
