/** PyTorch's numbers, through the library's doors. */

import assert from "node:assert/strict";
import test, { after } from "node:test";
import { bits, collect, fromBits, golden, LESSON, openLab } from "./support/index.js";

const goldens = JSON.parse(await golden("goldens.json"));
const vectors = JSON.parse(await golden("test_vectors.json"));
const lab = await openLab();
after(() => lab.dispose());

test("the lesson's logits", () => {
  assert.deepEqual(bits(LESSON), goldens.lesson_logits_hex);
});

test("stable softmax, bit for bit", async () => {
  for (const [tau, { hex }] of Object.entries(goldens.stable_softmax)) {
    assert.deepEqual(
      bits(await lab.softmax(LESSON, { temperature: Number(tau), arithmetic: "notebook" })),
      hex,
      `tau = ${tau}`,
    );
  }
});

test("top-k and top-p keep what PyTorch keeps", async () => {
  const top2 = await lab.trace(LESSON, { top_k: 2, rng: "torch", seed: 0 });
  assert.deepEqual(
    bits(goldens.topk2_tokens.map((/** @type {number} */ id) => top2.probabilities[id])),
    goldens.topk2_renorm_hex,
  );
  const nucleus = await lab.trace(LESSON, { top_p: 0.9, rng: "torch", seed: 0 });
  const kept = [...nucleus.probabilities.keys()].filter((id) => nucleus.probabilities[id] > 0);
  assert.deepEqual(kept, goldens["top_p_0.9_kept"].toSorted());
});

test("final probabilities in torch mode are F.softmax's bits", async () => {
  for (const [temperature, hex] of Object.entries(goldens.F_softmax_hex)) {
    const { probabilities } = await lab.trace(LESSON, { temperature: Number(temperature), rng: "torch", seed: 0 });
    assert.deepEqual(bits(probabilities), hex, `T = ${temperature}`);
  }
});

test("24 tokens in a row from one stream", async () => {
  /** @type {[rng: string, settings: object, name: string][]} */
  const series = [
    ["torch", {}, "tokens_lesson_T2"],
    ["torch", { top_p: 0.9 }, "tokens_lesson_T2_topp0.9"],
  ];
  const seeds = Object.keys(vectors).filter((key) => /^\d+$/.test(key));
  assert.ok(seeds.length >= 5);
  for (const seed of seeds) {
    for (const [rng, settings, name] of series) {
      const generator = await lab.generator(rng, BigInt(seed));
      const tokens = [];
      for (const _ of vectors[seed][name]) {
        tokens.push((await lab.sample(LESSON, { temperature: 2, ...settings }, { generator })).tokens[0]);
      }
      assert.deepEqual(tokens, vectors[seed][name], `${rng}, seed ${seed}, ${name}`);
    }
  }
});

test("a batch draws row after row", async () => {
  const expected = vectors[7].tokens_lesson_T2;
  const logits = Float32Array.from(expected.flatMap(() => [...LESSON]));
  const { tokens } = await lab.sample(logits, { temperature: 2, rng: "torch", seed: 7 }, { batch: expected.length });
  assert.deepEqual([...tokens], expected);
});

test("the notebook's stream: samples after seed 123, then the model's table, then the texts", async () => {
  const generator = await lab.generator("torch", 123);
  const samples = {
    greedy: { temperature: 0 },
    temperature2: { temperature: 2 },
    topk2: { top_k: 2 },
    "topp0.9": { top_p: 0.9 },
  };
  for (const [name, settings] of Object.entries(samples)) {
    const { tokens } = await lab.sample(LESSON, settings, { generator });
    assert.equal(tokens[0], goldens.seed123_samples[name], name);
  }
  const model = await lab.model({ kind: "bigram", generator });
  assert.equal(model.vocab.join(""), goldens.vocab);
  const table = await model.forward([...Array(30).keys()]);
  assert.deepEqual(bits(table), goldens.weights_30x30_hex);
  for (const [name, { ids, text, kwargs }] of Object.entries(goldens.generated)) {
    await generator.manualSeed(7);
    const { end } = await collect(
      lab.generate({ model, prompt: "the ", block_size: 32, max_new_tokens: 80, generator, ...kwargs }),
    );
    assert.equal(end.text, text, name);
    assert.deepEqual([...end.ids], ids, name);
    const again = await collect(lab.generate({ model, prompt: "the ", rng: "torch", seed: 7, chunk: 33, ...kwargs }));
    assert.equal(again.end.text, text, `${name}, with a seed instead of a stream`);
  }
});

test("a generator goes on where the last call left it, and starts again on manualSeed", async () => {
  for (const rng of ["philox", "torch"]) {
    const generator = await lab.generator(rng, 1);
    assert.equal(generator.rng, rng);
    assert.equal(generator.seed, 1n);
    const draw = async () => {
      const tokens = [];
      for (let i = 0; i < 20; i += 1)
        tokens.push((await lab.sample(new Float32Array(100), {}, { generator })).tokens[0]);
      return tokens.join();
    };
    const first = await draw();
    assert.notEqual(await draw(), first);
    await generator.manualSeed(1);
    assert.equal(await draw(), first);
    await generator.manualSeed(2n ** 63n);
    assert.equal(generator.seed, 2n ** 63n);
    assert.notEqual(await draw(), first);
  }
});

test("a sample that is refused uses nothing of the stream", async () => {
  const generator = await lab.generator("torch", 7);
  const expected = vectors[7].tokens_lesson_T2;
  await assert.rejects(lab.sample([Number.NaN, 1], {}, { generator }));
  await assert.rejects(lab.sample([Number.NEGATIVE_INFINITY], {}, { generator }));
  await assert.rejects(lab.sample(LESSON, { top_p: 7 }, { generator }));
  const { tokens } = await lab.sample(LESSON, { temperature: 2 }, { generator });
  assert.equal(tokens[0], expected[0]);
  const next = await lab.sample(LESSON, { temperature: 2 }, { generator });
  assert.equal(next.tokens[0], expected[1]);
});

test("golden bits can be read back", () => {
  assert.deepEqual(bits(fromBits(goldens.lesson_logits_hex)), goldens.lesson_logits_hex);
});
