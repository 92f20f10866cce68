/** What somebody sees who comes without a link: a text at once, the tiny GPT as soon as it is there, and nothing that they did not want. */
import assert from "node:assert/strict";
import { violations } from "./axe.js";
import { eventually, pageTest, saveData } from "./support.js";

/** @typedef {import("playwright-core").Page} Page */
/** @typedef {import("./support.js").Lab} Lab */

/** @param {Lab} lab @returns {Promise<{ kind: string, prompt: string, n_past: number, wanted: string | null }>} */
const stateOf = (lab) =>
  lab.element.evaluate((element) => {
    const { model, prompt, past, shelf } = /** @type {any} */ (element).store.state;
    return { kind: model.kind, prompt, n_past: past.length, wanted: shelf.wanted?.kind ?? null };
  });

/** The weights that were asked for. @type {string[]} */
let asked = [];
/** @type {() => void} */
let letGo = () => {};

/** Lets the weights come only when it is told. @param {Page} page */
async function holdBack(page) {
  asked = [];
  const gate = new Promise((resolve) => {
    letGo = () => resolve(undefined);
  });
  await page.route(/\.safetensors$/, async (route) => {
    asked.push(route.request().url());
    await gate;
    await route.continue().catch(() => {}); // it may have been called off
  });
}

pageTest(
  "the counted bigram first, the tiny GPT once it is there; nothing to take back, and the address stays plain",
  async (lab, page) => {
    const counted = await lab.settled();
    assert.ok(counted.startsWith("once there was a "), counted);
    await lab.element.locator("[data-model=gpt][data-coming]").waitFor();
    assert.equal((await stateOf(lab)).kind, "counted");
    letGo();
    const text = await lab.changed(counted);
    assert.ok(text.startsWith("once there was a "), text);
    assert.deepEqual(await stateOf(lab), { kind: "gpt", prompt: "once there was a ", n_past: 0, wanted: null });
    assert.equal(await lab.element.locator("[data-differs]").count(), 0);
    assert.equal(await lab.button("Undo").getAttribute("aria-disabled"), "true");
    await page.waitForTimeout(400);
    assert.equal(new URL(page.url()).hash, "");
    assert.deepEqual(await violations(page), []);
    await lab.setting("Temperature").fill("0.5");
    await eventually(async () => assert.match(page.url(), /#.*prompt=once.*model=gpt/));
    await page.reload();
    await eventually(async () => assert.equal((await stateOf(lab)).kind, "gpt"));
    assert.equal(await lab.setting("Temperature").inputValue(), "0.5");
  },
  { path: "", prepare: holdBack },
);

pageTest(
  "back at the plain address stands the first text, and the link's is gone",
  async (lab, page) => {
    const first = await lab.settled();
    await page.evaluate(() => {
      location.hash = "#v=1&model=notebook&temperature=0.5&seed=3&rng=philox";
    });
    const linked = await lab.changed(first);
    await page.goBack();
    assert.ok((await lab.changed(linked)).startsWith("once there was a "));
    assert.equal(await lab.setting("Temperature").inputValue(), "0.8");
    await page.waitForTimeout(400);
    assert.equal(new URL(page.url()).hash, "");
    await page.goForward();
    await eventually(async () => assert.equal(await lab.text(), linked));
  },
  { path: "" },
);

/** Lets a test write the address when it wants to. @param {Page} page */
const holdWrites = (page) =>
  page.addInitScript(() => {
    const { setTimeout } = globalThis;
    /** @type {Set<() => void>} */
    const held = new Set();
    globalThis.setTimeout = /** @type {any} */ (
      (/** @type {() => void} */ act, /** @type {number} */ ms, /** @type {unknown[]} */ ...rest) => {
        if (ms === 300) held.add(act);
        return setTimeout(act, ms, ...rest);
      }
    );
    /** @type {any} */ (globalThis).writeNow = () => {
      if (held.size === 0) throw new Error("nothing waits for 300 ms: the page writes its address at another pace");
      for (const act of held) act();
    };
  });

pageTest(
  "an address that a reader goes to is not overwritten before it is followed",
  async (lab, page) => {
    const first = await lab.settled();
    const link = "#v=1&model=notebook&temperature=0.5&seed=3&rng=philox";
    const hashes = await page.evaluate((link) => {
      location.hash = link;
      /** @type {any} */ (globalThis).writeNow();
      return location.hash;
    }, link);
    assert.equal(hashes, link);
    const linked = await lab.changed(first);
    const plain = await page.evaluate(
      () =>
        new Promise((resolve) => {
          const write = () => {
            /** @type {any} */ (globalThis).writeNow();
            resolve(location.hash);
          };
          addEventListener("popstate", write, { once: true });
          history.back();
        }),
    );
    assert.equal(plain, "");
    assert.ok((await lab.changed(linked)).startsWith("once there was a "));
    await page.waitForTimeout(400);
    assert.equal(new URL(page.url()).hash, "");
    await page.goForward();
    await eventually(async () => assert.equal(await lab.text(), linked));
  },
  { path: "", prepare: holdWrites },
);

pageTest(
  "who chooses a model meanwhile keeps it, and the other is called off",
  async (lab, page) => {
    const counted = await lab.settled();
    await lab.element.locator("[data-coming]").waitFor();
    await lab.model("notebook");
    const random = await lab.changed(counted);
    assert.equal(await lab.element.locator("[data-coming]").count(), 0);
    letGo();
    await page.waitForTimeout(300);
    assert.equal(await lab.text(), random);
    assert.deepEqual([(await stateOf(lab)).kind, (await stateOf(lab)).wanted], ["notebook", null]);
    assert.match((await lab.element.locator(".about-model").textContent()) ?? "", /random, so its text has no words/);
  },
  { path: "", prepare: holdBack },
);

pageTest(
  "for a reader who saves data nothing is downloaded unasked",
  async (lab, page) => {
    const counted = await lab.settled();
    await page.waitForTimeout(300);
    assert.deepEqual([asked, (await stateOf(lab)).kind], [[], "counted"]);
    letGo();
    await lab.model("gpt");
    await lab.changed(counted);
    assert.equal(asked.length, 1);
  },
  {
    path: "",
    prepare: async (page) => {
      await saveData(page);
      await holdBack(page);
    },
  },
);

pageTest(
  "where the tiny GPT does not come, the text stays and nobody is bothered",
  async (lab, page) => {
    const counted = await lab.settled();
    await eventually(async () => assert.equal(asked.length, 1));
    await eventually(async () => assert.equal((await stateOf(lab)).wanted, null));
    assert.equal(await lab.text(), counted);
    assert.equal(await lab.element.locator(".problem").count(), 0);
    await page.unroute(/\.safetensors$/);
    await lab.model("gpt");
    await lab.changed(counted);
  },
  {
    path: "",
    prepare: (page) => {
      asked = [];
      return page.route(/\.safetensors$/, (route) => {
        asked.push(route.request().url());
        return route.abort();
      });
    },
    expected: [/Failed to load resource|net::ERR_FAILED/],
  },
);

pageTest(
  "an embed keeps what its author asks for and downloads nothing by itself",
  async (lab, page) => {
    assert.ok((await lab.settled()).startsWith("the "));
    await page.waitForTimeout(300);
    assert.deepEqual([asked, (await stateOf(lab)).kind], [[], "notebook"]);
  },
  { path: "embed.html", prepare: holdBack },
);

pageTest(
  "the prompt is typed where it stands; a line break is one line break; other prompts are one press away",
  async (lab, page) => {
    const before = await lab.settled();
    const prompt = lab.setting("Prompt");
    await prompt.click();
    await page.keyboard.press("Control+End");
    await page.keyboard.type("fox");
    await page.keyboard.press("Enter");
    await eventually(async () => assert.equal((await stateOf(lab)).prompt, "the fox\n"));
    await page.keyboard.type("it");
    await eventually(async () => assert.equal((await stateOf(lab)).prompt, "the fox\nit"));
    assert.ok((await lab.changed(before)).startsWith("the fox\nit"));
    await page.keyboard.press("Control+A");
    await page.keyboard.press("Backspace");
    await eventually(async () => assert.equal((await stateOf(lab)).prompt, ""));
    await lab.button("once there was a …").click();
    await eventually(async () => assert.equal((await stateOf(lab)).prompt, "once there was a "));
    assert.equal(await prompt.textContent(), "once there was a ");
    await lab.button("Undo").click();
    await eventually(async () => assert.equal(await prompt.textContent(), ""));
  },
);

pageTest("light or dark is a press away, and is remembered before anything is painted", async (lab, page) => {
  await lab.settled();
  const paper = () => page.evaluate(() => getComputedStyle(document.documentElement).backgroundColor);
  const inside = () =>
    lab.element.evaluate((element) => getComputedStyle(/** @type {Element} */ (element)).backgroundColor);
  const light = await paper();
  assert.equal(await inside(), light);
  await page.locator("#theme").click();
  const dark = await paper();
  assert.notEqual(dark, light);
  assert.equal(await inside(), dark);
  assert.deepEqual(await violations(page), []);
  await page.reload({ waitUntil: "commit" });
  await page.waitForFunction(() => document.body !== null);
  assert.equal(await page.evaluate(() => document.documentElement.dataset.theme), "dark");
  await lab.settled();
  assert.equal(await paper(), dark);
});
