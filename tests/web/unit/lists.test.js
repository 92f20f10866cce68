/** Settings that hold several things: what is typed, what the engine is told, and what cannot be read. */
import assert from "node:assert/strict";
import test from "node:test";
import { createLab } from "../../../www/engine/index.js";
import { readList, writeList } from "../../../www/state/lists.js";
import { told } from "../../../www/tasks/told.js";

/** @type {[kind: string, typed: string, items: import("../../../www/state/lists.js").Item[]][]} */
const READ = [
  ["bias", "e: -2", [{ tokens: "e", amount: -2 }]],
  [
    "bias",
    'e = 1.5; "\\n": -inf\n 12: 3',
    [
      { tokens: "e", amount: 1.5 },
      { tokens: "\n", amount: -Infinity },
      { tokens: [12], amount: 3 },
    ],
  ],
  [
    "bias",
    '" the": −∞, "12": 1',
    [
      { tokens: " the", amount: -Infinity },
      { tokens: "12", amount: 1 },
    ],
  ],
  [
    "bias",
    '{"12": -5, "7": -Infinity}',
    [
      { tokens: [12], amount: -5 },
      { tokens: [7], amount: -Infinity },
    ],
  ],
  [
    "bias",
    '":": 2, "a, b": 1',
    [
      { tokens: ":", amount: 2 },
      { tokens: "a, b", amount: 1 },
    ],
  ],
  [
    "sequence_bias",
    '[[[12, 13], -5], [[7], float("-inf")]]',
    [
      { tokens: [12, 13], amount: -5 },
      { tokens: [7], amount: -Infinity },
    ],
  ],
  ["sequence_bias", "once there: 2", [{ tokens: "once there", amount: 2 }]],
  ["ids", "3, e, 5", [{ tokens: [3] }, { tokens: "e" }, { tokens: [5] }]],
  ["ids", "[3, 5]", [{ tokens: [3] }, { tokens: [5] }]],
  ["id_lists", "the, 12 13, [5, 6]", [{ tokens: "the" }, { tokens: [12, 13] }, { tokens: [5, 6] }]],
  ["id_lists", "[[12, 13], [5]]", [{ tokens: [12, 13] }, { tokens: [5] }]],
  ["sequences", '"\\n", ":", 3', [{ tokens: "\n" }, { tokens: ":" }, { tokens: [3] }]],
  ["strings", "the end, 12, ' x'", [{ tokens: "the end" }, { tokens: "12" }, { tokens: " x" }]],
  ["strings", "don't, it's", [{ tokens: "don't" }, { tokens: "it's" }]],
];

test("lists are read as they are typed, and as JSON and Python print them", () => {
  for (const [kind, typed, items] of READ) assert.deepEqual(readList(kind, typed), { items }, `${kind}: ${typed}`);
});

test("what is read and written again is the same", () => {
  for (const [kind, typed, items] of READ)
    assert.deepEqual(readList(kind, writeList(kind, items)), { items }, `${kind}: ${typed}`);
});

test("what cannot be read is named", () => {
  /** @type {[kind: string, typed: string, why: string, at: string][]} */
  const cases = [
    ["bias", "e", "amount_missing", "e"],
    ["bias", "e: -2, the", "amount_missing", "the"],
    ["bias", "e: much", "amount", "e: much"],
    ["bias", "e: −2,5", "amount_missing", "5"],
    ["strings", '"the end', "open", '"the end'],
    ["id_lists", "[12, 13", "open", "[12, 13"],
    ["id_lists", "12]", "open", "12]"],
  ];
  for (const [kind, typed, why, at] of cases) assert.deepEqual(readList(kind, typed), { why, at }, typed);
});

test("texts become the model's tokens, and the engine takes what it is told", async () => {
  const lab = await createLab();
  try {
    const model = await lab.model({ kind: "counted", text: "once there was a king. there was a tree." });
    const id = (/** @type {string} */ text) => model.vocab.indexOf(text);
    const settings = await told(model, {
      temperature: 1,
      logit_bias: "e: -2, 3: 1",
      bad_words_ids: "the, 3 4",
      sequence_bias: "ki: 2",
      suppress_tokens: "k, 2",
      stop_strings: "was",
      dry_sequence_breakers: '".", 3',
    });
    assert.deepEqual(settings, {
      temperature: 1,
      logit_bias: { [id("e")]: -2, 3: 1 },
      bad_words_ids: [
        [id("t"), id("h"), id("e")],
        [3, 4],
      ],
      sequence_bias: [[[id("k"), id("i")], 2]],
      suppress_tokens: [id("k"), 2],
      stop_strings: ["was"],
      dry_sequence_breakers: [".", [3]],
    });
    const run = lab.generate(/** @type {any} */ ({ model, prompt: "o", max_new_tokens: 5, ...settings }));
    for await (const step of run) if (step.finished) assert.ok(!step.text.includes("k"));
  } finally {
    lab.dispose();
  }
});

test("a text that the model has no token for, or several where one is needed, is refused by name", async () => {
  const lab = await createLab();
  try {
    const model = await lab.model({ kind: "counted", text: "abcabc" });
    const refused = (/** @type {Record<string, unknown>} */ settings) =>
      told(model, settings).then(
        () => null,
        ({ place, code, message }) => [place, code, message],
      );
    assert.deepEqual(await refused({ logit_bias: "z: 1" }), ["logit_bias", "list_absent", "z"]);
    assert.deepEqual(await refused({ logit_bias: "ab: 1" }), ["logit_bias", "list_several", "ab"]);
    assert.deepEqual(await refused({ suppress_tokens: "ab" }), ["suppress_tokens", "list_several", "ab"]);
    assert.deepEqual(await refused({ logit_bias: "a" }), ["logit_bias", "list_amount_missing", "a"]);
    const numbers = await lab.model({ kind: "logits", logits: [1, 2], labels: ["yes", "no"] });
    assert.deepEqual((await told(numbers, { logit_bias: "no: 1" })).logit_bias, { 1: 1 });
  } finally {
    lab.dispose();
  }
});
