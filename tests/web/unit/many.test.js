/** One row drawn many times: the tokens that `sample` draws for batches of it, counted. */
import assert from "node:assert/strict";
import test, { after } from "node:test";
import { Resampler } from "../../../www/tasks/resampler.js";
import { openLab, refused, wavyLogits } from "./support/index.js";

const lab = await openLab();
after(() => lab.dispose());

/** Copies of a row that one step draws. @param {number} vocab_size */
const rowsOf = (vocab_size) => Math.min(1000, Math.ceil((1 << 20) / vocab_size));

/**
 * The counts by `sample` alone.
 * @param {Float32Array} logits
 * @param {object} settings
 * @param {any} generator
 * @param {number} n
 */
const bySampling = async (logits, settings, generator, n) => {
  const counts = new Uint32Array(logits.length);
  for (let left = n; left > 0; left -= rowsOf(logits.length)) {
    const batch = Math.min(left, rowsOf(logits.length));
    const rows = new Float32Array(batch * logits.length);
    for (let row = 0; row < batch; row += 1) rows.set(logits, row * logits.length);
    const { tokens } = await lab.sample(rows, settings, { batch, generator });
    for (const token of tokens) counts[token] += 1;
  }
  return counts;
};

/** @param {{ ids: Uint32Array, counts: Uint32Array }} drawn @param {number} length */
const dense = ({ ids, counts }, length) => {
  const all = new Uint32Array(length);
  for (const [i, id] of ids.entries()) all[id] = counts[i];
  return all;
};

/** @type {Record<string, object>} */
const SETTINGS = {
  neutral: {},
  filters: { temperature: 0.8, top_k: 40, top_p: 0.9, min_p: 0.01 },
  "temperature alone": { temperature: 1.4 },
  penalties: { presence_penalty: 1, history: { prompt: [1, 2], output: [3] }, logit_bias: { 2: -Infinity } },
  greedy: { temperature: 0 },
};

for (const rng of ["philox", "torch"]) {
  for (const [name, settings] of Object.entries(SETTINGS)) {
    test(`many draws are the draws of sample: ${rng}, ${name}`, async () => {
      for (const [length, ns] of /** @type {[number, number[]][]} */ ([
        [7, [1, 2500]],
        [30, [1000, 1000]],
        [3000, [400, 90]],
      ])) {
        const logits = wavyLogits(length);
        const [one, other] = [await lab.generator(rng, 5), await lab.generator(rng, 5)];
        const counts = new Uint32Array(length);
        /** @type {any} */
        let before;
        for (const n of ns) {
          for (const [id, count] of (await bySampling(logits, settings, other, n)).entries()) counts[id] += count;
          before = await lab.drawMany(logits, settings, { n, generator: one, before });
          assert.deepEqual(dense(before, length), counts, `V = ${length}`);
        }
        const { n, ids, probabilities, kept, fit, seed } = before;
        assert.deepEqual([n, seed], [ns[0] + ns[1], 5n]);
        assert.ok(ids.every((/** @type {number} */ id, /** @type {number} */ i) => i === 0 || ids[i - 1] < id));
        const trace = await lab.trace(logits, { ...settings, rng, seed: 1 });
        assert.equal(kept, trace.kept);
        for (const [i, id] of ids.entries())
          assert.ok(Math.abs(probabilities[i] - trace.probabilities[id]) < 1e-6, `probability of ${id}`);
        const wanted = await lab.chiSquare(counts, trace.probabilities);
        assert.equal(fit.degrees_of_freedom, wanted.degrees_of_freedom);
        assert.ok(Math.abs(fit.p_value - wanted.p_value) < 1e-3, `${fit.p_value}, ${wanted.p_value}`);
      }
    });
  }
}

test("a seed stands for its stream", async () => {
  const logits = wavyLogits(50);
  const generator = await lab.generator("philox", 9);
  const settings = { temperature: 0.9 };
  const drawn = await lab.drawMany(logits, settings, { n: 3000, generator });
  assert.deepEqual(await lab.drawMany(logits, { ...settings, seed: 9 }, { n: 3000 }), drawn);
});

test("what cannot be drawn or counted is refused by name", async () => {
  const logits = [1, 2, 3];
  const draw =
    (/** @type {any} */ options, settings = {}) =>
    () =>
      lab.drawMany(logits, settings, options);
  await refused(draw({}), "invalid_setting", /^n = undefined/);
  for (const n of [0, -1, 1.5, "9"]) await refused(draw({ n }), "invalid_setting", /^n = /, { setting: "n" });
  await refused(draw({ n: 1, before: 7 }), "invalid_setting", /^before = 7/);
  await refused(draw({ n: 1, before: { ids: [3], counts: [1] } }), "invalid_token", /3/);
  await refused(draw({ n: 1, before: { ids: [0, 1], counts: [1] } }), "wrong_length", /^counts has 1 values/);
  await refused(draw({ n: 1, before: { ids: [0], counts: [0xffff_ffff] } }), "invalid_setting", /at most 4294967295/);
  await refused(draw({ n: 1, times: 2 }), "unknown_setting", /times/);
  for (const settings of [{ batch: 3 }, { top_n: 2 }, { kept_ids: true }])
    await refused(draw({ n: 1 }, settings), "invalid_setting", /leave it out/);
  await refused(draw({ n: 1 }, { temperature: -1 }), "invalid_setting", /temperature/);
  await refused(() => lab.drawMany([Number.NaN], {}, { n: 1 }), "invalid_logits");
  await refused(() => lab.drawMany([-Infinity], {}, { n: 1 }), "nothing_left");
});

/** A step as the page knows it. @param {Record<string, unknown>} settings */
const stepOf = async (settings) => {
  const trace = await lab.trace(wavyLogits(30), { ...settings, seed: 4 });
  return { trace, settings: { temperature: settings.temperature ?? 1 }, run: { settings, seed: 4n } };
};

/** A store that holds on to what it is told. @param {any} step */
const storeOf = (step) => {
  /** @type {any} */
  const state = { step, many_draws: null };
  /** @type {any[]} */
  const told = [];
  const dispatch = (/** @type {any} */ action) => {
    told.push(action);
    if (action.type === "found") Object.assign(state, action.found);
  };
  return { state, told, dispatch };
};

for (const [rng, n] of /** @type {const} */ ([
  ["philox", 1000],
  ["torch", 100],
]))
  test(`the page begins with ${n} draws of a step, once: ${rng}`, async () => {
    const store = storeOf(await stepOf({ rng }));
    const resampler = new Resampler(/** @type {any} */ (store), lab);
    await resampler.begin();
    await resampler.begin();
    assert.equal(store.state.many_draws.n, n);
  });

for (const rng of ["philox", "torch"])
  test(`the page goes on where its last draws of a step ended: ${rng}`, async () => {
    const step = await stepOf({ rng, temperature: 0.8 });
    const store = storeOf(step);
    const resampler = new Resampler(/** @type {any} */ (store), lab);
    const generator = await lab.generator(rng, 4);
    const counts = new Uint32Array(30);
    for (const n of [100, 1000, 2500]) {
      await resampler.draw(n);
      for (const [id, count] of (await bySampling(step.trace.logits, step.settings, generator, n)).entries())
        counts[id] += count;
      assert.deepEqual(store.state.many_draws.counts, counts);
      assert.equal(store.state.resampling, false);
    }
    assert.equal(store.state.many_draws.n, 3600);
    assert.ok(store.told.every(({ type }) => type === "found"));
    // Another step begins anew.
    store.state.step = await stepOf({ rng, temperature: 1.2 });
    await resampler.draw(100);
    assert.equal(store.state.many_draws.n, 100);
    assert.equal(store.state.many_draws.step, store.state.step);
  });
