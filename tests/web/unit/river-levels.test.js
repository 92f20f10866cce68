/** Where the river's bands stand: they tile the height, gates cut where they should, holes stay in place, and orders cross. */
import assert from "node:assert/strict";
import test from "node:test";
import { cutsOf } from "../../../www/river/cuts.js";
import { fits, forColumns, GONE, H, levelsOf, moversBetween, NUMBERS, Y } from "../../../www/river/levels.js";
import { Approach } from "../../../www/river/motion.js";
import { CROSSED, CUT, columnsOf, GREEDY, PIERCED, pictureOf, TAILED } from "./support/pictures.js";

/** @typedef {import("../../../www/river/types.js").Picture} Picture */

const Q = 300;

/** @param {number} a @param {number} b @param {string} [what] */
const near = (a, b, what) => assert.ok(Math.abs(a - b) < 1e-4, `${what ?? ""} ${a} is not ${b}`);

/** @param {Float64Array} values @param {number} width @param {number} c */
function tiles(values, width, c) {
  const bands = Array.from({ length: values.length / width }, (_, i) => i * width + c * NUMBERS);
  const laid = bands.map((at) => [values[at + Y], values[at + H]]).sort((a, b) => a[0] - b[0] || a[1] - b[1]);
  let end = 0;
  for (const [top, h] of laid) {
    near(top, end, `column ${c}`);
    end = top + h;
  }
  return end;
}

const PICTURES = { CUT, PIERCED, CROSSED, TAILED, GREEDY };

for (const [name, picture] of Object.entries(PICTURES)) {
  test(`bands tile the height of every column without a gap: ${name}`, () => {
    const columns = columnsOf(picture);
    const { values } = levelsOf(picture, columns);
    columns.forEach((column, c) => {
      const end = tiles(values, columns.length * NUMBERS, c);
      near(end, column.station === null ? 1 : picture.stations[column.station].mass, column.key);
    });
  });
}

test("between two pictures bands tile the height, too, and the needle's clock ends", () => {
  const columns = columnsOf(CUT);
  const width = columns.length * NUMBERS;
  const other = pictureOf([
    { stage: "model", share: [0.25, 0.25, 0.25, 0.25] },
    { stage: "heat", share: [0.7, 0.1, 0.1, 0.1], moves: true },
    { stage: "filter", share: [0.7, 0.1, 0.1, 0] },
  ]);
  const motion = new Approach();
  motion.start(levelsOf(CUT, columns).values, levelsOf(other, columns).values);
  for (let frame = 0; frame < 20; frame++) {
    motion.advance(16);
    for (let c = 0; c < columns.length; c++) tiles(motion.now, width, c);
  }
  motion.advance(1000);
  assert.equal(motion.busy, false);
  assert.deepEqual(motion.now, levelsOf(other, columns).values);
});

test("a filter cuts at what it keeps, and what it removes ends at the lower edge", () => {
  const columns = columnsOf(CUT);
  const levels = levelsOf(CUT, columns);
  assert.deepEqual(levels.pierced, [false, false, false, false]);
  const cuts = cutsOf(levels.values, columns.length * NUMBERS, 2, Q, null);
  near(cuts.pivot, Q);
  near(cuts.kept, 0.58 * Q);
  near(cuts.grip, 0.58 * Q);
  assert.deepEqual(cuts.holes, []);
  const nothing = cutsOf(levels.values, columns.length * NUMBERS, 1, Q, null);
  near(nothing.kept, nothing.pivot);
});

test("a filter cuts through a tail band where its mass says", () => {
  const columns = columnsOf(TAILED);
  const { values } = levelsOf(TAILED, columns);
  near(values[2 * columns.length * NUMBERS + NUMBERS + GONE], 0.3);
  near(cutsOf(values, columns.length * NUMBERS, 1, Q, null).kept, 0.7 * Q);
});

test("what is removed above leaves holes in place, each as thick as its tokens", () => {
  const columns = columnsOf(PIERCED);
  const { values, orders, pierced } = levelsOf(PIERCED, columns);
  assert.deepEqual(pierced, [false, true, false]);
  const { holes, kept, pivot, grip } = cutsOf(values, columns.length * NUMBERS, 1, Q, orders[0]);
  const expected = [
    { top: 0, bottom: 120, meet: 0 },
    { top: 210, bottom: 255, meet: 90 },
  ];
  assert.equal(holes.length, expected.length);
  holes.forEach((hole, i) => {
    near(hole.top, expected[i].top);
    near(hole.bottom, expected[i].bottom);
    near(hole.meet, expected[i].meet);
  });
  near(kept, 285, "what falls");
  near(pivot, 300);
  near(grip, 120, "the grip: where the largest hole ends that begins at the edge");
});

test("temperature 0 is a gate that keeps the top band", () => {
  const columns = columnsOf(GREEDY);
  const { values, pierced } = levelsOf(GREEDY, columns);
  assert.equal(pierced[1], false);
  near(cutsOf(values, columns.length * NUMBERS, 1, Q, null).kept, 150);
  near(values[2 * NUMBERS + H], 1, "softmax");
});

test("a stage that changes logits and bans a token removes what came in of it", () => {
  const picture = pictureOf([
    { stage: "model", share: [0.5, 0.3, 0.2] },
    { stage: "bias", share: [0.2, 0.8, 0], left: [1, 1, 0], order: [1, 0, 2], moves: true },
  ]);
  const columns = columnsOf(picture);
  const { values, movers, crossings } = levelsOf(picture, columns);
  const width = columns.length * NUMBERS;
  near(values[2 * width + NUMBERS + GONE], 0.2);
  near(values[NUMBERS + GONE], 0);
  near(values[width + NUMBERS + Y], 0);
  near(values[NUMBERS + Y], 0.8);
  assert.equal(movers.size, 1, "one of two changes places with the other");
  assert.deepEqual(crossings, [1]);
});

test("where the order changes, as few bands as can be change places", () => {
  const columns = columnsOf(CROSSED);
  const { values, movers, crossings } = levelsOf(CROSSED, columns);
  const width = columns.length * NUMBERS;
  assert.deepEqual([...movers], [2]);
  assert.deepEqual(crossings, [1]);
  near(values[2 * width + Y], 0, "first at the model");
  near(values[2 * width + NUMBERS + Y], 0.7, "third after the penalty");
  assert.deepEqual(moversBetween([0, 1, 2, 3], [0, 1, 2, 3]), []);
  assert.equal(moversBetween([0, 1, 2, 3], [3, 0, 1, 2]).join(), "3");
  assert.equal(moversBetween([0, 1, 2, 3], [3, 2, 1, 0]).length, 3);
});

test("a column that is off passes everything on", () => {
  const columns = columnsOf(CUT);
  columns.splice(2, 0, { key: "off", station: null, kind: "off", from: 200, to: 200 });
  const { values } = levelsOf(CUT, columns);
  for (const which of [Y, H]) near(values[2 * NUMBERS + which], values[NUMBERS + which]);
  near(values[2 * NUMBERS + GONE], 0);
});

test("columns show every station of a picture once, in its order; a station that is not there is refused by name", () => {
  const columns = columnsOf(CUT);
  assert.equal(fits(CUT, columns), true);
  assert.equal(fits(PIERCED, columns), false);
  assert.equal(fits(CUT, columns.toSpliced(1, 1)), false);
  assert.throws(() => levelsOf(PIERCED, columns), { name: "RangeError", message: 'column "2:filter": station 2 of 2' });
});

test("a column that was not there before lets everything pass; one that goes leaves the others as they are", () => {
  const before = ["model", "a", "softmax"];
  const values = Float64Array.of(0, 0.1, 0.4, 0.2, 0.1, 0.2, 0, 0.3, 0.7);
  const more = forColumns(values, before, ["model", "a", "b", "softmax"]);
  assert.deepEqual([...more], [0, 0.1, 0.4, 0.2, 0.1, 0.2, 0, 0.1, 0.2, 0, 0.3, 0.7]);
  assert.deepEqual([...forColumns(more, ["model", "a", "b", "softmax"], before)], [...values]);
});
