/** Whatever is handed to whatever is public: what is not understood is a LabError of one short message, and nobody else notices. */

import assert from "node:assert/strict";
import test, { after } from "node:test";
import { taken } from "../../../www/element/taken.js";
import { LabError } from "../../../www/engine/index.js";
import { printed } from "../../../www/engine/printed.js";
import { config, weightsFor } from "../support/checkpoint.js";
import { LESSON, openLab } from "./support/index.js";
import { ODD_VALUES } from "./support/odd-values.js";

/** Characters of a message, and of a value in it. */
const [MOST_SAID, MOST_PRINTED] = [1000, 200];

test("a value of any kind is printed in a few characters", () => {
  for (const [what, make] of Object.entries(ODD_VALUES))
    for (const value of [
      make(),
      [make()],
      { a: make() },
      [[[make()]]],
      new Map([[make(), make()]]),
      { a: { b: [make(), 1] } },
    ]) {
      const text = printed(value);
      assert.ok(text.length > 0 && text.length <= MOST_PRINTED, `${what}: ${text.length} characters: ${text}`);
    }
});

test("what is printed says what it begins with, and how much more there is", () => {
  for (const [value, text] of /** @type {[unknown, string][]} */ ([
    ["a\n", '"a\\n"'],
    ["ab".repeat(500), `"${"ab".repeat(60)}"… (1000 characters)`],
    [4n, "4n"],
    [[1, "a", [null], {}], '[1, "a", [null], {}]'],
    [Array.from({ length: 1000 }, () => "token"), `[${'"token", '.repeat(13)}… 987 more]`],
    [{ a: 1, "b c": undefined }, "{a: 1, b c: undefined}"],
    [{ a: [Uint8Array.of(1, 2)] }, "{a: [Uint8Array [1, 2]]}"],
    [[[[[[1]]]]], "[[[[…]]]]"],
    [new Map([["a", { b: 1 }]]), 'Map [["a", {b: 1}]]'],
    [new Set([1, 2]), "Set [1, 2]"],
    [new TypeError("no"), "an Error"],
    [new URL("data:,x"), "a URL"],
    [() => 1, "a function"],
    [
      {
        get a() {
          return 1;
        },
      },
      "{a: a getter}",
    ],
    [ODD_VALUES["a shut proxy"](), "an object that cannot be read"],
  ]))
    assert.equal(printed(value), text);
});

const lab = await openLab();
const other = await openLab();
const model = await lab.model({ kind: "bigram", seed: 1 });
const generator = await lab.generator("torch", 1);
after(() => {
  lab.dispose();
  other.dispose();
});

const vocab = [..."abc"];
const gpt = { kind: "gpt", source: weightsFor(3), config, vocab };
/** @param {object} options */
const generate = async (options) => {
  for await (const _ of lab.generate({ model, prompt: "a", max_new_tokens: 2, ...options }));
};

/** @param {any} options */
const made = async (options) => (await openLab(options)).dispose();

/** @type {[name: string, call: (value: any) => unknown][]} */
const CALLS = [
  ["createLab", (value) => made(value)],
  ...["backend", "thread", "wasm"].map(
    (name) =>
      /** @type {[string, (value: any) => unknown]} */ ([`createLab, ${name}`, (value) => made({ [name]: value })]),
  ),
  ["createLab, wasm in a worker", (value) => made({ thread: "worker", wasm: value })],
  ["softmax", (value) => lab.softmax(value)],
  ["softmax, options", (value) => lab.softmax(LESSON, value)],
  ["sample", (value) => lab.sample(value)],
  ["sample, settings", (value) => lab.sample(LESSON, value)],
  ["sample, a list of settings", (value) => lab.sample(LESSON, [value])],
  ["sample, options", (value) => lab.sample(LESSON, {}, value)],
  ["sampleSync", (value) => lab.sampleSync(value)],
  ["sampleSync, settings", (value) => lab.sampleSync(LESSON, value)],
  ["trace", (value) => lab.trace(value)],
  ["traceSync, settings", (value) => lab.traceSync(LESSON, value)],
  ["drawMany", (value) => lab.drawMany(value, {}, { n: 2 })],
  ["drawMany, options", (value) => lab.drawMany(LESSON, {}, value)],
  ["drawMany, n", (value) => lab.drawMany(LESSON, {}, { n: value })],
  ["drawMany, before", (value) => lab.drawMany(LESSON, {}, { n: 2, before: value })],
  ["drawMany, before.ids", (value) => lab.drawMany(LESSON, {}, { n: 2, before: { ids: value, counts: value } })],
  ["generator", (value) => lab.generator(value)],
  ["generator, seed", (value) => lab.generator("torch", value)],
  ["manualSeed", (value) => generator.manualSeed(value)],
  ["model", (value) => lab.model(value)],
  ["model, kind", (value) => lab.model({ kind: value })],
  ["model, generator", (value) => lab.model({ kind: "bigram", generator: value })],
  ["model, text", (value) => lab.model({ kind: "counted", text: value })],
  ["model, logits", (value) => lab.model({ kind: "logits", logits: value })],
  ["model, labels", (value) => lab.model({ kind: "logits", logits: [1, 2], labels: value })],
  ["model, a label", (value) => lab.model({ kind: "logits", logits: [1, 2], labels: ["a", value] })],
  ...[
    "source",
    "config",
    "generation_config",
    "n_head",
    "activation",
    "vocab",
    "tokenizer",
    "kv_cache",
    "cache",
    "onProgress",
    "signal",
  ].flatMap(
    (name) =>
      /** @type {[string, (value: any) => unknown][]} */ ([
        [`gpt, ${name}`, (value) => lab.model({ ...gpt, [name]: value })],
        [`gpt, a list as ${name}`, (value) => lab.model({ ...gpt, [name]: [value] })],
        [`gpt, ${name} with it`, (value) => lab.model({ ...gpt, [name]: { n_head: value } })],
      ]),
  ),
  ["generate", (value) => lab.generate(value).next()],
  ...[
    "model",
    "generator",
    "signal",
    "chunk",
    "onProgress",
    "prompt",
    "prompt_ids",
    "seed",
    "stop_strings",
    "forced_tokens",
    "regex",
    "json_schema",
    "eos_token_id",
    "trace",
  ].map(
    (name) =>
      /** @type {[string, (value: any) => unknown]} */ ([`generate, ${name}`, (value) => generate({ [name]: value })]),
  ),
  ["explain", (value) => lab.explain(value)],
  ...["model", "prompt_ids", "output_ids", "named_ids", "index", "columns", "signal"].map(
    (name) =>
      /** @type {[string, (value: any) => unknown]} */ ([
        `explain, ${name}`,
        (value) => lab.explain({ model, prompt_ids: [1], output_ids: [2], index: 0, [name]: value }),
      ]),
  ),
  ["time", (value) => lab.time(value)],
  ["time, prompt_lengths", (value) => lab.time({ model, prompt_lengths: value, new_tokens: 1 })],
  ["timeStages", (value) => lab.timeStages(value)],
  ["rules", (value) => lab.rules(value)],
  ["rules, settings", (value) => lab.rules(LESSON, value)],
  ["chiSquare", (value) => lab.chiSquare(value, [1])],
  ["chiSquare, probabilities", (value) => lab.chiSquare([1], value)],
  ["score", (value) => lab.score(value)],
  ...["model", "output_ids", "prompt_ids", "signal"].map(
    (name) =>
      /** @type {[string, (value: any) => unknown]} */ ([
        `score, ${name}`,
        (value) => lab.score({ model, prompt_ids: [1], output_ids: [2], [name]: value }),
      ]),
  ),
  ["stationary", (value) => lab.stationary(value)],
  ["setBackend", (value) => lab.setBackend(value)],
  ["encode", (value) => model.encode(value)],
  ["chatText", (value) => model.chatText(value, { template: "{{ messages }}" })],
  ["chatText, a message", (value) => model.chatText([value], { template: "{{ messages }}" })],
  ["chatText, content", (value) => model.chatText([{ role: "user", content: value }], { template: "{{ messages }}" })],
  ["chatText, options", (value) => model.chatText([], value)],
  ...["template", "tools", "add_generation_prompt", "date"].map(
    (name) =>
      /** @type {[string, (value: any) => unknown]} */ ([
        `chatText, ${name}`,
        (value) => model.chatText([], { template: "{{ strftime_now('%Y') }}", [name]: value }),
      ]),
  ),
  ["decode", (value) => model.decode(value)],
  ["forward", (value) => model.forward(value)],
  ["forward, options", (value) => model.forward([1], value)],
  ["forward, signal", (value) => model.forward([1], { signal: value })],
  ["next", (value) => model.next(value)],
  ["next, options", (value) => model.next([1], value)],
  ["next, signal", (value) => model.next([1], { signal: value })],
  ["setState", (value) => taken(value)],
  ["setState, model", (value) => taken({ model: value })],
  ["setState, model.kind", (value) => taken({ model: { kind: value } })],
  ["setState, fields", (value) => taken({ fields: value })],
  ["setState, forced", (value) => taken({ forced: value })],
];

/** @param {() => unknown} act @returns {Promise<any>} undefined where nothing was thrown */
const thrownBy = async (act) => {
  try {
    await act();
  } catch (thrown) {
    return thrown ?? "nothing";
  }
};

for (const [name, call] of CALLS)
  test(`${name}: any value at all is taken or refused with a LabError`, async () => {
    for (const [what, make] of Object.entries(ODD_VALUES)) {
      const error = await thrownBy(() => call(make()));
      if (error === undefined) continue;
      assert.ok(error instanceof LabError, `${what}: ${error instanceof Error ? error.stack : error}`);
      assert.ok(!["engine_lost", "internal"].includes(error.code), `${what}: ${error.message}`);
      assert.ok(error.message.length <= MOST_SAID, `${what}: ${error.message.length} characters: ${error.message}`);
    }
    assert.equal((await model.forward([1])).length, 30);
    assert.equal((await other.sample(LESSON, { temperature: 0 })).tokens[0], 3);
  });
