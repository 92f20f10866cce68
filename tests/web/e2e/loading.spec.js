/** How the pages come: words before the engine, and nothing moves when it arrives. */
import assert from "node:assert/strict";
import { eventually, pageTest } from "./support.js";

/** @typedef {import("playwright-core").Page} Page */

/** The most that may move, as the browser counts it (0.1 is what is still called good). */
const MOST_SHIFT = 0.02;

/** Keeps the engine from arriving until it is let go. @param {Page} page @returns {Promise<() => void>} lets it go */
async function holdBack(page) {
  /** @type {() => void} */
  let letGo = () => {};
  const gate = new Promise((resolve) => {
    letGo = () => resolve(undefined);
  });
  await page.context().route(/\.wasm$/, async (route) => {
    await gate;
    await route.continue();
  });
  return letGo;
}

/** Counts what moves by itself, from now on. @param {Page} page */
const watchShifts = (page) =>
  page.addInitScript(() => {
    const seen = /** @type {any} */ (globalThis);
    seen.shifts = [];
    new PerformanceObserver((list) => {
      for (const { value, hadRecentInput } of /** @type {any[]} */ (list.getEntries()))
        if (!hadRecentInput) seen.shifts.push(value);
    }).observe({ type: "layout-shift", buffered: true });
  });

/** @param {Page} page @returns {Promise<number>} */
const shifted = (page) =>
  page.evaluate(() =>
    /** @type {any} */ (globalThis).shifts.reduce((/** @type {number} */ a, /** @type {number} */ b) => a + b, 0),
  );

for (const viewport of [
  { width: 1280, height: 800 },
  { width: 360, height: 740 },
]) {
  const where = `${viewport.width} px`;
  /** @type {() => void} */
  let letGo = () => {};
  const prepare = async (/** @type {Page} */ page) => {
    await watchShifts(page);
    letGo = await holdBack(page);
  };

  pageTest(
    `the lab's words and knobs are there before the engine, and stay in their places when the text comes, ${where}`,
    async (lab, page) => {
      await lab.element.getByText("Temperature", { exact: true }).waitFor();
      assert.ok(await lab.button("Generate").isVisible());
      assert.match(await lab.status(), /is starting/);
      assert.equal(await lab.element.locator("[data-index]").count(), 0);
      letGo();
      await lab.settled();
      await lab.rows();
      assert.ok((await shifted(page)) <= MOST_SHIFT, `moved by ${await shifted(page)}`);
    },
    { viewport, prepare },
  );

  pageTest(
    `the lesson is there before the engine, and stays in its place when the cells have run, ${where}`,
    async (_, page) => {
      await page.getByRole("heading", { name: "Sampling from scratch" }).waitFor();
      assert.equal(await page.locator("[data-cell] tbody tr").count(), 0);
      letGo();
      await page.locator("[data-cell=softmax]").scrollIntoViewIfNeeded();
      await eventually(async () => assert.ok((await page.locator("[data-cell=softmax] tbody tr").count()) > 0));
      assert.ok((await shifted(page)) <= MOST_SHIFT, `moved by ${await shifted(page)}`);
    },
    { viewport, prepare, path: "lesson.html" },
  );
}
