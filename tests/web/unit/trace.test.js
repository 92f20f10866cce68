import assert from "node:assert/strict";
import test, { after } from "node:test";
import { STAGES } from "../../../www/generated/spec.js";
import { bits, collect, entropyBits, LESSON, openLab, refused, wavyLogits } from "./support/index.js";

const lab = await openLab();
after(() => lab.dispose());

const DEFAULT_ORDER = STAGES.map(({ name }) => name);
/** @param {number} a @param {number} b @param {number} [tolerance] */
const near = (a, b, tolerance = 1e-5) =>
  assert.ok(Math.abs(a - b) <= tolerance * Math.max(1, Math.abs(b)), `${a} is not ${b}`);
/** @param {Float32Array} values */
const sum = (values) => values.reduce((total, x) => total + x, 0);
/** @param {Float32Array} values */
const masked = (values) => [...values.keys()].filter((id) => values[id] === Number.NEGATIVE_INFINITY);

const EVERYTHING = {
  logit_bias: { 0: 1.5, 4: Number.NEGATIVE_INFINITY },
  repetition_penalty: 1.3,
  frequency_penalty: 0.2,
  presence_penalty: 0.1,
  history: { prompt: [1, 2], output: [2, 3, 3] },
  temperature: 0.8,
  top_k: 20,
  top_p: 0.9,
  min_p: 0.02,
};

/** @type {[name: string, logits: Float32Array, settings: object][]} */
const CASES = [
  ["nothing on", LESSON, {}],
  ["temperature", LESSON, { temperature: 2 }],
  ["top_k", LESSON, { top_k: 2 }],
  ["top_p", LESSON, { top_p: 0.9 }],
  ["min_p", LESSON, { min_p: 0.05 }],
  ["everything", wavyLogits(64), EVERYTHING],
  ["another order", wavyLogits(64), { ...EVERYTHING, order: ["min_p", "top_p", "temperature", "top_k"] }],
  ["a masked token", Float32Array.of(1, Number.NEGATIVE_INFINITY, 0), { top_k: 2 }],
  ["one token", Float32Array.of(3), { top_p: 0.5 }],
];

for (const rng of ["philox", "torch"]) {
  for (const [name, logits, settings] of CASES) {
    test(`the columns of a trace fit together: ${name}, ${rng}`, async () => {
      const own = { ...settings, rng, seed: 5 };
      const trace = await lab.trace(logits, own);
      const sampled = await lab.sample(logits, own);
      assert.equal(trace.vocab_size, logits.length);
      assert.deepEqual(trace.logits, logits);
      assert.equal(trace.seed, 5n);
      assert.equal(trace.greedy, false);
      assert.equal(trace.draw.token, sampled.tokens[0]);
      near(trace.draw.probability, sampled.probabilities[0]);
      assert.equal(trace.kept, sampled.kept[0]);
      for (const [column, entropy] of [
        [trace.raw_probabilities, trace.raw_entropy],
        [trace.probabilities, trace.entropy],
      ]) {
        assert.equal(column.length, logits.length);
        near(sum(column), 1);
        near(entropyBits(column), entropy);
      }
      assert.equal(trace.probabilities.filter((/** @type {number} */ p) => p > 0).length, trace.kept);
      assert.ok(trace.probabilities[trace.draw.token] > 0);
      near(trace.probabilities[trace.draw.token], trace.draw.probability);
    });

    test(`every stage's numbers fit its neighbours': ${name}, ${rng}`, async () => {
      const trace = await lab.trace(logits, { ...settings, rng, seed: 5 });
      assert.deepEqual(
        trace.stages.map((/** @type {any} */ { stage }) => stage).toSorted(byOrder(trace.order)),
        trace.stages.map((/** @type {any} */ { stage }) => stage),
      );
      let [before, entropy] = [trace.logits, trace.raw_entropy];
      for (const stage of trace.stages) {
        assert.equal(stage.values.length, logits.length);
        const gone = masked(stage.values).filter((id) => before[id] !== Number.NEGATIVE_INFINITY);
        assert.deepEqual([...stage.removed], gone, stage.stage);
        assert.equal(stage.evidence.length, gone.length);
        assert.equal(stage.kept, logits.length - masked(stage.values).length);
        assert.ok(stage.mass_removed >= 0 && stage.mass_removed < 1);
        assert.equal(stage.mass_removed > 0, gone.length > 0);
        near(stage.entropy_before, entropy);
        assert.ok(stage.rule.length > 10 && stage.setting.length > 3);
        [before, entropy] = [stage.values, stage.entropy_after];
      }
      near(entropy, trace.entropy);
      assert.deepEqual(
        [...trace.probabilities.keys()].filter((id) => trace.probabilities[id] === 0),
        masked(before),
      );
    });
  }
}

/** @param {string[]} order @returns {(a: string, b: string) => number} */
const byOrder = (order) => (a, b) => order.indexOf(a) - order.indexOf(b);

test("only stages that are on have a column, and the order in force is told", async () => {
  const off = await lab.trace(LESSON, { temperature: 1, top_k: 0, top_p: 1, min_p: 0, repetition_penalty: 1 });
  assert.deepEqual(off.stages, []);
  assert.deepEqual(off.order, DEFAULT_ORDER);
  const on = await lab.trace(LESSON, { top_p: 0.9, temperature: 0.5, order: ["top_p"] });
  assert.deepEqual(on.order, ["top_p", ...DEFAULT_ORDER.filter((stage) => stage !== "top_p")]);
  assert.deepEqual(
    on.stages.map((/** @type {any} */ { stage, setting }) => [stage, setting]),
    [
      ["top_p", "top_p = 0.9"],
      ["temperature", "temperature = 0.5"],
    ],
  );
});

test("who was removed, by which number, against which limit", async () => {
  const [top_k, top_p, min_p] = (await lab.trace(LESSON, { top_k: 4, top_p: 0.95, min_p: 0.2 })).stages;
  assert.deepEqual([...top_k.removed], [1]);
  assert.deepEqual(bits(top_k.evidence), bits([LESSON[1]]));
  near(top_k.limit, -0.8);
  assert.deepEqual([...top_p.removed], [2, 4]);
  assert.ok(
    top_p.evidence.every((/** @type {number} */ massBefore) => massBefore > top_p.limit) && top_p.limit === 0.95,
  );
  assert.deepEqual([...min_p.removed], [0]);
  near(min_p.evidence[0], Math.exp(2 - 4.2));
  near(min_p.limit, 0.2);
});

test("the coin lies in the drawn token's interval, and the intervals tile [0, 1) in id order", async () => {
  const starts = new Map();
  for (let step = 0; step < 200; step += 1) {
    const { draw, probabilities } = await lab.trace(LESSON, { temperature: 3, seed: 1, step });
    assert.equal(draw.kind, "coin");
    const [from, to] = draw.interval;
    assert.ok(from <= draw.position && draw.position < to);
    near(draw.position, Number(draw.coin) / 2 ** 64);
    near(to - from, probabilities[draw.token]);
    near(from, sum(probabilities.subarray(0, draw.token)));
    starts.set(draw.token, from);
  }
  assert.equal(starts.size, LESSON.length);
});

test("the race is won by the largest probability over noise", async () => {
  const { draw, probabilities } = await lab.trace(LESSON, { temperature: 3, rng: "torch", seed: 4 });
  assert.equal(draw.kind, "race");
  near(draw.ratio, probabilities[draw.token] / draw.noise);
  assert.ok(draw.ratio > draw.runner_up_ratio && draw.runner_up !== draw.token);
});

test("greedy: no coin, all mass on the best", async () => {
  const trace = await lab.trace(LESSON, { temperature: 0, top_k: 1 });
  assert.equal(trace.greedy, true);
  assert.deepEqual(trace.draw, { kind: "greedy", token: 3, probability: 1 });
  assert.deepEqual([...trace.probabilities], [0, 0, 0, 1, 0]);
  assert.deepEqual([trace.kept, trace.entropy, trace.stages.length], [1, 0, 0]);
});

test("a trace explains one row", async () => {
  await refused(() => lab.trace(Float32Array.of(1, 2, 3, 4), { batch: 2 }), "invalid_setting", /one row/, {
    setting: "batch",
  });
});

test("a run can explain every token, without changing one", async () => {
  const model = await lab.model({ kind: "bigram", seed: 1 });
  for (const settings of [{ temperature: 0.8, top_k: 5 }, { temperature: 0 }, { rng: "torch", top_p: 0.9 }]) {
    const options = { model, prompt: "the ", max_new_tokens: 30, seed: 9, ...settings };
    const plain = await collect(lab.generate({ ...options, chunk: 30 }));
    const traced = await collect(lab.generate({ ...options, chunk: 7, trace: true }));
    assert.equal(traced.end.text, plain.end.text);
    for (const step of traced.steps) {
      assert.equal(step.trace.length, step.tokens.length);
      for (const [i, trace] of step.trace.entries()) {
        assert.equal(trace.draw.token, step.tokens[i]);
        assert.equal(trace.kept, step.kept[i]);
        near(trace.draw.probability, step.probabilities[i]);
        assert.deepEqual(trace.order, DEFAULT_ORDER);
      }
    }
    assert.ok(plain.steps.every((step) => !("trace" in step)));
  }
});
