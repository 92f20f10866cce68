/** The most likely tokens and the tokens left, without a trace; and tens of thousands of biases. */

import assert from "node:assert/strict";
import test, { after } from "node:test";
import { LESSON, openLab, refused, wavyLogits } from "./support/index.js";

const lab = await openLab();
after(() => lab.dispose());

/** @param {Float32Array} probabilities the ids of those above 0, most likely first */
const ranked = (probabilities) =>
  Array.from(probabilities.keys())
    .filter((id) => probabilities[id] > 0)
    .sort((a, b) => probabilities[b] - probabilities[a] || a - b);

test("log-probabilities of the lesson's row", async () => {
  // The same in Python: x - max - math.log(sum(math.exp(x - max))).
  const expected = [-2.332018, -5.832018, -4.032018, -0.132018, -5.132018];
  const { top, kept_ids } = await lab.sample(LESSON, { top_n: 5, kept_ids: true, seed: 1 });
  assert.deepEqual(Array.from(top[0].ids), [3, 0, 2, 4, 1]);
  for (const [i, id] of top[0].ids.entries())
    assert.ok(Math.abs(top[0].logprobs[i] - expected[id]) < 1e-6, `${top[0].logprobs[i]} is not ${expected[id]}`);
  assert.deepEqual(top[0].raw, { ids: top[0].ids, logprobs: top[0].logprobs });
  assert.deepEqual(Array.from(kept_ids[0]), [0, 1, 2, 3, 4]);
});

test("they are those of the trace, with every rng and in every thread", async () => {
  const logits = wavyLogits(50_000);
  const there = await openLab({ thread: "worker" });
  for (const rng of ["philox", "torch"]) {
    const settings = { rng, seed: 1, temperature: 0.7, top_k: 40, top_p: 0.9, top_n: 5, kept_ids: true };
    const sampled = await lab.sample(logits, settings);
    assert.deepEqual(await there.sample(logits, settings), sampled);
    const { probabilities, raw_probabilities, kept, top } = await lab.trace(logits, settings);
    assert.deepEqual(top, sampled.top);
    const order = ranked(probabilities);
    assert.deepEqual(Array.from(sampled.top[0].ids), order.slice(0, 5));
    assert.deepEqual(
      Array.from(sampled.kept_ids[0]),
      order.toSorted((a, b) => a - b),
    );
    assert.equal(sampled.kept_ids[0].length, kept);
    assert.deepEqual(Array.from(sampled.top[0].raw.ids), ranked(raw_probabilities).slice(0, 5));
    for (const [i, id] of sampled.top[0].ids.entries())
      assert.ok(Math.abs(sampled.top[0].logprobs[i] - Math.log(probabilities[id])) < 1e-5);
  }
  there.dispose();
});

test("a row each, and only where asked for", async () => {
  const rows = [
    { seed: 1, top_n: 2 },
    { seed: 2, top_n: 1, top_k: 1 },
  ];
  const { top, kept_ids } = await lab.sample([...LESSON, ...LESSON], rows);
  assert.deepEqual(
    top.map((/** @type {any} */ { ids }) => Array.from(ids)),
    [[3, 0], [3]],
  );
  assert.equal(kept_ids, undefined);
  const batch = await lab.sample([...LESSON, ...LESSON], { batch: 2, kept_ids: true, top_k: 2, seed: 1 });
  assert.deepEqual(
    batch.kept_ids.map((/** @type {Uint32Array} */ ids) => Array.from(ids)),
    [
      [0, 3],
      [0, 3],
    ],
  );
  assert.deepEqual(Object.keys(await lab.sample(LESSON, { seed: 1 })), ["tokens", "probabilities", "kept", "seed"]);
  await refused(() => lab.sample(LESSON, { top_n: -1 }), "invalid_setting", /top_n/);
  await refused(() => lab.sample(LESSON, { kept_ids: "yes" }), "invalid_setting", /kept_ids/);
});

test("biases as an object, a Map, pairs and two columns are the same, and a wrong one is named", async () => {
  const logits = wavyLogits(1000);
  const ids = Array.from({ length: 300 }, (_, i) => i * 3);
  const object = Object.fromEntries(ids.map((id) => [id, id % 2 ? -Infinity : 1.5]));
  const map = new Map(ids.map((id) => [id, id % 2 ? -Infinity : 1.5]));
  const values = ids.map((id) => (id % 2 ? -Infinity : 1.5));
  const expected = await lab.trace(logits, { logit_bias: object, seed: 1 });
  assert.equal(expected.kept, 850);
  const columns = { ids: Uint32Array.from(ids), values: Float32Array.from(values) };
  for (const logit_bias of [map, [...map], [...map].reverse(), { ids, values }, columns])
    assert.deepEqual(await lab.trace(logits, { logit_bias, seed: 1 }), expected);
  for (const [logit_bias, message] of /** @type {[unknown, RegExp][]} */ ([
    [{ ...object, 3: Number.NaN }, /logit_bias\[3\] = NaN/],
    [{ ...object, x: 1 }, /logit_bias\["x"\]/],
    [new Map([...map, [7, Number.NaN]]), /logit_bias\[7\] = NaN/],
    [new Map([...map, [1.5, 1]]), /logit_bias\[1\.5\]/],
    [new Map(/** @type {[any, any][]} */ ([...map, [7, "1"]])), /logit_bias\[7\] = "1"/],
    [[...map, [7, Number.NaN]], /logit_bias\[7\] = NaN/],
    [[...map, [-1, 1]], /logit_bias\[-1\]/],
    [[...map, [3, 1]], /logit_bias\[300\].*once/],
    [[...map, [7]], /logit_bias\[300\].*pairs/],
    [[...map, 7], /logit_bias\[300\].*pairs/],
    [{ ids, values: values.slice(1) }, /ids: a list of 300, values: a list of 299/],
    [{ ids: [1.5], values: [1] }, /logit_bias\.ids = 1\.5/],
    [{ ids: [1], values: [Number.NaN] }, /logit_bias\[1\] = NaN/],
    [{ ids: [1], biases: [1] }, /logit_bias\.biases/],
  ]))
    await refused(() => lab.sample(logits, { logit_bias }), "invalid_setting", message);
});

test("40,000 bans are the same bans as columns, as a Map, as pairs and as an object", () => {
  const logits = wavyLogits(151_936);
  const map = new Map(Array.from({ length: 40_000 }, (_, i) => [i * 3, -Infinity]));
  const columns = { ids: Uint32Array.from(map.keys()), values: Float32Array.from(map.values()) };
  const drawn = [columns, map, [...map], Object.fromEntries(map)].map((logit_bias) =>
    lab.sampleSync(logits, { logit_bias, top_k: 50, seed: 1, kept_ids: true }),
  );
  const [kept] = /** @type {Uint32Array[]} */ (drawn[0].kept_ids);
  assert.ok(kept.length >= 50, `${kept.length} are left`);
  assert.deepEqual(
    Array.from(kept).filter((id) => map.has(id)),
    [],
    "no banned token is left",
  );
  for (const other of drawn.slice(1)) assert.deepEqual(other, drawn[0]);
  const without = lab.sampleSync(logits, { top_k: 50, seed: 1, kept_ids: true });
  assert.notDeepEqual(without.kept_ids, drawn[0].kept_ids, "the bans remove tokens that would be left");
});
