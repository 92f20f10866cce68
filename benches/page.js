// How long the built page takes to answer while it writes: from a key or a press to the next frame, as the browser measures it (Event
// Timing, in steps of 8 ms, from 16 ms up). One JSON line per row; the text is checked before anything is timed.
import assert from "node:assert/strict";
import { chromium } from "playwright-core";
import { preview } from "vite";
import { needChromium } from "../scripts/lib/need.js";
import { root, run } from "../scripts/lib/run.js";

/** The least the browser reports; a faster answer counts as this. */
const LEAST_MS = 16;

/** Tokens in the text: as at first, and as many as the page allows. */
const LENGTHS = [80, 2000];

/** @typedef {import("playwright-core").Page} Page */

/** What is done again and again while the text is made anew each time. @type {Record<string, (page: Page) => Promise<void>>} */
const ACTIONS = {
  "a slider dragged": async (page) => {
    await page.getByRole("slider").first().focus();
    await press(page, Array(30).fill("ArrowRight"));
  },
  "a prompt typed": async (page) => {
    await page.locator("#prompt").focus();
    await press(page, [..."and then the wind went round"]);
  },
  "tokens chosen": async (page) => {
    await page.locator('[role="option"][aria-selected="true"]').focus();
    await press(page, Array(30).fill("ArrowRight"));
  },
  "views changed": async (page) => {
    await page.getByRole("tab", { selected: true }).focus();
    await press(page, Array(12).fill("ArrowRight"));
  },
};

const executablePath = await needChromium();
await run("node", ["scripts/build.js"], { stdout: 2 });
const server = await preview({
  configFile: `${root}/vite.config.js`,
  logLevel: "error",
  preview: { host: "127.0.0.1", port: 0, open: false },
});
const browser = await chromium.launch({ executablePath, args: ["--no-sandbox"] });
for (const n_tokens of LENGTHS) {
  const page = await browser.newPage();
  await page.goto(server.resolvedUrls?.local[0] ?? "");
  await page.evaluate(listen);
  await page
    .locator("logit-lab")
    .evaluate((lab, n) => /** @type {any} */ (lab).setState({ fields: { max_new_tokens: String(n) } }), n_tokens);
  await page.locator(`[data-index="${n_tokens - 1}"]`).waitFor({ state: "attached" });
  for (const [action, act] of Object.entries(ACTIONS)) {
    const before = await page.evaluate(taken);
    assert.ok(before, "the browser measures no events");
    await act(page);
    const { n, slow_ms, long_tasks } = await page.evaluate(taken);
    assert.equal(await page.locator("[data-index]").count(), n_tokens, "the text is whole");
    const all = [...slow_ms, ...Array(Math.max(0, n - slow_ms.length)).fill(LEAST_MS)].sort((a, b) => a - b);
    const row = { action, n_tokens, n, median_ms: all[n >> 1], worst_ms: all[n - 1], long_tasks };
    console.log(JSON.stringify(row));
  }
  await page.close();
}
await browser.close();
await server.close();

/** @param {Page} page @param {string[]} keys */
async function press(page, keys) {
  for (const key of keys) {
    await page.keyboard.press(key);
    await page.waitForTimeout(40);
  }
  await page.waitForTimeout(400);
}

/** Collects what the browser measures. An interaction is several events; its longest counts. */
function listen() {
  const seen = /** @type {any} */ (globalThis);
  seen.interactions = new Map();
  seen.n_interactions = 0;
  seen.long_tasks = 0;
  addEventListener("keydown", () => seen.n_interactions++, true);
  new PerformanceObserver((list) => {
    for (const { interactionId, duration } of /** @type {any[]} */ (list.getEntries()))
      if (interactionId)
        seen.interactions.set(interactionId, Math.max(duration, seen.interactions.get(interactionId) ?? 0));
  }).observe(/** @type {any} */ ({ type: "event", durationThreshold: 16 }));
  new PerformanceObserver((list) => {
    seen.long_tasks += list.getEntries().length;
  }).observe({ type: "longtask" });
}

/** What was collected since the last time. @returns {{ n: number, slow_ms: number[], long_tasks: number }} */
function taken() {
  const seen = /** @type {any} */ (globalThis);
  const found = { n: seen.n_interactions, slow_ms: [...seen.interactions.values()], long_tasks: seen.long_tasks };
  seen.interactions.clear();
  seen.n_interactions = 0;
  seen.long_tasks = 0;
  return found;
}
