/** Inputs whose memory is gone, or that are larger than any memory: refused by name, and nobody else notices. */

import assert from "node:assert/strict";
import test, { after } from "node:test";
import { LESSON, openLab, refused } from "./support/index.js";

const [lab, other] = [await openLab(), await openLab()];
const model = await lab.model({ kind: "bigram", seed: 1 });
const generator = await lab.generator("torch", 1);
const run = lab.generate({ model, prompt: "a", max_new_tokens: 1000, seed: 1 });
const theirs = await other.model({ kind: "bigram", seed: 1 });
await run.next();
after(() => {
  lab.dispose();
  other.dispose();
});

/** What lives in either lab still does. */
const untouched = async () => {
  assert.equal((await run.next()).value.finished, false);
  await lab.sample(LESSON, {}, { generator });
  assert.equal((await model.forward([1])).length, 30);
  assert.equal((await theirs.forward([1])).length, 30);
  assert.equal((await other.sample(LESSON, { temperature: 0 })).tokens[0], 3);
};

/** An array that was handed to another thread. @param {any} array */
const detached = (array) => {
  structuredClone(array.buffer, { transfer: [array.buffer] });
  return array;
};

/** A view that its buffer no longer reaches. @param {any} Kind @param {number} length */
const outOfBounds = (Kind, length) => {
  const size = length * Kind.BYTES_PER_ELEMENT;
  const buffer = new /** @type {any} */ (ArrayBuffer)(size, { maxByteLength: size });
  const view = new Kind(buffer, 0, length);
  buffer.resize(Kind.BYTES_PER_ELEMENT);
  return view;
};

const HOLLOW = /empty, since its memory was detached or made smaller: hand over a copy/;

for (const [what, hollow] of /** @type {const} */ ([
  ["detached", () => detached(Float32Array.of(1, 2, 3))],
  ["out of bounds", () => outOfBounds(Float32Array, 3)],
  ["a detached Float64Array", () => detached(Float64Array.of(1, 2, 3))],
])) {
  test(`logits that are ${what}`, async () => {
    for (const call of ["sample", "softmax", "trace", "rules", "timeStages"])
      await refused(() => lab[call](hollow()), "invalid_logits", HOLLOW);
    await refused(() => lab.model({ kind: "logits", logits: hollow() }), "invalid_logits", HOLLOW);
    await refused(() => lab.chiSquare([1, 2, 3], hollow()), "invalid_logits", /probabilities is empty/);
    await untouched();
  });
}

test("ids, counts and biases without memory", async () => {
  for (const hollow of [() => detached(Uint32Array.of(1)), () => outOfBounds(Uint32Array, 2)]) {
    await refused(() => model.forward(hollow()), "invalid_token");
    await refused(() => model.decode(hollow()), "invalid_token");
    await refused(() => lab.chiSquare(hollow(), [1]), "invalid_setting", /counts/);
    await refused(() => lab.sample(LESSON, { history: { output: hollow() } }), "invalid_setting", /history\.output/);
    const columns = { ids: hollow(), values: Float32Array.of(1) };
    await refused(() => lab.sample(LESSON, { logit_bias: columns }), "invalid_setting", /logit_bias\.ids/);
  }
  await untouched();
});

test("more than one call takes is refused before anything is copied", async () => {
  // Memory that is never touched is never there.
  const huge = new Float32Array(1.2e9);
  for (const call of ["sample", "softmax", "trace", "rules", "timeStages"])
    await refused(
      () => lab[call](huge),
      "limit_exceeded",
      /logits has 1200000000 values, and one call takes \d+: use fewer/,
    );
  await refused(() => lab.model({ kind: "logits", logits: huge }), "limit_exceeded");
  await refused(() => model.forward(new Uint32Array(2 ** 29)), "limit_exceeded", /ids/);
  await refused(() => model.decode(new Uint32Array(2 ** 29)), "limit_exceeded", /ids/);
  const ids = new Uint32Array(2 ** 29);
  await refused(() => lab.sample(LESSON, { history: { output: ids } }), "limit_exceeded", /history\.output/);
  await refused(() => lab.generate({ model, prompt_ids: ids }).next(), "limit_exceeded", /prompt_ids/);
  const text = "a".repeat(2 ** 28);
  await refused(() => model.encode(text), "limit_exceeded", /text/);
  await refused(() => lab.generate({ model, prompt: text }).next(), "limit_exceeded", /prompt/);
  await refused(() => lab.model({ kind: "counted", text }), "limit_exceeded", /text/);
  await untouched();
});

test("a small input that asks for a large answer is refused before memory is taken", async () => {
  const labels = Array.from({ length: 30_000 }, (_, id) => String(id));
  const wide = await lab.model({ kind: "logits", logits: new Float32Array(30_000), labels });
  const ids = new Uint32Array(2 ** 20);
  await refused(() => wide.forward(ids), "limit_exceeded", /ids = 1048576 needs more memory than there is: use less/);
  const prompts = new Array(1 << 16).fill([0]);
  await refused(() => lab.generate({ model: wide, prompt_ids: prompts }).next(), "limit_exceeded", /prompt = 65536/);
  await refused(() => lab.sample(LESSON, { batch: 2 ** 40 }), "wrong_length");
  await untouched();
});
