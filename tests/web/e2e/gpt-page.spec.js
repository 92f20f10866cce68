/** A GPT on the page: nothing is fetched before it is asked for, nothing changes before it is there, and then every view works with it. */
import assert from "node:assert/strict";
import { readFile, stat } from "node:fs/promises";
import { violations } from "./axe.js";
import { address, eventually, pageTest, saveData } from "./support.js";

/** @typedef {import("playwright-core").Page} Page */
/** @typedef {import("./support.js").Lab} Lab */

const MODEL = "www/models/prose/model.safetensors";
const { bytes, sha256 } = JSON.parse(await readFile("www/models/prose/report.json", "utf8"));

/** What only a GPT needs, but for what shows it. */
const OF_GPT = /logitlab_bpe|safetensors/;

/** Shows what the model is made of, if it is not shown. @param {Lab} lab */
async function details(lab) {
  if (await lab.button("Details").isVisible()) await lab.open("model");
}

/** Waits until the engine says what it has loaded. @param {Lab} lab @returns {Promise<string>} the text */
async function loaded(lab) {
  await details(lab);
  await lab.element.locator("[data-gpt-about]").waitFor({ state: "attached" });
  return lab.settled();
}

/** Loads ours, once the other model's text is there. @param {Lab} lab @returns {Promise<string>} the GPT's text */
async function load(lab) {
  const before = await lab.settled();
  await lab.model("gpt");
  const text = await lab.changed(before);
  await loaded(lab);
  return text;
}

/** Which files of a GPT were asked for, from now on. @param {Page} page @returns {() => string[]} */
function watch(page) {
  /** @type {string[]} */
  const asked = [];
  page.on("request", (request) => {
    const name = request.url().split("/").at(-1) ?? "";
    if (OF_GPT.test(name)) asked.push(name);
  });
  return () => asked;
}

/** Lets the weights come only when it is told. @param {Page} page @returns {Promise<() => void>} */
async function holdBack(page) {
  /** @type {() => void} */
  let letGo = () => {};
  const gate = new Promise((resolve) => {
    letGo = () => resolve(undefined);
  });
  await page.context().route(/\.safetensors$/, async (route) => {
    await gate;
    await route.continue().catch(() => {}); // it may have been called off
  });
  return letGo;
}

pageTest(
  "a lab that leaves the page with its GPT and comes back draws the same text with no complaint",
  async (lab, page) => {
    await lab.settled();
    const text = await load(lab);
    const letGo = await holdBack(page);
    const problems = await lab.element.evaluate(async (element) => {
      const { store } = /** @type {any} */ (element);
      /** @type {unknown[]} */
      const seen = [];
      store.subscribe((/** @type {any} */ { problem }) => problem && seen.push(problem));
      const parent = element.parentElement;
      element.remove();
      // Meanwhile its engine ends; what comes back makes a new one, and asks about the text while its model is not there yet.
      await new Promise((resolve) => setTimeout(resolve, 100));
      parent?.append(element);
      const tries = 40;
      for (let i = 0; i < tries && !(/** @type {any} */ (element).lab); i += 1)
        await new Promise((resolve) => setTimeout(resolve, 100));
      store.dispatch({ type: "peek", index: 2 });
      await new Promise((resolve) => setTimeout(resolve, 300));
      return seen;
    });
    assert.deepEqual(problems, []);
    // Called off, it is said; pressed again, it comes.
    await lab.element.locator(".model-row .cancel").click();
    await eventually(async () => assert.match(await lab.status(), /Not drawn: the model is not loaded/));
    letGo();
    await lab.element.locator("[data-model=gpt] [role=radio]").click();
    assert.equal(await lab.settled(), text);
  },
);

pageTest(
  "ours says what it weighs before a byte of it is fetched, and then everything works with it",
  async (lab, page) => {
    const asked = watch(page);
    const before = await lab.settled();
    const row = lab.element.locator("[data-model=gpt]");
    assert.match((await row.textContent()) ?? "", new RegExp(`to load: ${(bytes / 1e6).toFixed(1)} MB`));
    assert.deepEqual(asked(), []);
    assert.equal(await lab.text(), before);

    await lab.model("gpt");
    const text = await lab.changed(before);
    assert.doesNotMatch((await row.textContent()) ?? "", /to load/);
    assert.equal(await row.getByRole("radio").getAttribute("aria-checked"), "true");
    assert.ok(asked().some((name) => name.endsWith(".safetensors")));
    assert.ok(!asked().some((name) => name.startsWith("logitlab_bpe")), "it has no tokenizer.json");
    await details(lab);
    assert.equal(await lab.element.locator("[data-sha256]").textContent(), sha256);
    assert.match((await lab.element.locator("[data-gpt-about]").textContent()) ?? "", /GPT of \d+ blocks.*KV cache/);
    const rows = await lab.rows();
    assert.equal(rows.length, 30);

    await lab.setting("Temperature").fill("0");
    const greedy = await lab.changed(text);
    await lab.button("New seed").click();
    await lab.open("more-settings");
    const seed = await lab.setting("Seed").inputValue();
    await eventually(async () => {
      const used = await lab.element.evaluate((element) => String(/** @type {any} */ (element).store.state.run.seed));
      assert.equal(used, seed);
    });
    assert.equal(await lab.settled(), greedy, "without a coin no seed matters");
  },
);

pageTest("every view works with a GPT", async (lab) => {
  await lab.settled();
  await load(lab);
  await lab.view("stages");
  await lab.element.locator(".rules tbody tr").first().waitFor();
  await lab.view("draws");
  await lab.button("1,000 draws").click();
  await eventually(async () => assert.match((await lab.element.locator(".fit").textContent()) ?? "", /p =/));
  await eventually(async () => {
    const [by_settings] = await lab.element.locator(".facts tbody tr").allTextContents();
    assert.match(by_settings ?? "", /\d/);
  });
  assert.match((await lab.element.locator("[data-endless=none]").textContent()) ?? "", /none for a GPT/);
  await lab.view("timings");
  await lab.element.locator(".timings dd").first().waitFor();
  await lab.view("share");
  assert.match(await lab.element.locator("#link").inputValue(), /&model=gpt&/);
  await lab.element.locator("details[data-target=javascript] > summary").click();
  assert.match(await lab.element.locator("#code-javascript").inputValue(), /"kind":"gpt"/);
  await lab.view("tokens");
  await lab.element.locator('.token[data-index="5"]').click();
  await eventually(async () =>
    assert.match((await lab.element.locator("#panel .context").textContent()) ?? "", /Token 6/),
  );
});

/** @type {() => void} */
let letGo = () => {};

pageTest(
  "while it comes the old text stays and works; it can be called off, and asked for again",
  async (lab, page) => {
    const before = await lab.settled();
    await lab.model("gpt");
    const row = lab.element.locator("[data-model=gpt]");
    const bar = lab.element.locator("[data-coming]");
    await bar.waitFor();
    assert.equal(await row.getByRole("radio").getAttribute("aria-checked"), "false", "it is not there yet");
    const spoken = lab.element.locator(".about-model[aria-live=polite] .spoken");
    assert.equal(await spoken.textContent(), "Tiny GPT: starting …");
    await lab.next().click();
    await eventually(async () => assert.equal(await lab.count(), 1));
    await lab.button("Cancel loading").press("Enter");
    await eventually(async () => assert.equal(await bar.count(), 0));
    assert.match((await row.textContent()) ?? "", /to load/);
    assert.equal(await spoken.count(), 0);
    const focused = () => page.evaluate(() => document.activeElement?.shadowRoot?.activeElement?.getAttribute("role"));
    await eventually(async () => assert.equal(await focused(), "radio", "the button is gone, the list is not"));
    await lab.button("Draw 80").click();
    assert.equal(await lab.settled(), before);

    await lab.model("gpt");
    await bar.waitFor();
    await lab.model("notebook");
    await eventually(async () => assert.equal(await bar.count(), 0));
    await page.waitForTimeout(100);
    assert.equal(await lab.text(), before);

    letGo();
    const text = await load(lab);
    assert.notEqual(text, before);
    await lab.model("notebook");
    assert.equal(await lab.changed(text), before);
    await lab.model("gpt");
    await lab.changed(before);
  },
  {
    prepare: async (page) => {
      letGo = await holdBack(page);
    },
  },
);

pageTest("the page says how far it is, in bytes", async (lab) => {
  await lab.settled();
  const seen = lab.element.evaluate((element) => {
    const texts = new Set();
    const look = () => texts.add(element.shadowRoot?.querySelector("[data-coming] small")?.textContent?.trim());
    const observer = new MutationObserver(look);
    observer.observe(/** @type {ShadowRoot} */ (element.shadowRoot), {
      subtree: true,
      childList: true,
      attributes: true,
      characterData: true,
    });
    return new Promise((resolve) => {
      element.addEventListener("generate-end", () => resolve([...texts]), { once: true });
    });
  });
  await lab.model("gpt");
  const texts = /** @type {string[]} */ (await seen);
  const total = `${(bytes / 1e6).toFixed(1)} MB`;
  assert.ok(texts.includes("starting …"), texts.join("; "));
  assert.ok(
    texts.some((text) => text?.startsWith(`${total.replace(" MB", "")} of ${total}`)),
    texts.join("; "),
  );
});

pageTest("a file of one's own is dropped or chosen; a broken one is named and changes nothing", async (lab) => {
  await lab.settled();
  await lab.model("own-gpt");
  const before = await lab.settled();
  const input = lab.element.getByLabel("Files", { exact: true });
  const problem = lab.element.locator(".model-details .problem");
  for (const [start, what] of /** @type {const} */ ([
    ["\u0001 of a model", /Nothing has changed.*its header would be .*Choose other files/],
    ["not a model", /Nothing has changed.*begins "not a model", so .*the file is a text.*Run these lines in Python/],
  ])) {
    const buffer = Buffer.from(start);
    await input.setInputFiles({ name: "broken.safetensors", mimeType: "application/octet-stream", buffer });
    await eventually(async () => assert.match((await problem.textContent()) ?? "", what));
    assert.equal(await lab.text(), before);
  }

  const file = await readFile(MODEL);
  await input.setInputFiles({
    name: "cut.safetensors",
    mimeType: "application/octet-stream",
    buffer: file.subarray(0, 200_000),
  });
  await eventually(async () => assert.match((await problem.textContent()) ?? "", /truncated/));

  const transfer = await lab.page.evaluateHandle((data) => {
    const list = new DataTransfer();
    const raw = Uint8Array.from(atob(data), (c) => c.charCodeAt(0));
    list.items.add(new File([raw], "mine.safetensors"));
    return list;
  }, file.toString("base64"));
  await lab.element.locator(".drop").dispatchEvent("drop", { dataTransfer: transfer });
  await loaded(lab);
  const text = await lab.changed(before);
  assert.equal(await problem.count(), 0);
  assert.match((await lab.element.locator(".drop").textContent()) ?? "", /mine\.safetensors/);
  await lab.model("gpt");
  await eventually(async () =>
    assert.equal(await lab.element.locator("[data-model=gpt]").getByRole("radio").getAttribute("aria-checked"), "true"),
  );
  assert.equal(await lab.settled(), text, "the same weights write the same text");
});

pageTest("without a KV cache the text is the same", async (lab) => {
  await lab.settled();
  const text = await load(lab);
  await lab.setting("KV cache").uncheck();
  await eventually(async () =>
    assert.match((await lab.element.locator("[data-gpt-about]").textContent()) ?? "", /reads them all again/),
  );
  assert.equal(await lab.settled(), text);
});

const LINK = "#v=1&model=gpt&seed=7&rng=philox&force=2.4";

pageTest(
  "a link that names ours brings it, keeps what it names, and gives its text",
  async (lab, page) => {
    const model = () => lab.element.evaluate((lab) => /** @type {any} */ (lab).store.state.model.kind);
    await eventually(async () => assert.equal(await model(), "gpt"));
    const text = await lab.settled();
    assert.equal([...text][4 + 2], "e", "the token put in by hand");
    await lab.open("more-settings");
    await lab.setting("Seed").fill("8");
    await lab.changed(text);
    await eventually(async () => assert.match(page.url(), /model=gpt.*seed=8.*force=2\.4/));
    await lab.setting("Seed").fill("7");
    await eventually(async () => assert.match(page.url(), /model=gpt.*seed=7.*force=2\.4/));
    await page.reload();
    await eventually(async () => assert.equal(await model(), "gpt"));
    assert.equal(await lab.settled(), text);
  },
  { path: LINK },
);

pageTest(
  "while the GPT that a link names is on its way, no other model draws; given up, the model that is there does",
  async (lab, page) => {
    const letGo = await holdBack(page);
    await page.goto("about:blank");
    await page.goto(`${address()}${LINK}`);
    await eventually(async () => assert.match(await lab.status(), /^Loading the GPT that the link names/));
    assert.equal(await lab.element.locator("[data-index]").count(), 0);
    await lab.button("Cancel loading").click();
    await eventually(async () => assert.notEqual(await lab.element.locator("[data-index]").count(), 0));
    assert.equal(await lab.element.evaluate((lab) => /** @type {any} */ (lab).store.state.model.kind), "notebook");
    letGo();
  },
);

pageTest(
  "for a reader who saves data such a link waits for a click, and keeps what it names",
  async (lab, page) => {
    const asked = watch(page);
    await lab.settled();
    assert.deepEqual(asked(), []);
    assert.match(await lab.status(), /Another model was asked for/);
    await lab.open("more-settings");
    await lab.setting("Seed").fill("8");
    await eventually(async () => assert.match(page.url(), /model=gpt.*seed=8.*force=2\.4/));
    await lab.setting("Seed").fill("7");
    const text = await load(lab);
    assert.equal([...text][4 + 2], "e", "the token put in by hand");
  },
  { path: LINK, prepare: saveData },
);

pageTest("undo goes back to the model before, and redo to the GPT", async (lab) => {
  const before = await lab.settled();
  const text = await load(lab);
  await lab.element.getByRole("button", { name: /Undo/ }).click();
  assert.equal(await lab.changed(text), before);
  await lab.element.getByRole("button", { name: /Redo/ }).click();
  assert.equal(await lab.changed(before), text);
});

pageTest(
  "by the keyboard: arrows choose what is there and load nothing, Enter loads, and the focus stays",
  async (lab, page) => {
    const asked = watch(page);
    const before = await lab.settled();
    const radio = (/** @type {string} */ name) => lab.element.locator(`[data-model=${name}]`).getByRole("radio");
    await radio("notebook").focus();
    await page.keyboard.press("ArrowDown");
    const counted = await lab.changed(before);
    assert.equal(await radio("counted").getAttribute("aria-checked"), "true");
    await page.keyboard.press("ArrowDown");
    assert.ok(await radio("gpt").evaluate((element) => element.matches(":focus")));
    await page.waitForTimeout(100);
    assert.deepEqual(asked(), []);
    assert.equal(await radio("counted").getAttribute("aria-checked"), "true");
    await page.keyboard.press("Enter");
    await lab.changed(counted);
    assert.equal(await radio("gpt").getAttribute("aria-checked"), "true");
    assert.ok(await radio("gpt").evaluate((element) => element.matches(":focus")));
  },
);

for (const [name, setting] of /** @type {[string, object][]} */ ([
  ["light", { colorScheme: "light" }],
  ["dark", { colorScheme: "dark" }],
  ["forced colours", { forcedColors: "active" }],
]))
  pageTest(
    `axe finds nothing in the cards, ${name}`,
    async (lab, page) => {
      await lab.settled();
      await lab.model("own-gpt");
      assert.deepEqual(await violations(page), []);
      await load(lab);
      assert.deepEqual(await violations(page), []);
    },
    setting,
  );

pageTest(
  "the cards fit into 320 px",
  async (lab, page) => {
    await lab.settled();
    for (const kind of /** @type {const} */ (["own-gpt", "gpt"])) {
      await lab.model(kind);
      await details(lab);
      assert.ok((await page.evaluate(() => document.documentElement.scrollWidth)) <= 320);
    }
  },
  { viewport: { width: 320, height: 700 } },
);

assert.equal((await stat(MODEL)).size, bytes, "report.json is of the model that lies beside it");
