/** One question, one call: a token of a text is explained as the run traced it, and nothing is drawn again for it. */
import assert from "node:assert/strict";
import test, { after } from "node:test";
import { collect, openLab, refused } from "./support/index.js";

const lab = await openLab();
after(() => lab.dispose());

const TEXT = "the cat sat on the mat. ".repeat(4);
const MODELS = {
  bigram: await lab.model({ kind: "bigram", seed: 3 }),
  counted: await lab.model({ kind: "counted", text: TEXT }),
  logits: await lab.model({ kind: "logits", logits: [2, -1.5, 0.3, 4.2, -0.8] }),
  gpt: await lab.model({ kind: "gpt" }),
};

/** @type {Record<string, object>} */
const SETTINGS = {
  neutral: {},
  "filters and penalties": { temperature: 0.8, top_k: 4, top_p: 0.9, repetition_penalty: 1.2, penalty_window: 5 },
  "tokens put in by hand, an end that has to wait": {
    forced_tokens: { 1: 2 },
    eos_token_id: [0, 3],
    min_new_tokens: 6,
  },
  greedy: { temperature: 0 },
};

/** What a trace says, without what only an explanation has. @param {any} explanation */
const traceOf = ({ after, rules, seed, ...trace }) => trace;

for (const rng of ["philox", "torch"]) {
  for (const [kind, model] of Object.entries(MODELS)) {
    for (const [name, settings] of Object.entries(SETTINGS)) {
      test(`an explanation is the run's own trace: ${kind}, ${rng}, ${name}`, async () => {
        const own = { ...settings, rng, seed: 11, max_new_tokens: 12 };
        const prompt_ids = kind === "logits" ? [] : [4, 1, 2];
        const { steps } = await collect(lab.generate({ model, prompt_ids, ...own, trace: true, chunk: 5 }));
        const traces = steps.flatMap((step) => step.trace);
        const output_ids = steps.flatMap((step) => [...step.tokens]);
        assert.ok(steps.every((step) => step.seed === 11n));
        for (const index of [output_ids.length - 1, 0, output_ids.length >> 1]) {
          const explained = await lab.explain({ model, prompt_ids, output_ids, index, ...own });
          assert.deepEqual(traceOf(explained), traceOf(traces[index]), `token ${index}`);
          assert.equal(explained.seed, 11n);
          assert.equal("rules" in explained, false);
        }
      });
    }
  }
}

test("a row of a batch has the random numbers of its row, also once others have ended", async () => {
  for (const rng of ["philox", "torch"]) {
    const own = { rng, seed: 5, eos_token_id: [0, 2, 4], max_new_tokens: 30 };
    const prompt_ids = [[1], [7, 8], [9]];
    const run = lab.generate({ model: MODELS.bigram, prompt_ids, ...own, trace: true });
    const { steps } = await collect(run);
    const output_ids = prompt_ids.map((_, row) => steps.flatMap((step) => [...step.rows[row].tokens]));
    assert.ok(new Set(output_ids.map((row) => row.length)).size > 1, "the rows end at different steps");
    for (const row of [0, 1, 2]) {
      const traces = steps.flatMap((step) => step.rows[row].trace ?? []);
      for (const index of [0, output_ids[row].length - 1]) {
        const explained = await lab.explain({ model: MODELS.bigram, prompt_ids, output_ids, row, index, ...own });
        assert.deepEqual(traceOf(explained), traceOf(traces[index]), `${rng}, row ${row}, token ${index}`);
      }
    }
  }
});

test("a run with a generator is explained by one that stands where it began, and stays there", async () => {
  const prompt_ids = [4];
  for (const rng of ["philox", "torch"]) {
    const generator = await lab.generator(rng, 8);
    await lab.sample([1, 2, 3], {}, { generator });
    const { steps } = await collect(
      lab.generate({ model: MODELS.bigram, prompt_ids, generator, trace: true, max_new_tokens: 6 }),
    );
    const output_ids = steps.map((step) => step.token);
    const again = await lab.generator(rng, 8);
    await lab.sample([1, 2, 3], {}, { generator: again });
    for (const index of [5, 2]) {
      const explained = await lab.explain({ model: MODELS.bigram, prompt_ids, output_ids, index, generator: again });
      assert.deepEqual(traceOf(explained), traceOf(steps[index].trace[0]));
    }
  }
});

test("the next token, the columns after each stage and other systems' rules come in the same answer", async () => {
  const settings = { temperature: 0.7, top_k: 9, top_p: 0.8, presence_penalty: 0.5, seed: 1 };
  const [prompt_ids, output_ids] = [
    [1, 2],
    [3, 3, 4],
  ];
  const question = { model: MODELS.bigram, prompt_ids, output_ids, index: 3, rules: true, ...settings };
  const { after, rules, ...trace } = await lab.explain(question);
  assert.deepEqual(
    trace.stages.map((/** @type {any} */ stage) => stage.stage),
    ["penalties", "temperature", "top_k", "top_p"],
  );
  for (const [i, { values }] of trace.stages.entries()) assert.deepEqual(after[i], await lab.softmax(values));
  const history = { prompt: prompt_ids, output: output_ids };
  assert.deepEqual(rules, await lab.rules(trace.logits, { ...settings, history }));
});

test("a GPT's text goes on undisturbed while it is explained, beyond its block too", async () => {
  const model = MODELS.gpt;
  const { ids } = await model.encode("the wind went round ");
  const prompt_ids = Array.from({ length: model.config.block_size - 6 }, (_, i) => ids[i % ids.length]);
  const own = { temperature: 0.8, seed: 2, max_new_tokens: 12 };
  const { steps } = await collect(lab.generate({ model, prompt_ids, ...own, trace: true }));
  const wanted = steps.map((step) => step.token);
  /** @type {number[]} */
  const output_ids = [];
  for await (const step of lab.generate({ model, prompt_ids, ...own })) {
    if (step.finished) break;
    output_ids.push(step.token);
    const index = (output_ids.length * 7) % output_ids.length;
    for (const at of [index, output_ids.length - 1]) {
      const explained = await lab.explain({ model, prompt_ids, output_ids, index: at, ...own });
      assert.deepEqual(traceOf(explained), traceOf(steps[at].trace[0]), `token ${at} of ${output_ids.length}`);
    }
    await lab.explain({ model, prompt_ids: [5, 6, 7], index: 0, ...own });
  }
  assert.deepEqual(output_ids, wanted);
});

test("a score that takes long lets others have their turn, and can be called off", async () => {
  const model = MODELS.gpt;
  const { ids } = await model.encode("the wind went round ");
  const text = Array.from({ length: model.config.block_size + 30 }, (_, i) => ids[i % ids.length]);
  const asked = { model, prompt_ids: text.slice(0, model.config.block_size), output_ids: text.slice(-30) };
  /** @type {string[]} */
  const answers = [];
  const scored = lab.score(asked).then((/** @type {any} */ score) => {
    answers.push("score");
    return score;
  });
  await lab.explain({ model, prompt_ids: [5, 6, 7], index: 0 }).then(() => answers.push("explanation"));
  const { tokens } = await scored;
  assert.deepEqual([tokens, answers], [30, ["explanation", "score"]]);
  const controller = new AbortController();
  const off = lab.score({ ...asked, signal: controller.signal });
  controller.abort();
  await assert.rejects(off, { name: "AbortError" });
});

test("what cannot be explained is refused by name", async () => {
  const known = { model: MODELS.bigram, prompt_ids: [1], output_ids: [2, 3], index: 1, seed: 1 };
  const { seed: _, ...seedless } = known;
  await refused(
    () => lab.explain(seedless),
    "invalid_setting",
    /seed = undefined.*every step of generate\(\) names it/,
  );
  await lab.explain({ ...seedless, temperature: 0 });
  await lab.explain({ ...seedless, index: 2 });
  const { index: __, ...indexless } = known;
  await refused(() => lab.explain(indexless), "invalid_setting", /index = undefined.*from 0/);
  await refused(() => lab.explain({ ...known, index: 3 }), "invalid_setting", /index = 3.*from 0 to 2/, {
    setting: "index",
  });
  await refused(() => lab.explain({ ...known, index: -1 }), "invalid_setting", /index = -1/);
  await refused(() => lab.explain({ ...known, row: 1 }), "invalid_setting", /row = 1.*below 1/);
  await refused(() => lab.explain({ ...known, output_ids: [2, 30] }), "invalid_token", /30/);
  await refused(() => lab.explain({ ...known, output_ids: [2, -1] }), "invalid_token", /-1/);
  await refused(() => lab.explain({ ...known, prompt_ids: [] }), "empty_prompt");
  await refused(() => lab.explain({ ...known, indx: 1 }), "unknown_setting", /did you mean "index"/);
  await refused(() => lab.explain({ ...known, model: {} }), "invalid_setting", /model is not one/);
});
