/** The examples of docs/embed.md, word for word: a course page on one origin, the files of the package on another. */
import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { createServer } from "node:http";
import { after, before, test } from "node:test";
import { launchChromium } from "./browser.js";
import { count } from "./compare.js";

const root = new URL("../../../", import.meta.url);
const TYPES = {
  js: "text/javascript",
  wasm: "application/wasm",
  css: "text/css",
  safetensors: "application/octet-stream",
};

/** What every lab needs, and what only some do. */
const ALWAYS = ["logit-lab.css", "logit-lab.js", "logit-lab-views.js", "worker.js", "logitlab_bg.wasm"];
const SOMETIMES = [
  "logit-lab-local.js",
  "logit-lab-de.js",
  "logit-lab-es.js",
  "logit-lab-gpt.js",
  "logitlab_bpe_bg.wasm",
  "logitlab_bpe.js",
  "logitlab_grammar_bg.wasm",
  "logitlab_grammar.js",
  "logitlab_chat_bg.wasm",
  "logitlab_chat.js",
  "prose.safetensors",
];

/** The html blocks of the chapter. */
const chapter = await readFile(new URL("docs/embed.md", root), "utf8");
const [twoLines, room, withAttributes] = [...chapter.matchAll(/```html\n(.*?)```/gs)].map(([, html]) => html);

/** Policies of the course page, by its address: one without workers, the one that the chapter says, and that one without a part. */
const POLICIES = {
  "/no-workers": "worker-src 'none'",
  "/policy": "script-src FILES 'wasm-unsafe-eval'; connect-src FILES; worker-src FILES blob:",
  "/policy-less":
    "default-src 'self'; style-src FILES; script-src FILES 'wasm-unsafe-eval'; img-src data:; worker-src blob:",
};

/** @type {import("playwright-core").Browser} */
let browser;
/** @type {string} where the package is served */
let files;
/** @type {string} where the course page is */
let course;
/** The files that were asked for. @type {string[]} */
const asked = [];
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
    asked.push(name);
    const type = TYPES[/** @type {keyof typeof TYPES} */ (name.split(".").at(-1))];
    const bytes = [...ALWAYS, ...SOMETIMES].includes(name) ? await readFile(new URL(`dist/npm/${name}`, root)) : null;
    response.writeHead(bytes ? 200 : 404, { "access-control-allow-origin": "*", "content-type": type ?? "text/plain" });
    response.end(bytes);
  });
  course = await serve(({ url }, response) => {
    const html = `${room}${twoLines}${withAttributes}`.replaceAll("https://example.org", files);
    const policy = POLICIES[/** @type {keyof typeof POLICIES} */ (url)]?.replaceAll("FILES", files);
    const header = policy ? { "content-security-policy": policy } : {};
    response.writeHead(200, { "content-type": "text/html; charset=utf-8", ...header });
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
    await lab.scrollIntoViewIfNeeded();
    await lab.locator("[data-index]").nth(79).waitFor();
    assert.equal(await lab.locator("[data-backend]").getAttribute("data-thread"), "worker");
  }
  assert.match((await set.locator("[data-used]").textContent()) ?? "", /temperature = 1\.4, top_p = 0\.95.*seed 3/);
  assert.match((await set.locator(".tokens").textContent()) ?? "", /^\s*once/);
  assert.deepEqual(troubles, []);
  assert.deepEqual([...new Set(asked)].sort(), [...ALWAYS].sort(), "and nothing else is asked for");
  count("cpu", "no adapter", "embedded labs", 2);
  await page.close();
});

test("where there are no workers one file more comes, and the text is the same", async () => {
  const page = await browser.newPage();
  /** @type {(string | null)[]} */
  const texts = [];
  for (const [path, thread] of [
    ["", "worker"],
    ["/no-workers", "here"],
  ]) {
    await page.goto(course + path);
    const lab = page.locator("logit-lab").nth(1);
    await lab.scrollIntoViewIfNeeded();
    await lab.locator("[data-index]").nth(79).waitFor();
    assert.equal(await lab.locator("[data-backend]").getAttribute("data-thread"), thread);
    texts.push(await lab.locator(".tokens").textContent());
  }
  assert.equal(texts[0], texts[1]);
  assert.ok(asked.includes("logit-lab-local.js"));
  count("cpu", "no adapter", "embedded labs", 2);
  await page.close();
});

test("the policy that the chapter says is enough for files from another origin, and what it lacks is named", async () => {
  assert.match(
    chapter.replaceAll("\n", " "),
    /needs `'wasm-unsafe-eval'` and the files' server in `script-src`, that server in `connect-src`, .* and that server and `blob:` in `worker-src`/,
  );
  const page = await browser.newPage();
  /** @type {string[]} */
  const troubles = [];
  page.on("console", (message) => message.type() === "error" && troubles.push(message.text()));
  const lab = page.locator("logit-lab").first();
  await page.goto(`${course}/policy`);
  await lab.locator("[data-index]").nth(79).waitFor();
  assert.deepEqual(troubles, []);
  assert.equal(await lab.locator("[data-backend]").getAttribute("data-thread"), "worker");
  await page.goto(`${course}/policy-less`);
  const said = await lab.locator(".page-problem").textContent();
  assert.match(said ?? "", new RegExp(`its connect-src needs ${files};`));
  count("cpu", "no adapter", "embedded labs", 2);
  await page.close();
});

/** The most that a page may move when the lab comes, from its first paint on, as the browser counts it: 0.1 is what is still called good. */
const MOST_SHIFT = 0.06;

test("the room that is kept before the script comes is the room that the lab takes, on a phone", async () => {
  const page = await browser.newPage({ viewport: { width: 412, height: 800 } });
  await page.addInitScript(() => {
    const seen = /** @type {any} */ (globalThis);
    seen.shift = 0;
    new PerformanceObserver((list) => {
      for (const entry of list.getEntries()) seen.shift += Reflect.get(entry, "value");
    }).observe({ type: "layout-shift", buffered: true });
  });
  /** @type {() => void} */
  let letGo = () => {};
  const gate = new Promise((resolve) => {
    letGo = () => resolve(undefined);
  });
  await page.route("**/logit-lab.js", async (route) => {
    await gate;
    await route.continue();
  });
  await page.goto(course, { waitUntil: "commit" });
  const heights = () =>
    page.locator("logit-lab").evaluateAll((labs) => labs.map((lab) => Math.round(lab.getBoundingClientRect().height)));
  await page.waitForFunction(() => {
    const labs = [...document.querySelectorAll("logit-lab:not(:defined)")];
    return labs.length === 2 && labs.every((lab) => lab.getBoundingClientRect().height > 1000);
  });
  const kept = await heights();
  await page.waitForTimeout(300); // a page that is looked at for a while
  letGo();
  await page.locator("logit-lab").first().locator("[data-index]").nth(79).waitFor();
  await page.locator("logit-lab .lab:not([data-waiting])").first().waitFor();
  await page.waitForTimeout(500); // what a part still fetches
  const shift = await page.evaluate(() => /** @type {any} */ (globalThis).shift);
  assert.ok(shift <= MOST_SHIFT, `shift ${shift}`);
  const [first] = await heights();
  assert.ok(Math.abs(first - kept[0]) <= 40, `${first} px where ${kept[0]} were kept`);
  count("cpu", "no adapter", "embedded labs", 2);
  await page.close();
});

test("neither the address nor the storage of the host is touched, and nothing is asked for after load", async () => {
  const page = await browser.newPage();
  const views = page.waitForResponse(/logit-lab-views/); // the last part to come, after the first text
  await page.goto(course);
  const lab = page.locator("logit-lab").first();
  await lab.locator("[data-index]").nth(79).waitFor();
  await views;
  /** @type {string[]} */
  const requests = [];
  page.on("request", (request) => requests.push(request.url()));
  await lab.getByLabel("Prompt", { exact: true }).fill("secret ");
  await lab.getByRole("button", { name: "New seed", exact: true }).click();
  await lab.locator(".tokens").filter({ hasText: "secret" }).waitFor();
  await page.waitForTimeout(1000); // the lab's own page writes its address after less
  assert.deepEqual(requests, []);
  assert.equal(page.url(), `${course}/`);
  assert.deepEqual(
    await page.evaluate(() => [localStorage.length, sessionStorage.length, document.cookie, history.length]),
    [0, 0, "", 2],
  );
  count("cpu", "no adapter", "embedded labs");
  await page.close();
});

test("a GPT comes with what shows it, once it is asked for", async () => {
  asked.length = 0;
  const page = await browser.newPage();
  await page.goto(course);
  const lab = page.locator("logit-lab").first();
  await lab.locator("[data-index]").nth(79).waitFor();
  const before = (await lab.locator(".tokens").textContent()) ?? "";
  assert.ok(!asked.includes("logit-lab-gpt.js") && !asked.includes("prose.safetensors"));
  await lab.getByRole("radio", { name: /Tiny GPT/ }).click();
  await lab.locator(".tokens").filter({ hasNotText: before }).waitFor();
  assert.ok(asked.includes("logit-lab-gpt.js") && asked.includes("prose.safetensors"));
  count("cpu", "no adapter", "embedded labs");
  await page.close();
});
