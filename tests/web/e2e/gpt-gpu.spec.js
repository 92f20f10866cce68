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

/** @typedef {{ check?: boolean, lostAt?: number, settings: object }} Run */

/**
 * Writes with our model in the page, one text after the other with one lab: on WebGPU most of the time goes into compiling its kernels.
 * @param {Page} page
 * @param {"cpu" | "webgpu"} backend
 * @param {Run[]} runs
 */
const write = (page, backend, runs) =>
  page.evaluate(
    async ({ library, source, backend, runs }) => {
      const { createLab } = await import(library);
      const lab = await createLab({ backend });
      try {
        const model = await lab.model({ kind: "gpt", source });
        const written = [];
        for (const { check = false, lostAt, settings } of runs) {
          await lab.liveCheck(check);
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
          const report = await lab.checkReport();
          written.push({ text: end.text, calls: end.timings.gpu?.calls ?? 0, kind, lost, report });
        }
        return written;
      } finally {
        lab.dispose();
      }
    },
    {
      library: `${address()}library/engine/index.js`,
      source: `${address()}weights/prose.safetensors`,
      backend,
      runs,
    },
  );

const KINDS = [{ temperature: 0.8 }, { temperature: 0 }, { temperature: 0.9, frequency_penalty: 0.2 }];

pageTest(
  "a GPT on WebGPU writes the CPU's text",
  async (_, page) => {
    await serve(page);
    const runs = KINDS.map((settings) => ({ settings }));
    const cpu = await write(page, "cpu", runs);
    const gpu = await write(page, "webgpu", runs);
    for (const [i, settings] of KINDS.entries()) {
      assert.equal(gpu[i].text, cpu[i].text, JSON.stringify(settings));
      assert.deepEqual([cpu[i].kind, gpu[i].kind, gpu[i].lost], ["cpu", "webgpu", false]);
      assert.equal(cpu[i].calls, 0);
      // What a penalty needs to know is counted on the host: such a step is a call of its own.
      assert.ok(gpu[i].calls >= ("frequency_penalty" in settings ? 40 : 1), `${gpu[i].calls} calls`);
    }
  },
  { hasGpu: true },
);

pageTest(
  "a GPT is compared draw by draw on demand, and goes on on the CPU when the device is lost",
  async (_, page) => {
    await serve(page);
    const settings = { temperature: 0.8 };
    const [{ text }] = await write(page, "cpu", [{ settings }]);
    const [checked, lost] = await write(page, "webgpu", [
      { check: true, settings },
      { lostAt: 10, settings },
    ]);
    assert.equal(checked.text, text);
    assert.deepEqual([checked.report.rows, checked.report.same_tokens], [40, 40]);
    assert.equal(checked.report.first_difference, undefined);
    assert.ok(checked.report.largest_difference <= 1e-4, `${checked.report.largest_difference}`);
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
