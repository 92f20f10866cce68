/** Answers without a promise, for a synchronous hook of another library. */

import assert from "node:assert/strict";
import test from "node:test";
import { openFragileLab } from "./support/fragile.js";
import { LESSON, openLab, refused, wavyLogits } from "./support/index.js";

/** @param {() => unknown} action */
const now = (action) => async () => action();

test("sampleSync and traceSync give what sample and trace give", async () => {
  const lab = await openLab({ backend: "cpu" });
  const logits = wavyLogits(5000);
  for (const settings of [
    { seed: 3 },
    { seed: 3, top_k: 50, top_p: 0.9 },
    { temperature: 0, seed: 2 },
    { seed: 1, rng: "torch" },
  ]) {
    assert.deepEqual(lab.sampleSync(logits, settings), await lab.sample(logits, settings));
    assert.deepEqual(lab.traceSync(logits, settings), await lab.trace(logits, settings));
  }
  const rows = [{ seed: 1 }, { seed: 2 }];
  assert.deepEqual(lab.sampleSync(logits, rows), await lab.sample(logits, rows));
  lab.dispose();
});

test("a generator goes on from one kind of call to the other", async () => {
  const lab = await openLab();
  const [one, other] = [await lab.generator("torch", 5), await lab.generator("torch", 5)];
  const mixed = [
    lab.sampleSync(LESSON, { temperature: 3 }, { generator: one }).tokens[0],
    (await lab.sample(LESSON, { temperature: 3 }, { generator: one })).tokens[0],
    lab.sampleSync(LESSON, { temperature: 3, generator: one }).tokens[0],
  ];
  const waited = [];
  for (let i = 0; i < 3; i += 1)
    waited.push((await lab.sample(LESSON, { temperature: 3 }, { generator: other })).tokens[0]);
  assert.deepEqual(mixed, waited);
  lab.dispose();
});

test("errors are thrown at once", async () => {
  const lab = await openLab();
  await refused(
    now(() => lab.sampleSync(LESSON, { topp: 1 })),
    "unknown_setting",
    /top_p/,
  );
  await refused(
    now(() => lab.sampleSync([1, Number.NaN])),
    "invalid_logits",
    /logits\[0\]\[1\]/,
  );
  await refused(
    now(() => lab.traceSync("1, 2")),
    "invalid_logits",
  );
  lab.dispose();
  await refused(
    now(() => lab.sampleSync(LESSON)),
    "disposed",
  );
});

test("a worker cannot answer at once, and the error says what can", async () => {
  const lab = await openLab({ thread: "worker" });
  const advice = /use await lab\.sample, or a lab made with createLab\({ thread: "here", backend: "cpu" }\)/;
  await refused(
    now(() => lab.sampleSync(LESSON)),
    "invalid_setting",
    advice,
    { setting: "thread" },
  );
  await refused(
    now(() => lab.traceSync(LESSON)),
    "invalid_setting",
    /await lab\.trace/,
    { setting: "thread" },
  );
  lab.dispose();
});

test("a generator that died with its engine is lost here, too; the next call that waits brings a fresh one", async () => {
  const { lab, breakNext } = await openFragileLab();
  const generator = await lab.generator("torch", 5);
  breakNext();
  await refused(() => lab.softmax(LESSON), "engine_lost");
  await refused(
    now(() => lab.sampleSync(LESSON)),
    "engine_lost",
  );
  await lab.sample(LESSON);
  assert.equal(lab.sampleSync(LESSON, { temperature: 0 }).tokens[0], 3);
  await refused(
    now(() => lab.sampleSync(LESSON, {}, { generator })),
    "engine_lost",
    /this generator was lost/,
  );
  lab.dispose();
});
