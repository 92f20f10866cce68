import assert from "node:assert/strict";
import test, { after } from "node:test";
import { LESSON, openLab, wavyLogits } from "./support/index.js";

const lab = await openLab();
after(() => lab.dispose());

test("what comes back: a token, its probability and how many were left, per row", async () => {
  const { tokens, probabilities, kept, seed } = await lab.sample(LESSON, { top_k: 2, seed: 1 });
  assert.ok(tokens instanceof Uint32Array && probabilities instanceof Float32Array && kept instanceof Uint32Array);
  assert.deepEqual([tokens.length, probabilities.length, kept[0], seed], [1, 1, 2, 1n]);
  /** @type {Record<number, number>} */
  const renormalised = { 3: 0.90025, 0: 0.09975 };
  assert.ok(Math.abs(probabilities[0] - renormalised[tokens[0]]) < 1e-5);
});

test("the caller's logits stay as they are", async () => {
  const logits = LESSON.slice();
  await lab.sample(logits, { temperature: 0.5, top_k: 2, logit_bias: { 1: 5 } });
  await lab.trace(logits, { temperature: 0.5, top_p: 0.5 });
  await lab.softmax(logits, { temperature: 3 });
  assert.deepEqual(logits, LESSON);
});

test("lists of numbers are logits too", async () => {
  const settings = { seed: 9, temperature: 2 };
  const expected = await lab.sample(LESSON, settings);
  assert.deepEqual(await lab.sample([...LESSON], settings), expected);
  assert.deepEqual(await lab.sample(Float64Array.from(LESSON), settings), expected);
});

test("settings that are off keep every token; worked cases keep what rules say", async () => {
  const kept = async (/** @type {number[]} */ probabilities, /** @type {object} */ settings) =>
    (await lab.sample(Float32Array.from(probabilities, Math.log), { seed: 0, ...settings })).kept[0];
  const p = [0.5, 0.25, 0.125, 0.125];
  for (const off of [
    {},
    { top_k: 0 },
    { top_k: null },
    { top_k: 4 },
    { top_k: 1000 },
    { top_p: 1 },
    { top_p: null },
    { min_p: 0 },
  ]) {
    assert.equal(await kept(p, off), 4, JSON.stringify(off));
  }
  assert.equal(await kept(p, { top_k: 1 }), 1);
  assert.equal(await kept(p, { top_k: 3 }), 4, "ties with the k-th stay");
  assert.equal(await kept(p, { top_p: 0 }), 1);
  assert.equal(await kept(p, { top_p: 0.6 }), 2, "the token that crosses p stays");
  assert.equal(await kept(p, { min_p: 0.4 }), 2);
  assert.equal(await kept([0.4, 0.2, 0.2, 0.2], { top_p: 0.5 }), 2);
});

test("the order of the stages changes the outcome", async () => {
  const logits = Float32Array.of(3, 2, 1);
  const kept = async (/** @type {string[]} */ order) =>
    (await lab.sample(logits, { top_p: 0.8, temperature: 0.5, order, seed: 0 })).kept[0];
  assert.equal(await kept(["temperature", "top_p"]), 1);
  assert.equal(await kept(["top_p", "temperature"]), 2);
});

test("a batch with one setting for all rows", async () => {
  const [n_rows, vocab_size] = [4, 37];
  const logits = wavyLogits(n_rows * vocab_size);
  const whole = await lab.sample(logits, { top_k: 5, seed: 3 }, { batch: n_rows });
  assert.equal(whole.tokens.length, n_rows);
  assert.deepEqual([...whole.kept], [5, 5, 5, 5]);
  assert.deepEqual(await lab.sample(logits, { top_k: 5, seed: 3, batch: n_rows }), whole, "batch among the settings");
  const first = await lab.sample(logits.subarray(0, vocab_size), { top_k: 5, seed: 3 });
  assert.equal(first.tokens[0], whole.tokens[0], "the first row is what it is alone");
});

test("rows of a batch draw with coins of their own", async () => {
  const n_rows = 64;
  const { tokens } = await lab.sample(new Float32Array(n_rows * 1000), { seed: 1 }, { batch: n_rows });
  assert.ok(new Set(tokens).size > n_rows / 2);
});

test("a batch with settings per row is the rows one by one", async () => {
  const vocab_size = 23;
  const settings = [
    { temperature: 0 },
    { temperature: 0.7, top_k: 3, seed: 4 },
    { top_p: 0.9, seed: 5, rng: "torch" },
    { min_p: 0.1, seed: 6n, repetition_penalty: 1.3, history: { prompt: [1, 2], output: [3] } },
  ];
  const logits = wavyLogits(settings.length * vocab_size);
  const { tokens, probabilities, kept, seeds } = await lab.sample(logits, settings);
  assert.deepEqual([...seeds.slice(1)], [4n, 5n, 6n]);
  for (const [row, own] of settings.entries()) {
    const alone = await lab.sample(logits.subarray(row * vocab_size, (row + 1) * vocab_size), own);
    assert.deepEqual(
      [tokens[row], probabilities[row], kept[row]],
      [alone.tokens[0], alone.probabilities[0], alone.kept[0]],
      `row ${row}`,
    );
  }
});

test("greedy takes the first of the best and needs no seed", async () => {
  const { tokens, probabilities, kept } = await lab.sample([1, 5, 5, 2], { temperature: 0 });
  assert.deepEqual([tokens[0], probabilities[0], kept[0]], [1, 1, 1]);
});

test("bias and penalties", async () => {
  const greedy = async (/** @type {object} */ settings) =>
    (await lab.sample([1, 2, 3], { temperature: 0, ...settings })).tokens[0];
  assert.equal(await greedy({}), 2);
  assert.equal(await greedy({ logit_bias: { 2: Number.NEGATIVE_INFINITY } }), 1);
  assert.equal(await greedy({ logit_bias: { 0: 5 } }), 0);
  assert.equal(await greedy({ repetition_penalty: 2, history: { prompt: [2] } }), 1);
  assert.equal(await greedy({ presence_penalty: 1.5, history: { prompt: [2] } }), 2, "presence counts the output only");
  assert.equal(await greedy({ presence_penalty: 1.5, history: { output: [2] } }), 1);
  assert.equal(await greedy({ frequency_penalty: 0.6, history: { output: Uint32Array.of(2, 2) } }), 1);
  assert.equal(await greedy({ frequency_penalty: 0.6, history: { output: [2, 2, 0] }, penalty_window: 1 }), 2);
});

test("a masked token is never drawn", async () => {
  const logits = wavyLogits(16);
  for (const id of [0, 3, 15]) logits[id] = Number.NEGATIVE_INFINITY;
  for (const rng of ["philox", "torch"]) {
    const generator = await lab.generator(rng, 1);
    for (let i = 0; i < 300; i += 1) {
      const { tokens } = await lab.sample(logits, { temperature: 50 }, { generator });
      assert.ok(![0, 3, 15].includes(tokens[0]));
    }
  }
});

test("a vocabulary of a real model's size", async () => {
  const logits = wavyLogits(151_936);
  const { kept, tokens } = await lab.sample(logits, { top_k: 50, top_p: 0.9, seed: 2 });
  assert.ok(kept[0] >= 1 && kept[0] <= 50 && tokens[0] < logits.length);
});

test("softmax: rows sum to one, masked is zero, temperature sharpens", async () => {
  const logits = Float32Array.of(...LESSON, 1, 1, Number.NEGATIVE_INFINITY, 1, 1);
  const probabilities = await lab.softmax(logits, { batch: 2 });
  const sum = (/** @type {Float32Array} */ row) => row.reduce((total, p) => total + p, 0);
  assert.ok(Math.abs(sum(probabilities.subarray(0, 5)) - 1) < 2 ** -20);
  assert.deepEqual([...probabilities.subarray(5)], [0.25, 0.25, 0, 0.25, 0.25]);
  const [cold, warm, hot] = await Promise.all([0.5, 1, 2].map((temperature) => lab.softmax(LESSON, { temperature })));
  assert.ok(cold[3] > warm[3] && warm[3] > hot[3]);
  const large = await lab.softmax([10_000, -10_000, 9_999]);
  assert.ok(Math.abs(large[0] - 0.7310586) < 1e-6 && large[1] < 1e-30);
});

test("many calls at once keep apart and in order", async () => {
  const generator = await lab.generator("torch", 5);
  const together = await Promise.all(
    Array.from({ length: 50 }, () => lab.sample(LESSON, { temperature: 2 }, { generator })),
  );
  await generator.manualSeed(5);
  for (const { tokens } of together) {
    assert.deepEqual((await lab.sample(LESSON, { temperature: 2 }, { generator })).tokens, tokens);
  }
});

test("a loop of one's own with stages that follow what was drawn has the text of generate", async () => {
  const model = await lab.model({ kind: "bigram", seed: 1 });
  const { ids: prompt } = await model.encode("the ");
  const followers = [{ mirostat_tau: 3 }, { adaptive_target: 0.2 }, { mirostat_tau: 3, adaptive_target: 0.2 }];
  for (const settings of followers) {
    /** @type {number[]} */
    const want = [];
    for await (const step of lab.generate({ model, prompt: "the ", max_new_tokens: 30, seed: 5, ...settings }))
      if (!step.finished) want.push(step.tokens[0]);
    /** @type {{ prompt: Uint32Array, output: number[], probabilities: number[], original_probabilities: number[] }} */
    const history = { prompt, output: [], probabilities: [], original_probabilities: [] };
    for (let step = 0; step < want.length; step++) {
      const logits = await model.next([...prompt, ...history.output]);
      const sampled = await lab.sample(logits, { ...settings, seed: 5, step, history });
      assert.equal(sampled.original_probabilities?.length, "adaptive_target" in settings ? 1 : undefined);
      history.output.push(sampled.tokens[0]);
      history.probabilities.push(sampled.probabilities[0]);
      history.original_probabilities.push(...(sampled.original_probabilities ?? []));
    }
    assert.deepEqual(history.output, want, JSON.stringify(settings));
  }
});
