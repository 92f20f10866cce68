/** Checkpoints in a browser: what is kept in the Cache API, and what is not. */
import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import { address, eventually, pageTest } from "./support.js";

/** @typedef {import("playwright-core").Page} Page */

const www = new URL("../../../www/", import.meta.url);
const weights = await readFile(new URL("models/prose/model.safetensors", www));
const TYPES = /** @type {Record<string, string>} */ ({ js: "text/javascript", wasm: "application/wasm" });

/** Puts the library as it is, and models, beside the built page. What was asked for is listed. @param {Page} page */
const serve = async (page) => {
  /** @type {string[]} */
  const asked = [];
  await page.route("**/library/**", async (route) => {
    const path = new URL(route.request().url()).pathname.replace(/^.*\/library\//, "");
    const contentType = TYPES[path.split(".").at(-1) ?? ""] ?? "application/octet-stream";
    await route.fulfill({ path: fileURLToPath(new URL(path, www)), contentType });
  });
  await page.route("**/weights/*", async (route) => {
    const name = new URL(route.request().url()).pathname.split("/").at(-1) ?? "";
    asked.push(name);
    // Whole by its length, but not by what it says itself.
    const body = name === "short.safetensors" ? weights.subarray(0, weights.length / 2) : weights;
    await route.fulfill({
      body,
      contentType: "application/octet-stream",
      headers: { "content-length": `${body.length}` },
    });
  });
  return asked;
};

/**
 * Loads a model in the page: how the download went, or why it did not.
 * @param {Page} page
 * @param {{ name: string, cache?: boolean | string, stopAt?: string }} what
 */
const load = (page, { name, cache, stopAt }) =>
  page.evaluate(
    async ({ library, source, cache, stopAt }) => {
      const { createLab } = await import(library);
      const lab = await createLab();
      const controller = new AbortController();
      /** @type {any[]} */
      const downloads = [];
      const onProgress = (/** @type {any} */ progress) => {
        if (progress.stage === "download") downloads.push(progress);
        if (progress.stage === stopAt) controller.abort(new Error("enough"));
      };
      try {
        const model = await lab.model({ kind: "gpt", source, cache, onProgress, signal: controller.signal });
        return { size: model.vocabSize, n: downloads.length, last: downloads.at(-1) };
      } catch (error) {
        return { reason: /** @type {Error} */ (error).message };
      } finally {
        lab.dispose();
      }
    },
    { library: `${address()}library/engine/index.js`, source: `${address()}weights/${name}`, cache, stopAt },
  );

/** Names of caches, and the addresses in them. @param {Page} page */
const kept = (page) =>
  page.evaluate(async () => {
    /** @type {Record<string, string[]>} */
    const all = {};
    for (const name of await caches.keys())
      all[name] = (await (await caches.open(name)).keys()).map(
        ({ url }) => new URL(url).pathname.split("/").at(-1) ?? "",
      );
    return all;
  });

/** @param {Page} page @param {string} [name] */
const clear = (page, name) =>
  page.evaluate(
    async ([library, name]) => (await import(/** @type {string} */ (library))).clearModelCache(name),
    [`${address()}library/engine/index.js`, name],
  );

const about = { stage: "download", loaded: weights.length, total: weights.length };

pageTest("a model is kept where that was asked for, not fetched again, and thrown away when asked", async (_, page) => {
  const asked = await serve(page);
  const name = "a.safetensors";
  const first = await load(page, { name, cache: true });
  assert.deepEqual([first.size, first.last], [30, { ...about, file: name, cached: false }]);
  assert.deepEqual(await kept(page), { "logitlab-models": [name] });
  const second = await load(page, { name, cache: true });
  assert.deepEqual([second.size, second.n, second.last], [30, 1, { ...about, file: name, cached: true }]);
  assert.deepEqual(asked, [name]);
  // Another name is another cache, and none is none.
  await load(page, { name, cache: "mine" });
  await load(page, { name });
  assert.deepEqual(asked, [name, name, name]);
  assert.deepEqual([await clear(page), await clear(page), await clear(page, "mine")], [true, false, true]);
  assert.deepEqual(await kept(page), {});
});

pageTest("what was not asked to be kept, called off or is no model is not kept", async (_, page) => {
  await serve(page);
  assert.equal((await load(page, { name: "a.safetensors" })).size, 30);
  assert.deepEqual(await kept(page), {});
  for (const stopAt of ["download", "read"])
    assert.match((await load(page, { name: "a.safetensors", cache: true, stopAt })).reason ?? "", /enough/);
  assert.match((await load(page, { name: "short.safetensors", cache: true })).reason ?? "", /truncated/);
  assert.deepEqual(await kept(page), { "logitlab-models": [] });
});

/** Lets the weights go. @type {() => void} */
let letGo = () => {};

/** Keeps from the page what shows a GPT, and holds its weights back. @param {Page} page */
async function keepBack(page) {
  const gate = new Promise((resolve) => {
    letGo = () => resolve(undefined);
  });
  await page.route("**/assets/gpt-*.js", (route) => route.abort());
  await page.route("**/*.safetensors", async (route) => {
    await gate;
    await route.continue();
  });
}

pageTest(
  "where what shows a GPT does not come, the page says so, keeps its text, and asks again when told",
  async (lab, page) => {
    const before = await lab.settled();
    await lab.model("gpt");
    const problem = lab.element.locator(".page-problem");
    await eventually(async () =>
      assert.match(
        (await problem.textContent()) ?? "",
        /^\s*A part of this page did not load: check the connection, then try again\./,
      ),
    );
    assert.equal(await lab.text(), before);
    await page.unroute("**/assets/gpt-*.js");
    await lab.button("Try again").click();
    await eventually(async () => assert.equal(await problem.count(), 0));
    assert.equal(await lab.text(), before);
    letGo();
    await lab.changed(before);
    await lab.open("model");
    await lab.element.locator("[data-gpt-size]").waitFor();
    assert.equal(await problem.count(), 0);
  },
  {
    prepare: keepBack,
    expected: [/Failed to load resource|net::ERR_FAILED/],
  },
);
