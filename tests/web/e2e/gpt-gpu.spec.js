/** A GPT on WebGPU in a browser: it writes the CPU's text, says where, is compared on demand, and goes on after a loss. */
import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import { address, eventually, pageTest } from "./support.js";

/** @typedef {import("playwright-core").Page} Page */

const www = new URL("../../../www/", import.meta.url);
const weights = await readFile(new URL("models/prose/model.safetensors", www));
const TYPES = /** @type {Record<string, string>} */ ({ js: "text/javascript", wasm: "application/wasm" });

/** Puts the library as it is, and our model, beside the built page. @param {Page} page */
const serve = async (page) => {
  await page.route("**/library/**", async (route) => {
    const path = new URL(route.request().url()).pathname.replace(/^.*\/library\//, "");
    const contentType = TYPES[path.split(".").at(-1) ?? ""] ?? "application/octet-stream";
    await route.fulfill({ path: fileURLToPath(new URL(path, www)), contentType });
  });
  await page.route("**/weights/*", (route) => route.fulfill({ body: weights }));
};

/** @typedef {{ backend: "cpu" | "webgpu", check?: boolean, lostAt?: number, settings: object }} Run */

/**
 * Writes with our model in the page.
 * @param {Page} page
 * @param {Run} run
 */
const write = (page, run) =>
  page.evaluate(
    async ({ library, source, run: { backend, check = false, lostAt, settings } }) => {
      const { createLab } = await import(library);
      const lab = await createLab({ backend });
      try {
        const model = await lab.model({ kind: "gpt", source });
        if (check) await lab.liveCheck(true);
        const options = { model, prompt: "the old man ", seed: 7, max_new_tokens: 40, ...settings };
        let n = 0;
        /** @type {any} */
        let end;
        for await (const step of lab.generate(options)) {
          end = step;
          n += 1;
          if (n === lostAt) await lab.loseDevice();
        }
        const { kind, lost } = lab.backend;
        return { text: end.text, calls: end.timings.gpu?.calls ?? 0, kind, lost, report: await lab.checkReport() };
      } finally {
        lab.dispose();
      }
    },
    { library: `${address()}library/engine/index.js`, source: `${address()}weights/prose.safetensors`, run },
  );

const KINDS = [{ temperature: 0.8 }, { temperature: 0 }, { temperature: 0.9, frequency_penalty: 0.2 }];

pageTest(
  "a GPT on WebGPU writes the CPU's text",
  async (_, page) => {
    await serve(page);
    for (const settings of KINDS) {
      const cpu = await write(page, { backend: "cpu", settings });
      const gpu = await write(page, { backend: "webgpu", settings });
      assert.equal(gpu.text, cpu.text, JSON.stringify(settings));
      assert.deepEqual([cpu.kind, gpu.kind, gpu.lost], ["cpu", "webgpu", false]);
      assert.equal(cpu.calls, 0);
      // What a penalty needs to know is counted on the host: such a step is a call of its own.
      assert.ok(gpu.calls >= ("frequency_penalty" in settings ? 40 : 1), `${gpu.calls} calls`);
    }
  },
  { hasGpu: true },
);

pageTest(
  "a GPT is compared draw by draw on demand, and goes on on the CPU when the device is lost",
  async (_, page) => {
    await serve(page);
    const settings = { temperature: 0.8 };
    const { text } = await write(page, { backend: "cpu", settings });
    const checked = await write(page, { backend: "webgpu", check: true, settings });
    assert.equal(checked.text, text);
    assert.deepEqual([checked.report.rows, checked.report.same_tokens], [40, 40]);
    assert.equal(checked.report.first_difference, undefined);
    assert.ok(checked.report.largest_difference <= 1e-4, `${checked.report.largest_difference}`);
    const lost = await write(page, { backend: "webgpu", lostAt: 10, settings });
    assert.equal(lost.text, text);
    assert.deepEqual([lost.kind, lost.lost], ["cpu", true]);
  },
  { hasGpu: true },
);

pageTest("where CPU and GPU part the page says at which draw, with both tokens", async (lab) => {
  await lab.settled();
  await lab.open("machine");
  const tell = (/** @type {object | undefined} */ first_difference) =>
    lab.element.evaluate((element, first_difference) => {
      const { store } = /** @type {any} */ (element);
      const { place, machine } = store.state;
      const report = { rows: 80, same_tokens: 79, same_bits: 60, largest_difference: 1e-6, first_difference };
      store.dispatch({ type: "machinery", place, machine: { ...machine, checks: true, report } });
    }, first_difference);
  const said = lab.element.locator("[data-report]");
  await tell({ step: 11, tokens: [0, 26], probabilities: [0.25, 0.125] });
  await eventually(async () =>
    assert.match(
      (await said.textContent()) ?? "",
      /First at draw 12 .*“a” \(25\.0%\) on the GPU, a space \(12\.5%\) on the CPU/,
    ),
  );
  assert.doesNotMatch((await said.textContent()) ?? "", /Please report/);
  await tell(undefined);
  await eventually(async () => assert.match((await said.textContent()) ?? "", /Please report/));
});
