/** The engine in a worker: the same answers as in this thread. */

import assert from "node:assert/strict";
import test, { after } from "node:test";
import { collect, LESSON, openLab, refused, wavyLogits } from "./support/index.js";

const here = await openLab();
const there = await openLab({ thread: "worker" });
after(() => {
  here.dispose();
  there.dispose();
});

/** @param {(lab: import("../../../www/engine/lab.js").Lab) => Promise<unknown>} action */
const agree = async (action) => assert.deepEqual(await action(there), await action(here));

test("the lab says it is in a worker", () => {
  assert.equal(there.thread, "worker");
  assert.deepEqual(there.backend, here.backend);
  assert.equal(there.version, here.version);
});

test("softmax, sample and trace", async () => {
  const logits = wavyLogits(151_936);
  await agree((lab) => lab.softmax(LESSON, { temperature: 0.7 }));
  await agree((lab) => lab.softmax(logits));
  await agree((lab) => lab.sample(logits, { top_k: 50, top_p: 0.9, seed: 3 }));
  await agree((lab) => lab.sample(logits.subarray(0, 60), [{ seed: 1 }, { seed: 2n, rng: "torch" }]));
  await agree((lab) => lab.trace(logits, { top_k: 50, min_p: 0.1, seed: 3 }));
  assert.equal(logits.length, 151_936, "the caller's logits are still there");
});

test("generators, models and runs", async () => {
  await agree(async (lab) => {
    const generator = await lab.generator("torch", 123);
    const model = await lab.model({ kind: "bigram", generator });
    const first = await lab.sample(LESSON, { temperature: 2 }, { generator });
    await generator.manualSeed(7);
    const { steps, end } = await collect(
      lab.generate({ model, prompt: ["the ", "a"], max_new_tokens: 30, generator, chunk: 4 }),
    );
    const { timings: _, ...rest } = end;
    // How many tokens a step has depends on how fast the machine is.
    const texts = [0, 1].map((row) => steps.map((step) => step.rows[row].text).join(""));
    return {
      first,
      rest,
      texts,
      logits: await model.forward([1, 2]),
      seed: generator.seed,
      about: await model.describe(),
    };
  });
});

test("errors arrive with all they carry", async () => {
  await refused(() => there.sample(LESSON, { topp: 1 }), "unknown_setting", /did you mean "top_p"/, {
    setting: "topp",
  });
  await refused(() => there.sample([1, Number.NaN]), "invalid_logits", /logits\[0\]\[1\]/, { row: 0, index: 1 });
  await refused(() => there.sample(LESSON, { top_k: () => 5 }), "invalid_setting", /use numbers, strings/);
  await refused(() => there.model({ kind: "counted", text: "" }), "model_format");
});

test("abort reaches a run whose every step is as large as it can be", async () => {
  const model = await there.model({ kind: "bigram", seed: 1 });
  const controller = new AbortController();
  setTimeout(() => controller.abort(), 50);
  const steps = there.generate({
    model,
    prompt: "a",
    max_new_tokens: 2 ** 31,
    chunk: 2 ** 31,
    signal: controller.signal,
  });
  const { end } = await collect(steps);
  assert.equal(end.finish_reason, "aborted");
});

test("nothing is computed that was not asked for", async () => {
  const model = await there.model({ kind: "bigram", seed: 1 });
  const generator = await there.generator("torch", 1);
  const steps = there.generate({ model, prompt: "a", max_new_tokens: 1000, generator });
  await steps.next();
  await new Promise((resolve) => setTimeout(resolve, 50));
  const after = await there.sample(new Float32Array(1000), {}, { generator });
  await generator.manualSeed(1);
  await there.sample(new Float32Array(30), {}, { generator });
  const expected = await there.sample(new Float32Array(1000), {}, { generator });
  assert.deepEqual(after.tokens, expected.tokens, "the stream stands one token further, not more");
  await steps.return();
});

test("other calls are answered while a run is on", async () => {
  const model = await there.model({ kind: "bigram", seed: 1 });
  const steps = there.generate({ model, prompt: "a", max_new_tokens: 2 ** 31, chunk: 2 ** 31 });
  const [step, sampled] = await Promise.all([steps.next(), there.sample(LESSON, { temperature: 0 })]);
  assert.equal(step.value.finished, false);
  assert.equal(sampled.tokens[0], 3);
  await steps.return();
});

test("dispose ends what is under way", async () => {
  const lab = await openLab({ thread: "worker" });
  const pending = refused(() => lab.softmax(LESSON), "disposed");
  lab.dispose();
  await pending;
  await refused(() => lab.softmax(LESSON), "disposed", /make a new one/);
});

test("an engine that cannot be loaded in the worker", async () => {
  await refused(
    () => openLab({ thread: "worker", wasm: "file:///nowhere/engine.wasm" }),
    "wasm_load",
    /createLab\({ wasm }\)/,
  );
});
