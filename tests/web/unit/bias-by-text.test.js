/** `logit_bias` by pairs, and by text in calls with a model: the same as by token id. */
import assert from "node:assert/strict";
import test, { after } from "node:test";
import { collect, openLab } from "./support/index.js";

const lab = await openLab();
const model = await lab.model({ kind: "gpt" });
after(() => lab.dispose());

const id = (/** @type {string} */ text) => model.vocab.indexOf(text);
const RUN = { model, prompt_ids: [1], max_new_tokens: 12, seed: 7 };

/** @param {any} logit_bias */
const text = async (logit_bias) => (await collect(lab.generate({ ...RUN, logit_bias }))).end.text;

const BY_ID = { [id("a")]: 2, [id(" ")]: Number.NEGATIVE_INFINITY };

/** @type {Record<string, any>} */
const SAME = {
  "pairs of ids": Object.entries(BY_ID).map(([token, bias]) => [Number(token), bias]),
  "two columns": { ids: [id("a"), id(" ")], values: [2, Number.NEGATIVE_INFINITY] },
  "pairs of texts": [
    ["a", 2],
    [" ", Number.NEGATIVE_INFINITY],
  ],
  "pairs of both": [
    ["a", 2],
    [id(" "), Number.NEGATIVE_INFINITY],
  ],
  "an object of texts": { a: 2, " ": Number.NEGATIVE_INFINITY },
  "a Map of texts": new Map([
    ["a", 2],
    [" ", Number.NEGATIVE_INFINITY],
  ]),
};

for (const [name, bias] of Object.entries(SAME))
  test(`${name}: the text by ids`, async () => {
    const want = await text(BY_ID);
    assert.notEqual(want, await text(null), "the biases change the text");
    assert.equal(await text(bias), want);
  });

test("every call with a model reads them", async () => {
  const texts = { a: 2 };
  const ids = { [id("a")]: 2 };
  const question = { model, prompt_ids: [1], output_ids: [2], index: 1, seed: 7 };
  const explained = async (/** @type {any} */ logit_bias) => (await lab.explain({ ...question, logit_bias })).trace;
  assert.deepEqual(await explained(texts), await explained(ids));
  const scored = (/** @type {any} */ logit_bias) =>
    lab.score({ model, prompt_ids: [1], output_ids: [2, 3], logit_bias });
  assert.deepEqual(await scored(texts), await scored(ids));
  const bigram = await lab.model({ kind: "counted", text: "abracadabra" });
  const spent = (/** @type {any} */ logit_bias) => lab.stationary({ model: bigram, logit_bias });
  assert.deepEqual(await spent({ a: 2 }), await spent({ [bigram.vocab.indexOf("a")]: 2 }));
});

test("pairs of ids need no model", async () => {
  const logits = [1, 2, 3];
  const token = async (/** @type {any} */ logit_bias) =>
    (await lab.sample(logits, { logit_bias, temperature: 0 })).tokens[0];
  assert.deepEqual([await token([[0, 9]]), await token([])], [0, 2]);
});

/** @type {[any, string, RegExp][]} */
const REFUSED = [
  [[3, 1], "logit_bias[0]", /pairs/],
  [[[1, 2, 3]], "logit_bias[0]", /pairs/],
  [
    [
      [1, 2],
      [1, 3],
    ],
    "logit_bias[1]",
    /once/,
  ],
  [{ ab: 1 }, 'logit_bias["ab"]', /2 tokens: sequence_bias/],
  [{ ids: 1 }, 'logit_bias["ids"]', /3 tokens/],
  [{ é: 1 }, 'logit_bias["é"]', /no token/],
  [{ a: Number.NaN }, 'logit_bias["a"]', /-Infinity to ban/],
  [{ a: "2" }, 'logit_bias["a"]', /use a number/],
  [{ "+1": 2 }, "logit_bias[+1]", /whole numbers from 0/],
  [{ "01": 2 }, "logit_bias[01]", /whole numbers from 0/],
  [{ "": 1 }, 'logit_bias[""]', /no token/],
  [
    [
      ["a", 1],
      [id("a"), 2],
    ],
    'logit_bias["a"]',
    /already/,
  ],
];

for (const [bias, setting, why] of REFUSED)
  test(`${JSON.stringify(bias)} is refused`, async () => {
    await assert.rejects(text(bias), (/** @type {any} */ error) => {
      assert.deepEqual([error.code, error.setting], ["invalid_setting", setting]);
      assert.match(error.message, why);
      return true;
    });
  });

/** Without a model. @type {[any, string, RegExp][]} */
const WITHOUT_MODEL = [
  [
    { a: 1 },
    'logit_bias["a"]',
    /^logit_bias\["a"\] = 1 is not valid: a text needs a model's vocabulary: use its token id, or a call with a model/,
  ],
  [new Map([[" Paris", 2]]), 'logit_bias[" Paris"]', /needs a model/],
  [[["a", 1]], 'logit_bias["a"]', /needs a model/],
  [{ "": 1 }, 'logit_bias[""]', /needs a model/],
  [{ 1.5: 1 }, "logit_bias[1.5]", /whole numbers from 0/],
  [{ "-1": 1 }, "logit_bias[-1]", /whole numbers from 0/],
  [{ "03": 1 }, "logit_bias[03]", /whole numbers from 0/],
  [{ 0: Number.POSITIVE_INFINITY }, "logit_bias[0]", /= inf is not valid: use a number, or -Infinity to ban/],
  [{ ids: [0, 1], values: [9] }, "logit_bias", /ids: a list of 2, values: a list of 1 \} is not valid: .* same length/],
  [5, "logit_bias", /\{ token id: number \}, a Map, pairs/],
];

for (const [bias, setting, why] of WITHOUT_MODEL)
  test(`without a model ${JSON.stringify(bias)} is refused as ${setting}`, async () => {
    await assert.rejects(lab.sample([1, 2, 3], { logit_bias: bias }), (/** @type {any} */ error) => {
      assert.deepEqual([error.code, error.setting], ["invalid_setting", setting]);
      assert.match(error.message, why);
      return true;
    });
  });
