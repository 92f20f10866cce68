/** Models side by side: each result is told as it comes, and computed once. */
import assert from "node:assert/strict";
import test, { after as afterAll } from "node:test";
import { compareModels } from "../../../www/tasks/compare-models.js";
import { openLab } from "./support/index.js";
import { after, runOf } from "./support/state.js";

/** @typedef {import("../../../www/state/types.js").Contestant} Contestant */

const lab = await openLab();
afterAll(() => lab.dispose());

const start = after({ type: "ready" }, { type: "finished", run: runOf(2, { settings: {} }) });

/** What the page was told, one list of models after the other. @param {Contestant[]} models that are known @param {(told: Contestant[][]) => boolean} [isEnough] */
async function compared(models, isEnough = () => false) {
  const aborter = new AbortController();
  /** @type {Contestant[][]} */
  const told = [];
  const tell = (/** @type {any} */ { comparison }) => {
    told.push(comparison.models);
    if (isEnough(told)) aborter.abort();
  };
  const state = { ...start, comparison: { ...start.comparison, models } };
  const shelf = { last: () => null };
  await compareModels(/** @type {any} */ ({ lab, shelf, state, signal: aborter.signal, tell }));
  return told;
}

const textsOf = (/** @type {Contestant[]} */ models) => models.map(({ run }) => run?.tokens.length ?? 0);

test("a column is there before it has a text, and every text is told as it comes", async () => {
  const told = await compared([]);
  assert.deepEqual(told.map(textsOf), [
    [0, 0, 0],
    [80, 0, 0],
    [80, 80, 0],
    [80, 80, 0],
  ]);
  assert.deepEqual(
    told.map((models) => models.filter(({ key }) => key === null).length),
    [3, 2, 1, 0],
    "what is yet to come is not taken for what is absent",
  );
  assert.deepEqual(await compared(told[3]), [], "what is known is not told again");
});

test("what came before it was called off is not computed again", async () => {
  const before = await compared([], (told) => told.length === 2);
  assert.deepEqual(before.map(textsOf), [
    [0, 0, 0],
    [80, 0, 0],
  ]);
  const rest = await compared(before[1]);
  assert.deepEqual(rest.map(textsOf), [
    [80, 80, 0],
    [80, 80, 0],
  ]);
  assert.equal(rest[0][0], before[1][0]);
});
