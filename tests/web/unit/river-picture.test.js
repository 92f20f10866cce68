/** The river as a whole, on a document made for the test: what it draws of a picture, keeps from one to the next, and reports. */
import assert from "node:assert/strict";
import test from "node:test";
import { paintCounts } from "../../../www/river/counts.js";
import { paintLater } from "../../../www/river/later.js";
import { River } from "../../../www/river/river.js";
import { CROSSED, CUT, columnsOf, GREEDY, PIERCED, pictureOf, TAILED } from "./support/pictures.js";
import { eventOf, FakeElement, installSvg } from "./support/svg.js";

/** @typedef {import("../../../www/river/types.js").Picture} Picture */

installSvg();

const WORDS = {
  /** @param {string} text */
  token: (text) => ({ label: text, named: false }),
  /** @param {number} p */
  percent: (p) => `${(p * 100).toFixed(1)}%`,
  whole: String,
  sorted: (/** @type {number} */ v) => `sorted: ${v}`,
  /** @param {number} n */
  more: (n) => `${n} more`,
  expected: "expected",
  in_text: "in the text",
};

/** @param {Picture} picture @param {object} [more] */
const geometryOf = (picture, more) => ({
  vertical: false,
  S: 500,
  Q: 300,
  size: /** @type {const} */ ("wide"),
  columns: columnsOf(picture),
  ...more,
});

/** A river that shows a picture at once. @param {Picture} picture @param {{ reports?: object, geometry?: object, aim?: object }} [more] */
function riverOf(picture, { reports = {}, geometry = {}, aim = {} } = {}) {
  const svg = new FakeElement("svg");
  const river = new River(/** @type {any} */ (svg), { words: WORDS, isStill: () => true, ...reports });
  river.paintLater = paintLater;
  river.place(geometryOf(picture, geometry));
  river.aim(picture, { labels: (id) => `t${id}`, ...aim });
  return { river, svg };
}

/** @param {FakeElement} element @param {string} name */
const shown = (element, name) => element.all(name).filter((it) => it.attributes.get("d") !== "");

/** @param {FakeElement} svg @param {string} name */
const textsOf = (svg, name) => svg.all(name).map(({ textContent }) => textContent);

test("every band of a picture is a path, also where nothing moves", () => {
  for (const picture of [CUT, PIERCED, CROSSED, TAILED, GREEDY]) {
    const { svg } = riverOf(picture);
    const bands = shown(svg, "band");
    assert.equal(bands.length, picture.bands.count.length);
    for (const band of bands) assert.match(band.attributes.get("d") ?? "", /^M[-\d. MLC]+Z$/);
  }
});

test("a band that stays keeps its element from one picture to the next; what goes is removed", () => {
  const { svg, river } = riverOf(CUT);
  const before = svg.all("band");
  const [first] = before;
  const next = pictureOf([
    { stage: "model", share: [0.5, 0.3, 0.2] },
    { stage: "heat", share: [0.4, 0.3, 0.3], moves: true },
    { stage: "filter", share: [0.4, 0.3, 0] },
  ]);
  river.place(geometryOf(next));
  river.aim(next, { labels: (id) => `t${id}` });
  const after = svg.all("band");
  assert.equal(after.length, 3);
  assert.equal(after[0], first);
  assert.ok(after.every((band) => before.includes(band)));
});

test("a label that stays keeps its element, whichever labels before it go, and is moved without being laid out anew", () => {
  /** @param {number[]} share @param {number[]} after */
  const picture = (share, after) =>
    pictureOf([
      { stage: "model", share },
      { stage: "heat", share: after, moves: true },
    ]);
  const { svg, river } = riverOf(picture([0.4, 0.3, 0.2, 0.1], [0.3, 0.3, 0.2, 0.2]));
  const labels = () => new Map(svg.all("left").map((label) => [label.textContent, label]));
  const before = labels();
  const places = new Map([...before].map(([text, label]) => [text, label.parentNode?.attributes.get("transform")]));
  assert.ok([...before.keys()].includes("t102"), `${[...before.keys()]}`);
  // The second band becomes too thin for a label.
  river.aim(picture([0.5, 0.01, 0.39, 0.1], [0.5, 0, 0.3, 0.2]), { labels: (id) => `t${id}` });
  assert.ok(before.get("t101")?.attributes.has("hidden"));
  for (const text of ["t100", "t102", "t103"]) {
    assert.equal(labels().get(text), before.get(text), text);
    assert.ok(!before.get(text)?.attributes.has("hidden") && !before.get(text)?.attributes.has("transform"), text);
  }
  assert.notEqual(before.get("t102")?.parentNode?.attributes.get("transform"), places.get("t102"));
});

test("a geometry with other columns waits for the picture that has them", () => {
  const { svg, river } = riverOf(CUT);
  const before = svg.all("band").map((band) => band.attributes.get("d"));
  river.place(geometryOf(PIERCED));
  assert.deepEqual(
    svg.all("band").map((band) => band.attributes.get("d")),
    before,
  );
  river.aim(PIERCED, { labels: (id) => `t${id}` });
  assert.equal(svg.all("band").length, 5);
});

test("the drawn band has an edge and a halo, and u a needle that is reported", () => {
  /** @type {unknown[]} */
  const needles = [];
  const onNeedle = (/** @type {unknown} */ at) => needles.push(at);
  const { svg, river } = riverOf(CUT, { reports: { onNeedle } });
  assert.equal(shown(svg, "drawn").length, 1);
  assert.equal(shown(svg, "needle-tip").length, 1);
  const v = /** @type {number} */ (CUT.drawn?.v);
  assert.deepEqual(needles, [{ s: 470, q: v * 300 }]);
  river.aim(CUT, { labels: (id) => `t${id}`, drawn: false });
  assert.equal(shown(svg, "drawn").length, 0);
  assert.equal(shown(svg, "needle-tip").length, 0);
  assert.equal(needles.at(-1), null);
});

for (const kind of /** @type {const} */ (["race", "greedy"])) {
  test(`a ${kind} has a drawn band without a needle, and no numbers at the edge`, () => {
    const { svg } = riverOf(pictureOf([{ stage: "model", share: [0.6, 0.4] }], { drawn: 0, kind }));
    assert.equal(shown(svg, "drawn").length, 1);
    assert.equal(shown(svg, "needle-tip").length, 0);
    assert.deepEqual(textsOf(svg, "end"), []);
  });
}

test("both ends of the edge are named wherever u stands, and no percentage stands on them", () => {
  const stages = [{ stage: "model", share: [0.06, 0.88, 0.06] }];
  for (const drawn of [0, 1, 2]) {
    const { svg } = riverOf(pictureOf(stages, { drawn }));
    assert.deepEqual(textsOf(svg, "end"), ["0", "1"]);
    assert.deepEqual(textsOf(svg, "percent"), drawn === 1 ? [] : ["88.0%"]);
  }
});

test("where u stands in this order is said beside the needle, clear of the end and of what u says", () => {
  for (const [shares, drawn] of /** @type {[number[], number][]} */ ([
    [[0.06, 0.94], 0],
    [[0.2, 0.8], 0],
    [[0.5, 0.5], 1],
    [[0.9, 0.1], 1],
  ])) {
    const picture = pictureOf([{ stage: "model", share: shares }], { drawn });
    const { svg } = riverOf(picture);
    const v = /** @type {number} */ (picture.drawn?.v);
    assert.deepEqual(textsOf(svg, "place"), [`sorted: ${v}`]);
    const [x, y] = placeOf(shown(svg, "place")[0]);
    const [first, last] = shown(svg, "end").map(placeOf);
    const from_needle = y - v * 300;
    assert.ok(
      from_needle <= -9 || from_needle >= 33,
      `${from_needle}: not on the line, and not on the percentage under u`,
    );
    assert.equal(x, last[0]);
    for (const end of [first, last]) assert.ok(Math.abs(end[1] - y) >= 13 || end[0] < x, `${end[1]} and ${y}`);
  }
});

/** Where a text begins. @param {FakeElement} text */
const placeOf = (text) =>
  (/\((\S+) (\S+)\)/.exec(text.parentNode?.attributes.get("transform") ?? "") ?? []).slice(1).map(Number);

test("bands too thin to be told apart are one shape, but not where they change places, and each is found by the pointer", () => {
  const share = [0.6, 0.393, 0.002, 0.002, 0.003];
  const thin = pictureOf([{ stage: "model", share }]);
  const { svg, river } = riverOf(thin);
  const isBed = (/** @type {FakeElement} */ path) => !path.attributes.has("data-band");
  const bands = svg.all("band").filter((band) => !isBed(band));
  const hidden = () => bands.map((band) => Number(band.attributes.get("fill-opacity") ?? 1));
  const bed = () => svg.all("band").find(isBed)?.attributes.get("d") ?? "";
  assert.deepEqual(hidden(), [1, 1, 0, 0, 1], "0.9 px can be told apart");
  const [, top, bottom] = /^M0 (\S+)L.*L0 (\S+)Z$/.exec(bed()) ?? [];
  assert.deepEqual([top, bottom].map(Number), [297.9, 299.1]);
  const [before, edges] = [bed(), bands.map((band) => band.attributes.get("d"))];
  river.aim(thin, { labels: (id) => `t${id}`, snap: true });
  const together = bands[0].parentNode?.children.find((path) => !path.attributes.has("class"));
  const wide = edges.filter((_, i) => [0, 1, 4].includes(i)).join("");
  assert.deepEqual(
    [bed(), together?.attributes.get("d")],
    [before, wide],
    "while a control is dragged, the others are one path",
  );
  river.rest();
  assert.deepEqual([bed(), bands.map((band) => band.attributes.get("d"))], [before, edges]);
  const count = [1, 1, 1, 1, 20, 1];
  const deep = riverOf(pictureOf([{ stage: "model", share: [0.6, 0.39, 0.002, 0.002, 0.005, 0.001] }], { count })).svg;
  const alone = deep
    .all("band")
    .filter((band) => !isBed(band))
    .at(-1);
  assert.equal(alone?.attributes.has("fill-opacity"), false, "a token behind a band of the tail stands alone");
  const crossed = pictureOf([
    { stage: "model", share },
    { stage: "bias", share: [0.393, 0.6, 0.002, 0.002, 0.003], moves: true, order: [1, 0, 2, 3, 4] },
  ]);
  const other = riverOf(crossed).svg;
  assert.ok(!other.all("band").some(isBed));
  assert.ok(other.all("band").every((band) => !band.attributes.has("fill-opacity")));
});

test("a forced token is marked beside the drawn one, and says that it stands in the text", () => {
  const stages = [
    { stage: "model", share: [0.5, 0.3, 0.2] },
    { stage: "filter", share: [0.5, 0.3, 0] },
  ];
  const kept = riverOf(pictureOf(stages, { drawn: 0, forced: 1 })).svg;
  assert.equal(shown(kept, "forced").length, 1);
  assert.deepEqual(textsOf(kept, "in-text"), ["37.5% in the text"]);
  const removed = riverOf(pictureOf(stages, { drawn: 0, forced: 2 })).svg;
  assert.equal(shown(removed, "forced").length, 1);
  assert.deepEqual(textsOf(removed, "in-text"), []);
  assert.equal(shown(riverOf(CUT).svg, "forced").length, 0);
});

test("each gate has a blade over what it removes, and each hole one of its own", () => {
  /** @param {Picture} picture */
  const blades = (picture) => shown(riverOf(picture).svg, "blade").map((blade) => blade.attributes.get("d"));
  assert.deepEqual(blades(CUT), ["M200 174L200 300"]);
  assert.deepEqual(blades(PIERCED), ["M100 0L100 120M100 210L100 255M100 285L100 300"]);
  assert.deepEqual(blades(GREEDY), ["M100 150L100 300"]);
  assert.deepEqual(blades(CROSSED), []);
});

test("a grip that is dragged says which column and where; in a mini there is none", () => {
  /** @type {unknown[][]} */
  const grips = [];
  const onGrip = (/** @type {unknown[]} */ ...said) => grips.push(said);
  const { svg } = riverOf(CUT, { reports: { onGrip } });
  const [handle] = svg.all("handle");
  assert.equal(handle.dataset.column, "2:filter");
  const down = eventOf("pointerdown", { clientX: 200, clientY: 20 + 174 });
  Object.defineProperty(down, "target", { value: handle });
  svg.dispatchEvent(down);
  handle.dispatchEvent(eventOf("pointermove", { clientX: 0, clientY: 20 + 150 }));
  handle.dispatchEvent(eventOf("pointermove", { clientX: 0, clientY: -400 }));
  handle.dispatchEvent(eventOf("pointerup", { clientX: 0, clientY: 20 + 60 }));
  handle.dispatchEvent(eventOf("pointermove", { clientX: 0, clientY: 0 }));
  assert.deepEqual(grips, [
    ["2:filter", 0.58, "start"],
    ["2:filter", 0.5, "move"],
    ["2:filter", 0, "move"],
    ["2:filter", 0.2, "end"],
  ]);
  assert.equal(riverOf(CUT, { geometry: { size: "mini" } }).svg.all("handle").length, 0);
});

test("what is to be there at once is painted without waiting for a frame, and needs none", () => {
  /** @type {Set<number>} */
  const frames = new Set();
  let n_asked = 0;
  Object.assign(globalThis, {
    requestAnimationFrame: () => frames.add(++n_asked) && n_asked,
    cancelAnimationFrame: (/** @type {number} */ frame) => frames.delete(frame),
  });
  const { svg, river } = riverOf(CUT, { reports: { isStill: () => false }, aim: { snap: true } });
  const painted = () => svg.all("band")[0].parentNode?.children.map((path) => path.attributes.get("d"));
  const before = painted();
  assert.ok(before?.some(Boolean));
  river.place(geometryOf(GREEDY));
  river.aim(GREEDY, { labels: (id) => `t${id}`, snap: true });
  assert.notDeepEqual(painted(), before);
  assert.equal(frames.size, 0);
  river.aim(CUT, { labels: (id) => `t${id}` });
  assert.equal(frames.size, 1, "what moves to its place has frames");
  river.aim(CUT, { labels: (id) => `t${id}`, snap: true });
  assert.equal(frames.size, 0, "what is dragged ends the move");
  for (const begin of ["flowIn", "trace"]) {
    river[/** @type {"flowIn" | "trace"} */ (begin)]();
    assert.equal(frames.size, 1, begin);
    river.aim(GREEDY, { labels: (id) => `t${id}`, snap: true });
    assert.equal(frames.size, 0, `what is dragged ends ${begin}`);
  }
});

test("while a control is dragged, bands of one colour are one path; then each is one of its own", () => {
  const { svg, river } = riverOf(TAILED);
  const paths = () => new Map(svg.all("band").map((band) => [band, band.attributes.get("d")]));
  const apart = paths();
  const [group] = [...apart.keys()].map(({ parentNode }) => parentNode);
  const together = () => group?.children.find((path) => !path.attributes.has("class"))?.attributes.get("d");
  assert.equal(together(), "");
  river.aim(TAILED, { labels: (id) => `t${id}`, snap: true });
  const named = [...apart].filter(([band]) => !/tail/.test(band.attributes.get("class") ?? ""));
  assert.ok(named.length > 1 && named.length < apart.size);
  assert.equal(together(), named.map(([, d]) => d).join(""));
  for (const [band, d] of apart) assert.equal(band.attributes.get("d"), named.some(([one]) => one === band) ? "" : d);
  river.rest();
  assert.deepEqual(paths(), apart);
  assert.equal(together(), "");
});

test("a band that the pointer is on is reported once, one that is hovered by keys is only shown", () => {
  /** @type {unknown[]} */
  const hovered = [];
  const onHover = (/** @type {unknown} */ band) => hovered.push(band);
  const { svg, river } = riverOf(CUT, { reports: { onHover } });
  const move = () => {
    const event = eventOf("pointermove");
    Object.defineProperty(event, "target", { value: svg.all("band")[2] });
    svg.dispatchEvent(event);
  };
  move();
  move();
  svg.dispatchEvent(eventOf("pointerleave"));
  river.hover(1);
  assert.deepEqual(hovered, [2, null]);
  assert.equal(svg.classList.contains("hovering"), true);
  assert.equal(svg.all("band")[1].classList.contains("hot"), true);
});

test("bars beside the bands are as long as their count over what was expected, and take the needle's place", () => {
  const { svg, river } = riverOf(CUT);
  river.counts = { n: 100, of: (id) => (id === 100 ? 60 : 40), paint: paintCounts };
  assert.deepEqual(textsOf(svg, "count-number"), ["60", "40"]);
  assert.equal(shown(svg, "needle-tip").length, 0);
  const [bar] = shown(svg, "count");
  const numbers = (bar.attributes.get("d") ?? "").match(/[\d.]+/g)?.map(Number) ?? [];
  const expected = (0.3 / 0.58) * 100;
  assert.ok(Math.abs(numbers[2] - (405 + (60 / expected) * 92)) < 0.02, `${numbers[2]}`);
  river.counts = { n: 0, of: () => 0, paint: paintCounts };
  assert.doesNotMatch(shown(svg, "count")[0].attributes.get("d") ?? "", /NaN|Infinity/);
  river.counts = null;
  assert.equal(shown(svg, "needle-tip").length, 1);
});

test("the tail's draws are what no single band has", () => {
  const { svg, river } = riverOf(TAILED);
  river.counts = { n: 100, of: () => 10, paint: paintCounts };
  const numbers = (shown(svg, "count")[0].attributes.get("d") ?? "").match(/[\d.]+/g)?.map(Number) ?? [];
  const ends = [numbers[2], numbers[10], numbers[18]].map((end) => (end - 305) / 92);
  const expected = [10 / (30 / 0.7), 10 / (20 / 0.7), 80 / (20 / 0.7)].map((ratio) => Math.min(2.05, ratio));
  ends.forEach((end, i) => {
    assert.ok(Math.abs(end - expected[i]) < 0.001, `${end} ${expected[i]}`);
  });
});

test("a river that is disposed of leaves nothing behind and reports nothing more", () => {
  let reports = 0;
  const { svg, river } = riverOf(CUT, { reports: { onHover: () => reports++ } });
  river.dispose();
  svg.dispatchEvent(eventOf("pointerleave"));
  assert.equal(svg.children.length, 0);
  assert.equal(svg.classList.contains("river-picture"), false);
  assert.equal(reports, 0);
});
