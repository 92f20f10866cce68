/** The README's embed examples, word for word: a course page on one origin, the three files of the package on another. */
import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { createServer } from "node:http";
import { after, before, test } from "node:test";
import { launchChromium } from "./browser.js";
import { count } from "./compare.js";

const root = new URL("../../../", import.meta.url);
const TYPES = { js: "text/javascript", wasm: "application/wasm" };

/** The html blocks of the README's chapter, without the one that imports the library. */
const readme = await readFile(new URL("README.md", root), "utf8");
const [, chapter = ""] = readme.split("\n## Embed it\n");
const [twoLines, withAttributes] = [...chapter.matchAll(/```html\n(.*?)```/gs)].map(([, html]) => html);

/** @type {import("playwright-core").Browser} */
let browser;
/** @type {string} where the package is served */
let files;
/** @type {string} where the course page is */
let course;
/** @type {import("node:http").Server[]} */
const servers = [];

/** @param {import("node:http").RequestListener} listener @returns {Promise<string>} */
async function serve(listener) {
  const server = createServer(listener);
  servers.push(server);
  await new Promise((resolve) => server.listen(0, "127.0.0.1", () => resolve(undefined)));
  return `http://127.0.0.1:${/** @type {import("node:net").AddressInfo} */ (server.address()).port}`;
}

before(async () => {
  files = await serve(async ({ url = "" }, response) => {
    const name = url.slice(1);
    const type = TYPES[/** @type {keyof typeof TYPES} */ (name.split(".").at(-1))];
    const bytes = ["logit-lab.js", "logit-lab-views.js", "worker.js", "logitlab_bg.wasm"].includes(name)
      ? await readFile(new URL(`dist/npm/${name}`, root))
      : null;
    response.writeHead(bytes ? 200 : 404, { "access-control-allow-origin": "*", "content-type": type ?? "text/plain" });
    response.end(bytes);
  });
  course = await serve((_, response) => {
    const html = `${twoLines}${withAttributes}`.replaceAll("https://example.org", files);
    response.writeHead(200, { "content-type": "text/html; charset=utf-8" });
    response.end(`<!doctype html><html lang="en"><title>A lesson</title><link rel="icon" href="data:,">${html}</html>`);
  });
  browser = await launchChromium();
});

after(async () => {
  await browser?.close();
  for (const server of servers) server.close();
});

test("two lines in a course page give a lab that generates, in a worker, from another origin", async () => {
  const page = await browser.newPage();
  /** @type {string[]} */
  const troubles = [];
  page.on("pageerror", (error) => troubles.push(error.message));
  page.on("console", (message) => {
    if (message.type() === "error") troubles.push(message.text());
  });
  await page.goto(course);
  const [plain, set] = [page.locator("logit-lab").nth(0), page.locator("logit-lab").nth(1)];
  for (const lab of [plain, set]) {
    await lab.locator("[data-index]").nth(79).waitFor();
    assert.equal(await lab.locator("[data-backend]").getAttribute("data-thread"), "worker");
  }
  assert.match((await set.locator("[data-used]").textContent()) ?? "", /temperature = 1\.4, top_p = 0\.95.*seed 3/);
  assert.match((await set.locator(".tokens").textContent()) ?? "", /^\s*once/);
  assert.deepEqual(troubles, []);
  count("cpu", "no adapter", "embedded labs", 2);
});
