/** Pictures that the engine makes, as the river draws them: they tile the height, are cut where the engine says, and have no broken path. */
import assert from "node:assert/strict";
import test, { after } from "node:test";
import { cutsOf } from "../../../www/river/cuts.js";
import { fits, H, levelsOf, NUMBERS, Y } from "../../../www/river/levels.js";
import { keysOf } from "../../../www/river/match.js";
import { pointer, ribbon } from "../../../www/river/ribbon.js";
import { openLab } from "./support/index.js";
import { columnsOf } from "./support/pictures.js";

/** @typedef {import("../../../www/river/types.js").Picture} Picture */

const lab = await openLab();
after(() => lab.dispose());

const Q = 344;
const LONG = 5000;
const bigram = await lab.model({ kind: "bigram", seed: 3 });
const long = await lab.model({
  kind: "logits",
  logits: Array.from({ length: LONG }, (_, i) => 9 - 2.2 * Math.log(1 + ((i * 7919) % LONG)) + ((i * 31) % 17) / 20),
});

/** @type {Record<string, object>} */
const SETTINGS = {
  neutral: {},
  "filters one after the other": { temperature: 0.8, top_k: 400, top_p: 0.9, min_p: 0.01 },
  "a flat temperature before every filter": { temperature: 1.7, top_k: 1000, top_p: 0.95 },
  "filters before the temperature": { temperature: 1.3, top_p: 0.8, order: ["top_p", "temperature"] },
  "penalties and a bias that reorder": {
    repetition_penalty: 1.4,
    presence_penalty: 1,
    logit_bias: { 3: 2, 5: -1.5 },
    temperature: 0.9,
    top_p: 0.95,
  },
  "a ban in the middle": { logit_bias: { 4: Number.NEGATIVE_INFINITY, 9: Number.NEGATIVE_INFINITY } },
  "a penalty after the filters": { top_k: 20, presence_penalty: 1.5, order: ["top_k", "penalties"] },
  greedy: { temperature: 0 },
  race: { rng: "torch", temperature: 0.7 },
};

/** @param {object} settings @param {"bigram" | "long"} kind @returns {Promise<Picture>} */
async function explained(settings, kind) {
  const model = kind === "long" ? long : bigram;
  const prompt_ids = kind === "long" ? [] : [1, 2, 8];
  const { picture } = await lab.explain({
    model,
    prompt_ids,
    output_ids: [5, 5, 9],
    index: 3,
    seed: 7,
    ...settings,
    picture: true,
    columns: false,
  });
  return /** @type {Picture} */ (picture);
}

/** @param {Picture} picture */
function layout(picture) {
  const columns = columnsOf(picture);
  assert.ok(fits(picture, columns));
  return { columns, width: columns.length * NUMBERS, levels: levelsOf(picture, columns) };
}

for (const kind of /** @type {const} */ (["bigram", "long"])) {
  for (const [name, settings] of Object.entries(SETTINGS)) {
    test(`bands tile every column of the engine's picture: ${kind}, ${name}`, async () => {
      const picture = await explained(settings, kind);
      const { columns, width, levels } = layout(picture);
      assert.equal(new Set(keysOf(picture.bands)).size, picture.bands.id.length, "every band has a key of its own");
      columns.forEach(({ station }, c) => {
        const bands = picture.bands.count.length;
        const laid = Array.from({ length: bands }, (_, band) => {
          const at = band * width + c * NUMBERS;
          return [levels.values[at + Y], levels.values[at + H]];
        }).sort((a, b) => a[0] - b[0] || a[1] - b[1]);
        let end = 0;
        for (const [top, h] of laid) {
          assert.ok(Math.abs(top - end) < 1e-5, `column ${c}: ${top} ${end}`);
          end = top + h;
        }
        assert.ok(Math.abs(end - (station === null ? 1 : picture.stations[station].mass)) < 1e-4);
      });
    });

    test(`the engine's picture is cut where its mass says, and its paths hold: ${kind}, ${name}`, async () => {
      const picture = await explained(settings, kind);
      const { columns, width, levels } = layout(picture);
      picture.stations.forEach(({ removed, moves, mass, removed_mass }, c) => {
        if (c === 0 || moves) return;
        const order = levels.pierced[c] ? levels.orders[c - 1] : null;
        const { pivot, kept, holes } = cutsOf(levels.values, width, c, Q, order);
        const gone = pivot - kept + holes.reduce((sum, { top, bottom }) => sum + bottom - top, 0);
        assert.ok(Math.abs(pivot - (mass + removed_mass) * Q) < 0.1);
        assert.ok(Math.abs(gone - removed_mass * Q) < 1, `${gone} ${removed_mass * Q}`);
        if (removed === 0) assert.equal(gone, 0);
      });
      const end = columns[columns.length - 1];
      const flow = { columns, Q, bend: end.from + 56, point: pointer(false), pierced: levels.pierced };
      picture.probability.forEach((probability, band) => {
        const path = ribbon(levels.values, band * width, flow, { gapless: true });
        assert.match(path, /^M[-\d. MLCe]+Z$/);
        const reaches = Math.max(...(path.match(/[-\d.]+ [-\d.]+/g) ?? []).map((at) => Number(at.split(" ")[0])));
        if (probability * Q > 0.1) assert.equal(reaches, end.to, `band ${band} reaches the edge`);
        if (probability === 0) assert.ok(reaches < end.to, `band ${band} ends before`);
      });
    });
  }
}

test("a stage that reorders makes a crossing column, and the engine's final order is the bands' own", async () => {
  const picture = await explained(SETTINGS["penalties and a bias that reorder"], "bigram");
  const { levels } = layout(picture);
  assert.ok(levels.crossings.length > 0);
  assert.ok(levels.movers.size > 0);
  assert.equal(picture.stations.at(-1)?.order, null);
});

test("a ban above tokens that are kept pierces the stack", async () => {
  const picture = await explained(SETTINGS["a ban in the middle"], "bigram");
  const { levels } = layout(picture);
  assert.ok(levels.pierced.includes(true));
});
