/** While a control is dragged, an engine in the page's own thread computes the picture: the worker's picture, and only where one row of logits is enough. */
import assert from "node:assert/strict";
import test, { after } from "node:test";
import { SETTINGS, STAGES } from "../../../www/generated/spec.js";
import { Near } from "../../../www/tasks/near.js";
import { openLab } from "./support/index.js";

const far = await openLab({ thread: "worker" });
const near = new Near(far);
after(() => {
  near.dispose();
  far.dispose();
});

const TEXT = "the cat sat on the mat. ".repeat(4);

/** GPT-2's. */
const V = 50_257;

/** Logits that fall off as those of a language model do, some of them masked. */
const LOGITS = Float32Array.from({ length: V }, (_, id) =>
  id % 1000 === 7 ? -Infinity : 12 - 1.3 * Math.log(1 + ((id * 7919) % V)),
);
const PROMPT = [4, 1, 2];
const TOKENS = [3, 5, 1, 0, 2, 4, 6, 1];
const INDEX = 5;

/** @param {any} model @returns {any} a text that is there */
const runOf = (model) => ({ model, prompt_ids: PROMPT, tokens: TOKENS, vocab: model.vocab });

/** Waits until it is ready. @param {any} run @param {object} settings */
async function placeOf(run, settings, index = INDEX) {
  for (;;) {
    const place = near.place(run, index, { ...settings });
    if (place) return place;
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}

/**
 * Where a slider stands that is not where it is off.
 * @param {typeof SETTINGS[number]} setting
 * @returns {[string, number][]}
 */
function aside({ name, kind, slider }) {
  if (!slider) return [];
  const { min = 0, max, stops } = /** @type {{ min?: number, max?: number | null, stops?: number[] }} */ (slider);
  if (stops) return [[name, stops[Math.floor(0.7 * stops.length)]]];
  return [[name, kind === "count" ? 2 : min + 0.6 * (Number(max) - min)]];
}

/** @type {Record<string, object>} */
const GIVEN = {
  neutral: {},
  filters: { temperature: 0.8, top_k: 9, top_p: 0.9, min_p: 0.01 },
  penalties: { repetition_penalty: 1.3, presence_penalty: 0.2, frequency_penalty: 0.4, penalty_window: 5 },
  "no sequence again": { no_repeat_ngram_size: 2, bad_words_ids: [[1], [2, 4]], sequence_bias: [[[2, 3], 1.5]] },
  "tokens of the text": { logit_bias: { 3: 2, 4: Number.NEGATIVE_INFINITY } },
  "tokens put in by hand": { forced_tokens: { 5: 2 } },
  "PyTorch's random numbers": { rng: "torch", temperature: 1.2 },
  chance: { xtc_probability: 1, xtc_threshold: 0.05 },
  greedy: { temperature: 0 },
};

const SPECS = [
  { kind: "bigram", seed: 3 },
  { kind: "counted", text: TEXT },
  { kind: "gpt" },
  { kind: "logits", logits: LOGITS, labels: Array.from(LOGITS, (_, id) => `<${id}>`) },
];

for (const spec of SPECS) {
  test(`the picture is the worker's to the last bit: ${spec.kind}`, async () => {
    const run = runOf(await far.model(spec));
    for (const [name, settings] of Object.entries(GIVEN)) {
      const { lab, model } = await placeOf(run, settings);
      const question = {
        prompt_ids: PROMPT,
        output_ids: TOKENS.slice(0, INDEX),
        index: INDEX,
        seed: 11,
        picture: true,
      };
      const asked = { ...settings, ...question, columns: /** @type {const} */ (false) };
      assert.equal(lab.thread, "here");
      assert.deepEqual(await lab.explain({ ...asked, model }), await far.explain({ ...asked, model: run.model }), name);
    }
  });
}

test("it answers before the browser can paint: nothing but promises is waited for", async () => {
  const run = runOf(await far.model({ kind: "bigram", seed: 3 }));
  const { lab, model } = await placeOf(run, {});
  let hasTurned = false;
  setImmediate(() => {
    hasTurned = true;
  });
  await lab.explain({ model, prompt_ids: PROMPT, output_ids: [], index: 0, seed: 1, picture: true });
  assert.equal(hasTurned, false);
});

test("another token or text has its own logits", async () => {
  const [one, other] = [
    runOf(await far.model({ kind: "bigram", seed: 3 })),
    runOf(await far.model({ kind: "bigram", seed: 4 })),
  ];
  const explained = async (/** @type {any} */ run) => {
    const { lab, model } = await placeOf(run, {});
    return (await lab.explain({ model, prompt_ids: PROMPT, output_ids: [], index: 0, seed: 1 })).logits;
  };
  const logits = await explained(one);
  assert.notDeepEqual(await explained(other), logits);
  assert.deepEqual(await explained(one), logits);
});

test("what one row cannot tell is the worker's: a constraint, DRY's breakers, an end that has to wait, adaptive stages", async () => {
  const run = runOf(await far.model({ kind: "bigram", seed: 3 }));
  await placeOf(run, {});
  assert.equal(near.place(run, INDEX, { constraint: { regex: "a*" } }), null);
  assert.equal(near.place(run, INDEX, { min_new_tokens: 9 }), null);
  assert.equal(near.place(run, INDEX, { dry_multiplier: 0.8 }), null);
  const adaptive = STAGES.filter(({ group }) => group === "adaptive").flatMap(({ settings }) => settings);
  assert.ok(adaptive.includes("mirostat_tau"), `${adaptive}`);
  for (const name of adaptive) assert.equal(near.place(run, INDEX, { [name]: 1 }), null, name);
  assert.notEqual(near.place(run, INDEX, {}), null, "the row is still there");
});

test("what any stage does to a text that repeats itself is the worker's, or left to the worker", async () => {
  const model = await far.model({ kind: "counted", text: "ab\nab\nab\n" });
  const prompt_ids = Array.from((await model.encode("ab\nab\nab\na")).ids);
  const run = { ...runOf(model), prompt_ids, tokens: [] };
  /** @type {string[]} */
  const near_to = [];
  for (const { name, settings } of STAGES) {
    const set = Object.fromEntries(SETTINGS.filter((one) => settings.includes(one.name)).flatMap(aside));
    const place = await placeOf(run, {}, 0).then(() => near.place(run, 0, set));
    if (!place) continue;
    near_to.push(name);
    const question = { ...set, prompt_ids, output_ids: [], index: 0, seed: 2, picture: true };
    assert.deepEqual(
      await place.lab.explain({ ...question, model: place.model }),
      await far.explain({ ...question, model }),
      `${name}: ${JSON.stringify(set)}`,
    );
  }
  assert.deepEqual(
    STAGES.map(({ name }) => name).filter((name) => !near_to.includes(name)),
    ["dry", "mirostat", "adaptive_p"],
    "a row has no texts, and nothing of how probable the tokens before were",
  );
});

test("a vocabulary that would keep the page waiting is the worker's", async () => {
  const run = runOf(await far.model({ kind: "bigram", seed: 3 }));
  await placeOf(run, {});
  assert.equal(near.place({ ...run, vocab: { length: 262_144 } }, INDEX, {}), null);
  assert.notEqual(near.place({ ...run, vocab: { length: 151_936 } }, INDEX, {}), null);
});

test("where the logits cannot be had the worker goes on", async () => {
  const run = runOf(await far.model({ kind: "bigram", seed: 3 }));
  run.prompt_ids = [1_000_000];
  assert.equal(near.place(run, INDEX, {}), null);
  await new Promise((resolve) => setTimeout(resolve, 200));
  assert.equal(near.place(run, INDEX, {}), null);
});
