/** The GPU in a real browser: chosen, checked, lost, and missing. */
import assert from "node:assert/strict";
import {
  adapterName,
  assertNotebook,
  assertSameLongText,
  assertSameRows,
  count,
  drawnBatches,
  drawnRows,
  KERNEL_ROWS,
  LONG_TEXT,
  longText,
  N_RANDOM_ROWS,
  NOTEBOOK_TEXTS,
  notebookTexts,
  onBoth,
  randomBatches,
} from "./compare.js";
import { eventually, pageTest } from "./support.js";

/** @typedef {import("./support.js").Lab} Lab */

/** Waits until the page has looked for a GPU and tried it out, which SwiftShader takes its time for. @param {Lab} lab */
const hasLooked = (lab) =>
  eventually(async () => {
    const reason = (await lab.element.locator("[data-reason]").textContent()) ?? "";
    assert.ok(reason.trim() !== "" && !/Looking for a GPU/.test(reason), reason);
    return reason.replace(/\s+/g, " ").trim();
  }, 60_000);

/** @param {Lab} lab @param {"Automatic" | "CPU" | "WebGPU"} name */
async function choose(lab, name) {
  await lab.element.getByRole("radio", { name }).check();
  return hasLooked(lab);
}

/** @param {Lab} lab */
const kind = (lab) => lab.element.locator("[data-backend]").getAttribute("data-backend");

/** The lab inside the element. @param {Lab} lab @param {string} method @param {...unknown} args @returns {Promise<any>} */
const call = (lab, method, ...args) =>
  lab.element.evaluate(
    (element, [method, args]) =>
      /** @type {any} */ (element).lab[/** @type {string} */ (method)](.../** @type {unknown[]} */ (args)),
    [method, args],
  );

/** The timings of the run on the page, by name. @param {Lab} lab */
const timings = (lab) =>
  lab.element
    .locator("#panel .timings > div")
    .evaluateAll((rows) =>
      Object.fromEntries(rows.map((row) => [...row.children].map((cell) => cell.textContent ?? ""))),
    );

pageTest(
  "with an adapter, the page names it, says why the CPU draws, and draws on WebGPU when asked; the live check compares every draw",
  async (lab) => {
    const text = await lab.settled();
    await lab.open("machine");
    await lab.view("timings");
    assert.match(await hasLooked(lab), /^CPU\. Small steps stay on the CPU: a call of the GPU costs \S+ ms\.$/);
    assert.match((await lab.element.locator("[data-adapter]").textContent()) ?? "", /swiftshader/i);
    assert.ok(!("GPU: waiting for results" in (await timings(lab))));

    assert.equal(await choose(lab, "WebGPU"), "WebGPU, as you chose.");
    await eventually(async () => assert.ok("GPU: waiting for results" in (await timings(lab))));
    assert.equal(await kind(lab), "webgpu");
    assert.match((await lab.element.locator("#panel").textContent()) ?? "", /80 tokens on WebGPU/);
    const told = await timings(lab);
    const { "GPU: kernels, by its own clock": kernels } = told;
    // The model is a table that the CPU looks up.
    assert.deepEqual([told["GPU: tokens the model read there"], told["GPU: tokens drawn there"]], ["0", "80"]);
    assert.match(kernels, /^(\d.* (µs|ms|s)|not resolvable)$/);
    assert.equal(await lab.text(), text, "WebGPU draws the same text");

    await lab.element.getByRole("checkbox", { name: "Live check" }).check();
    const report = lab.element.locator("[data-report]");
    await eventually(async () =>
      assert.match((await report.textContent()) ?? "", /CPU and GPU drew the same tokens\./),
    );
    const numbers = await report.locator("dd").allTextContents();
    assert.ok(Number(numbers[0]) >= 80, `${numbers[0]} draws`);
    assert.deepEqual(numbers.slice(1, 3), [numbers[0], numbers[0]]);
    assert.match(numbers[3], /^(0|\d(\.\d)? × 10⁻(⁷|⁸|⁹|¹.))$/);
    await lab.element.getByRole("checkbox", { name: "Live check" }).uncheck();
    await eventually(async () => assert.equal((await report.textContent())?.trim(), ""));

    await lab.setting("Temperature").fill("1.3");
    const hot = await lab.changed(text);
    assert.equal(await choose(lab, "CPU"), "CPU, as you chose.");
    await eventually(async () => assert.ok(!("GPU: waiting for results" in (await timings(lab)))));
    assert.equal(await lab.text(), hot, "the CPU draws the same text");
  },
  { hasGpu: true },
);

pageTest(
  "the keyboard alone: the panel is opened, WebGPU chosen, the live check switched, and the way back taken after a loss",
  async (lab, page) => {
    const text = await lab.settled();
    const focused = () => page.evaluate(() => document.activeElement?.shadowRoot?.activeElement?.outerHTML ?? "");
    await lab.element.locator("[data-part=machine] > summary").focus();
    await page.keyboard.press("Enter");
    await hasLooked(lab);
    await page.keyboard.press("Tab");
    assert.match(await focused(), /value="auto"/);
    await page.keyboard.press("ArrowUp");
    assert.equal(await hasLooked(lab), "WebGPU, as you chose.");
    assert.match(await focused(), /value="webgpu"/, "the focus stays");
    await page.keyboard.press("Tab");
    await page.keyboard.press("Space");
    await eventually(async () =>
      assert.match((await lab.element.locator("[data-report]").textContent()) ?? "", /drew the same tokens/),
    );
    await call(lab, "loseDevice");
    await lab.setting("Prompt").focus();
    await page.keyboard.press("Control+Enter");
    await lab.button("Try WebGPU again").waitFor();
    while (!/Try WebGPU again/.test(await focused())) await page.keyboard.press("Tab");
    await page.keyboard.press("Enter");
    assert.equal(await hasLooked(lab), "WebGPU, as you chose.");
    await eventually(async () => assert.equal(await lab.text(), text));
    assert.match(await focused(), /^<\w+[^>]*class="token/, "the focus goes from the notice to the text below it");
  },
  { hasGpu: true },
);

pageTest(
  "a device lost in the middle of a run: the text goes on on the CPU, the page says so, and WebGPU can be tried again",
  async (lab) => {
    const text = await lab.settled();
    await lab.open("machine");
    await choose(lab, "WebGPU");
    const before = await call(lab, "checkReport").then(() => lab.element.evaluate(stateOf));
    await lab.open("more-settings");
    await lab.setting("Slow motion").check();
    await lab.generate().click();
    await lab.isUnderWay();
    await call(lab, "loseDevice");
    const notice = lab.element.locator(".loss");
    assert.equal(await notice.getAttribute("role"), "status");
    await eventually(async () =>
      assert.match(
        (await notice.textContent()) ?? "",
        /The GPU was lost\. The text stays the same\. The GPU device was lost.*; the CPU went on/s,
      ),
    );
    assert.equal(await kind(lab), "cpu");
    await lab.setting("Slow motion").uncheck();
    await lab.generate().click();
    await eventually(async () => assert.equal(await lab.text(), text));
    assert.deepEqual(await lab.element.evaluate(stateOf), before, "prompt, model and settings stay");
    await lab.button("Try WebGPU again").click();
    await eventually(async () => assert.equal((await notice.textContent())?.trim(), ""), 60_000);
    assert.equal(await hasLooked(lab), "WebGPU, as you chose.");
    await eventually(async () => assert.equal(await lab.text(), text));
  },
  { hasGpu: true },
);

/** @param {Element} element */
const stateOf = (element) => /** @type {any} */ (element).getState();

/** Keeps every GPU device of the page where a test can get at it. @param {import("playwright-core").Page} page */
const keepDevices = (page) =>
  page.addInitScript(() => {
    const devices = /** @type {any[]} */ ([]);
    Object.assign(window, { devices });
    const { GPUAdapter } = /** @type {any} */ (globalThis);
    const { requestDevice } = GPUAdapter.prototype;
    GPUAdapter.prototype.requestDevice = async function (/** @type {any[]} */ ...args) {
      const device = await requestDevice.apply(this, args);
      devices.push(device);
      return device;
    };
  });

pageTest(
  "a device destroyed while steps are on their way, many times: the same tokens, and nothing is left over",
  async (lab) => {
    await lab.settled();
    await lab.open("machine");
    await hasLooked(lab);
    const failures = await lab.element.evaluate(async (element) => {
      const { lab } = /** @type {any} */ (element);
      const { devices } = /** @type {any} */ (window);
      const model = await lab.model({ kind: "bigram", seed: 4 });
      const options = { model, prompt: "the ", seed: 9, max_new_tokens: 24, temperature: 0.9, repetition_penalty: 1.1 };
      const write = async (/** @type {number} */ destroyAt) => {
        let tokens = 0;
        for await (const step of lab.generate(options)) {
          if (step.finished) return step.text;
          tokens += 1;
          // Not between two steps, but while the next one is on its way.
          if (tokens === destroyAt) queueMicrotask(() => setTimeout(() => devices.at(-1).destroy()));
        }
      };
      const expected = await write(0);
      const failures = [];
      for (const at of [1, 5, 17]) {
        await lab.setBackend("webgpu");
        const text = await write(at);
        if (text !== expected) failures.push(`${at}: ${text} instead of ${expected}`);
        if (!lab.backend.lost || lab.backend.kind !== "cpu") failures.push(`${at}: ${JSON.stringify(lab.backend)}`);
      }
      await lab.setBackend("cpu");
      await model.dispose();
      const alive = await Promise.race([
        Promise.all(devices.map((/** @type {any} */ { lost }) => lost)).then(() => "none"),
        new Promise((resolve) => setTimeout(() => resolve("some"), 5000)),
      ]);
      if (alive !== "none") failures.push(`of ${devices.length} devices ${alive} live on`);
      return failures;
    });
    assert.deepEqual(failures, []);
  },
  { hasGpu: true, csp: "worker-src 'none'", expected: [/worker/i], prepare: keepDevices },
);

pageTest(
  "while the engine waits for WebGPU: a trap of another library is not ours, calls that overlap are answered in order, and a lab taken away tells everyone",
  async (lab) => {
    await lab.settled();
    await lab.open("machine");
    await hasLooked(lab);
    const afterTrap = await lab.element.evaluate(async (element) => {
      const { lab } = /** @type {any} */ (element);
      await lab.setBackend("webgpu");
      const waiting = lab.sample([1, 2, 3], { temperature: 0 });
      await null;
      dispatchEvent(new ErrorEvent("error", { error: new WebAssembly.RuntimeError("unreachable") }));
      const drawn = [await waiting, await lab.sample([1, 2, 3], { temperature: 0 })];
      return drawn.map(({ tokens }) => tokens[0]);
    });
    assert.deepEqual(afterTrap, [2, 2]);
    const { order, tokens, codes } = await lab.element.evaluate(async (element) => {
      const { lab } = /** @type {any} */ (element);
      const logits = Float32Array.from({ length: 500 }, (_, i) => (i * 37) % 11);
      const order = /** @type {string[]} */ ([]);
      const note = (/** @type {string} */ name) => (/** @type {any} */ value) => {
        order.push(name);
        return value;
      };
      const settings = { seed: 3, top_p: 0.9 };
      const drawn = await Promise.all([
        lab.sample(logits, settings).then(note("sample")),
        lab.trace(logits, settings).then(note("trace")),
        lab.softmax([1, 2]).then(note("softmax")),
        lab.sample(logits, settings).then(note("sample")),
      ]);
      const late = [lab.sample(logits, settings), lab.trace(logits, settings), lab.softmax([1, 2])];
      lab.dispose();
      const codes = await Promise.all(late.map((call) => call.catch((/** @type {any} */ { code }) => code)));
      return { order, tokens: [drawn[0].tokens[0], drawn[1].draw.token, drawn[3].tokens[0]], codes };
    });
    assert.deepEqual(order, ["sample", "trace", "softmax", "sample"]);
    assert.deepEqual(new Set(tokens).size, 1);
    assert.deepEqual(codes, ["disposed", "disposed", "disposed"]);
  },
  { hasGpu: true, csp: "worker-src 'none'", expected: [/worker/i] },
);

// One page for all that is compared: SwiftShader takes seconds to compile the kernels.
pageTest(
  "WebGPU draws in this browser what the CPU draws: every kernel, random batches, the notebook's texts, 10,000 characters",
  async (lab, page) => {
    await lab.settled();
    // The page's own look for a GPU, which sets the backend as well, is over.
    await lab.open("machine");
    await hasLooked(lab);
    const compared = async (/** @type {string} */ what, /** @type {number} */ n) =>
      count("webgpu", await page.evaluate(adapterName), what, n);
    const [rows, batches, texts, long] = await onBoth(lab.element, [
      // Any order, long rows, batches, traces, races.
      [drawnRows, KERNEL_ROWS],
      // To the bit.
      [drawnBatches, randomBatches()],
      // As PyTorch printed them.
      [notebookTexts, NOTEBOOK_TEXTS.map(({ kwargs }) => kwargs)],
      // From one seed, the loop on the device: not one differs.
      [longText, LONG_TEXT],
    ]);
    assertSameRows(rows);
    await compared("rows drawn and traced as on the CPU", KERNEL_ROWS.length);
    assertSameRows(batches);
    await compared("random rows as on the CPU", N_RANDOM_ROWS);
    assertNotebook(texts);
    await compared("texts of the notebook", NOTEBOOK_TEXTS.length);
    assertSameLongText(long);
    await compared("characters as on the CPU", LONG_TEXT);
  },
  { hasGpu: true },
);

pageTest("without an adapter the page says CPU and why, and asking for WebGPU is answered", async (lab) => {
  const text = await lab.settled();
  await lab.open("machine");
  assert.equal(await hasLooked(lab), "CPU. No WebGPU here: the platform offers no graphics adapter.");
  assert.match((await lab.element.locator("[data-part=machine] > summary").textContent()) ?? "", /Computed on CPU/);
  const choice = lab.element.getByRole("radio", { name: "WebGPU" });
  await choice.click();
  await eventually(async () =>
    assert.match(
      (await lab.element.locator(".machine .problem").textContent({ timeout: 1000 })) ?? "",
      /WebGPU cannot be chosen here, so nothing changed\./,
    ),
  );
  assert.equal(await choice.isChecked(), false);
  assert.ok(await lab.element.getByRole("radio", { name: "Automatic" }).isChecked());
  assert.equal(await lab.text(), text, "nothing is lost");
  await assert.rejects(call(lab, "setBackend", "webgpu"), /no WebGPU here/);
  await choose(lab, "CPU");
  assert.equal(await lab.element.locator(".machine .problem").count(), 0);
});
