/** The river's paths: finite, the same in both directions of the flow, and where the numbers say. */
import assert from "node:assert/strict";
import test from "node:test";
import { levelsOf, NUMBERS } from "../../../www/river/levels.js";
import { fall, pointer, ribbon, turn, wedge } from "../../../www/river/ribbon.js";
import { CROSSED, CUT, columnsOf, GREEDY, PIERCED, TAILED } from "./support/pictures.js";

/** @typedef {import("../../../www/river/types.js").Picture} Picture */

const Q = 300;

/** @param {Picture} picture @param {boolean} [vertical] */
function flowOf(picture, vertical = false) {
  const columns = columnsOf(picture);
  const { values, pierced } = levelsOf(picture, columns);
  const end = columns[columns.length - 1];
  return { values, flow: { columns, Q, bend: end.from + 56, point: pointer(vertical), pierced } };
}

/** @param {Picture} picture @param {number} band @param {object} [style] @param {boolean} [vertical] */
function pathOf(picture, band, style, vertical) {
  const { values, flow } = flowOf(picture, vertical);
  return ribbon(values, band * flow.columns.length * NUMBERS, flow, style);
}

/** @param {string} path @returns {number[][]} */
const pointsOf = (path) => {
  const numbers = (path.match(/-?\d+(\.\d+)?(e-?\d+)?/g) ?? []).map(Number);
  return Array.from({ length: numbers.length / 2 }, (_, i) => numbers.slice(2 * i, 2 * i + 2));
};

const PICTURES = { CUT, PIERCED, CROSSED, TAILED, GREEDY };

for (const [name, picture] of Object.entries(PICTURES)) {
  test(`every path is closed, finite and inside the picture: ${name}`, () => {
    const { flow } = flowOf(picture);
    const end = flow.columns[flow.columns.length - 1].to;
    picture.bands.count.forEach((_, band) => {
      for (const style of [{}, { gapless: true }, { least: 2, stop: flow.columns.length }]) {
        const path = pathOf(picture, band, style);
        assert.match(path, /^M[-\d. MLC]+Z$/);
        for (const [s, q] of pointsOf(path)) {
          assert.ok(s >= 0 && s <= end && q >= -0.01 && q <= Q + 0.01, `${s} ${q} in ${path}`);
        }
      }
    });
  });

  test(`a river that runs down is one that runs to the right, transposed: ${name}`, () => {
    picture.bands.count.forEach((_, band) => {
      const wide = pathOf(picture, band);
      const tall = pathOf(picture, band, {}, true);
      assert.deepEqual(
        pointsOf(tall).map(([a, b]) => [b, a]),
        pointsOf(wide),
      );
      assert.equal(tall.replace(/[-\d. ]/g, ""), wide.replace(/[-\d. ]/g, ""));
    });
  });
}

test("a band that is removed ends at its gate, one that is kept at the edge", () => {
  const ends = [0, 1, 2, 3].map((band) => Math.max(...pointsOf(pathOf(CUT, band)).map(([s]) => s)));
  assert.deepEqual(ends, [400, 400, 200, 200]);
  assert.equal(Math.max(...pointsOf(pathOf(CUT, 2, { stop: 2 })).map(([s]) => s)), 200);
});

test("gaps between bands are small, and tail bands have none", () => {
  const gapless = pointsOf(pathOf(CUT, 0, { gapless: true }));
  const inset = pointsOf(pathOf(CUT, 0));
  assert.equal(gapless[0][1], 0);
  assert.equal(inset[0][1], 0.8);
  assert.equal(Math.max(...gapless.map(([, q]) => q)) - Math.max(...inset.map(([, q]) => q)) <= 0.81, true);
});

test("a band that is marked is seen, however thin it is", () => {
  const columns = columnsOf(CUT);
  const thin = new Float64Array(columns.length * NUMBERS).map((_, i) => (i % NUMBERS === 1 ? 1 : 0));
  const { flow } = flowOf(CUT);
  const points = pointsOf(ribbon(thin, 0, flow, { gapless: true, least: 2, stop: columns.length }));
  const q = points.map((point) => point[1]);
  assert.equal(Math.max(...q), Q);
  assert.equal(Math.min(...q), Q - 2);
});

test("softmax's bands bend first and are straight where labels stand", () => {
  const points = pointsOf(pathOf(CUT, 0, { gapless: true }));
  const straight = points.filter(([s]) => s === 356 || s === 400).map(([, q]) => q);
  assert.deepEqual([...new Set(straight)].length, 2, "one height above, one below");
});

test("what falls turns by a quarter about the lower edge, and leaves the picture inside its column", () => {
  const point = pointer(false);
  const about = { gate: 100, pivot: 300, squeeze: 1, end: 324 };
  const points = pointsOf(turn(point, about, 80));
  assert.deepEqual(points[0], [100, 220]);
  assert.deepEqual(points.at(-2), [180, 300]);
  assert.deepEqual(points.at(-1), [180, 324]);
  const squeezed = pointsOf(fall(point, { ...about, squeeze: 0.5 }, 80));
  assert.equal(Math.max(...squeezed.map(([s]) => s)), 140);
  assert.deepEqual(squeezed.at(-1), [100, 324]);
});

test("a hole closes where what is above and below it meets", () => {
  const [column] = columnsOf(PIERCED).slice(1);
  const points = pointsOf(wedge(pointer(false), column, { top: 210, bottom: 255, meet: 90 }));
  assert.deepEqual(points[0], [100, 210]);
  assert.deepEqual(points[3], [200, 90]);
  assert.deepEqual(points.at(-1), [100, 255]);
});
