import assert from "node:assert/strict";
import test, { after } from "node:test";
import { collect, openLab, refused } from "./support/index.js";

const lab = await openLab();
after(() => lab.dispose());

const ALPHABET = [..."abcdefghijklmnopqrstuvwxyz .,\n"];
const LENGTH = 1_000_000;

test("the notebook's model", async () => {
  const model = await lab.model({ kind: "bigram", rng: "torch", seed: 0 });
  assert.equal(model.kind, "bigram");
  assert.deepEqual(model.vocab, ALPHABET);
  assert.equal(model.vocabSize, 30);
  assert.match(await model.describe(), /torch.*seed 0/);
  const { ids, replaced } = await model.encode("The cat.\n");
  assert.equal(await model.decode(ids), "the cat.\n");
  assert.equal(replaced, 0);
});

test("forward: (B, T) ids give (B, T, V) logits", async () => {
  const model = await lab.model({ kind: "bigram", seed: 0 });
  const logits = await model.forward([0, 1, 2, 0, 1, 2], { batch: 2 });
  assert.equal(logits.length, 2 * 3 * 30);
  assert.deepEqual(logits.subarray(0, 90), logits.subarray(90));
  assert.deepEqual(await model.forward(Uint32Array.of(1)), logits.slice(30, 60));
});

test("a model counted from text", async () => {
  const model = await lab.model({ kind: "counted", text: "abababac", smoothing: 1 });
  assert.equal(model.kind, "counted");
  assert.deepEqual(model.vocab, [" ", "a", "b", "c"]);
  assert.match(await model.describe(), /8 characters/);
  const probabilities = await lab.softmax(await model.forward([1]));
  // After "a": b three times, c once; one more of each of the four characters.
  const expected = [1, 1, 4, 2].map((count) => count / 8);
  for (const [id, p] of expected.entries()) assert.ok(Math.abs(probabilities[id] - p) < 1e-6, `token ${id}`);
});

test("given logits are called by their labels, or by their ids", async () => {
  for (const V of [1, 5, 50_257]) {
    const logits = new Float32Array(V);
    const ids = Array.from(logits, (_, id) => String(id));
    const [bare, nulled] = [{}, { labels: null }];
    for (const given of [bare, nulled, { labels: ids }]) {
      const model = await lab.model({ kind: "logits", logits, ...given });
      assert.equal(model.vocabSize, V);
      assert.deepEqual(model.vocab, ids);
      assert.equal(model.vocab, model.vocab, "made once");
      assert.ok(Object.keys(model).includes("vocab"));
      assert.equal(new Proxy(model, {}).vocab.length, V, "what watches an object can read it");
      assert.equal(await model.decode([V - 1, 0]), `${V - 1}0`);
      await model.dispose();
    }
  }
  const model = await lab.model({ kind: "logits", logits: [1, 2], labels: ["yes", "no"] });
  assert.deepEqual(model.vocab, ["yes", "no"]);
  for (const labels of ["", 0, false, "ab"])
    await refused(() => lab.model({ kind: "logits", logits: [1, 2], labels }), "invalid_setting", /list of strings/);
});

test("emoji, right-to-left text and markup are text", async () => {
  for (const text of [
    "👩‍🚀 naïve 🎲🎲",
    "שלום עולם مرحبا",
    "<script>alert(1)</script>",
    "a\u0000b\ud800c",
    "\u202eabc",
  ]) {
    const wellFormed = text.replaceAll("\ud800", "\ufffd");
    const model = await lab.model({ kind: "counted", text });
    const { ids, replaced } = await model.encode(text);
    assert.equal(replaced, 0);
    assert.equal(await model.decode(ids), wellFormed);
    const { end } = await collect(lab.generate({ model, prompt: text, max_new_tokens: 40, seed: 1 }));
    assert.ok(end.text.startsWith(wellFormed) && end.text.isWellFormed());
    assert.equal([...end.new_text].length, 40);
    const steps = await collect(lab.generate({ model, prompt: text, max_new_tokens: 40, seed: 1 }));
    assert.ok(
      steps.steps.every((step) => step.text.isWellFormed()),
      "a character is never split",
    );
  }
});

test("what the notebook's vocabulary does not hold becomes a space, and is counted", async () => {
  const model = await lab.model({ kind: "bigram", seed: 0 });
  /** @type {[text: string, decoded: string, replaced: number][]} */
  const table = [
    ["Hi 🎲!", "hi   ", 2],
    ["<script>", " script ", 2],
    ["שלום", "    ", 4],
    ["a1b2", "a b ", 2],
  ];
  for (const [text, decoded, replaced] of table) {
    const encoded = await model.encode(text);
    assert.equal(await model.decode(encoded.ids), decoded);
    assert.equal(encoded.replaced, replaced, text);
  }
});

test("a million characters: as a prompt and as the text of a model", async () => {
  const text = "the quick brown fox. ".repeat(LENGTH / 20).slice(0, LENGTH);
  const bigram = await lab.model({ kind: "bigram", seed: 0 });
  const counted = await lab.model({ kind: "counted", text });
  for (const model of [bigram, counted]) {
    const { end } = await collect(lab.generate({ model, prompt: text, max_new_tokens: 10, seed: 1 }));
    assert.equal(end.ids.length, LENGTH + 10);
    assert.equal(end.text.slice(0, LENGTH), text);
  }
});

for (const thread of /** @type {const} */ (["here", "worker"]))
  test(`what is disposed of in the middle of a call ends it with an error (${thread})`, async () => {
    const own = await openLab({ thread });
    const made = async () => ({
      model: await own.model({ kind: "bigram", seed: 3 }),
      generator: await own.generator(),
    });
    for (const which of /** @type {const} */ (["model", "generator"])) {
      const parts = await made();
      const steps = own.generate({ ...parts, prompt: "a", max_new_tokens: 20 });
      await steps.next();
      await parts[which].dispose();
      await refused(() => steps.next(), "disposed", new RegExp(`this ${which} has been disposed of`));
      assert.deepEqual(await steps.next(), { done: true, value: undefined });
      // A sweep takes many slices.
      const timed = await made();
      const sweep = own.time({ ...timed, prompt_lengths: [16], new_tokens: 1_000_000 });
      await timed[which].dispose();
      await refused(() => sweep, "disposed", new RegExp(`this ${which} has been disposed of`));
    }
    const { model } = await made();
    assert.equal((await collect(own.generate({ model, prompt: "a", max_new_tokens: 5 }))).end.ids.length, 6);
    own.dispose();
  });
