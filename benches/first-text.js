// How long the built page takes to its first text on a slow line and a slow machine, and how much moves on the way there: Chromium with 10 Mbit/s,
// 40 ms latency and a page slowed down four times, nothing cached. One JSON line per width: medians, and every time. Given a URL it opens that;
// given a folder it serves that, compressed and cached as a host would; otherwise it builds the site and serves dist/site.
import assert from "node:assert/strict";
import { existsSync, readFileSync, statSync } from "node:fs";
import { createServer } from "node:http";
import { extname, join, normalize } from "node:path";
import { brotliCompressSync } from "node:zlib";
import { chromium } from "playwright-core";
import { needChromium } from "../scripts/lib/need.js";
import { root, run } from "../scripts/lib/run.js";

const ROUNDS = 5;
const LINE = { offline: false, latency: 40, downloadThroughput: 10e6 / 8, uploadThroughput: 10e6 / 8 };
const SLOWER = 4;
/** Layout shifts count until the text is there and nothing has moved for this long, in milliseconds. */
const STILL_MS = 1500;
const VIEWPORTS = [
  { width: 1280, height: 800 },
  { width: 360, height: 740 },
];

/** @typedef {{ text_ms: number, words_ms: number, shift: number, text: string }} Round */

/** A new token, wherever it stands: in the element's shadow root, or in one within it. */
const TOKEN = "[data-index]";

const TYPES = {
  ".html": "text/html; charset=utf-8",
  ".js": "text/javascript",
  ".css": "text/css",
  ".wasm": "application/wasm",
};

const executablePath = await needChromium();
const given = process.argv[2];
const isUrl = given !== undefined && /^https?:/.test(given);
if (given === undefined) await run("node", ["scripts/build.js"], { stdout: 2 });
const server = isUrl ? null : serve(given ?? `${root}/dist/site`);
const url = isUrl ? given : await listening(/** @type {import("node:http").Server} */ (server));
const browser = await chromium.launch({
  executablePath,
  args: [
    "--no-sandbox",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
  ],
});
// Once uncounted: the server compresses its files, the browser finds its fonts.
await open(VIEWPORTS[0]);
for (const viewport of VIEWPORTS) {
  /** @type {Round[]} */
  const rounds = [];
  for (let round = 0; round < ROUNDS; round += 1) rounds.push(await open(viewport));
  assert.equal(new Set(rounds.map(({ text }) => text)).size, 1, "the first text is the same every time");
  const median = (/** @type {"text_ms" | "words_ms" | "shift"} */ name) =>
    rounds.map((round) => round[name]).sort((a, b) => a - b)[ROUNDS >> 1];
  console.log(
    JSON.stringify({
      width: viewport.width,
      words_ms: median("words_ms"),
      text_ms: median("text_ms"),
      shift: median("shift"),
      n: ROUNDS,
      text_ms_all: rounds.map(({ text_ms }) => text_ms),
    }),
  );
}
await browser.close();
server?.close();

/** Serves a folder, each file compressed once. @param {string} folder */
function serve(folder) {
  /** @type {Map<string, Buffer>} */
  const compressed = new Map();
  return createServer(({ url = "/" }, response) => {
    const path = normalize(new URL(url, "http://x").pathname);
    const file = join(folder, path.endsWith("/") ? `${path}index.html` : path);
    if (!existsSync(file) || !statSync(file).isFile()) return response.writeHead(404).end();
    const body = compressed.get(file) ?? brotliCompressSync(readFileSync(file));
    compressed.set(file, body);
    const type = TYPES[/** @type {keyof typeof TYPES} */ (extname(file))] ?? "application/octet-stream";
    response.writeHead(200, {
      "content-type": type,
      "content-encoding": "br",
      "content-length": body.length,
      "cache-control": "max-age=600",
    });
    response.end(body);
  });
}

/** @param {import("node:http").Server} server @returns {Promise<string>} its address */
async function listening(server) {
  await new Promise((resolve) => server.listen(0, "127.0.0.1", () => resolve(undefined)));
  return `http://127.0.0.1:${/** @type {import("node:net").AddressInfo} */ (server.address()).port}/`;
}

/** Slows the line down, of the page and of its workers, and the page's own thread. @param {import("playwright-core").CDPSession} session */
async function slowDown(session) {
  await session.send("Network.enable");
  await session.send("Network.setCacheDisabled", { cacheDisabled: true });
  await session.send("Network.emulateNetworkConditions", LINE);
  await session.send("Emulation.setCPUThrottlingRate", { rate: SLOWER });
}

/** @param {{ width: number, height: number }} viewport @returns {Promise<Round>} */
async function open(viewport) {
  const context = await browser.newContext({ viewport });
  const page = await context.newPage();
  const session = await context.newCDPSession(page);
  await slowDown(session);
  await page.addInitScript(watch, TOKEN);
  await page.goto(url);
  await page.waitForFunction((still_ms) => {
    const { text_ms, moved_ms } = /** @type {any} */ (globalThis).seen;
    return text_ms && performance.now() - Math.max(text_ms, moved_ms) > still_ms;
  }, STILL_MS);
  const { words_ms, text_ms, shift, text } = await page.evaluate(() => /** @type {any} */ (globalThis).seen);
  await context.close();
  return { words_ms, text_ms: Math.round(text_ms), shift, text };
}

/**
 * Notes when the first words are painted, when the first new token can be seen in the lab, and what moves; runs before the page's own scripts.
 * @param {string} what a token is
 */
function watch(what) {
  const seen = { words_ms: 0, text_ms: 0, moved_ms: 0, shift: 0, text: "" };
  Object.assign(globalThis, { seen });
  new PerformanceObserver((list) => {
    for (const { value, hadRecentInput } of /** @type {any[]} */ (list.getEntries())) {
      if (hadRecentInput) continue;
      seen.shift += value;
      seen.moved_ms = performance.now();
    }
  }).observe({ type: "layout-shift", buffered: true });
  new PerformanceObserver((list) => {
    for (const { name, startTime } of list.getEntries())
      if (name === "first-contentful-paint") seen.words_ms = Math.round(startTime);
  }).observe({ type: "paint", buffered: true });
  /** @param {ParentNode} root @returns {Element | undefined} */
  const tokenIn = (root) => {
    for (const token of root.querySelectorAll(what))
      if (token.textContent !== "" && token.getClientRects().length > 0) return token;
    for (const element of root.querySelectorAll("*")) {
      const token = element.shadowRoot && tokenIn(element.shadowRoot);
      if (token) return token;
    }
    return undefined;
  };
  const look = () => {
    const lab = document.querySelector("logit-lab");
    const token = lab?.shadowRoot && tokenIn(lab.shadowRoot);
    if (!token) return requestAnimationFrame(look);
    seen.text = token.textContent ?? "";
    // The frame after this one has been painted.
    requestAnimationFrame(() => {
      seen.text_ms = performance.now();
    });
  };
  requestAnimationFrame(look);
}
