/** What is written into the river: from which thickness, how large, and what hides. */
import assert from "node:assert/strict";
import test from "node:test";
import { labelsOf } from "../../../www/river/labels.js";
import { MEASURES } from "../../../www/river/measures.js";

/** @typedef {import("../../../www/river/types.js").Column} Column */

/** @type {Column[]} */
const COLUMNS = [
  { key: "model", station: 0, kind: "model", from: 0, to: 172 },
  { key: "softmax", station: null, kind: "softmax", from: 600, to: 820 },
];

const WORDS = {
  /** @param {string} text */
  token: (text) => (text === "," ? { label: "comma", named: true } : { label: text, named: false }),
  /** @param {number} p */
  percent: (p) => `${(p * 100).toFixed(1)}%`,
  whole: String,
  sorted: (/** @type {number} */ v) => `sorted: ${v}`,
  /** @param {number} n */
  more: (n) => `${n} more`,
  expected: "expected",
  in_text: "in the text",
};

const WIDE = {
  geometry: { vertical: false, S: 1000, Q: 344, size: /** @type {const} */ ("wide"), columns: COLUMNS },
  measures: MEASURES.wide,
  bend: 723,
  letters: false,
  marks: [],
  counts: false,
};
const TALL = {
  ...WIDE,
  geometry: { ...WIDE.geometry, vertical: true, size: /** @type {const} */ ("tall") },
  measures: MEASURES.tall,
};

/** A band of one thickness at both ends. @param {string | null} text @param {number} h @param {object} [more] */
const row = (text, h, more) => ({
  band: 0,
  text,
  twin: false,
  drawn: false,
  forced: false,
  percent: true,
  count: 1,
  left: 1,
  from_y: 100,
  from_h: h,
  to_y: 100,
  to_h: h,
  share: 0.1,
  probability: 0.2,
  ...more,
});

/** @param {ReturnType<typeof labelsOf>} labels */
const textsOf = (labels) => labels.map(({ kind, text }) => `${kind} ${text}`);

test("a band has a label from a certain thickness on, and words need more than letters", () => {
  assert.deepEqual(textsOf(labelsOf([row("word", 12.3)], WIDE, WORDS)), []);
  assert.deepEqual(textsOf(labelsOf([row("word", 12.5)], WIDE, WORDS)), ["left word", "left 10.0%"]);
  assert.deepEqual(textsOf(labelsOf([row("a", 11)], { ...WIDE, letters: true }, WORDS)), ["left a"]);
  const all = ["left word", "left 10.0%", "right word", "percent 20.0%"];
  assert.deepEqual(textsOf(labelsOf([row("word", 20)], WIDE, WORDS)), all);
});

test("type grows with the band up to the largest, never below 11 px", () => {
  /** @param {number} h */
  const sizeOf = (h) => labelsOf([row("word", h)], WIDE, WORDS).find(({ kind }) => kind === "right")?.size ?? 0;
  assert.equal(sizeOf(30), 30 * 0.66);
  assert.equal(sizeOf(300), 46);
  for (const h of [12.5, 14, 20, 60, 300]) {
    for (const { size } of labelsOf([row("word", h), row(",", h)], WIDE, WORDS)) assert.ok(size >= 11, `${size}`);
  }
});

test("letters are larger than words where the flow begins, and names are not", () => {
  const sizes = (/** @type {boolean} */ letters) =>
    ["a", ","].map((text) => labelsOf([row(text, 30)], { ...WIDE, letters }, WORDS)[0].size);
  assert.deepEqual(sizes(true), [22, 12.6]);
  assert.deepEqual(sizes(false), [14, 12.6]);
});

test("a name is set in sans, and a word that is too long is cut with an ellipsis", () => {
  const [comma] = labelsOf([row(",", 30)], WIDE, WORDS);
  assert.deepEqual([comma.text, comma.sans], ["comma", true]);
  const [long] = labelsOf([row("m".repeat(60), 14)], WIDE, WORDS);
  assert.match(long.text, /^m+…$/);
  assert.ok(long.text.length < 20);
});

test("what isolates the sign of a byte takes no room", () => {
  const labels = (/** @type {string} */ text) => labelsOf([row(text, 20)], WIDE, WORDS);
  const bare = (/** @type {string} */ text) => text.replaceAll(/[\u2066\u2069]/g, "");
  const isolated = labels("ש\u2066<0xD7>\u2069\u2066<0x9D>\u2069");
  assert.deepEqual(
    isolated.map((label) => ({ ...label, text: bare(label.text) })),
    labels("ש<0xD7><0x9D>"),
  );
});

test("a space before a word is seen only where it tells two tokens apart", () => {
  const [alone] = labelsOf([row(" word", 30)], WIDE, WORDS);
  assert.deepEqual([alone.text, alone.dot], ["word", ""]);
  const [twin] = labelsOf([row(" word", 30, { twin: true })], WIDE, WORDS);
  assert.deepEqual([twin.text, twin.dot], ["word", "·"]);
});

test("a percentage hides beside a mark, where counts stand, and where it stands elsewhere", () => {
  /** @param {object} place @param {object} [more] */
  const percents = (place, more) =>
    labelsOf([row("word", 30, more)], { ...WIDE, ...place }, WORDS).filter(({ kind }) => kind === "percent").length;
  assert.equal(percents({ marks: [115 + 12] }), 1);
  assert.equal(percents({ marks: [115 - 10] }), 0);
  assert.equal(percents({ counts: true }), 0);
  assert.equal(percents({}, { percent: false }), 0);
});

test("the tail is named once, with what it holds, on its longest run", () => {
  const tail = [
    row(null, 20, { count: 20, left: 20, from_y: 0, to_y: 0 }),
    row(null, 40, { count: 30, left: 5, from_y: 100, to_y: 100 }),
    row(null, 40, { count: 50, left: 0, from_y: 140, to_y: 140 }),
  ];
  const labels = labelsOf(tail, WIDE, WORDS);
  assert.deepEqual(textsOf(labels), ["left 100 more", "left 30.0%", "right 25 more", "percent 60.0%"]);
  assert.deepEqual([...new Set(labels.map(({ q }) => q))], [140]);
});

test("a marked band does not strike the tail's label through", () => {
  const tail = [row(null, 30, { to_h: 0 }), row(null, 50, { from_y: 130.2, to_h: 0 })];
  const mark = row("word", 0.2, { from_y: 130, to_h: 0, to_y: 130 });
  const [free] = labelsOf([...tail, mark], WIDE, WORDS);
  assert.equal(free.q, 140.1, "one run of 80.2 px, on a thin band that nobody sees");
  const [beside] = labelsOf([...tail, { ...mark, forced: true }], WIDE, WORDS);
  assert.equal(beside.q, 155.2);
});

test("where the flow runs down, words run along it and single letters stand upright, without percentages", () => {
  const labels = labelsOf([row("word", 30), row("a", 30)], TALL, WORDS);
  assert.deepEqual(
    labels.map(({ kind, text, upright }) => [kind, text, upright]),
    [
      ["left", "word", false],
      ["right", "word", false],
      ["left", "a", true],
      ["right", "a", true],
    ],
  );
});

test("where the flow runs down, a letter has its percentage under it where the band is as wide", () => {
  const [letter, percent] = labelsOf([row("a", 50)], { ...TALL, letters: true }, WORDS);
  assert.deepEqual([letter.text, percent.text, percent.size], ["a", "10.0%", 11]);
  assert.ok(percent.q === letter.q && percent.s - letter.s > letter.size, "below it");
  const words = (/** @type {number} */ h) =>
    labelsOf([row("a", h)], { ...TALL, letters: true }, WORDS).map(({ text }) => text);
  assert.deepEqual(words(24), ["a", "a"]);
});

test("a mini has no labels at the model and no percentages", () => {
  const mini = {
    ...WIDE,
    geometry: { ...WIDE.geometry, size: /** @type {const} */ ("mini") },
    measures: MEASURES.mini,
  };
  assert.deepEqual(textsOf(labelsOf([row("word", 30)], mini, WORDS)), ["right word"]);
});
