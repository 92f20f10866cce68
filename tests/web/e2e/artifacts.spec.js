/** What course sites take home: the page in one file, the anywidget, the frame, and the lists of files. */
import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { createServer } from "node:http";
import { tmpdir } from "node:os";
import { after, before, test } from "node:test";
import { fileURLToPath, pathToFileURL } from "node:url";
import { preview } from "vite";
import { launchChromium } from "./browser.js";
import { count } from "./compare.js";

const npm = new URL("../../../dist/npm/", import.meta.url);

/** @type {import("playwright-core").Browser} */
let browser;
/** What is to be closed in the end. @type {(() => unknown)[]} */
const closers = [];

before(async () => {
  browser = await launchChromium();
});

after(async () => {
  await browser?.close();
  for (const close of closers) await close();
});

/**
 * A page that notes its troubles and may not leave `allowed`.
 * @param {RegExp} allowed
 */
async function pageWithin(allowed) {
  const page = await browser.newPage();
  /** @type {string[]} */
  const troubles = [];
  page.on("pageerror", (error) => troubles.push(error.message));
  page.on("request", (request) => {
    if (!allowed.test(request.url())) troubles.push(`asked for ${request.url().slice(0, 100)}`);
  });
  return { page, troubles };
}

/** @param {import("playwright-core").Page | import("playwright-core").Frame} page */
async function generated(page) {
  const status = page.locator("logit-lab [role=status]", { hasText: "80 tokens drawn with seed 7." });
  await status.waitFor();
  // Until the first token is explained, the reserved height counts, which may be a pixel more.
  await page.locator("logit-lab .lab:not([data-waiting])").waitFor();
  return page.locator("logit-lab").evaluate((element) => {
    const { run } = /** @type {any} */ (element).store.state;
    return run.tokens.map((/** @type {number} */ id) => run.vocab[id]).join("");
  });
}

/** The text of the lab as it starts, wherever it starts. @type {string} */
let startText;

test("the page in one file works from a disk, without a server and without a net", async () => {
  const directory = await mkdtemp(`${tmpdir()}/logit-lab-`);
  closers.push(() => rm(directory, { recursive: true }));
  const file = `${directory}/lab.html`;
  await writeFile(file, await readFile(new URL("standalone.html", npm)));
  const { page, troubles } = await pageWithin(/^(file|data|blob):/);
  // A link to the lesson's model: without one the page begins with a story.
  await page.goto(`${pathToFileURL(file).href}#v=1&model=notebook`);
  startText = await generated(page);
  assert.equal(startText.length, 80);
  await takesOnesOwn(page);
  assert.deepEqual(troubles, []);
  await page.close();
  count("cpu", "no adapter", "artifacts");
});

/** There is no room for our GPT in one file, but a reader's own is taken. @param {import("playwright-core").Page} page */
async function takesOnesOwn(page) {
  await page.getByRole("radio", { name: /^Your own/ }).click();
  await page.locator('[id="model.kind"]').selectOption("own-gpt");
  await page.getByLabel("Attention heads").fill("4");
  await page.getByLabel("Attention heads").press("Tab");
  const weights = await readFile("tests/golden/courses/build_nanogpt.safetensors");
  const vocab = JSON.stringify([..." abcdefghijklmnopqrstuvwxyz"]);
  await page.getByLabel("Files", { exact: true }).setInputFiles([
    { name: "model.safetensors", mimeType: "application/octet-stream", buffer: weights },
    { name: "vocab.json", mimeType: "application/json", buffer: Buffer.from(vocab) },
  ]);
  await page.locator("[data-gpt-told]", { hasText: "GELU, exact" }).waitFor();
  await page.locator("logit-lab .model", { hasText: "Vocabulary: 27 tokens" }).waitFor();
}

test("the anywidget draws in a notebook's cell from a blob, follows its model and tells it the text", async () => {
  const code = await readFile(new URL("anywidget.mjs", npm), "utf8");
  const server = createServer((_, response) => {
    response.writeHead(200, { "content-type": "text/html; charset=utf-8" });
    response.end(
      `<!doctype html><html lang="en"><title>A notebook</title><link rel="icon" href="data:,"><main></main></html>`,
    );
  });
  await new Promise((resolve) => server.listen(0, "127.0.0.1", () => resolve(undefined)));
  closers.push(() => server.close());
  const { port } = /** @type {import("node:net").AddressInfo} */ (server.address());
  const { page, troubles } = await pageWithin(new RegExp(`^(data|blob):|^http://127.0.0.1:${port}/$`));
  await page.goto(`http://127.0.0.1:${port}/`);
  const outcome = await page.evaluate(async (code) => {
    const address = URL.createObjectURL(new Blob([code], { type: "text/javascript" }));
    const { default: widget } = await import(address);
    /** @type {Map<string, any>} */
    const values = new Map(
      Object.entries({ prompt: "once ", temperature: 1.2, seed: 3, view: "distribution", controls: ["temperature"] }),
    );
    /** @type {Map<string, () => void>} */
    const listeners = new Map();
    const model = {
      get: (/** @type {string} */ name) => values.get(name),
      set: (/** @type {string} */ name, /** @type {any} */ value) => values.set(name, value),
      save_changes: () => {},
      on: (/** @type {string} */ event, /** @type {() => void} */ listen) => listeners.set(event, listen),
      off: (/** @type {string} */ event) => listeners.delete(event),
    };
    const el = /** @type {HTMLElement} */ (document.querySelector("main"));
    const remove = widget.render({ model, el });
    const until = async (/** @type {() => unknown} */ check) => {
      const end = performance.now() + 30_000;
      while (!check()) {
        if (performance.now() > end)
          throw new Error(`not so: ${check}: ${JSON.stringify(result())} ${root().textContent}`);
        await new Promise((resolve) => setTimeout(resolve, 20));
      }
    };
    const result = () => values.get("result");
    const change = (/** @type {string} */ name, /** @type {unknown} */ value) => {
      values.set(name, value);
      listeners.get(`change:${name}`)?.();
    };
    const root = () => /** @type {ShadowRoot} */ (el.querySelector("logit-lab")?.shadowRoot);
    const isThere = (/** @type {string} */ part) => root().querySelector(part) !== null;
    await until(() => result() && values.get("selected"));
    const [first, selected] = [result(), values.get("selected")];
    await until(() => isThere(".distribution"));
    const parts = [".distribution", "#prompt", ".tabs"].filter(isThere);
    change("seed", JSON.parse("6687881544318117707"));
    await until(() => /rounded/.test(root().textContent ?? ""));
    const refused = root().querySelector(".problem, .mistakes")?.textContent;
    change("seed", "6687881544318117707");
    await until(() => result().seed !== "3");
    const exact = result().seed;
    change("seed", 3);
    await until(() => result().seed === "3");
    change("prompt", "then ");
    await until(() => result().text.startsWith("then "));
    const second = result();
    change("labels", ["cat", "dog", "bird"]);
    change("logits", [2, -1.5, 0.3]);
    change("max_new_tokens", 5);
    await until(
      () =>
        result().labels.length === 5 &&
        result().labels.every((/** @type {string} */ label) => /^(cat|dog|bird)$/.test(label)),
    );
    const settings = root().querySelectorAll(".control").length;
    change("view", "lab");
    await until(() => isThere(".prompt"));
    for (const name of ["logits", "labels"]) change(name, null);
    for (const [name, value] of Object.entries({ smoothing: 0.01, temperature: 0, prompt: "a" })) change(name, value);
    change("text", "abababab");
    await until(() => result().text === "abababa".slice(0, 6));
    change("text", null);
    change("model", "counted");
    const modelIs = (/** @type {string} */ kind) =>
      root().querySelector(`[data-model=${kind}] [aria-checked=true]`) !== null;
    await until(() => modelIs("counted") && result().text !== "ababab");
    const counted = result().text;
    change("model", null);
    change("src", "owner/name");
    const typed = () => /** @type {HTMLInputElement | null} */ (root().querySelector("[id='gpt.address']"))?.value;
    await until(typed);
    const src = typed();
    remove();
    return {
      first,
      parts,
      refused,
      exact,
      counted,
      src,
      selected,
      second,
      settings,
      left: el.childElementCount,
      listeners: listeners.size,
    };
  }, code);
  assert.match(outcome.first.text, /^once .{80}$/s);
  assert.match(outcome.second.text, /^then .{80}$/s);
  assert.deepEqual([outcome.first.seed, outcome.settings, outcome.left, outcome.listeners], ["3", 1, 0, 0]);
  assert.equal(outcome.selected.label, outcome.first.labels[0]);
  assert.deepEqual(outcome.parts, [".distribution"]);
  assert.match(outcome.refused ?? "", /rounded on the way: pass a string/);
  assert.equal(outcome.exact, "6687881544318117707");
  assert.match(outcome.counted, /^a[^b].{4}$/s, "the text that the page counts, not the one before");
  assert.equal(outcome.src, "owner/name");
  assert.deepEqual(troubles, []);
  await page.close();
  count("cpu", "no adapter", "artifacts");
});

for (const from of ["site", "npm"])
  test(`the frame of dist/${from} takes its settings from its address, and tells its height, which shrinks and grows`, async () => {
    const root = fileURLToPath(new URL("../../../dist", import.meta.url));
    const served = {
      configFile: /** @type {const} */ (false),
      root,
      build: { outDir: from },
      preview: { port: 0, host: "127.0.0.1" },
    };
    const site = await preview({ ...served, logLevel: "silent" });
    closers.push(() => site.close());
    const address = `http://127.0.0.1:${/** @type {import("node:net").AddressInfo} */ (site.httpServer.address()).port}`;
    const { page, troubles } = await pageWithin(new RegExp(`^(data|blob):|^${address}/`));
    await page.goto(`${address}/integrity.json`);
    await page.setContent(`<iframe title="Logit Lab" style="inline-size: 700px; border: 0"></iframe>`);
    await page.evaluate((address) => {
      addEventListener("message", ({ data, source }) => {
        const frame = document.querySelector("iframe");
        if (frame && source === frame.contentWindow && data?.type === "logit-lab:height")
          frame.style.blockSize = `${data.height}px`;
      });
      const frame = /** @type {HTMLIFrameElement} */ (document.querySelector("iframe"));
      frame.src = `${address}/embed.html?max-new-tokens=80&onclick=alert(1)`;
    }, address);
    const frame = await (await page.waitForSelector("iframe")).contentFrame();
    assert.ok(frame, "the frame has a page");
    assert.equal(await generated(frame), startText, "one lab is like the other");
    const lab = frame.locator("logit-lab");
    assert.deepEqual(
      await lab.evaluate((element) => [element.getAttribute("max-new-tokens"), element.getAttribute("onclick")]),
      ["80", null],
    );
    const isFitting = () =>
      page.waitForFunction(() => {
        const frame = /** @type {HTMLIFrameElement} */ (document.querySelector("iframe"));
        const inside = frame.contentDocument?.documentElement;
        const body = frame.contentDocument?.body.getBoundingClientRect().height ?? 0;
        return inside && inside.scrollHeight <= frame.clientHeight && Math.abs(body - frame.clientHeight) <= 1;
      });
    await isFitting();
    const height = await frame.evaluate(() => innerHeight);
    await lab.locator("[data-part=machine] > summary").click();
    await isFitting();
    assert.ok((await frame.evaluate(() => innerHeight)) > height, "an open part needs more room");
    await lab.locator("[data-part=machine] > summary").click();
    await isFitting();
    assert.equal(await frame.evaluate(() => innerHeight), height, "a closed one gives it back");
    assert.deepEqual(troubles, []);
    await page.close();
    count("cpu", "no adapter", "artifacts");
  });

test("the lists are true: integrity, and the attributes, events and methods of the element", async () => {
  const integrity = JSON.parse(await readFile(new URL("integrity.json", npm), "utf8"));
  assert.deepEqual(Object.keys(integrity), [
    "logit-lab.js",
    "logit-lab-views.js",
    "logit-lab-local.js",
    "worker.js",
    "logitlab_bg.wasm",
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
    "anywidget.mjs",
  ]);
  for (const [name, hash] of Object.entries(integrity)) {
    const bytes = await readFile(new URL(name, npm));
    assert.equal(hash, `sha384-${createHash("sha384").update(bytes).digest("base64")}`, name);
  }
  const manifest = JSON.parse(await readFile(new URL("custom-elements.json", npm), "utf8"));
  const [{ attributes, events, members, cssProperties, cssParts, slots }] = manifest.modules[0].declarations;
  const source = await readFile(new URL("../../../www/element/logit-lab-element.js", import.meta.url), "utf8");
  const { attributeOf, NAMES } = await import("../../../www/element/given.js");
  const { LOOKS } = await import("../../../www/element/looks.js");
  const names = (/** @type {{ name: string }[]} */ list) => list.map(({ name }) => name).sort();
  assert.deepEqual(names(attributes), [...NAMES.map(attributeOf), ...LOOKS, "lang"].sort());
  assert.deepEqual(names(events), [...source.matchAll(/@fires (\S+)/g)].map(([, name]) => name).sort());
  for (const { name } of members)
    assert.ok(NAMES.includes(name) || new RegExp(`\\b${name}\\b`).test(source), `member ${name}`);
  const components = [
    "www/element/logit-lab-element.js",
    "www/element/pages.js",
    "www/components/tabs.js",
    "www/river/more.js",
    "www/river/section.js",
    "www/components/place-line.js",
  ];
  const pages = (
    await Promise.all(components.map((path) => readFile(new URL(`../../../${path}`, import.meta.url), "utf8")))
  ).join();
  for (const { name } of cssParts)
    assert.ok(new RegExp(`part="(?:\\w+ )*${name}(?: \\w+)*"`).test(pages), `part ${name}`);
  for (const { name } of slots) assert.ok(name === "" || pages.includes(`<slot name="${name}">`), `slot ${name}`);
  const styles = await readFile(new URL("../../../www/element/tokens.js", import.meta.url), "utf8");
  for (const { name } of cssProperties) assert.ok(styles.includes(`var(${name}`), name);
});
