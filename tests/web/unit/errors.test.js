import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import test, { after } from "node:test";
import { LESSON, openLab, refused } from "./support/index.js";

const lab = await openLab();
const model = await lab.model({ kind: "bigram", seed: 1 });
after(() => lab.dispose());

/** @param {object} options */
const generate = (options) => () => lab.generate({ model, prompt: "the ", ...options }).next();

/** @type {[setting: string, values: unknown[]][]} */
const INVALID = [
  ["temperature", [-1, Number.NaN, Number.POSITIVE_INFINITY, "hot", true, [1], {}]],
  ["top_k", [-1, 1.5, Number.NaN, Number.POSITIVE_INFINITY, "2"]],
  ["top_p", [-0.1, 1.1, Number.NaN, "0.9"]],
  ["min_p", [-0.1, 1.1, Number.NaN]],
  ["repetition_penalty", [0, -1, Number.NaN, Number.POSITIVE_INFINITY]],
  ["presence_penalty", [Number.NaN, Number.NEGATIVE_INFINITY]],
  ["frequency_penalty", [Number.NaN, Number.POSITIVE_INFINITY]],
  ["penalty_window", [0, -1, 1.5]],
  ["rng", ["mersenne", 1]],
  ["seed", [-1, 1.5, Number.NaN, 2 ** 53, -1n, 2n ** 64n, "7"]],
  ["step", [-1, 0.5, 2 ** 32]],
  ["order", ["top_k", ["topk"]]],
  ["logit_bias", [[1], 3]],
  ["history", [[1], "the"]],
];

test("a setting out of range is refused with its name and value", async () => {
  for (const [setting, values] of INVALID) {
    for (const value of values) {
      const error = await refused(
        () => lab.sample(LESSON, { [setting]: value }),
        "invalid_setting",
        new RegExp(`^${setting}.* use `),
      );
      assert.match(String(error.setting), new RegExp(`^${setting}`), `${setting} = ${String(value)}`);
    }
  }
});

/** @type {[setting: string, values: unknown[]][]} */
const INVALID_IN_THE_LOOP = [
  ["max_new_tokens", [0, -1, 1.5, Number.NaN, "80"]],
  ["block_size", [0, -1, 0.5]],
  ["min_new_tokens", [-1, 0.5]],
  ["max_time", [0, -1, Number.NaN, "1"]],
  ["eos_token_id", ["a", -1, 1.5, [0.5]]],
  ["stop_strings", ["", [""], 5]],
  ["trace", [1, "yes"]],
  ["chunk", [0, -1, 1.5, Number.NaN, "8"]],
  ["signal", [{ aborted: false }, true]],
];

test("loop settings out of range", async () => {
  for (const [setting, values] of INVALID_IN_THE_LOOP) {
    for (const value of values)
      await refused(generate({ [setting]: value }), "invalid_setting", new RegExp(`^${setting}`), { setting });
  }
});

test("an unknown setting names the nearest known one", async () => {
  for (const [unknown, nearest] of [
    ["temprature", "temperature"],
    ["topk", "top_k"],
    ["top_P", "top_p"],
    ["minp", "min_p"],
    ["repeat_penalty", "repetition_penalty"],
    ["sed", "seed"],
  ]) {
    const message = new RegExp(`unknown setting "${unknown}": did you mean "${nearest}"`);
    await refused(() => lab.sample(LESSON, { [unknown]: 1 }), "unknown_setting", message, { setting: unknown });
    await refused(() => lab.trace(LESSON, { [unknown]: 1 }), "unknown_setting", message);
    await refused(generate({ [unknown]: 1 }), "unknown_setting", message);
  }
  await refused(() => lab.softmax(LESSON, { temperatur: 1 }), "unknown_setting", /did you mean "temperature"/);
  await refused(() => lab.sample(LESSON, {}, { bach: 1 }), "unknown_setting", /did you mean "batch"/);
  await refused(() => lab.time({ model, new_token: 8 }), "unknown_setting", /did you mean "new_tokens"/);
  await refused(generate({ max_tokens: 8 }), "unknown_setting", /did you mean "max_new_tokens"/);
  await refused(generate({ chunks: 8 }), "unknown_setting", /did you mean "chunk"/);
  await refused(generate({ promt: "a" }), "unknown_setting", /did you mean "prompt"/);
  await refused(() => lab.model({ kind: "bigram", sead: 1 }), "unknown_setting", /did you mean "seed"/);
});

test("undefined is as good as not given", async () => {
  const plain = await lab.sample(LESSON, { seed: 3 });
  const spelt = await lab.sample(LESSON, {
    seed: 3,
    temperature: undefined,
    top_k: undefined,
    rng: undefined,
    batch: undefined,
    history: undefined,
  });
  assert.deepEqual(spelt, plain);
});

test("logits that are none", async () => {
  for (const value of [Number.NaN, Number.POSITIVE_INFINITY]) {
    const logits = LESSON.slice();
    logits[2] = value;
    for (const action of [() => lab.sample(logits), () => lab.trace(logits), () => lab.softmax(logits)]) {
      await refused(action, "invalid_logits", /logits\[0\]\[2\]/, { row: 0, index: 2 });
    }
  }
  const batch = Float32Array.of(...LESSON, ...LESSON);
  batch[8] = Number.NaN;
  await refused(() => lab.sample(batch, {}, { batch: 2 }), "invalid_logits", /logits\[1\]\[3\]/, { row: 1, index: 3 });
  for (const logits of [undefined, null, 5, "12345", {}, new DataView(new ArrayBuffer(8))]) {
    await refused(() => lab.sample(logits), "invalid_logits", /use a Float32Array/);
  }
  await refused(() => lab.sample([1, "2"]), "invalid_logits", /logits\[1\] is string/, { index: 1 });
  await refused(
    () => lab.sample(BigInt64Array.of(1n)),
    "invalid_logits",
    /logits is a BigInt64Array.*use a Float32Array/,
  );
});

test("logits of the wrong length", async () => {
  await refused(() => lab.sample(new Float32Array(0)), "wrong_length", /0/);
  await refused(() => lab.softmax(new Float32Array(0)), "wrong_length", /0/);
  await refused(() => lab.sample(LESSON, { batch: 2 }), "wrong_length", /5/);
  await refused(() => lab.sample(LESSON, { batch: 0 }), "invalid_setting", /batch = 0/);
  await refused(() => lab.sample(LESSON, [{}, {}]), "wrong_length", /5/);
  await refused(() => lab.sample(LESSON, [{}], { batch: 2 }), "invalid_setting", /1 row/, { setting: "batch" });
});

test("nothing left to draw", async () => {
  const masked = new Float32Array(5).fill(Number.NEGATIVE_INFINITY);
  await refused(() => lab.sample(masked), "nothing_left", /row 0/, { row: 0 });
  await refused(() => lab.softmax(masked), "nothing_left", /row 0/, { row: 0 });
  await refused(() => lab.trace(masked), "nothing_left", /row 0/);
  const batch = Float32Array.of(...LESSON, ...masked);
  await refused(() => lab.sample(batch, {}, { batch: 2 }), "nothing_left", /row 1/, { row: 1 });
  const bans = Object.fromEntries([...LESSON.keys()].map((id) => [id, Number.NEGATIVE_INFINITY]));
  await refused(() => lab.sample(LESSON, { logit_bias: bans }), "nothing_left", /: bias removed the last one/, {
    stage: "bias",
    setting: undefined,
  });
});

test("settings that are no settings", async () => {
  for (const settings of [null, 5, "cold", LESSON]) {
    await refused(() => lab.sample(LESSON, settings), "invalid_setting", /use an object/);
    await refused(() => lab.trace(LESSON, settings), "invalid_setting", /use an object/);
  }
  await refused(() => lab.sample(LESSON, [null]), "invalid_setting");
  await refused(() => lab.softmax(LESSON, null), "invalid_setting");
  await refused(() => lab.generate().next(), "invalid_setting");
  await refused(() => lab.time(), "invalid_setting");
  await refused(() => lab.model(), "invalid_setting");
  await refused(() => lab.sample(LESSON, { top_k: () => 5 }), "invalid_setting", /top_k/);
});

test("prompts that cannot be used", async () => {
  await refused(generate({ prompt: "" }), "empty_prompt", /type at least one/);
  await refused(generate({ prompt: undefined }), "empty_prompt");
  await refused(generate({ prompt: [] }), "empty_prompt");
  await refused(generate({ prompt: ["a", ""] }), "empty_prompt");
  await refused(generate({ prompt: undefined, prompt_ids: [] }), "empty_prompt");
  await refused(generate({ prompt: undefined, prompt_ids: [3, 30] }), "invalid_token", /30 at position 1.*30 tokens/, {
    index: 1,
  });
  await refused(generate({ prompt: 5 }), "invalid_setting", /prompt/);
  const below = /use ids below 30, the vocabulary's size/;
  await refused(generate({ eos_token_id: 99 }), "invalid_setting", below, { setting: "eos_token_id", value: "99" });
  await refused(generate({ forced_tokens: { 0: 99 } }), "invalid_setting", below, { setting: "forced_tokens" });
});

test("a token id of a setting that the vocabulary does not have is refused before anything is drawn", async () => {
  /** What they hold, and what has to be on for them to have an effect. @type {[setting: string, value: unknown, also?: object][]} */
  const settings = [
    ["logit_bias", { 3: 1, 99: -1 }],
    ["bad_words_ids", [[1], [1, 99]]],
    ["bad_words_ids", [[99, 1]]],
    ["sequence_bias", [[[99, 1], 2]]],
    ["suppress_tokens", [4, 99]],
    ["begin_suppress_tokens", [99]],
    ["penalty_exempt", [99], { repetition_penalty: 1.2 }],
    ["dry_sequence_breakers", [[7, 99]], { dry_multiplier: 1 }],
  ];
  const row = new Float32Array(30);
  const ids = { prompt_ids: [1], output_ids: [] };
  for (const [setting, value, also] of settings) {
    const given = { [setting]: value, ...also };
    const how = /** @type {const} */ ([
      "invalid_setting",
      new RegExp(`${setting} = 99 is not valid: use ids below 30`),
      { setting, value: "99" },
    ]);
    await refused(generate(given), ...how);
    await refused(() => lab.sample(row, given), ...how);
    await refused(() => lab.trace(row, given), ...how);
    await refused(() => lab.explain({ model, ...ids, index: 0, ...given }), ...how);
  }
});

test("models that cannot be made, ids that are none", async () => {
  await refused(() => lab.model({ kind: "transformer" }), "invalid_setting", /kind = "transformer".*"gpt"/, {
    setting: "kind",
  });
  await refused(() => lab.model({}), "invalid_setting", /kind/);
  await refused(() => lab.model({ kind: "counted", text: "" }), "model_format", /text/);
  await refused(() => lab.model({ kind: "counted" }), "invalid_setting", /text/);
  await refused(() => lab.model({ kind: "counted", text: "abc", smoothing: 0 }), "invalid_setting", /smoothing = 0/);
  await refused(() => lab.model({ kind: "bigram", rng: "dice" }), "invalid_setting", /rng = "dice"/);
  await refused(() => model.decode([30]), "invalid_token", /30/);
  await refused(() => model.decode([-1]), "invalid_token", /-1 at position 0/, { index: 0 });
  await refused(() => model.forward([1, 2.5]), "invalid_token", /2.5 at position 1/, { index: 1 });
  await refused(() => model.forward(Uint32Array.of(7, 31)), "invalid_token", /31 at position 1/);
  await refused(() => model.forward([]), "empty_prompt");
  await refused(() => model.forward([1, 2, 3], { batch: 2 }), "wrong_length", /batch = 2/);
  await refused(() => lab.generator("dice"), "invalid_setting", /rng = "dice"/);
  await refused(() => lab.generator("torch", -1), "invalid_setting", /seed = -1/);
});

test("after all these errors the lab still works", async () => {
  assert.deepEqual([...(await lab.sample(LESSON, { temperature: 0 })).tokens], [3]);
});

test("every code of the engine is one that types know", async () => {
  const read = (/** @type {string} */ path) => readFile(new URL(`../../../${path}`, import.meta.url), "utf8");
  const [rust, types] = [await read("src/core/error.rs"), await read("www/engine/error.js")];
  const codes = Array.from(rust.matchAll(/=> "([a-z_]+)",/g), ([, code]) => code);
  assert.ok(codes.length > 10, `${codes}`);
  const union = types.slice(0, types.indexOf("ErrorCode\n"));
  for (const code of codes) assert.ok(union.includes(`"${code}"`), `${code} is in ErrorCode`);
});
