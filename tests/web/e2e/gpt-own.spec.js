/** A GPT of one's own on the page, with GPT-2's number of tokens, and what is kept of it in the browser. */
import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { config, tokenizerOf, weightsFor } from "../support/checkpoint.js";
import { violations } from "./axe.js";
import { address, eventually, LESSONS_MODEL, pageTest } from "./support.js";

/** @typedef {import("playwright-core").Page} Page */
/** @typedef {import("./support.js").Lab} Lab */

const VOCAB_SIZE = 50_257;
const weights = Buffer.from(weightsFor(VOCAB_SIZE));
const files = [
  { name: "model.safetensors", mimeType: "application/octet-stream", buffer: weights },
  { name: "config.json", mimeType: "application/json", buffer: Buffer.from(JSON.stringify(config)) },
  { name: "tokenizer.json", mimeType: "application/json", buffer: Buffer.from(tokenizerOf(VOCAB_SIZE)) },
];

/** @param {Lab} lab */
async function openOwn(lab) {
  await lab.settled();
  await lab.model("own-gpt");
  await lab.element.locator(".drop").waitFor();
  return lab.settled();
}

/** @param {Lab} lab */
async function loadFiles(lab) {
  const before = await openOwn(lab);
  await lab.element.getByLabel("Files", { exact: true }).setInputFiles(files);
  await eventually(() => lab.element.locator("[data-gpt-about]").waitFor({ state: "attached" }), 30_000);
  return lab.changed(before);
}

pageTest("its tokens are readable in the text, the table, the sentences and what is saved", async (lab, page) => {
  /** @type {string[]} */
  const asked = [];
  page.context().on("request", (request) => asked.push(request.url().split("/").at(-1) ?? ""));
  const text = await loadFiles(lab);
  assert.ok(
    asked.some((name) => /^logitlab_bpe.*\.wasm$/.test(name)),
    "its tokenizer.json is read by a module of its own",
  );
  assert.match((await lab.element.locator("[data-gpt-about]").textContent()) ?? "", /a vocabulary of 50,257 tokens/);
  assert.match((await lab.element.locator(".model").textContent()) ?? "", /Vocabulary: 50,257 tokens/);
  assert.equal(await lab.count(), 80);
  assert.ok(text.startsWith("the ") && text.length > 160, "words, not characters");
  const tokens = await lab.element.locator(".tokens [data-index]").allTextContents();
  await lab.view("tokens");
  const faces = await lab.element.locator(".all-tokens .face").allTextContents();
  for (const shown of [...tokens, ...faces]) assert.doesNotMatch(shown, /Ġ|Ċ|undefined/);
  assert.ok(
    faces.some((face) => /^·[a-z]+$/.test(face)),
    `a blank before a word is seen: ${faces}`,
  );
  assert.match((await lab.element.locator("#panel .context").textContent()) ?? "", /^Token 1, after the $/);
  assert.match((await lab.element.locator(".pages").textContent()) ?? "", /1 to 50 of 50,257/);
  assert.deepEqual(await violations(page), []);

  // A character of several tokens is one character again in what is saved.
  await lab.setting("Prompt").fill("né 👍 ");
  await lab.changed(text);
  const prompt = await lab.element.evaluate((element) => {
    const { run } = /** @type {any} */ (element).store.state;
    return run.prompt_ids.map((/** @type {number} */ id) => run.vocab[id]);
  });
  assert.match(prompt.join(""), /<0x[0-9A-F]{2}>/);
  await lab.view("share");
  const downloading = page.waitForEvent("download");
  await lab.button("Save as JSON").click();
  const saved = JSON.parse(await readFile(await (await downloading).path(), "utf8"));
  assert.ok(saved.text.startsWith("né 👍 "), saved.text.slice(0, 20));
  assert.equal(saved.vocab.length, VOCAB_SIZE);
});

pageTest(
  "where what reads its tokenizer.json does not come, the page says so and keeps its text; then it loads after all",
  async (lab, page) => {
    const before = await openOwn(lab);
    const input = lab.element.getByLabel("Files", { exact: true });
    await input.setInputFiles(files);
    const problem = lab.element.locator(".model-details .problem");
    await eventually(async () =>
      assert.match((await problem.textContent()) ?? "", /What reads a tokenizer\.json could not be loaded/),
    );
    assert.equal(await lab.text(), before);
    await page.context().unroute(/logitlab_bpe.*\.wasm$/);
    await input.setInputFiles(files);
    await eventually(() => lab.element.locator("[data-gpt-about]").waitFor({ state: "attached" }), 30_000);
    await lab.changed(before);
    assert.equal(await problem.count(), 0);
  },
  {
    prepare: (page) => page.context().route(/logitlab_bpe.*\.wasm$/, (route) => route.abort()),
    expected: [/Failed to load resource|net::ERR_FAILED/],
  },
);

pageTest("heads and GELU are not asked of a GGUF file, whose address may end in a query or a revision", async (lab) => {
  await openOwn(lab);
  const field = lab.element.getByLabel("Or an address, or a Hugging Face repository");
  const heads = lab.element.locator("[id='gpt.n_head']");
  for (const [file, n] of /** @type {const} */ ([
    ["https://example.org/q8.gguf?download=true", 0],
    ["https://example.org/model.safetensors?download=true", 1],
    ["https://example.org/q8.gguf", 0],
    ["https://example.org/gguf/model.safetensors", 1],
    ["hf:owner/name/q8.gguf@main", 0],
  ])) {
    await field.fill(file);
    await eventually(async () => assert.equal(await heads.count(), n, file));
  }
});

pageTest("it is compared with the other models once it is there, under the same settings", async (lab) => {
  await lab.settled();
  await lab.view("compare");
  await lab.button("Models").click();
  const columns = lab.element.locator("[data-contestant]");
  await eventually(async () => assert.equal(await columns.count(), 3));
  await lab.view("tokens");
  const text = await loadFiles(lab);
  await lab.view("compare");
  const own = lab.element.locator("[data-contestant=own-gpt]");
  await eventually(async () => assert.ok((await own.locator(".token").count()) === 80));
  assert.equal(await columns.count(), 4);
  const said = (await own.locator(".token").allTextContents()).join("").replaceAll("·", " ");
  assert.ok(text.endsWith(said), "what it writes on the page, too");
  const row = lab.element.locator(".perplexities tbody tr").nth(3);
  assert.match((await row.textContent()) ?? "", /Your own GPT\s*[\d,]+/);
});

/** What is kept in the browser: the addresses. @param {Page} page */
const kept = (page) =>
  page.evaluate(async () => {
    const cache = (await caches.has("logitlab-models")) ? await caches.open("logitlab-models") : null;
    return ((await cache?.keys()) ?? []).map(({ url }) => new URL(url).pathname.split("/").at(-1));
  });

pageTest(
  "a download is kept where that was asked for, and then needs no server; otherwise nothing is",
  async (lab, page) => {
    const model = await readFile("www/models/prose/model.safetensors");
    let n_asked = 0;
    await page.route("**/weights/*", async (route) => {
      n_asked += 1;
      await route.fulfill({ body: model, headers: { "content-length": String(model.length) } });
    });
    const load = async () => {
      const before = await openOwn(lab);
      const input = lab.element.getByLabel("Files", { exact: true });
      await input.setInputFiles(files[1]);
      const about = lab.element.locator(".drop .note");
      await eventually(async () => assert.equal((await about.textContent())?.trim(), "config.json"));
      const field = lab.element.getByLabel("Or an address, or a Hugging Face repository");
      await field.fill(`${address()}weights/mine.safetensors`);
      await eventually(async () => assert.match((await about.textContent()) ?? "", /Choose files/));
      assert.equal(await input.inputValue(), "", "what is loaded is at the address");
      return {
        before,
        start: () => lab.button("Load").click(),
        keep: lab.setting("Keep the download in this browser"),
      };
    };
    const there = async (/** @type {string} */ before) => {
      await lab.element.locator("[data-gpt-about]").waitFor({ state: "attached" });
      return lab.changed(before);
    };
    const first = await load();
    assert.equal(await first.keep.isChecked(), false);
    await first.start();
    const text = await there(first.before);
    assert.deepEqual(await kept(page), []);

    await page.goto("about:blank");
    await page.goto(address() + LESSONS_MODEL);
    const second = await load();
    await second.keep.check();
    await second.start();
    assert.equal(await there(second.before), text);
    assert.deepEqual([await kept(page), n_asked], [["mine.safetensors"], 2]);

    await page.goto("about:blank");
    await page.goto(address() + LESSONS_MODEL);
    const third = await load();
    await third.keep.check();
    await third.start();
    assert.equal(await there(third.before), text);
    assert.equal(n_asked, 2, "it was here already");
  },
);
