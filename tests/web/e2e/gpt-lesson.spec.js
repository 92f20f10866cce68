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
    const lens = page.locator('[data-lens="gpt-model"]');
    assert.match((await lens.locator("code").textContent()) ?? "", /\(B, T, V\) = \(1, 12, 30\)/);
    await lens.getByRole("button", { name: "Rust" }).click();
    assert.match((await lens.locator("code").textContent()) ?? "", /attend/);
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
    const found = page.locator('[data-cell="kv-cache"] .found');
    assert.deepEqual(await found.locator("figcaption").allTextContents(), ["First token", "Each later token"]);
    for (const plot of await found.locator("svg").all())
      assert.deepEqual(
        await plot
          .locator("polyline")
          .evaluateAll((lines) => lines.map((line) => line.getAttribute("points")?.split(" ").length)),
        [5, 5],
      );
    assert.deepEqual(await violations(page), []);
  },
  { path },
);

/** @type {() => void} */
let letGo = () => {};

pageTest(
  "loading says how far it is and can be called off: the result and the choice before it stay",
  async (_, page) => {
    const cell = page.locator('[data-cell="four"]');
    await cell.scrollIntoViewIfNeeded();
    const found = cell.locator(".found");
    await eventually(async () => assert.match((await found.textContent()) ?? "", /greedy/));
    const before = await found.textContent();
    await page.locator("#four-model").selectOption("gpt");
    const bar = cell.getByRole("progressbar", { name: "Loading the model" });
    await bar.waitFor();
    await eventually(async () =>
      assert.match((await cell.locator(".cell-verdict").textContent()) ?? "", /Loading the model/),
    );
    await cell.getByRole("button", { name: "Cancel" }).click();
    await eventually(async () =>
      assert.match((await cell.locator(".cell-verdict").textContent()) ?? "", /Cancelled\. Nothing has changed/),
    );
    assert.equal(await found.textContent(), before);
    assert.equal(await page.locator("#four-model").inputValue(), "bigram");

    await page.locator("#four-model").selectOption("gpt");
    await bar.waitFor();
    const seen = cell.evaluate((element) => {
      const texts = new Set();
      const look = () => texts.add(element.querySelector("progress")?.getAttribute("aria-valuetext"));
      const observer = new MutationObserver(look);
      observer.observe(element, { subtree: true, childList: true, attributes: true });
      return new Promise((resolve) => setTimeout(() => resolve([...texts]), 3000));
    });
    letGo();
    await says(page, "four", /greedy\s*'the (?! {20})/);
    const texts = /** @type {string[]} */ (await seen);
    assert.ok(
      texts.some((text) => /^(Downloading|Reading) \d\.\d MB of \d\.\d MB$/.test(text)),
      texts.join("; "),
    );
  },
  {
    path,
    prepare: async (page) => {
      const gate = new Promise((resolve) => {
        letGo = () => resolve(undefined);
      });
      await page.context().route(/\.safetensors$/, async (route) => {
        await gate;
        await route.continue().catch(() => {}); // it may have been called off
      });
    },
  },
);
