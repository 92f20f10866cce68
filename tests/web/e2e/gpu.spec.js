/** The GPU in a real browser: chosen, checked, lost, and missing. */
import assert from "node:assert/strict";
import { eventually, pageTest } from "./support.js";

/** @typedef {import("./support.js").Lab} Lab */

/** Waits until the page has looked for a GPU. @param {Lab} lab */
const hasLooked = (lab) =>
  eventually(async () => {
    const reason = (await lab.element.locator("[data-reason]").textContent()) ?? "";
    assert.ok(reason.trim() !== "" && !/Looking for a GPU/.test(reason), reason);
    return reason.trim();
  });

/** @param {Lab} lab @param {"Automatic" | "CPU" | "WebGPU"} name */
async function choose(lab, name) {
  await lab.element.getByRole("radio", { name: new RegExp(`^${name}`) }).check();
  return hasLooked(lab);
}

/** The lab inside the element. @param {Lab} lab @param {string} method @param {...unknown} args @returns {Promise<any>} */
const call = (lab, method, ...args) =>
  lab.element.evaluate(
    (element, [method, args]) =>
      /** @type {any} */ (element).lab[/** @type {string} */ (method)](.../** @type {unknown[]} */ (args)),
    [method, args],
  );

pageTest(
  "with an adapter, the page knows it, says why the CPU draws, and draws on WebGPU when asked",
  async (lab) => {
    const text = await lab.settled();
    await lab.open("machine");
    assert.match(await hasLooked(lab), /^CPU\. .* GPU here: .*(SwiftShader|google|WebGPU).*/i);
    assert.match(await choose(lab, "WebGPU"), /^WebGPU\. WebGPU was asked for\. GPU here: /);
    await lab.button("Generate").click();
    await eventually(async () =>
      assert.equal(await lab.element.locator("[data-backend]").getAttribute("data-backend"), "webgpu"),
    );
    await lab.knob("Temperature").fill("1.3");
    const hot = await lab.changed(text);
    await lab.open("timings");
    await eventually(async () =>
      assert.match((await lab.element.locator(".timings").textContent()) ?? "", /On the GPU: waiting for results/),
    );
    await choose(lab, "CPU");
    await lab.knob("Temperature").fill("1.2");
    await lab.changed(hot);
    await lab.knob("Temperature").fill("1.3");
    await eventually(async () => assert.equal(await lab.text(), hot, "the CPU draws the same text"));
  },
  { hasGpu: true },
);

pageTest(
  "the live check compares every draw and finds the same bits",
  async (lab) => {
    await lab.settled();
    await lab.open("machine");
    await choose(lab, "WebGPU");
    await lab.element.getByRole("checkbox", { name: /^Live check/ }).check();
    const report = lab.element.locator("[data-report]");
    await eventually(async () => {
      const [, rows, tokens, bits] =
        /^(\d+) draws compared: (\d+) with the same token, (\d+) with/.exec((await report.textContent()) ?? "") ?? [];
      assert.ok(Number(rows) >= 80, `${rows} rows`);
      assert.equal(tokens, rows);
      assert.equal(bits, rows);
    });
  },
  { hasGpu: true },
);

pageTest(
  "a device lost in the middle of a run: the text goes on on the CPU, the page says so, and WebGPU can be tried again",
  async (lab) => {
    const text = await lab.settled();
    await lab.open("machine");
    await choose(lab, "WebGPU");
    await lab.knob("slowly").check();
    await lab.button("Generate").click();
    await lab.isUnderWay();
    await call(lab, "loseDevice");
    const notice = lab.element.locator(".loss");
    await eventually(async () =>
      assert.match((await notice.textContent()) ?? "", /The GPU went away\. The text went on/),
    );
    await lab.knob("slowly").uncheck();
    await lab.button("Generate").click();
    await eventually(async () => assert.equal(await lab.text(), text));
    await lab.button("Try WebGPU again").click();
    await eventually(async () => assert.equal(await notice.count(), 0));
    assert.match(await hasLooked(lab), /^WebGPU\./);
  },
  { hasGpu: true },
);

pageTest(
  "every kernel draws in this browser what the CPU draws: any order, long rows, batches, traces, races",
  async (lab) => {
    await lab.settled();
    const differences = await lab.element.evaluate(async (element) => {
      const { lab } = /** @type {any} */ (element);
      /** @type {[number, Record<string, unknown>][]} */
      const rows = [
        [30, {}],
        [30, { temperature: 0.7, top_k: 5, top_p: 0.9, min_p: 0.05 }],
        [1000, { temperature: 1.3, top_p: 0.95 }],
        [1000, { top_k: 300, temperature: 2 }],
        [50257, { temperature: 0.8, top_k: 50, top_p: 0.9 }],
        [50257, { temperature: 1.5 }],
        [50257, { top_p: 0.98 }],
        [
          9000,
          {
            order: ["min_p", "top_p", "top_k", "temperature", "penalties", "bias"],
            top_p: 0.9,
            top_k: 40,
            min_p: 0.02,
            temperature: 0.7,
          },
        ],
        [500, { temperature: 0 }],
        [40, { rng: "torch", temperature: 0.9, top_p: 0.9 }],
        [
          300,
          {
            repetition_penalty: 1.3,
            presence_penalty: 0.4,
            frequency_penalty: 0.2,
            logit_bias: { 7: 3, 9: -1 },
            history: { prompt: [1, 2, 3], output: [7, 7, 9] },
          },
        ],
      ];
      const draw = async () => {
        const drawn = [];
        for (const [n, settings] of rows) {
          const logits = Float32Array.from({ length: n }, (_, i) => ((i * 7919) % 1009) / 60 - ((i * 31) % 17));
          const { tokens, probabilities, kept } = await lab.sample(logits, { seed: 5, ...settings });
          const trace = await lab.trace(logits, { seed: 5, ...settings });
          const left = trace.stages.map((/** @type {any} */ stage) => stage.kept).join();
          drawn.push(
            [
              n,
              JSON.stringify(settings),
              tokens[0],
              settings.rng ? 0 : probabilities[0],
              kept[0],
              trace.draw.token,
              left,
            ].join(" | "),
          );
        }
        return drawn;
      };
      await lab.setBackend("webgpu");
      const gpu = await draw();
      const { kind } = lab.backend;
      await lab.setBackend("cpu");
      const cpu = await draw();
      return [
        kind === "webgpu" ? null : kind,
        ...gpu.map((row, i) => (row === cpu[i] ? null : `${row} on WebGPU, ${cpu[i]} on the CPU`)),
      ];
    });
    assert.deepEqual(differences.filter(Boolean), []);
  },
  { hasGpu: true },
);

pageTest("without an adapter the page says CPU and why, and asking for WebGPU is answered", async (lab) => {
  const text = await lab.settled();
  await lab.open("machine");
  assert.match(await hasLooked(lab), /^CPU: no WebGPU here: .{8,}/);
  await lab.element.getByRole("radio", { name: /^WebGPU/ }).click();
  await eventually(async () =>
    assert.match((await lab.element.locator(".machine .problem").textContent()) ?? "", /Not changed: no WebGPU here/),
  );
  assert.equal(await lab.text(), text, "nothing is lost");
  await assert.rejects(call(lab, "setBackend", "webgpu"), /no WebGPU here/);
});
