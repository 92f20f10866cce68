// What an explanation costs. By the engine alone, in this process: one with a picture and without columns, as a drag asks for it, and many draws.
// On the built page, in Chromium: how many calls of the engine a tick of a slider and a hover are, and how long they take with texts of the GPT
// that are longer than its block. One JSON line per row.
// node benches/explain.js [folder of another checkout, with its engine built, which is measured first]
import assert from "node:assert/strict";
import { join, resolve } from "node:path";
import { chromium } from "playwright-core";
import { build, preview } from "vite";
import { needChromium } from "../scripts/lib/need.js";
import { root, run } from "../scripts/lib/run.js";
import { createLab } from "../www/engine/index.js";

/** @typedef {import("playwright-core").Page} Page */

/** So often each is measured; the median counts. */
const ROUNDS = 3;
/** And so often a call of the engine, of which the best counts, too. */
const CALLS = 101;

/** The settings while one of them is dragged. @type {Record<string, object>} */
const DRAGGED = {
  temperature: {},
  "temperature, top-p": { top_p: 0.9 },
  "temperature, top-k, top-p, min-p": { top_k: 50, top_p: 0.9, min_p: 0.05 },
  "bias, penalties, temperature, top-p": { logit_bias: { 5: 4 }, presence_penalty: 1, top_p: 0.9 },
};

const [other] = process.argv.slice(2);
const executablePath = await needChromium();
await run("cargo", ["xtask", "build"], { stdout: 2 });
await engine();
const browser = await chromium.launch({ executablePath, args: ["--no-sandbox"] });
if (other) await measure("before", resolve(other));
await measure("now", root);
await browser.close();

/** The engine in this thread, on the CPU: the temperature is dragged, so the context is the same and the settings are others. */
async function engine() {
  const lab = await createLab({ backend: "cpu" });
  const logits = Float32Array.from({ length: 50_257 }, (_, i) => 6 * Math.sin(i * 12.9898) * Math.cos(i * 0.618));
  const given = await lab.model({ kind: "logits", logits });
  const gpt = await lab.model({ kind: "gpt" });
  const { ids } = await gpt.encode("the wind went round ");
  const context = Array.from({ length: 400 }, (_, i) => ids[i % ids.length]);
  for (const [stages, settings] of Object.entries(DRAGGED)) {
    for (const [model, prompt_ids] of /** @type {const} */ ([
      [given, []],
      [gpt, context],
    ])) {
      const asked = {
        model,
        prompt_ids,
        index: 0,
        seed: 1,
        picture: true,
        .../** @type {const} */ ({ columns: false }),
      };
      const times = await timesOf(CALLS, (i) => lab.explain({ ...asked, ...settings, temperature: 0.6 + i / 300 }));
      const n_context = prompt_ids.length;
      console.log(JSON.stringify({ action: "explain", vocab_size: model.vocabSize, n_context, stages, ...times }));
    }
  }
  for (const rng of /** @type {const} */ (["philox", "torch"])) {
    const n = rng === "philox" ? 10_000 : 200;
    const settings = { temperature: 0.8, top_p: 0.9, rng, seed: 1 };
    const times = await timesOf(ROUNDS, () => lab.drawMany(logits.subarray(0, 49_152), settings, { n }));
    console.log(JSON.stringify({ action: "draw many", vocab_size: 49_152, rng, n, ...times }));
  }
  lab.dispose();
}

/**
 * The best and the median time of a call, in milliseconds; the first three are not counted.
 * @param {number} rounds
 * @param {(round: number) => Promise<unknown>} call
 */
async function timesOf(rounds, call) {
  /** @type {number[]} */
  const times = [];
  for (let round = 0; round < rounds + 3; round += 1) {
    const started = performance.now();
    await call(round);
    times.push(performance.now() - started);
  }
  const sorted = times.slice(3).sort((a, b) => a - b);
  const [best_ms, median_ms] = [sorted[0], sorted[rounds >> 1]].map((ms) => Math.round(ms * 100) / 100);
  return { best_ms, median_ms };
}

/** @param {string} what @param {string} folder */
async function measure(what, folder) {
  const shared = /** @type {const} */ ({
    configFile: `${folder}/vite.config.js`,
    root: `${folder}/www`,
    logLevel: "error",
  });
  const outDir = join(folder, "target", "explain");
  await build({ ...shared, build: { outDir, emptyOutDir: true } });
  const server = await preview({
    ...shared,
    build: { outDir },
    preview: { host: "127.0.0.1", port: 0, open: false },
  });
  const url = server.resolvedUrls?.local[0] ?? "";
  const tell = (/** @type {object} */ row) => console.log(JSON.stringify({ what, ...row }));

  const small = await opened(url);
  tell({ action: "tick", model: "bigram", n_tokens: 80, ...(await tick(small)) });
  tell({ action: "hover", model: "bigram", n_tokens: 80, index: 79, ...(await hover(small, 79)) });
  await small.close();

  const page = await opened(url);
  await loadGpt(page);
  await write(page, 800);
  for (const index of [100, 400, 799])
    tell({ action: "hover", model: "gpt", n_tokens: 800, index, ...(await hover(page, index)) });
  for (const n_tokens of [600, 1000]) {
    await write(page, n_tokens);
    tell({ action: "tick", model: "gpt", n_tokens, ...(await tick(page)) });
  }
  await page.close();
  await server.close();
}

/** A page whose first text is there. Every message to the engine's worker is counted. @param {string} url */
async function opened(url) {
  const page = await browser.newPage();
  await page.addInitScript(() => {
    const { prototype } = Worker;
    const { postMessage } = prototype;
    const seen = /** @type {any} */ (globalThis);
    seen.calls = [];
    prototype.postMessage = function (/** @type {any} */ message, /** @type {any} */ ...rest) {
      if (message?.method) seen.calls.push(message.method);
      return postMessage.call(this, message, ...rest);
    };
  });
  await page.goto(url);
  await isExplained(page);
  return page;
}

/** Waits until the text is whole, and explained. @param {Page} page */
async function isExplained(page) {
  await page.waitForFunction(
    () => {
      const { state } = /** @type {any} */ (document.querySelector("logit-lab")).store;
      return state.status === "idle" && state.run?.finish_reason && state.step?.run.settings === state.run.settings;
    },
    undefined,
    { timeout: 300_000 },
  );
}

/** @param {Page} page */
async function loadGpt(page) {
  await page.evaluate(() => {
    const lab = /** @type {any} */ (document.querySelector("logit-lab"));
    lab.bench.shelf.load({ kind: "gpt" });
  });
  await page.waitForFunction(
    () =>
      /** @type {any} */ (document.querySelector("logit-lab")).store.state.run?.vocab &&
      /** @type {any} */ (document.querySelector("logit-lab")).store.state.model.kind === "gpt",
    undefined,
    { timeout: 120_000 },
  );
  await isExplained(page);
}

/** Has a text of so many tokens made. @param {Page} page @param {number} n */
async function write(page, n) {
  await page.evaluate((n) => {
    /** @type {any} */ (document.querySelector("logit-lab")).setState({ fields: { max_new_tokens: String(n) } });
  }, n);
  await page.waitForFunction(
    (n) => /** @type {any} */ (document.querySelector("logit-lab")).store.state.run.tokens.length === n,
    n,
    { timeout: 300_000 },
  );
  await isExplained(page);
}

/** The pointer comes to a token: until what else could have been drawn there is shown. @param {Page} page @param {number} index */
async function hover(page, index) {
  const rounds = [];
  for (let round = 0; round < ROUNDS; round += 1) {
    // From one that is shown already, as from outside the text.
    rounds.push(
      await page.evaluate(async (index) => {
        const seen = /** @type {any} */ (globalThis);
        const lab = /** @type {any} */ (document.querySelector("logit-lab"));
        lab.store.dispatch({ type: "peek", index: null });
        lab.store.dispatch({ type: "found", found: { peek: null } });
        await lab.updateComplete;
        await new Promise((resolve) => setTimeout(resolve, 100));
        seen.calls.length = 0;
        const started = performance.now();
        const token = lab.shadowRoot.querySelector(`[data-index="${index}"]`);
        token.dispatchEvent(new PointerEvent("pointerover", { bubbles: true, composed: true, pointerType: "mouse" }));
        while (!lab.shadowRoot.querySelector(`.peek[data-at="${index}"]`))
          await new Promise((resolve) => setTimeout(resolve, 1));
        return { ms: performance.now() - started, calls: [...seen.calls] };
      }, index),
    );
    // The next round is not to find it read.
    await page.evaluate(() =>
      /** @type {any} */ (document.querySelector("logit-lab")).store.dispatch({ type: "peek", index: 3 }),
    );
    await page.waitForFunction(
      () => /** @type {any} */ (document.querySelector("logit-lab")).store.state.peek?.index === 3,
      undefined,
      { timeout: 60_000 },
    );
  }
  return summary(rounds, ["ms"]);
}

/** A key on the temperature's slider: until the chosen token is explained anew, and until the text is whole. @param {Page} page */
async function tick(page) {
  const rounds = [];
  await page.getByRole("slider").first().focus();
  for (let round = 0; round < ROUNDS; round += 1) {
    await page.evaluate(() => {
      const seen = /** @type {any} */ (globalThis);
      const { store } = /** @type {any} */ (document.querySelector("logit-lab"));
      const before = store.state.run.settings;
      seen.calls.length = 0;
      seen.times = {};
      const unsubscribe = store.subscribe((/** @type {any} */ state) => {
        seen.times.started ??= performance.now();
        const isNew = state.run.settings !== before && state.run.settings.temperature !== before.temperature;
        if (isNew && state.step.run.settings === state.run.settings) seen.times.explained ??= performance.now();
        if (isNew && state.run.finish_reason) seen.times.whole ??= performance.now();
        if (seen.times.explained && seen.times.whole) unsubscribe();
      });
    });
    await page.keyboard.press(round % 2 === 0 ? "ArrowRight" : "ArrowLeft");
    await page.waitForFunction(
      () => /** @type {any} */ (globalThis).times.whole && /** @type {any} */ (globalThis).times.explained,
      undefined,
      { timeout: 300_000 },
    );
    await page.waitForTimeout(200);
    rounds.push(
      await page.evaluate(() => {
        const { times, calls } = /** @type {any} */ (globalThis);
        return {
          explained_ms: times.explained - times.started,
          whole_ms: times.whole - times.started,
          calls: [...calls],
        };
      }),
    );
  }
  return summary(rounds, ["explained_ms", "whole_ms"]);
}

/** @param {{ calls: string[], [name: string]: any }[]} rounds @param {string[]} names of times */
function summary(rounds, names) {
  const [{ calls }] = rounds;
  assert.ok(calls.length > 0, "no call of the engine was seen");
  const median = (/** @type {number[]} */ times) => times.toSorted((a, b) => a - b)[times.length >> 1];
  const times = names.map((name) => [name, Math.round(median(rounds.map((round) => round[name])) * 10) / 10]);
  // A long text comes in as many pieces as it takes time.
  const once = calls.filter((method) => method !== "advance");
  return {
    calls: once.length + 1,
    advances: calls.length - once.length,
    names: [...new Set(calls)].join(" "),
    ...Object.fromEntries(times),
  };
}
