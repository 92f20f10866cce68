/** SmolLM2's own choice in the list, with a small GGUF file in its place: where the site offers it, how it comes, and what its card shows. */
import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { eventually, pageTest } from "./support.js";

/** @typedef {import("playwright-core").Page} Page */

const gguf = await readFile("tests/golden/llama/gguf/small.gguf");
const ROW = "[data-model=smollm2]";

/** Serves the file; what it gives back lets the answers go. @param {Page} page */
async function served(page) {
  let go = () => {};
  const waits = new Promise((resolve) => {
    go = () => resolve(undefined);
  });
  await page.route("**/small.gguf", async (route) => {
    await waits;
    await route.fulfill({
      body: gguf,
      contentType: "application/octet-stream",
      headers: { "content-length": `${gguf.length}` },
    });
  });
  return () => go();
}

pageTest(
  "it is offered where the author says where it lies, and nothing is fetched before it is chosen",
  async (lab, page) => {
    /** @type {string[]} */
    const asked = [];
    page.on("request", (request) => asked.push(request.url()));
    await lab.settled();
    assert.equal(await lab.element.locator(ROW).count(), 0);
    await lab.element.evaluate((element) => element.setAttribute("smollm2", "small.gguf"));
    await lab.element.locator(ROW).waitFor();
    assert.match((await lab.element.locator(ROW).textContent()) ?? "", /SmolLM2.*98(\.\d)? MB/s);
    await lab.element.evaluate((element) => element.removeAttribute("smollm2"));
    await lab.element.locator(ROW).waitFor({ state: "detached" });
    assert.ok(asked.every((url) => !url.endsWith(".gguf")));
  },
);

pageTest(
  "a press loads it, a second one calls it off, and its card has nothing that the file says itself",
  async (lab, page) => {
    const go = await served(page);
    const before = await lab.settled();
    await lab.element.evaluate((element) => element.setAttribute("smollm2", "small.gguf"));
    await lab.element.locator(`${ROW} [role=radio]`).click();
    await lab.element.locator(`${ROW}[data-coming] .cancel`).click();
    await eventually(async () => assert.equal(await lab.element.locator(`${ROW}[data-coming]`).count(), 0));
    assert.equal(await lab.text(), before, "nothing has changed");
    go();
    await lab.element.locator(`${ROW} [role=radio]`).click();
    await eventually(async () => {
      assert.equal(await lab.element.locator(`${ROW} [role=radio]`).getAttribute("aria-checked"), "true");
      assert.equal(await lab.element.locator(`${ROW} .size`).count(), 0, "what is here is not to load");
    });
    await lab.changed(before);
    await lab.open("model");
    const card = lab.element.locator("[data-gpt=smollm2]");
    await card.waitFor();
    assert.equal(await card.getByLabel("Attention heads").count(), 0);
    assert.equal(await card.getByLabel("GELU").count(), 0);
    assert.match((await card.locator("[data-gpt-about]").textContent()) ?? "", /a vocabulary of 13 tokens/);
    assert.equal(await card.getByLabel(/A text ends/).count(), 1);
    await eventually(() => lab.page.waitForURL(/model=smollm2/));
  },
);

pageTest(
  "a link that names it waits for a press, and says so where the site does not offer it",
  async (lab) => {
    const button = lab.element.locator("[data-gpt=smollm2]").getByRole("button", { name: "Load", exact: true });
    await button.click();
    const problem = lab.element.locator("[data-gpt=smollm2] [role=alert]");
    await problem.waitFor();
    assert.match((await problem.textContent()) ?? "", /no address for SmolLM2/);
  },
  { path: "#v=1&model=smollm2" },
);

/** The file with a chat template of at most 149 characters. It takes a multiple of 32 bytes, so that the weights stay where they have to be. */
function withTemplate(/** @type {string} */ text) {
  const [key, template] = ["tokenizer.chat_template", text.padEnd(149)];
  const entry = Buffer.alloc(8 + key.length + 12 + template.length);
  entry.writeBigUInt64LE(BigInt(key.length));
  entry.write(key, 8);
  entry.writeUInt32LE(8, 8 + key.length);
  entry.writeBigUInt64LE(BigInt(template.length), 12 + key.length);
  entry.write(template, 20 + key.length);
  assert.equal(entry.length % 32, 0);
  const head = Buffer.from(gguf.subarray(0, 24));
  head.writeBigUInt64LE(head.readBigUInt64LE(16) + 1n, 16);
  return Buffer.concat([head, entry, gguf.subarray(24)]);
}

/** @param {Page} page @param {string} template */
const servedWith = (page, template) =>
  page.route("**/small.gguf", (route) => route.fulfill({ body: withTemplate(template) }));

/** Chooses the model, and draws without a chat. @param {import("./support.js").Lab} lab */
async function chosen(lab) {
  const before = await lab.settled();
  await lab.element.evaluate((element) => element.setAttribute("smollm2", "small.gguf"));
  await lab.element.locator(`${ROW} [role=radio]`).click();
  const text = await lab.changed(before);
  await lab.open("model");
  return { text, chat: lab.element.getByLabel("Chat: the prompt is a message") };
}

/** How many tokens the prompt has that the text was drawn with. @param {import("./support.js").Lab} lab */
const promptOf = (lab) =>
  lab.element.evaluate((element) => /** @type {any} */ (element).store.state.run?.prompt_ids.length);

/** What stands beside the prompt. @param {import("./support.js").Lab} lab */
const promptProblem = (lab) => lab.element.locator("[id='prompt-problem']");

const READER = /logitlab_chat.*\.wasm/;

pageTest(
  "with a chat template the prompt can be a message",
  async (lab, page) => {
    /** @type {string[]} */
    const asked = [];
    page.context().on("request", (request) => asked.push(request.url()));
    const { text, chat } = await chosen(lab);
    const n = await promptOf(lab);
    assert.ok(!asked.some((url) => READER.test(url)), "nothing reads templates before the first chat");
    await chat.check();
    await lab.changed(text);
    assert.ok((await promptOf(lab)) > n, "the template's words stand before the prompt");
    await eventually(() => lab.page.waitForURL(/model\.chat=on/));
  },
  { prepare: (page) => servedWith(page, "{{ 'the the ' + messages[0]['content'] }}") },
);

pageTest(
  "where what reads chat templates does not come, the page says so beside the prompt; then it comes after all",
  async (lab, page) => {
    const { chat } = await chosen(lab);
    const n = await promptOf(lab);
    await chat.check();
    const said = async () => (await promptProblem(lab).textContent()) ?? "";
    await eventually(async () => assert.match(await said(), /^What reads a chat template could not be loaded: /));
    await eventually(async () => assert.match(await lab.status(), /the prompt is not valid/));
    await page.context().unroute(READER);
    await chat.uncheck();
    await eventually(async () => assert.equal(await promptProblem(lab).count(), 0));
    await chat.check();
    await eventually(async () => assert.ok((await promptOf(lab)) > n));
    assert.equal(await promptProblem(lab).count(), 0);
  },
  {
    prepare: async (page) => {
      await servedWith(page, "{{ 'the the ' + messages[0]['content'] }}");
      await page.context().route(READER, (route) => route.abort());
    },
    expected: [/Failed to load resource|net::ERR_FAILED/],
  },
);

pageTest(
  "a template's own complaint stands beside the prompt, and a prompt it takes is drawn with",
  async (lab) => {
    const { chat } = await chosen(lab);
    const n = await promptOf(lab);
    await lab.setting("Prompt").fill("no");
    await chat.check();
    await eventually(async () =>
      assert.equal(await promptProblem(lab).textContent(), "The chat template says: not so short."),
    );
    await lab.setting("Prompt").fill("the the the");
    await eventually(async () => assert.equal(await promptProblem(lab).count(), 0));
    await eventually(async () => assert.notEqual(await promptOf(lab), n));
  },
  {
    prepare: (page) =>
      servedWith(
        page,
        "{{ raise_exception('not so short') if messages[0].content|length < 4 else messages[0].content * 3 }}",
      ),
  },
);

pageTest(
  "while what reads templates is on its way, only the last prompt counts",
  async (lab, page) => {
    let [ask, go] = [() => {}, () => {}];
    const asked = new Promise((resolve) => {
      ask = () => resolve(undefined);
    });
    const waits = new Promise((resolve) => {
      go = () => resolve(undefined);
    });
    await page.context().route(READER, async (route) => {
      ask();
      await waits;
      await route.continue();
    });
    const { chat } = await chosen(lab);
    await chat.check();
    await asked;
    for (const prompt of ["the", "the the", "the the the"]) await lab.setting("Prompt").fill(prompt);
    go();
    const drawn = () => lab.element.evaluate((element) => /** @type {any} */ (element).store.state.run?.text ?? "");
    await eventually(async () => assert.match(await drawn(), /^the the the the the the/));
    await lab.settled();
    assert.match(await drawn(), /^the the the the the the/);
    assert.equal(await promptProblem(lab).count(), 0);
  },
  { prepare: (page) => servedWith(page, "{{ messages[0].content ~ ' ' ~ messages[0].content }}") },
);

pageTest("in the strip a word that does not fit is left out, and u hides none", async (lab, page) => {
  await page.setViewportSize({ width: 400, height: 900 });
  const before = await lab.settled();
  await lab.element.locator("[data-model=recorded] [role=radio]").click();
  const first = await lab.changed(before);
  await lab.setting("Recorded prompt").selectOption("Once upon a time there was a");
  await lab.changed(first);
  await lab.setting("Top-k").fill("10");
  const words = () =>
    lab.element.locator(".segment .face").evaluateAll((faces) =>
      faces.map((face) => {
        const range = document.createRange();
        range.setStart(face, 0);
        range.setEndBefore(/** @type {Node} */ (face.querySelector("small")));
        const [word, room] = [range, face].map((part) => part.getBoundingClientRect().width);
        return { text: range.toString().trim(), isSeen: face.clientHeight > 0, fits: word <= room + 6 };
      }),
    );
  await eventually(async () => {
    const all = await words();
    assert.ok(all.some(({ isSeen }) => isSeen) && all.some(({ isSeen }) => !isSeen), JSON.stringify(all));
    assert.deepEqual(
      all.filter(({ isSeen, fits }) => isSeen && !fits),
      [],
    );
  });
  const [mark, strip] = await lab.element
    .locator(".u-mark, .segments")
    .evaluateAll((parts) => parts.map((part) => part.getBoundingClientRect()).sort((a, b) => a.top - b.top));
  assert.ok(mark.bottom <= strip.top + 1, `${mark.bottom} and ${strip.top}`);
});

/** Where each band that is seen begins and ends at the model, from the top down. @param {import("./support.js").Lab} lab @returns {Promise<number[][]>} */
const bandsAtModel = (lab) =>
  lab.element.locator(".pic svg .band").evaluateAll((/** @type {Element[]} */ bands) => {
    const seen = bands.filter((band) => band.getAttribute("fill-opacity") !== "0" && band.getAttribute("d"));
    const edges = seen.map((band) => /^M\S+ ([\d.]+).* ([\d.]+)Z$/.exec(band.getAttribute("d") ?? "")?.slice(1) ?? []);
    return edges.map((pair) => pair.map(Number)).sort((a, b) => a[0] - b[0]);
  });

pageTest(
  "after another model's picture, the bands of a large vocabulary lie side by side, without a hole",
  async (lab, page) => {
    // Bands that move there stand in the end where they would stand at once.
    await page.emulateMedia({ reducedMotion: "no-preference" });
    const before = await lab.settled();
    await lab.explained();
    await lab.element.locator("[data-model=recorded] [role=radio]").click();
    await lab.changed(before);
    await lab.explained();
    await page.waitForTimeout(2000);
    const bands = await bandsAtModel(lab);
    assert.ok(bands.length > 10 && bands.every((pair) => pair.length === 2));
    assert.ok(bands[0][0] < 2);
    for (let i = 1; i < bands.length; i++) {
      const hole = bands[i][0] - bands[i - 1][1];
      assert.ok(Math.abs(hole) < 2, `${hole} px between bands ${i - 1} and ${i}`);
    }
    const drawn = lab.element.locator('.token[aria-selected="true"] > .word');
    const ground = () => drawn.evaluate((word) => getComputedStyle(word).backgroundColor);
    const accent = await ground();
    await lab.setting("Temperature").fill("2.5");
    await eventually(async () => {
      assert.equal(await lab.element.locator(".token[data-differs]").count(), 1);
      assert.equal(await ground(), accent, "what differs first and is selected can be read");
    });
  },
);

pageTest("recorded rows need no model: one token after one of five prompts, and no more", async (lab) => {
  const before = await lab.settled();
  await lab.element.locator("[data-model=recorded] [role=radio]").click();
  const first = await lab.changed(before);
  assert.match(first, /^The capital of France is ./);
  assert.equal(await lab.count(), 1, "nothing was recorded after a drawn token");
  assert.match((await lab.element.locator(".about-model").textContent()) ?? "", /nothing after it was recorded/);
  await lab.setting("Recorded prompt").selectOption("The opposite of hot is");
  const second = await lab.changed(first);
  assert.match(second, /^The opposite of hot is ./);
  const [row] = await lab.rows();
  assert.match(row.token, /cold/);
  await lab.setting("Prompt").fill("The opposite of cold is");
  await eventually(async () => {
    const problem = await lab.element.locator("[id='prompt-problem']").textContent();
    assert.match(problem ?? "", /nothing was recorded after this prompt/i);
  });
});
