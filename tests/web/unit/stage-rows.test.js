/** Which tokens have a row in "Stages in numbers", what became of each in every column, and the strip where u points. */
import assert from "node:assert/strict";
import test from "node:test";
import { columnsOf, ROWS, rowsFor, rowsOf, scaleOf } from "../../../www/state/stage-rows.js";
import { stripOf } from "../../../www/state/strip.js";
import { PIERCED, pictureOf } from "./support/pictures.js";

/** A filter at the lower edge. */
const CUT = pictureOf(
  [
    { stage: "model", share: [0.4, 0.3, 0.2, 0.1] },
    { stage: "temperature", share: [0.3, 0.28, 0.22, 0.2], moves: true },
    { stage: "top_k", share: [0.3, 0.28, 0, 0] },
  ],
  { drawn: 1 },
);

/** 70 tokens with a band of their own and a tail of 1,000, drawn: the given band. @param {number} drawn @param {number} [forced] */
const long = (drawn, forced) => {
  const count = [...Array.from({ length: 70 }, () => 1), 1000];
  const share = count.map((n) => (n === 1 ? 0.01 : 0.3));
  const kept = share.map((height, band) => (band < 15 ? height : 0));
  const stages = [
    { stage: "model", share },
    { stage: "top_k", share: kept },
  ];
  return pictureOf(stages, { count, drawn, ...(forced === undefined ? {} : { forced }) });
};

test("twelve tokens have a label; a drawn one of low rank takes the last, a forced one, too", () => {
  const first = Array.from({ length: ROWS }, (_, i) => i);
  assert.deepEqual(rowsOf(long(3)).rows, first);
  assert.deepEqual(rowsOf(long(14)).rows, [...first.slice(0, 11), 14]);
  assert.deepEqual(rowsOf(long(14, 40)).rows, [...first.slice(0, 10), 14, 40]);
  const { lines } = rowsOf(long(14));
  assert.equal(lines.length, 70 - ROWS);
  assert.equal(lines[0], 11);
});

test("of few tokens more have a label, and nothing lies on what is written below", () => {
  assert.deepEqual([rowsFor(30), rowsFor(60), rowsFor(70)], [14, ROWS, ROWS]);
  for (let n = 1; n <= 60; n += 1) {
    const rows = Math.min(n, rowsFor(n));
    assert.ok(20 * rows + 22 + (n - rows) <= 320, `${n} tokens`);
  }
});

test("what a stage removes is removed in its column alone, as long as it came, and gone after it", () => {
  const [model, , filter] = columnsOf(CUT);
  assert.deepEqual(
    model.rows.map(({ fate }) => fate),
    ["kept", "kept", "kept", "kept"],
  );
  assert.deepEqual(
    filter.rows.map(({ fate, share }) => [fate, share.toFixed(2)]),
    [
      ["kept", "0.30"],
      ["kept", "0.28"],
      ["removed", "0.22"],
      ["removed", "0.20"],
    ],
  );
  assert.deepEqual([filter.cut, filter.has_holes], [2, false]);
  const [, pierced] = columnsOf(PIERCED);
  assert.deepEqual([pierced.cut, pierced.has_holes], [null, true], "there is no line between what stays and what goes");
});

test("after a cut a stage decides on what is left, so bars are parts of that", () => {
  const picture = pictureOf([
    { stage: "model", share: [0.4, 0.3, 0.2, 0.1] },
    { stage: "top_k", share: [0.4, 0.3, 0, 0] },
    { stage: "top_p", share: [0.4, 0, 0, 0] },
    { stage: "temperature", share: [0.4, 0, 0, 0], moves: true },
  ]);
  const bars = columnsOf(picture).map(({ rows }) => rows.map(({ share }) => share.toFixed(2)));
  assert.deepEqual(bars, [
    ["0.40", "0.30", "0.20", "0.10"],
    ["0.40", "0.30", "0.20", "0.10"],
    ["0.57", "0.43", "0.00", "0.00"],
    ["1.00", "0.00", "0.00", "0.00"],
  ]);
});

test("the tokens without a label are counted, those left and those removed", () => {
  const [model, filter] = columnsOf(long(3));
  assert.deepEqual([model.rest.left, model.rest.removed], [1058, 0], "hairlines and tail");
  assert.deepEqual([filter.rest.left, filter.rest.removed], [3, 1055]);
  assert.equal(filter.cut, 15, "below the rows, among the hairlines");
});

test("one scale for all bars, whose end is a round number", () => {
  assert.equal(scaleOf(columnsOf(CUT), CUT), 0.6, "after softmax a token has 52%");
  const flat = long(3);
  assert.equal(scaleOf(columnsOf(flat), flat), 0.08, "after softmax each of fifteen has 6.7%");
});

test("the strip has no gap, puts slivers together, and always shows the drawn token", () => {
  const picture = pictureOf([{ stage: "model", share: [0.5, 0.3, 0.1986, 0.0004, 0.0004, 0.0006] }], { drawn: 3 });
  // In vocabulary order: bands 5, 4, 3, 0, 2, 1.
  const order = [5, 4, 3, 0, 2, 1];
  let end = 0;
  for (const band of order) {
    picture.bands.start[band] = end;
    end += picture.probability[band];
  }
  const strip = stripOf(picture, 1 / 340);
  assert.deepEqual(
    strip.map(({ band }) => band),
    [-1, 3, 0, 2, 1],
    "two slivers are one, the drawn one stands alone",
  );
  for (const [i, { from, to }] of strip.entries()) {
    assert.ok(to > from);
    assert.equal(from, i === 0 ? 0 : strip[i - 1].to);
  }
  assert.ok(Math.abs(strip[strip.length - 1].to - 1) < 1e-5);
});

test("tokens of the tail fill the strip between those that are named", () => {
  const picture = pictureOf([{ stage: "model", share: [0.25, 0.25, 0.5] }], { count: [1, 1, 20], drawn: 1 });
  picture.bands.start.set([0.2, 0.6, Number.NaN]);
  assert.deepEqual(
    stripOf(picture, 1 / 340).map(({ band, from, to }) => [band, from.toFixed(2), to.toFixed(2)]),
    [
      [-1, "0.00", "0.20"],
      [0, "0.20", "0.45"],
      [-1, "0.45", "0.60"],
      [1, "0.60", "0.85"],
      [-1, "0.85", "1.00"],
    ],
  );
});
