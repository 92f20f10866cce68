import assert from "node:assert/strict";
import test, { after } from "node:test";
import { collect, LESSON, openLab, refused } from "./support/index.js";

const lab = await openLab();
const model = await lab.model({ kind: "bigram", seed: 1 });
after(() => lab.dispose());

const FOREVER = 2 ** 31;
/** @param {object} options */
const run = (options) => lab.generate({ model, prompt: "the ", seed: 7, ...options });

test("steps first, then one value with the whole", async () => {
  const { steps, end } = await collect(run({ max_new_tokens: 20 }));
  assert.equal(steps.length, 20);
  for (const step of steps) {
    assert.equal(step.finished, false);
    assert.equal(step.tokens.length, 1);
    assert.equal(step.token, step.tokens[0]);
    assert.deepEqual([step.probabilities.length, step.kept.length], [1, 1]);
    assert.equal(step.text, model.vocab[step.token]);
    assert.equal("rows" in step, false);
    assert.ok(step.timings.elapsed_ms >= 0 && step.timings.tokens >= 0);
  }
  assert.equal(end.finished, true);
  assert.equal(end.finish_reason, "length");
  assert.equal(steps.at(-1).finish_reason, "length");
  assert.equal(end.new_text, steps.map((step) => step.text).join(""));
  assert.equal(end.text, `the ${end.new_text}`);
  assert.equal(await model.decode(end.ids), end.text);
  assert.deepEqual(
    [...end.ids.slice(4)],
    steps.map((step) => step.token),
  );
  assert.deepEqual([end.seed, end.rng, end.tokens.length, end.token], [7n, "philox", 0, undefined]);
});

test("a step holds up to `chunk` tokens", async () => {
  const { steps, end } = await collect(run({ max_new_tokens: 20, chunk: 8 }));
  assert.ok(steps.every((step) => step.tokens.length <= 8 && step.token === step.tokens.at(-1)));
  assert.equal(
    steps.reduce((n, step) => n + step.tokens.length, 0),
    20,
  );
  assert.deepEqual(end.ids, (await collect(run({ max_new_tokens: 20 }))).end.ids);
});

test("defaults: 80 tokens, a seed of its own", async () => {
  const { end } = await collect(lab.generate({ model, prompt: "a", chunk: 100 }));
  assert.equal(end.ids.length, 81);
  assert.equal(typeof end.seed, "bigint");
});

test("prompt_ids instead of a prompt", async () => {
  const { ids } = await model.encode("the ");
  const expected = (await collect(run({}))).end.text;
  for (const prompt_ids of [ids, [...ids]]) {
    assert.equal((await collect(run({ prompt: undefined, prompt_ids }))).end.text, expected);
  }
});

test("block_size crops what the model sees, not the text", async () => {
  const { end } = await collect(run({ prompt: "a".repeat(500), max_new_tokens: 5, block_size: 1 }));
  assert.equal(end.ids.length, 505);
});

test("an end token ends the text and is part of it", async () => {
  const space = model.vocab.indexOf(" ");
  const { end } = await collect(run({ max_new_tokens: 1000, eos_token_id: space, chunk: 64 }));
  assert.equal(end.finish_reason, "eos");
  assert.equal(end.new_text.indexOf(" "), end.new_text.length - 1);
  const several = await collect(
    run({ max_new_tokens: 1000, eos_token_id: [space, model.vocab.indexOf("e")], chunk: 64 }),
  );
  assert.match(several.end.new_text, /^[^ e]*[ e]$/);
});

test("min_new_tokens puts the end off", async () => {
  const space = model.vocab.indexOf(" ");
  const { end } = await collect(run({ max_new_tokens: 1000, eos_token_id: space, min_new_tokens: 50, chunk: 64 }));
  assert.equal(end.finish_reason, "eos");
  assert.ok(end.new_text.length >= 51 && !end.new_text.slice(0, 50).includes(" "));
});

test("a stop string ends the text before it and is never seen, whole or in part", async () => {
  const whole = (await collect(run({ max_new_tokens: 200, chunk: 200 }))).end.new_text;
  const stop = whole.slice(60, 64);
  for (const chunk of [1, 3, 500]) {
    const { steps, end } = await collect(run({ max_new_tokens: 200, chunk, stop_strings: [stop, "###"] }));
    assert.equal(end.finish_reason, "stop");
    assert.equal(end.new_text, whole.slice(0, whole.indexOf(stop)));
    assert.equal(steps.map((step) => step.text).join(""), end.new_text);
  }
  const one = await collect(run({ max_new_tokens: 200, chunk: 200, stop_strings: stop }));
  assert.equal(one.end.finish_reason, "stop");
});

test("text held back for a stop string comes out when the string does not", async () => {
  const { steps, end } = await collect(run({ max_new_tokens: 30, stop_strings: "zzzzzzzz" }));
  assert.equal(end.finish_reason, "length");
  assert.equal(steps.map((step) => step.text).join(""), end.new_text);
  assert.equal(end.new_text.length, 30);
});

test("max_time", async () => {
  const { end } = await collect(run({ max_new_tokens: FOREVER, max_time: 0.1, chunk: 1 }));
  assert.equal(end.finish_reason, "time");
  assert.ok(end.new_text.length > 0);
});

test("abort in the middle: the text so far stays, the lab stays usable", async () => {
  const controller = new AbortController();
  const seen = [];
  let end;
  for await (const step of run({ max_new_tokens: FOREVER, signal: controller.signal })) {
    if (step.finished) end = step;
    else seen.push(step.token);
    if (seen.length === 100) controller.abort();
  }
  assert.equal(end.finish_reason, "aborted");
  assert.equal(seen.length, 100);
  assert.deepEqual([...end.ids.slice(4)], seen);
  assert.equal((await lab.sample(LESSON, { temperature: 0 })).tokens[0], 3);
});

test("abort from a timer reaches a run whose every step is as large as it can be", async () => {
  const controller = new AbortController();
  setTimeout(() => controller.abort(), 50);
  const { end } = await collect(run({ max_new_tokens: FOREVER, chunk: FOREVER, signal: controller.signal }));
  assert.equal(end.finish_reason, "aborted");
  assert.ok(end.ids.length > 1000);
});

test("aborted before it began: the prompt and nothing else", async () => {
  const { steps, end } = await collect(run({ signal: AbortSignal.abort() }));
  assert.deepEqual([steps.length, end.finish_reason, end.text, end.new_text], [0, "aborted", "the ", ""]);
});

test("the event loop gets its turn during a long run", async () => {
  const controller = new AbortController();
  let turns = 0;
  const timer = setInterval(() => {
    turns += 1;
    if (turns === 5) controller.abort();
  }, 1);
  const { signal } = controller;
  const { end } = await collect(run({ max_new_tokens: FOREVER, chunk: FOREVER, max_time: 20, signal }));
  clearInterval(timer);
  assert.equal(end.finish_reason, "aborted", `${turns} turns, and the run ended by itself`);
});

test("other calls work while a run is on, and leaving early is fine", async () => {
  const steps = run({ max_new_tokens: FOREVER });
  const { value } = await steps.next();
  const { tokens } = await lab.sample(LESSON, { temperature: 0 });
  assert.equal(tokens[0], 3);
  const other = await collect(run({ max_new_tokens: 5 }));
  assert.equal(other.end.ids[4], value.token);
  await steps.return();
  for await (const _ of run({ max_new_tokens: FOREVER })) break;
});

test("two runs side by side do not disturb each other", async () => {
  const expected = (await collect(run({ max_new_tokens: 50 }))).end.text;
  const [first, second] = await Promise.all([
    collect(run({ max_new_tokens: 50 })),
    collect(run({ max_new_tokens: 50, chunk: 3 })),
  ]);
  assert.deepEqual([first.end.text, second.end.text], [expected, expected]);
});

test("several prompts are several rows, each with its own end", async () => {
  const prompts = ["the ", "a", "once"];
  const space = model.vocab.indexOf(" ");
  const { steps, end } = await collect(run({ prompt: prompts, max_new_tokens: 60, eos_token_id: space, chunk: 4 }));
  assert.equal(end.rows.length, 3);
  for (const [row, prompt] of prompts.entries()) {
    const { text, new_text, ids, finish_reason } = end.rows[row];
    assert.equal(text, prompt + new_text);
    assert.equal(await model.decode(ids), text);
    assert.ok(["eos", "length"].includes(finish_reason));
    assert.equal(steps.map((step) => step.rows[row].text).join(""), new_text);
    assert.deepEqual(
      steps.flatMap((step) => [...step.rows[row].tokens]),
      [...ids.slice(prompt.length)],
    );
  }
  assert.ok(new Set(end.rows.map((/** @type {any} */ { ids }) => ids.length)).size > 1, "rows end on their own");
  assert.equal(end.text, end.rows[0].text);
  assert.equal(steps[0].token, steps[0].rows[0].tokens.at(-1));
  const alone = await collect(run({ prompt: ["the "], max_new_tokens: 60, eos_token_id: space }));
  assert.equal(alone.end.rows.length, 1);
  assert.equal(alone.end.text, end.text, "the first row is what it is alone");
});

test("rows of prompt_ids", async () => {
  const { end } = await collect(run({ prompt: undefined, prompt_ids: [[0, 1], [2]], max_new_tokens: 3 }));
  assert.deepEqual(
    end.rows.map((/** @type {any} */ { ids }) => ids.length),
    [5, 4],
  );
});

test("penalties act inside the loop", async () => {
  const { end } = await collect(run({ temperature: 0, max_new_tokens: 20, presence_penalty: 1000 }));
  const drawn = [...end.ids.slice(4)];
  assert.equal(new Set(drawn).size, 20);
});

test("timings: the first token apart from the rest", async () => {
  const { end } = await collect(run({ max_new_tokens: 5000, chunk: 256 }));
  const { timings } = end;
  assert.equal(timings.tokens, 5000);
  for (const name of [
    "ttft_ms",
    "decode_ms",
    "model_ms",
    "sample_ms",
    "total_ms",
    "tokens_per_second",
    "clock_resolution_ms",
  ]) {
    assert.ok(Number.isFinite(timings[name]) && timings[name] >= 0, name);
  }
  assert.ok(timings.step_p50_ms <= timings.step_p95_ms);
  assert.ok(timings.ttft_ms + timings.decode_ms <= timings.total_ms * 1.01 + 0.1);
});

test("a million tokens reach JavaScript", async () => {
  const n = 1_000_000;
  let seen = 0;
  for await (const step of run({ max_new_tokens: n, chunk: 8192 })) seen += step.tokens.length;
  assert.equal(seen, n);
});

test("a run that cannot start does so at the first step, and says why", async () => {
  const steps = run({ temperature: -1 });
  await refused(() => steps.next(), "invalid_setting", /temperature = -1/, { setting: "temperature" });
  assert.deepEqual(await steps.next(), { value: undefined, done: true });
});

test("a run that cannot go on says why", async () => {
  const bans = Object.fromEntries([...model.vocab.keys()].map((id) => [id, Number.NEGATIVE_INFINITY]));
  await refused(() => collect(run({ logit_bias: bans })), "nothing_left", /row 0/, { row: 0 });
});
