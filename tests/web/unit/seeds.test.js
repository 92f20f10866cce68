import assert from "node:assert/strict";
import test, { after } from "node:test";
import { collect, LESSON, openLab } from "./support/index.js";

const lab = await openLab();
const model = await lab.model({ kind: "bigram", seed: 1 });
after(() => lab.dispose());

const RNGS = ["philox", "torch"];
/** @param {object} options */
const text = async (options) =>
  (await collect(lab.generate({ model, prompt: "the ", max_new_tokens: 40, chunk: 40, ...options }))).end;

test("same seed, same token; a number and a bigint are the same seed", async () => {
  for (const rng of RNGS) {
    const settings = { temperature: 2, rng };
    const first = await lab.sample(LESSON, { ...settings, seed: 7 });
    assert.deepEqual(await lab.sample(LESSON, { ...settings, seed: 7 }), first);
    assert.deepEqual(await lab.sample(LESSON, { ...settings, seed: 7n }), first);
    assert.equal(first.seed, 7n);
  }
});

test("every seed of 64 bits counts with philox", async () => {
  for (const seed of [0, 2 ** 53 - 1, 2n ** 53n, 2n ** 63n, 2n ** 64n - 1n]) {
    const { seed: reported } = await lab.sample(LESSON, { seed });
    assert.equal(reported, BigInt(seed));
  }
  const low = await text({ seed: 5 });
  const high = await text({ seed: 5n + 2n ** 32n });
  assert.notEqual(low.text, high.text);
});

test("without a seed each call takes a fresh one, and the one reported repeats it", async () => {
  for (const rng of RNGS) {
    const first = await text({ rng });
    const second = await text({ rng });
    assert.notEqual(first.seed, second.seed);
    assert.equal(typeof first.seed, "bigint");
    assert.equal(first.rng, rng);
    assert.equal((await text({ rng, seed: first.seed })).text, first.text);
    const { seed, tokens } = await lab.sample(LESSON, { rng, temperature: 3 });
    assert.deepEqual((await lab.sample(LESSON, { rng, temperature: 3, seed })).tokens, tokens);
  }
});

test("same seed, same text, whatever the chunk; another seed, another text", async () => {
  for (const rng of RNGS) {
    const whole = await text({ rng, seed: 11, max_new_tokens: 200, chunk: 1000 });
    for (const chunk of [1, 3, 64]) {
      const { end } = await collect(lab.generate({ model, prompt: "the ", rng, seed: 11, max_new_tokens: 200, chunk }));
      assert.equal(end.text, whole.text, `${rng}, chunk ${chunk}`);
    }
    assert.notEqual((await text({ rng, seed: 12, max_new_tokens: 200 })).text, whole.text);
  }
});

test("`step` picks the coin of the seed's stream that the loop uses there", async () => {
  const { end } = await collect(lab.generate({ model, prompt: "a", seed: 3, max_new_tokens: 20, chunk: 20 }));
  for (const step of [0, 1, 7, 19]) {
    const logits = await model.forward([end.ids[step]]);
    const { tokens } = await lab.sample(logits, { seed: 3, step });
    assert.equal(tokens[0], end.ids[step + 1], `step ${step}`);
  }
});

test("models by seed: the same table for the same seed", async () => {
  for (const rng of RNGS) {
    const table = async (/** @type {number | bigint} */ seed) =>
      (await lab.model({ kind: "bigram", rng, seed })).forward([0, 1, 2]);
    assert.deepEqual(await table(4), await table(4n));
    assert.notDeepEqual(await table(4), await table(5));
  }
});
