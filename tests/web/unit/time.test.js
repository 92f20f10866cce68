import assert from "node:assert/strict";
import test, { after } from "node:test";
import { Sweep } from "../../../www/engine/measure.js";
import { weightsFor } from "../support/checkpoint.js";
import { openLab, refused } from "./support/index.js";

const lab = await openLab();
const model = await lab.model({ kind: "bigram", seed: 1 });
after(() => lab.dispose());

/** A whole sweep. @param {ConstructorParameters<typeof Sweep>} what */
const sweep = async (...what) => {
  const work = new Sweep(...what);
  for (;;) {
    const points = await work.advance(8);
    if (points) return points;
  }
};

/** An engine whose runs are over at once. @param {object} does what it does otherwise @returns {any} */
const engineThat = (does) => ({
  timeOptions: (/** @type {object} */ options) => ({ new_tokens: 2, rounds: 1, ...options }),
  encode: () => ({ ids: [5] }),
  open: () => ({ id: 9 }),
  advance: () => ({ finished: true, result: { timings: { tokens: 1 } } }),
  close: () => {},
  ...does,
});

test("the notebook's sweep is one call", async () => {
  const points = await lab.time({ model });
  assert.deepEqual(
    points.map((/** @type {any} */ point) => point.prompt_length),
    [16, 64, 256, 512],
  );
  for (const point of points) {
    assert.deepEqual(Object.keys(point).sort(), [
      "decode_tokens_per_second",
      "elapsed_s",
      "prompt_length",
      "step_p50_ms",
      "step_p95_ms",
      "tokens_per_second",
      "ttft_ms",
    ]);
    assert.ok(point.elapsed_s > 0 && point.ttft_ms > 0);
    assert.ok(Math.abs(point.tokens_per_second * point.elapsed_s - 128) < 1e-6);
    assert.ok(point.ttft_ms <= point.elapsed_s * 1000);
  }
});

test("other lengths, other settings", async () => {
  const points = await lab.time({ model, prompt_lengths: [1, 7], new_tokens: 3, temperature: 0.5, top_k: 4 });
  assert.deepEqual(
    points.map((/** @type {any} */ point) => point.prompt_length),
    [1, 7],
  );
  for (const point of points) assert.ok(Math.abs(point.tokens_per_second * point.elapsed_s - 3) < 1e-6);
});

test("the stream goes on through the sweep", async () => {
  const draw = async (/** @type {boolean} */ sweep) => {
    const generator = await lab.generator("torch", 1);
    if (sweep) await lab.time({ model, prompt_lengths: [4], new_tokens: 5, generator });
    return (await lab.sample(new Float32Array(1000), {}, { generator })).tokens[0];
  };
  assert.notEqual(await draw(true), await draw(false));
  assert.equal(await draw(true), await draw(true));
});

test("no prompt has a beginning, nor a window, that the model's cache holds of the last one", async () => {
  /** @type {Map<number, number[][]>} */
  const prompts = new Map([1, 2].map((model) => [model, []]));
  const engine = engineThat({
    open: (/** @type {number} */ model, /** @type {any} */ { prompt_ids }) => {
      prompts.get(model)?.push(prompt_ids);
      return { id: 9 };
    },
  });
  const begun = new Set();
  for (const length of [3, 4, 8])
    for (const model of [1, 2]) await sweep(engine, begun, model, 30, { prompt_lengths: [length] });
  await sweep(engine, begun, 1, 30, { prompt_lengths: [8, 2, 1] });
  assert.deepEqual(prompts.get(2)?.map(String), ["0,0,0", "5,5,5,5", "0,0,0,0,0,0,0,0"]);
  assert.deepEqual(prompts.get(1)?.slice(3).map(String), ["5,5,5,5,5,5,5,5", "0,0", "5"]);
});

test("two labs in one thread do not share what their models' caches hold", async () => {
  // Both labs know their first model by the same number.
  const [one, other] = [await openLab(), await openLab()];
  const [model, others] = [await one.model({ kind: "gpt" }), await other.model({ kind: "gpt" })];
  const ttft = async () => (await one.time({ model, prompt_lengths: [128], new_tokens: 1 }))[0].ttft_ms;
  await ttft();
  const before = await ttft();
  await other.time({ model: others, prompt_lengths: [128], new_tokens: 1 });
  const after = await ttft();
  assert.ok(after > before / 5, `the first token took ${before} ms, then ${after} ms: its prompt was not read again`);
  one.dispose();
  other.dispose();
});

test("of several rounds the medians count, number by number", async () => {
  const timings = [
    { tokens: 2, ttft_ms: 9, decode_tokens_per_second: 50, step_p50_ms: 1, step_p95_ms: 8 },
    { tokens: 2, ttft_ms: 4, decode_tokens_per_second: 70, step_p50_ms: 7, step_p95_ms: 6 },
    { tokens: 2, ttft_ms: 5, decode_tokens_per_second: 60, step_p50_ms: 2, step_p95_ms: 7 },
  ];
  const left = [...timings];
  const engine = engineThat({ advance: () => ({ finished: true, result: { timings: left.shift() } }) });
  const [point] = await sweep(engine, new Set(), 1, 30, { prompt_lengths: [4], rounds: 3 });
  assert.equal(left.length, 0);
  const { ttft_ms, decode_tokens_per_second, step_p50_ms, step_p95_ms } = point;
  assert.deepEqual([ttft_ms, decode_tokens_per_second, step_p50_ms, step_p95_ms], [5, 60, 2, 7]);
  const points = await lab.time({ model, prompt_lengths: [3, 9], new_tokens: 4, rounds: 2 });
  assert.deepEqual(
    points.map((/** @type {any} */ point) => point.prompt_length),
    [3, 9],
  );
});

test("a sweep goes on where it was, and leaves no run behind", async () => {
  /** Calls of the run under way, and runs that are open. */
  let [n, n_open] = [0, 0];
  const engine = engineThat({
    open: () => {
      [n, n_open] = [0, n_open + 1];
      return { id: 9 };
    },
    advance: () => {
      n += 1;
      return n < 3 ? { finished: false } : { finished: true, result: { timings: { tokens: 1 } } };
    },
    close: () => {
      n_open -= 1;
    },
  });
  const work = new Sweep(engine, new Set(), 1, 30, { prompt_lengths: [4, 9] });
  for (let call = 1; call < 6; call += 1) assert.equal(await work.advance(0), undefined, `call ${call}`);
  const points = await work.advance(0);
  assert.deepEqual(
    points?.map(({ prompt_length }) => prompt_length),
    [4, 9],
  );
  assert.equal(n_open, 0);
  const left = new Sweep(engine, new Set(), 1, 30, { prompt_lengths: [4] });
  await left.advance(0);
  assert.equal(n_open, 1);
  left.free();
  assert.equal(n_open, 0);
});

test("a vocabulary of one token is timed as often as asked", async () => {
  const source = weightsFor(1);
  const only = await lab.model({ kind: "gpt", source, config: { n_head: 2 }, vocab: [" "] });
  const points = await lab.time({ model: only, prompt_lengths: [1, 2], new_tokens: 3, rounds: 2 });
  assert.deepEqual(
    points.map((/** @type {any} */ point) => point.prompt_length),
    [1, 2],
  );
});

test("bad sweeps", async () => {
  await refused(() => lab.time({ model, prompt_lengths: [0] }), "invalid_setting", /prompt_lengths/, {
    setting: "prompt_lengths",
  });
  await refused(() => lab.time({ model, prompt_lengths: "long" }), "invalid_setting", /prompt_lengths/);
  await refused(() => lab.time({ model, new_tokens: 0 }), "invalid_setting", /new_tokens = 0/, {
    setting: "new_tokens",
  });
  await refused(() => lab.time({ model, rounds: 1.5 }), "invalid_setting", /rounds = 1\.5/, { setting: "rounds" });
  await refused(() => lab.time({ model, top_p: 2 }), "invalid_setting", /top_p = 2/);
  await refused(() => lab.time({ model: null }), "invalid_setting", /model/);
});

/** @param {{ stage: string }} timed */
const nameOf = ({ stage }) => stage;

test("stages are timed one after another, each with how far equal measurements lie apart", async () => {
  const { stages } = await lab.timeStages([2.0, -1.5, 0.3, 4.2, -0.8], { temperature: 0.8, top_k: 3, seed: 1 });
  assert.deepEqual(stages.map(nameOf), ["draw", "temperature", "top_k"]);
  for (const { stage, ms, spread_ms } of stages) assert.ok(ms > 0 && spread_ms >= 0 && spread_ms < 1000, stage);
  const greedy = await lab.timeStages([2.0, -1.5], { temperature: 0, top_p: 0.5 });
  assert.deepEqual(greedy.stages.map(nameOf), ["greedy"]);
});
