// How long a drag of a slider takes from the input to the paint of the river, in Chromium on the built page: with 80 tokens of a bigram, of the
// tiny GPT, of 50,257 logits and, where its file is there (npm run model smollm2), of SmolLM2, and with 2,000 tokens. The picture of the last
// value is first compared with the engine's. Frames come as soon as they can, so that the times are work and not waiting for the screen. One
// JSON line per row.
// node benches/drag.js [--built] [model]: --built leaves the engine as it is
import assert from "node:assert/strict";
import { createReadStream, existsSync, statSync } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { createServer } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { chromium } from "playwright-core";
import { build, preview } from "vite";
import { modelPath } from "../scripts/lib/models.js";
import { needChromium } from "../scripts/lib/need.js";
import { root, run } from "../scripts/lib/run.js";

/** @typedef {import("playwright-core").Page} Page */

/** So many inputs of one drag are timed, after some that warm up. */
const N_INPUTS = 60;
const N_WARM = 10;

/** A page that paints as often as it can is asked so seldom how far it is. */
const POLL_MS = 100;

/** GPT-2's vocabulary. */
const V = 50_257;

/** What is dragged: temperature, top-k and top-p, as a person does who looks for the right one. */
const SLIDERS = ["temperature", "top_k", "top_p"];

/** Only rows of this model, where one is named. */
const ONLY = process.argv.slice(2).find((word) => !word.startsWith("--"));

const SMOLLM2 = modelPath("smollm2");

const ROWS = [
  { model: "bigram", n_tokens: 80, choice: { kind: "notebook" } },
  { model: "gpt", n_tokens: 80, choice: { kind: "gpt" } },
  { model: "logits", n_tokens: 80, choice: { kind: "logits", logits: logits() } },
  { model: "logits", n_tokens: 2000, choice: { kind: "logits", logits: logits() } },
  { model: "bigram", n_tokens: 2000, choice: { kind: "notebook" } },
  ...(existsSync(SMOLLM2) ? [{ model: "smollm2", n_tokens: 80, choice: { kind: "smollm2" } }] : []),
];

/** Gives SmolLM2's file to the page. */
const files = createServer((_, answer) => {
  const headers = { "access-control-allow-origin": "*", "content-length": statSync(SMOLLM2).size };
  createReadStream(SMOLLM2).pipe(answer.writeHead(200, headers));
}).listen(0, "127.0.0.1");

const executablePath = await needChromium();
if (!process.argv.includes("--built")) await run("cargo", ["xtask", "build"], { stdout: 2 });
const outDir = await mkdtemp(join(tmpdir(), "logitlab-drag-"));
const shared = /** @type {const} */ ({ configFile: `${root}/vite.config.js`, root: `${root}/www`, logLevel: "error" });
await build({ ...shared, build: { outDir, emptyOutDir: true } });
const server = await preview({ ...shared, build: { outDir }, preview: { host: "127.0.0.1", port: 0, open: false } });
const browser = await chromium.launch({
  executablePath,
  args: ["--no-sandbox", "--disable-gpu-vsync", "--disable-frame-rate-limit"],
});
try {
  // The first page of a browser compiles and reads what later pages find there.
  const first = await opened(ROWS[0].choice, ROWS[0].n_tokens);
  await drag(first, SLIDERS[0]);
  await first.close();
  for (const { model, n_tokens, choice } of ROWS.filter(({ model }) => !ONLY || model === ONLY))
    for (const slider of SLIDERS) {
      const page = await opened(choice, n_tokens);
      const times = await drag(page, slider);
      await isTheEngines(page);
      console.log(JSON.stringify({ model, vocab_size: await vocabSize(page), n_tokens, slider, ...summary(times) }));
      await page.close();
    }
} finally {
  await browser.close();
  await server.close();
  files.close();
  await rm(outDir, { recursive: true });
}

/** Logits that fall off as those of a language model do, always the same. */
function logits() {
  return Array.from({ length: V }, (_, id) => (12 - 1.3 * Math.log(1 + ((id * 7919) % V))).toFixed(3)).join(" ");
}

/**
 * A page whose text is there, and explained.
 * @param {object} choice of a model
 * @param {number} n_tokens
 */
async function opened(choice, n_tokens) {
  const page = await browser.newPage({ viewport: { width: 1280, height: 900 } });
  await page.goto(`${server.resolvedUrls?.local[0]}#v=1&model=notebook`);
  await isExplained(page);
  const { port } = /** @type {import("node:net").AddressInfo} */ (files.address());
  await page.evaluate(
    async ({ choice, n_tokens, file }) => {
      const lab = /** @type {any} */ (document.querySelector("logit-lab"));
      lab.setAttribute("smollm2", file);
      await lab.updateComplete;
      if (["gpt", "smollm2"].includes(choice.kind)) await lab.bench.shelf.load({ kind: choice.kind });
      lab.setState({ model: choice, fields: { max_new_tokens: String(n_tokens) } });
    },
    { choice: /** @type {any} */ (choice), n_tokens, file: `http://127.0.0.1:${port}/` },
  );
  await page.waitForFunction(
    ({ kind, n_tokens }) => {
      const { model, run } = /** @type {any} */ (document.querySelector("logit-lab")).store.state;
      return model.kind === kind && run.tokens.length === n_tokens;
    },
    { kind: /** @type {any} */ (choice).kind, n_tokens },
    { timeout: 120_000, polling: POLL_MS },
  );
  await isExplained(page);
  return page;
}

/** Waits until the text is whole, and explained. @param {Page} page */
async function isExplained(page) {
  await page.waitForFunction(
    () => {
      // Before the element's code has come there is no store.
      const { run, step, status } = /** @type {any} */ (document.querySelector("logit-lab")).store?.state ?? {};
      return status === "idle" && run?.finish_reason && step?.run.settings === run.settings && !step.ahead;
    },
    undefined,
    { timeout: 120_000, polling: POLL_MS },
  );
}

/**
 * Drags a slider's handle from its place to both sides, with the mouse.
 * @param {Page} page
 * @param {string} setting
 * @returns {Promise<number[]>} milliseconds from each input to the paint of its picture
 */
async function drag(page, setting) {
  const box = await page.locator(`[data-setting=${setting}] .slider`).first().boundingBox();
  if (!box) throw new Error(`${setting} has no slider`);
  await page.evaluate(watchInputs, setting);
  const y = box.y + box.height / 2;
  const times = [];
  await page.mouse.move(box.x + box.width / 2, y);
  await page.mouse.down();
  for (let i = 0; i < N_WARM + N_INPUTS; i += 1) {
    const at = 0.5 + 0.4 * Math.sin((i + 1) / 7);
    await page.mouse.move(box.x + box.width * at, y);
    const ms = await page.evaluate(() => /** @type {any} */ (globalThis).painted());
    if (i >= N_WARM && ms !== null) times.push(ms);
  }
  await page.mouse.up();
  assert.ok(times.length > N_INPUTS / 2, `${setting}: only ${times.length} inputs changed anything`);
  return times;
}

/** From each input of the slider: when its picture is on the screen. Runs in the page. @param {string} setting */
function watchInputs(setting) {
  const lab = /** @type {any} */ (document.querySelector("logit-lab"));
  const { store, shadowRoot } = lab;
  /** @type {Promise<number> | null} */
  let painting = null;
  // Before the page's own listeners: the picture may be there before the event has come back.
  const onInput = (/** @type {Event} */ { timeStamp }) => {
    painting = new Promise((resolve) => {
      const unsubscribe = store.subscribe((/** @type {any} */ state, /** @type {any} */ before) => {
        const { step } = state;
        const made_with = step.ahead?.fields ?? step.run.made_of.fields;
        if (step === before.step || made_with[setting] !== state.fields[setting]) return;
        unsubscribe();
        requestAnimationFrame(() => {
          const { port1, port2 } = new MessageChannel();
          port1.onmessage = () => resolve(performance.now() - timeStamp);
          port2.postMessage(null);
        });
      });
    });
  };
  shadowRoot.addEventListener("input", onInput, { capture: true });
  // null: the handle stands where it stood.
  /** @type {any} */ (globalThis).painted = async () => {
    const ms = await painting;
    painting = null;
    return ms;
  };
}

/** What is shown at the end is what the engine says. @param {Page} page */
async function isTheEngines(page) {
  await isExplained(page);
  const [shown, told] = await page.evaluate(async () => {
    const { bench, store } = /** @type {any} */ (document.querySelector("logit-lab"));
    const { run, index, picture } = store.state.step;
    const { max_new_tokens: _, ...settings } = run.settings;
    const { model, prompt_ids, seed } = run;
    const output_ids = run.tokens.slice(0, index + 1);
    const question = { ...settings, seed, model, prompt_ids, output_ids, index, picture: true, columns: false };
    const told = (await bench.lab.explain(question)).picture;
    const plain = (/** @type {any} */ { kept, entropy, drawn, bands, probability, stations }) => ({
      kept,
      entropy,
      drawn: drawn.id,
      ids: [...bands.id],
      probability: [...probability],
      masses: stations.map((/** @type {any} */ { stage, mass }) => [stage, mass]),
    });
    return [plain(picture), plain(told)];
  });
  assert.deepEqual(shown, told);
}

/** @param {Page} page @returns {Promise<number>} */
function vocabSize(page) {
  return page.evaluate(() => /** @type {any} */ (document.querySelector("logit-lab")).store.state.run.vocab.length);
}

/** @param {number[]} times */
function summary(times) {
  const sorted = times.toSorted((a, b) => a - b);
  const at = (/** @type {number} */ share) => Math.round(10 * sorted[Math.ceil(share * sorted.length) - 1]) / 10;
  return { n: times.length, median_ms: at(0.5), p95_ms: at(0.95), most_ms: at(1) };
}
