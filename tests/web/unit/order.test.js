/** Where a stage that is dragged stands among the others. */
import assert from "node:assert/strict";
import test from "node:test";
import { moved, sideOf } from "../../../www/river/order.js";
import { STAGES } from "../../../www/state/settings.js";

/** @param {number} left @param {number} top */
const box = (left, top) =>
  /** @type {DOMRect} */ ({ left, top, width: 80, height: 30, right: left + 80, bottom: top + 30 });

/** How many boxes a point has passed. @param {[x: number, y: number]} point @param {DOMRect[]} boxes */
function passed([clientX, clientY], boxes) {
  const side = sideOf({ clientX, clientY }, boxes);
  return boxes.filter((one) => side(one) > 0).length;
}

test("in one row only x counts, also where the pointer leaves the row", () => {
  const row = [box(0, 100), box(100, 100), box(200, 100)];
  for (const y of [0, 110, 500])
    assert.deepEqual(
      [10, 90, 190, 290].map((x) => passed([x, y], row)),
      [0, 1, 2, 3],
    );
});

test("in several rows the row counts first", () => {
  const rows = [box(0, 100), box(100, 100), box(0, 140), box(100, 140)];
  assert.equal(passed([10, 150], rows), 2, "at the start of the second row");
  assert.equal(passed([190, 110], rows), 2, "at the end of the first");
  assert.equal(passed([90, 150], rows), 3);
  assert.equal(passed([10, 135], rows), 2, "between the rows");
  assert.equal(passed([190, 900], rows), 4, "below all");
  assert.equal(passed([10, 0], rows), 0, "above all");
});

test("below each other only y counts", () => {
  const column = [box(0, 0), box(0, 40), box(0, 80)];
  for (const x of [-50, 40, 900])
    assert.deepEqual(
      [5, 30, 70, 110].map((y) => passed([x, y], column)),
      [0, 1, 2, 3],
    );
});

/** Which stages are seen: all, every second, every third and fewer, and all but each. */
const SEEN = [
  STAGES,
  ...[2, 3, 5].flatMap((n) => [0, 1].map((from) => STAGES.filter((_, i) => i % n === from))),
  ...STAGES.map((name) => STAGES.filter((other) => other !== name)),
];

test("every move of a stage has its inverse, whatever stands between and is not seen", () => {
  for (const order of [STAGES, STAGES.toReversed()])
    for (const seen of SEEN) {
      const row = order.filter((name) => seen.includes(name));
      for (const [from, name] of row.entries())
        for (const to of row.keys()) {
          const there = moved(order, seen, name, row[to]);
          const rowThere = there.filter((other) => seen.includes(other));
          assert.deepEqual(rowThere, row.toSpliced(from, 1).toSpliced(to, 0, name), `${name} to ${to} of ${row}`);
          assert.deepEqual(moved(there, seen, name, rowThere[from]), order, `${name} to ${to} of ${row} and back`);
          for (const [at, hidden] of order.entries()) if (!seen.includes(hidden)) assert.equal(there[at], hidden);
          // Step by step, as keys and a drag go.
          let stepped = order;
          const step = to < from ? -1 : 1;
          for (let at = from; at !== to; at += step)
            stepped = moved(stepped, seen, name, stepped.filter((other) => seen.includes(other))[at + step]);
          assert.deepEqual(stepped, there, `${name} to ${to} of ${row}, step by step`);
        }
    }
});
