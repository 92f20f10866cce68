// npm run screens: photographs every view of the built site, on a desk, in a column and on a phone, light and dark, into docs/screens/.
// SITE=dist/site takes a site that is built already.
import { mkdir, rm, writeFile } from "node:fs/promises";
import { resolve } from "node:path";
import { chromium } from "playwright-core";
import { preview } from "vite";
import { command } from "./lib/command.js";
import { needChromium, needPackages } from "./lib/need.js";
import { root, run } from "./lib/run.js";

/** @typedef {import("playwright-core").Page} Page */
/** @typedef {{ page?: string, ready: string, first?: (page: Page) => Promise<unknown>, top?: string }} View */

/** Measuring by length takes its time on a GPU in software. */
const PATIENCE_MS = 300_000;

const PLACE = `${root}/docs/screens`;

const DEVICES = {
  desktop: { viewport: { width: 1280, height: 960 }, deviceScaleFactor: 1 },
  column: { viewport: { width: 680, height: 960 }, deviceScaleFactor: 1 },
  phone: { viewport: { width: 390, height: 844 }, deviceScaleFactor: 2 },
};

const LOOKS = /** @type {const} */ (["light", "dark"]);

/** The pattern of the lesson. */
const PATTERN = "(the|a) (old|young) (man|woman) (sat|ran)\\.";

/** @param {string} name */
const tab = (name) => (/** @type {Page} */ page) => page.getByRole("tab", { name }).click();

/** @param {string} name */
const button = (name) => (/** @type {Page} */ page) => page.getByRole("button", { name }).click();

/** What is photographed: where, what is done first, what has to be there, and what is brought to the upper edge. @type {Record<string, View>} */
const VIEWS = {
  play: { ready: ".numbers" },
  stages: { first: tab("Stages in numbers"), ready: ".rules tbody tr", top: "[role=tablist]" },
  tokens: { first: tab("All tokens"), ready: ".all-tokens", top: "[role=tablist]" },
  draws: { first: tab("Many draws"), ready: '.fit:has-text("p =")', top: "[role=tablist]" },
  compare: { first: tab("Compare settings"), ready: ".contender-text .token", top: "[role=tablist]" },
  gpt: {
    first: async (page) => {
      await page.locator("[data-model=gpt] [role=radio]").click();
      await button("Details")(page);
      await page.locator("[data-gpt-about]").waitFor({ state: "attached", timeout: PATIENCE_MS });
      await page.locator("[data-part=gpt-about] > summary").click();
    },
    ready: ".status:has-text('drawn with seed')",
    top: ".models",
  },
  models: {
    first: async (page) => {
      await tab("Compare settings")(page);
      await button("Models")(page);
    },
    ready: "[data-contestant=gpt] .token",
    top: "[role=tablist]",
  },
  timings: {
    first: async (page) => {
      await tab("Timings")(page);
      await button("Time the stages")(page);
      await page.locator("table.histogram").waitFor();
      await button("Measure")(page);
    },
    ready: 'role=button[name="Measure again"][disabled=false]',
    top: "[role=tablist]",
  },
  share: {
    first: async (page) => {
      await tab("Share")(page);
      await page.locator("summary", { hasText: /^\s*PyTorch/ }).click();
    },
    ready: "#code-pytorch",
    top: "[role=tablist]",
  },
  more: {
    first: async (page) => {
      await page.locator("details.more > summary").click();
      for (const group of ["tokens", "repetition"])
        await page.locator(`details[data-group=${group}] > summary`).click();
    },
    ready: "#logit_bias",
    top: "details.more",
  },
  constraint: { page: `#v=1&model=counted&seed=7&constraint=${encodeURIComponent(PATTERN)}`, ready: ".numbers" },
  tour: { first: (page) => page.locator("#tour").click(), ready: ".tour" },
  lesson: { page: "lesson.html", ready: "[data-cell=setup] .found tbody tr" },
  "lesson-cell": {
    page: "lesson.html",
    first: (page) => page.locator("#softmax").scrollIntoViewIfNeeded(),
    ready: "[data-cell=softmax] .found tbody tr",
    top: "#softmax",
  },
  "lesson-beyond": {
    page: "lesson.html",
    first: (page) => page.locator("[data-cell=entropy]").scrollIntoViewIfNeeded(),
    ready: "[data-cell=entropy] .found tbody tr",
    top: "#beyond",
  },
  "lesson-kv-cache": {
    page: "lesson.html",
    first: async (page) => {
      await page.locator("#kv-cache").scrollIntoViewIfNeeded();
      await page.locator("[data-cell=kv-cache] button.primary").click();
    },
    ready: "[data-cell=kv-cache] .found .plot",
    top: "#kv-cache",
  },
};

await command(async () => {
  await needPackages();
  const executablePath = await needChromium();
  if (!process.env.SITE) await run("node", ["scripts/build.js"]);
  await rm(PLACE, { recursive: true, force: true });
  await mkdir(PLACE, { recursive: true });
  const server = await preview({
    configFile: `${root}/vite.config.js`,
    logLevel: "error",
    build: { outDir: resolve(process.env.SITE ?? `${root}/dist/site`) },
    preview: { host: "127.0.0.1", port: 0, open: false },
  });
  const browser = await chromium.launch({ executablePath, args: ["--no-sandbox"] });
  try {
    for (const [device, size] of Object.entries(DEVICES))
      for (const colorScheme of LOOKS) {
        const context = await browser.newContext({ ...size, colorScheme, reducedMotion: "reduce" });
        for (const [name, view] of Object.entries(VIEWS))
          await photograph(await context.newPage(), server.resolvedUrls?.local[0] ?? "", view, {
            path: `${PLACE}/${name}-${device}-${colorScheme}.webp`,
            fullPage: device !== "phone" && view.top?.startsWith("[") === true,
          });
        await context.close();
      }
  } finally {
    await browser.close();
    await server.close();
  }
});

/**
 * @param {Page} page
 * @param {string} site
 * @param {View} view
 * @param {{ path: string, fullPage: boolean }} shot  a whole page needs no scrolling
 */
async function photograph(page, site, { page: address = "", first, ready, top }, shot) {
  await page.goto(site + address);
  // The site begins with the counted bigram, and goes on with the tiny GPT.
  if (!address) {
    await page.locator("[data-model=gpt] [role=radio][aria-checked=true]").waitFor({ timeout: PATIENCE_MS });
    await page.locator("logit-lab [aria-busy=false] .tokens, logit-lab .text[aria-busy=false]").first().waitFor();
    await page.locator("logit-lab .numbers").first().waitFor();
  }
  await first?.(page);
  await page.locator(ready).first().waitFor({ timeout: PATIENCE_MS });
  if (top && !shot.fullPage)
    await page
      .locator(top)
      .first()
      .evaluate((element) => element.scrollIntoView());
  const png = await page.screenshot({ fullPage: shot.fullPage, animations: "disabled" });
  const webp = await page.evaluate(smaller, png.toString("base64"));
  await writeFile(shot.path, Buffer.from(webp, "base64"));
  console.log(`${shot.path}: ${Math.round((webp.length * 3) / 4096)} KB`);
  await page.close();
}

/** The same picture as WebP, made by the browser. @param {string} png base64 @returns {Promise<string>} base64 */
async function smaller(png) {
  const picture = await createImageBitmap(await (await fetch(`data:image/png;base64,${png}`)).blob());
  const canvas = new OffscreenCanvas(picture.width, picture.height);
  canvas.getContext("2d")?.drawImage(picture, 0, 0);
  const webp = await canvas.convertToBlob({ type: "image/webp", quality: 0.85 });
  const bytes = new Uint8Array(await webp.arrayBuffer());
  return btoa(Array.from(bytes, (byte) => String.fromCharCode(byte)).join(""));
}
