import { numberIn, shortened } from "./number-in.js";
import { bracketedIn, parsePasted, problemOf } from "./pasted.js";

/**
 * Numbers as people paste them: one reader for the page's own logits, the cells of the lesson and Check yourself.
 *
 * @typedef {import("./pasted.js").Node} Node
 * @typedef {import("./pasted.js").Problem} Problem
 *
 * @typedef {object} Numbers
 * @property {number[]} values          in the order of the text
 * @property {number[]} units           (n) what 1 in the last printed digit of each is worth; 0 for inf and nan
 * @property {number[]} shape           nested brackets, outermost first
 * @property {string[] | null} labels   (n) their names, where the text has them
 */

/**
 * @param {string} text
 * @returns {{ numbers: Numbers } | { problem: Problem }}
 */
export function readNumbers(text) {
  try {
    const side_by_side = parsePasted(text);
    if (side_by_side.length === 0)
      throw problemOf("empty", 0, "there are no numbers yet: paste one per token, as in 2.0, -1.5, 0.3");
    return { numbers: numbersOf(onlyOne(side_by_side)) };
  } catch (thrown) {
    return { problem: asProblem(thrown) };
  }
}

/**
 * The lists in a print that has words around them, as a notebook's `tau=1.0: [0.0971, 0.0029] sum= 1.0`.
 * Without brackets the whole text has to be numbers.
 * @param {string} text
 * @returns {{ lists: Numbers[] } | { problem: Problem }}
 */
export function readLists(text) {
  try {
    const found = bracketedIn(text);
    const read = found.map((node) => tried(() => numbersOf(node)));
    const lists = read.flatMap((one) => ("numbers" in one ? [one.numbers] : []));
    if (lists.length > 0) return { lists };
    const [first] = read;
    if (first && "problem" in first) return first;
  } catch (thrown) {
    return { problem: asProblem(thrown) };
  }
  const whole = readNumbers(text);
  return "numbers" in whole ? { lists: [whole.numbers] } : whole;
}

/** Largest number that float32 holds. */
const FLOAT32_MAX = 3.4028234663852886e38;

/**
 * One row of logits: numbers or -inf, at least one of them a number.
 * @param {string} text
 * @returns {{ logits: number[], labels: string[] | null } | { problem: string }}
 */
export function readLogits(text) {
  const read = readNumbers(text);
  if ("problem" in read) return { problem: read.problem.sentence };
  const { values, shape, labels } = read.numbers;
  if (shape.filter((n) => n > 1).length > 1) return { problem: rowsSentence(shape) };
  if (values.length === 0) return { problem: "the list is empty: give one logit per token" };
  for (const [i, x] of values.entries()) {
    const where = `at position ${i + 1}`;
    if (Number.isNaN(x) || x === Number.POSITIVE_INFINITY)
      return {
        problem: `"${Number.isNaN(x) ? "nan" : "inf"}" ${where} is not a logit: use numbers, or -inf to mask a token`,
      };
    if (Number.isFinite(x) && Math.abs(x) > FLOAT32_MAX)
      return {
        problem: `${x} ${where} is beyond float32: use numbers from -3.4e38 to 3.4e38, or -inf to mask a token`,
      };
  }
  if (values.every((x) => x === Number.NEGATIVE_INFINITY))
    return { problem: "every token is masked: give at least one of them a number instead of -inf" };
  return { logits: values, labels };
}

/** @param {number[]} shape */
function rowsSentence(shape) {
  const n_rows = shape.slice(0, -1).reduce((product, n) => product * n, 1);
  return `these are ${n_rows} rows of ${shape.at(-1)} numbers: paste one, for example logits${"[0]".repeat(shape.length - 2)}[-1]`;
}

/**
 * One number as typed into a field; a decimal comma is understood.
 * @param {string} text
 * @param {string} name the field's, for the sentence
 * @returns {{ value: number } | { problem: string }}
 */
export function readNumber(text, name) {
  const typed = text.trim().replace(/^[−–]/, "-");
  if (typed === "") return { problem: `type a number: ${name} is empty` };
  const read = numberIn(/^[-+]?\d+,\d+$/.test(typed) ? typed.replace(",", ".") : typed);
  return read && Number.isFinite(read.value)
    ? { value: read.value }
    : { problem: `${name} = ${shortened(typed)} is not a number: type one such as 0.7` };
}

/** @param {() => Numbers} read @returns {{ numbers: Numbers } | { problem: Problem }} */
function tried(read) {
  try {
    return { numbers: read() };
  } catch (thrown) {
    return { problem: asProblem(thrown) };
  }
}

/** @param {unknown} thrown @returns {Problem} */
function asProblem(thrown) {
  if (typeof thrown === "object" && thrown !== null && "sentence" in thrown) return /** @type {Problem} */ (thrown);
  throw thrown;
}

/** @param {Node[]} nodes what stands side by side @returns {Node} */
function onlyOne(nodes) {
  if (nodes.length === 1 && nodes[0].kind !== "number") return nodes[0];
  const lists = nodes.filter(({ kind }) => kind === "list" || kind === "record");
  if (lists.length > 1)
    throw problemOf("several", lists[1].at, `these are ${lists.length} lists of numbers: paste one`);
  if (lists.length === 1)
    throw problemOf("mixed", lists[0].at, "there is something beside the list in brackets: paste the list alone");
  return { kind: "list", items: nodes, at: 0 };
}

/** @param {Node} node @returns {Numbers} */
function numbersOf(node) {
  const reached = withTops(node);
  if (reached.kind === "record") return ofRecord(reached);
  if (reached.kind !== "list") return numbersOf({ kind: "list", items: [reached], at: reached.at });
  if (reached.items.length > 0 && reached.items.every(({ kind }) => kind === "record"))
    return ofRecords(/** @type {import("./pasted.js").RecordNode[]} */ (reached.items));
  /** @type {Numbers} */
  const numbers = { values: [], units: [], shape: [], labels: null };
  numbers.shape = gather(reached, numbers);
  return numbers;
}

/**
 * @param {import("./pasted.js").ListNode} list
 * @param {Numbers} numbers filled
 * @returns {number[]} the list's shape
 */
function gather({ items, at }, numbers) {
  const n_lists = items.filter(({ kind }) => kind === "list").length;
  if (n_lists === 0) {
    for (const item of items) take(item, numbers);
    return [items.length];
  }
  if (n_lists < items.length)
    throw problemOf("mixed", at, "there are numbers beside a list in brackets: paste one list");
  const shapes = items.map((item) => gather(/** @type {import("./pasted.js").ListNode} */ (item), numbers));
  const odd = shapes.findIndex((shape) => shape.join() !== shapes[0].join());
  if (odd > 0)
    throw problemOf(
      "ragged",
      items[odd].at,
      `row ${odd + 1} has another length than the rows before it: paste rows of one length`,
    );
  return [items.length, ...shapes[0]];
}

/** @param {Node} node @param {Numbers} numbers filled */
function take(node, { values, units }) {
  if (node.kind !== "number") throw notANumber(node, values.length + 1);
  values.push(node.value);
  units.push(node.unit);
}

/** @type {readonly [RegExp, (word: string) => string][]} */
const ADVICE = [
  [/^[-+]?0x/i, () => "hexadecimal is not read: write it in decimals"],
  [/^[-+]?\d+(?:_\d+)+/, (word) => `write ${word.replaceAll("_", "")}`],
  [/^[-+]?[\d.]+%$/, (word) => `write ${numberIn(`${word.slice(0, -1)}e-2`)?.value ?? "a fraction of 1"}`],
  [/^(?:true|false)$/i, () => "these are truth values, not numbers"],
  [/^(?:null|none|undefined)$/i, () => "fill it in, or write -inf for a masked token"],
];

/** @param {Node} node @param {number} position */
function notANumber(node, position) {
  const word = "text" in node ? node.text : "{…}";
  const shown = `"${shortened(word)}" at position ${position} is not a number`;
  const isQuoted = node.kind === "text" && numberIn(word.trim()) !== null;
  const advice = isQuoted ? "remove the quotes" : ADVICE.find(([sign]) => sign.test(word))?.[1](word);
  return problemOf("not_a_number", node.at, `${shown}: ${advice ?? "use numbers such as -1.5, or -inf"}`);
}

/** What APIs call the names and the numbers of their most likely tokens. */
const NAMES = ["token_str", "decoded_token", "token", "text", "label", "word", "tok_str", "piece", "id"];
const NUMBERS = ["logit", "logprob", "log_prob", "logProbability", "log_probability", "value"];
const PROBABILITIES = ["prob", "probability", "p", "score"];
const TOPS = ["top_logprobs", "top_tokens", "topCandidates", "top_n_tokens"];

/**
 * What an API's answer says of the most likely tokens; anything else is what it is.
 * @param {Node} node
 * @returns {Node}
 */
function withTops(node) {
  const tops = topsIn(node);
  if (tops.length === 0) return node;
  if (tops.length > 1) throw severalPositions(tops.length, tops[1].at);
  const [top] = tops;
  // One list or record for each position of the text.
  if (top.kind !== "list" || !top.items.every((item) => item.kind === "list" || isPlainRecord(item))) return top;
  if (top.items.length > 1) throw severalPositions(top.items.length, top.items[1].at);
  return top.items[0] ?? top;
}

/** @param {number} n @param {number} at */
const severalPositions = (n, at) =>
  problemOf("several", at, `these are the tokens of ${n} positions: paste those of one`);

/** @param {Node} node @returns {Node[]} */
function topsIn(node) {
  if (node.kind === "list") return node.items.flatMap(topsIn);
  if (node.kind !== "record") return [];
  const own = node.entries.filter(([key, { kind }]) => TOPS.includes(key) && (kind === "list" || kind === "record"));
  return own.length > 0 ? own.map(([, value]) => value) : node.entries.flatMap(([, value]) => topsIn(value));
}

/** Whether each entry is a name and its number. @param {Node} node */
const isPlainRecord = (node) => node.kind === "record" && node.entries.every(([, { kind }]) => kind === "number");

/** @param {import("./pasted.js").RecordNode} record @returns {Numbers} */
function ofRecord(record) {
  const { entries, at } = record;
  if (entries.some(([key]) => NAMES.includes(key)) && !isPlainRecord(record)) return ofRecords([record]);
  if (entries.length > 0 && entries.every(([, { kind }]) => kind === "record"))
    return ofRecords(
      entries.map(([key, value]) => named(key, /** @type {import("./pasted.js").RecordNode} */ (value))),
    );
  const lists = entries.filter(([, { kind }]) => kind === "list");
  if (lists.length === 1) return numbersOf(lists[0][1]);
  if (lists.length > 1)
    throw problemOf("several", lists[1][1].at, `these are ${lists.length} lists of numbers: paste one`);
  /** @type {Numbers} */
  const numbers = { values: [], units: [], shape: [entries.length], labels: entries.map(([key]) => key) };
  if (entries.length === 0) throw problemOf("empty", at, "{} is empty: give every token a number");
  for (const [, value] of entries) take(value, numbers);
  return numbers;
}

/** A record by its key, where it has no name of its own. @param {string} key @param {import("./pasted.js").RecordNode} record */
const named = (key, record) => ({
  ...record,
  entries: [...record.entries, /** @type {[string, Node]} */ (["id", text(key, record.at)])],
});

/** @param {string} word @param {number} at @returns {Node} */
const text = (word, at) => ({ kind: "text", text: word, at });

/** @param {import("./pasted.js").RecordNode[]} records one for each token @returns {Numbers} */
function ofRecords(records) {
  if (records.length === 1 && isPlainRecord(records[0]) && !found(records[0], NUMBERS)) return ofRecord(records[0]);
  /** @type {Numbers} */
  const numbers = { values: [], units: [], shape: [records.length], labels: [] };
  for (const record of records) {
    const value = found(record, NUMBERS);
    if (!value) throw withoutNumber(record);
    take(value, numbers);
    const name = found(record, NAMES);
    numbers.labels?.push(name ? ("text" in name ? name.text : name.kind === "number" ? name.raw : "") : "");
  }
  if (numbers.labels?.every((label) => label === "")) numbers.labels = null;
  return numbers;
}

/** The first of the named entries that a record has. @param {import("./pasted.js").RecordNode} record @param {string[]} names */
const found = ({ entries }, names) =>
  names.map((name) => entries.find(([key]) => key === name)?.[1]).find((value) => value !== undefined);

/** @param {import("./pasted.js").RecordNode} record */
function withoutNumber(record) {
  const probability = PROBABILITIES.find((name) => found(record, [name]));
  const sentence = probability
    ? `"${probability}" is a probability: logits or log-probabilities are needed`
    : `an entry has none of ${NUMBERS.slice(0, 3).join(", ")}: give every token one`;
  return problemOf("record", record.at, sentence);
}
