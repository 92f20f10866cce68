/** The GPT in the lesson: loaded by a button or a choice, in the bigram's place, and the exercises on it. */
import assert from "node:assert/strict";
import { violations } from "./axe.js";
import { eventually, pageTest } from "./support.js";

/** @typedef {import("playwright-core").Page} Page */

const path = "lesson.html";

/** How long loading and measuring may take, in milliseconds. */
const PATIENCE_MS = 60_000;

/** @param {Page} page @param {string} name @param {RegExp} wanted */
async function says(page, name, wanted) {
  const found = page.locator(`[data-cell="${name}"] .found`);
  await found.scrollIntoViewIfNeeded();
  await eventually(async () => assert.match((await found.textContent()) ?? "", wanted), PATIENCE_MS);
}

pageTest(
  "the same lines work with the bigram and with the GPT, which is fetched when its button is pressed",
  async (_, page) => {
    /** @type {string[]} */
    const asked = [];
    page.on("request", (request) => void asked.push(request.url()));
    const cell = page.locator('[data-cell="gpt-model"]');
    await cell.scrollIntoViewIfNeeded();
    assert.match((await cell.locator("button.primary").textContent()) ?? "", /Load the GPT \(\d\.\d MB\)/);
    assert.ok(!asked.some((url) => url.includes("safetensors")));
    await cell.locator("button.primary").click();
    await says(page, "gpt-model", /bigram: logits\.shape\s*\(1, 12, 30\).*GPT: logits\.shape\s*\(1, 12, 30\)/s);
    assert.ok(asked.some((url) => url.includes("safetensors")));
    assert.deepEqual(await violations(page), []);
  },
  { path },
);

pageTest(
  "the exercises run on the GPT: four settings, an end, a penalty, times, and what its cache is good for",
  async (_, page) => {
    for (const name of ["four", "eos", "repetition", "ttft"]) {
      await page.locator(`[data-cell="${name}"]`).scrollIntoViewIfNeeded();
      await page.locator(`#${name}-model`).selectOption("gpt");
    }
    await says(page, "four", /greedy\s*'the (?! {20}).*temperature 1\.2\s*'the/s);
    await says(page, "eos", /finish_reason\s*(eos|length)/);
    await says(page, "repetition", /without\s*'the (?! {20})/);
    for (const [name, wanted] of /** @type {[string, RegExp][]} */ ([
      ["ttft", /the other 399 tokens/],
      ["kv-cache", /256\s*[\d,]+ with, [\d,]+ without/],
    ])) {
      await page.locator(`[data-cell="${name}"] button.primary`).click();
      await says(page, name, wanted);
    }
  },
  { path },
);
