/** How the pages come: words before the engine, and nothing moves when it arrives. */
import assert from "node:assert/strict";
import { eventually, pageTest } from "./support.js";

/** @typedef {import("playwright-core").Page} Page */

/** The most that may move, as the browser counts it (0.1 is what is still called good). */
const MOST_SHIFT = { lab: 0.01, lesson: 0.02 };

pageTest("the page's first script and the lab share one worker", async (lab, page) => {
  await lab.settled();
  assert.equal(page.workers().length, 1);
});

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
    /** An element that moved, from where to where. @param {any} source */
    const told = ({ node, previousRect: a, currentRect: b }) => {
      const name = node?.className || node?.nodeName || node?.textContent;
      return `${String(name).slice(0, 40)}: ${[a.x, a.y, a.width, a.height]} → ${[b.x, b.y, b.width, b.height]}`;
    };
    new PerformanceObserver((list) => {
      for (const { value, hadRecentInput, sources } of /** @type {any[]} */ (list.getEntries()))
        if (!hadRecentInput) seen.shifts.push({ value, moved: sources.map(told) });
    }).observe({ type: "layout-shift", buffered: true });
  });

/** Fails if more has moved. @param {Page} page @param {number} most */
async function assertStill(page, most) {
  /** @type {{ value: number, moved: string[] }[]} */
  const shifts = await page.evaluate(() => /** @type {any} */ (globalThis).shifts);
  const sum = shifts.reduce((sum, { value }) => sum + value, 0);
  assert.ok(sum <= most, `moved by ${sum}: ${JSON.stringify(shifts, null, 1)}`);
}

for (const viewport of [
  { width: 1280, height: 900 },
  { width: 412, height: 892 },
  { width: 390, height: 780 },
  { width: 360, height: 740 },
  { width: 320, height: 640 },
]) {
  const where = `${viewport.width} px`;
  /** @type {() => void} */
  let letGo = () => {};
  const prepare = async (/** @type {Page} */ page) => {
    await watchShifts(page);
    letGo = await holdBack(page);
  };

  pageTest(
    `the lab's words and settings are there before the engine, and stay in their places when the text comes, ${where}`,
    async (lab, page) => {
      await lab.element.locator(".grid").getByText("Temperature", { exact: true }).waitFor();
      assert.ok(await lab.setting("Temperature").isVisible());
      assert.ok(await lab.generate().isVisible());
      assert.match(await lab.status(), /is starting/);
      assert.equal(await lab.element.locator("[data-index]").count(), 0);
      letGo();
      await lab.settled();
      await lab.rows();
      await page.waitForFunction(() => {
        const { step } = /** @type {any} */ (document.querySelector("logit-lab")).store.state;
        return step?.run.model.kind === "gpt"; // what the page is on its way to
      });
      // Words take no line less than is kept for them, but on the smallest phones, where some fonts need it.
      await eventually(async () => {
        const { lines, kept } = await lab.element.locator(".tokens").evaluate((tokens) => {
          const line = Number.parseFloat(getComputedStyle(tokens).lineHeight);
          const caret = /** @type {Element} */ (tokens.querySelector(".caret")).getBoundingClientRect();
          const box = tokens.getBoundingClientRect();
          return { lines: Math.ceil((caret.bottom - box.top) / line - 0.2), kept: Math.round(box.height / line) };
        });
        if (viewport.width >= 380 && viewport.width < 640) assert.equal(kept, lines, "no blank line");
      });
      await assertStill(page, MOST_SHIFT.lab);
    },
    { viewport, prepare, path: "", hasWindow: true },
  );
}

/** What a reader may have: a phone or a desk, fonts of another width, a slow machine. */
const READERS = [
  { name: "360 px", viewport: { width: 360, height: 740 } },
  { name: "1280 px", viewport: { width: 1280, height: 800 } },
  { name: "a slow phone", viewport: { width: 360, height: 740 }, slower: 6 },
  { name: "a phone with wide fonts", viewport: { width: 360, height: 740 }, fonts: ["monospace", "serif"] },
  { name: "a tall screen with narrow fonts", viewport: { width: 1024, height: 1600 }, fonts: ["serif", "sans-serif"] },
];

/** Text in the first font, code and numbers in the other, from the first paint on. @param {Page} page @param {string[]} fonts */
const setFonts = (page, [text, code]) =>
  page.route(/lesson\.html/, async (route) => {
    const response = await route.fetch();
    const style = `<style>body { font-family: ${text} !important } .lesson { --mono: ${code} !important }</style>`;
    await route.fulfill({ response, body: (await response.text()).replace("</head>", `${style}</head>`) });
  });

/** @param {Page} page @param {number} times */
async function slowDown(page, times) {
  const session = await page.context().newCDPSession(page);
  await session.send("Emulation.setCPUThrottlingRate", { rate: times });
}

for (const { name, viewport, slower = 1, fonts } of READERS) {
  /** @type {() => void} */
  let letGo = () => {};
  const prepare = async (/** @type {Page} */ page) => {
    await watchShifts(page);
    if (fonts) await setFonts(page, fonts);
    await slowDown(page, slower);
    letGo = await holdBack(page);
  };

  pageTest(
    `the lesson is there before the engine, and stays in its place when the cells have run, ${name}`,
    async (_, page) => {
      await page.getByRole("heading", { name: "Sampling from scratch" }).waitFor();
      assert.equal(await page.locator("[data-cell] .found tbody tr").count(), 0);
      letGo();
      for (const cell of ["softmax", "filters", "model", "loop", "repetition"]) {
        await page.locator(`[data-cell=${cell}]`).scrollIntoViewIfNeeded();
        const rows = page.locator(`[data-cell=${cell}] .found tbody tr`);
        await eventually(async () => assert.ok((await rows.count()) > 0));
      }
      await assertStill(page, MOST_SHIFT.lesson);
    },
    { viewport, prepare, path: "lesson.html" },
  );
}
