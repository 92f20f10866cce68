/** What the tests of the examples share: a folder to build in, a server for it, and a page that is watched. */
import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { cp, mkdir, readFile, rm } from "node:fs/promises";
import { createServer } from "node:http";
import { extname, join, normalize } from "node:path";
import { after } from "node:test";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { launchChromium } from "../e2e/browser.js";

export const root = fileURLToPath(new URL("../../..", import.meta.url));

/** The files of the package that a page needs. */
const FILES = ["logit-lab.js", "logit-lab-views.js", "worker.js", "logitlab_bg.wasm"];

/** @type {Record<string, string>} */
const TYPES = {
  ".html": "text/html",
  ".js": "text/javascript",
  ".mjs": "text/javascript",
  ".css": "text/css",
  ".json": "application/json",
  ".wasm": "application/wasm",
  ".svg": "image/svg+xml",
  ".png": "image/png",
};

/** How long a page may take for anything, in milliseconds. */
export const PATIENCE_MS = 60_000;

/** @type {(() => unknown)[]} */
const closing = [];
after(async () => {
  for (const close of closing.reverse()) await close();
});

const run = promisify(execFile);

/**
 * Runs a tool; its output is in the error if it fails.
 * @param {string} command
 * @param {string[]} args
 * @param {string} cwd
 * @param {Record<string, string>} [env]
 */
export async function tool(command, args, cwd, env) {
  try {
    await run(command, args, { cwd, maxBuffer: 1 << 26, env: { ...process.env, CI: "1", ...env } });
  } catch (error) {
    const { stdout = "", stderr = "" } = /** @type {any} */ (error);
    assert.fail(`${command} ${args.join(" ")} failed:\n${stdout.slice(-2000)}\n${stderr.slice(-2000)}`);
  }
}

/**
 * A fresh copy of an example. What its tool has installed there stays from one run to the next.
 * @param {string} name
 */
export async function copyOf(name) {
  const directory = `${root}/target/examples/${name}`;
  await mkdir(directory, { recursive: true });
  await cp(`${root}/examples/${name}`, directory, { recursive: true });
  return directory;
}

/** Puts the files of the package where the example wants them. @param {string} directory */
export async function putPackage(directory) {
  await mkdir(directory, { recursive: true });
  for (const file of FILES) await cp(`${root}/dist/npm/${file}`, join(directory, file));
}

/** @param {string} directory */
export async function putSite(directory) {
  await rm(directory, { recursive: true, force: true });
  await cp(`${root}/dist/site`, directory, { recursive: true });
}

/** Serves a folder, to any origin. @param {string} directory @returns {Promise<string>} its address */
export async function serve(directory) {
  const server = createServer(async (request, response) => {
    const path = normalize(decodeURIComponent(new URL(request.url ?? "/", "http://localhost").pathname));
    for (const file of [path, join(path, "index.html")]) {
      try {
        const bytes = await readFile(join(directory, file));
        const type = TYPES[extname(file)] ?? "application/octet-stream";
        response.writeHead(200, { "content-type": type, "access-control-allow-origin": "*" }).end(bytes);
        return;
      } catch {
        // a folder, or nothing
      }
    }
    // A page without an icon of its own is no trouble.
    response.writeHead(path === "/favicon.ico" ? 204 : 404).end();
  });
  await new Promise((resolve) => server.listen(0, "127.0.0.1", () => resolve(null)));
  closing.push(() => server.close());
  return `http://127.0.0.1:${/** @type {import("node:net").AddressInfo} */ (server.address()).port}/`;
}

/** @type {ReturnType<typeof launchChromium> | null} */
let launched = null;

/**
 * A page that notes every error, and every request that leaves its server.
 * @param {string} address
 * @param {RegExp[]} [expected] troubles that are the host's own
 */
export async function watchedPage(address, expected = []) {
  launched ??= launchChromium();
  const browser = await launched;
  if (!closing.includes(closeBrowser)) closing.push(closeBrowser);
  const page = await browser.newPage({ viewport: { width: 1280, height: 900 } });
  /** @type {string[]} */
  const troubles = [];
  page.on("pageerror", (error) => troubles.push(`page error: ${error.message}`));
  page.on("console", (message) => {
    if (message.type() === "error") troubles.push(`console: ${message.text()}`);
  });
  page.on("request", (request) => {
    const { protocol, origin } = new URL(request.url());
    if (protocol.startsWith("http") && origin !== new URL(address).origin) troubles.push(`request to ${request.url()}`);
  });
  await page.goto(address);
  const isCalm = () =>
    assert.deepEqual(
      troubles.filter((trouble) => !expected.some((pattern) => pattern.test(trouble))),
      [],
    );
  return { page, isCalm };
}

async function closeBrowser() {
  await (await launched)?.close();
}

/**
 * Waits for the first text of a lab.
 * @param {import("playwright-core").Locator} lab
 */
export async function hasText(lab) {
  await lab.locator(".token[data-index]").nth(79).waitFor({ timeout: PATIENCE_MS });
}

/** Waits for the distribution of a lab that shows nothing else. @param {import("playwright-core").Locator} lab */
export async function hasDistribution(lab) {
  await lab.locator(".distribution tbody tr").nth(5).waitFor({ timeout: PATIENCE_MS });
}

/**
 * Waits until a page has so many workers.
 * @param {import("playwright-core").Page} page
 * @param {number} n
 */
export async function nWorkers(page, n) {
  const end = Date.now() + PATIENCE_MS;
  while (page.workers().length !== n && Date.now() < end) await new Promise((resolve) => setTimeout(resolve, 40));
  assert.equal(page.workers().length, n, "workers");
}

/**
 * Leaves the page with the lab by a link, and comes back.
 * @param {import("playwright-core").Page} page
 * @param {string} away name of the link that leads away
 * @param {string} back
 */
export async function leaveAndReturn(page, away, back) {
  const lab = page.locator("logit-lab");
  await hasText(lab);
  await nWorkers(page, 1);
  const mark = () => page.evaluate(() => /** @type {any} */ (globalThis).mark);
  await page.evaluate(() => {
    /** @type {any} */ (globalThis).mark = "the same document";
  });
  await page.getByRole("link", { name: away }).first().click();
  await lab.waitFor({ state: "detached", timeout: PATIENCE_MS });
  await nWorkers(page, 0);
  await page.getByRole("link", { name: back }).first().click();
  await hasText(lab);
  assert.equal(await mark(), "the same document", "nothing was loaded again");
}
