/** Byte-level BPE as JavaScript sees it: the ids of PyPI's tokenizers, broken surrogates, and text that is never cut inside a character. */
import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { after, test } from "node:test";
import { createLab } from "../../../www/engine/index.js";
import { config, recordedTokenizer as gpt2, weightsFor } from "../support/checkpoint.js";
import { refused } from "./support/index.js";

const golden = (/** @type {string} */ name) => readFile(`tests/golden/tokenizer/${name}.json`, "utf8");
const [ids, texts] = [JSON.parse(await golden("ids")), JSON.parse(await golden("texts"))];

const lab = await createLab();
after(() => lab.dispose());

const vocabSize = Math.max(...Object.values(JSON.parse(gpt2).model.vocab)) + 1;
const file = weightsFor(vocabSize);
const spec = { kind: /** @type {const} */ ("gpt"), source: file, config };

test("text and ids are those of the tokenizers library, whether its file is text, an object or a File", async () => {
  const picked = [
    new File([file], "model.safetensors"),
    new File([gpt2], "tokenizer.json"),
    // GPT-2's old pair of files has one of this name, too.
    new File(["{}"], "vocab.json"),
  ];
  for (const options of [{ tokenizer: gpt2 }, { tokenizer: JSON.parse(gpt2) }, { source: picked }]) {
    const model = await lab.model({ ...spec, ...options });
    assert.equal(model.vocabSize, vocabSize);
    for (const [i, text] of texts.first.entries()) {
      const encoded = await model.encode(text);
      assert.deepEqual([Array.from(encoded.ids), encoded.replaced], [ids.gpt2.ids[i], 0]);
      assert.equal(await model.decode(encoded.ids), text);
    }
    await model.dispose();
  }
});

test("a broken surrogate is U+FFFD", async () => {
  const model = await lab.model({ ...spec, tokenizer: gpt2 });
  for (const [broken, whole] of [
    ["\ud800", "\ufffd"],
    ["\udc00", "\ufffd"],
    ["a\ud83d b", "a\ufffd b"],
    ["\ude42\ud83d", "\ufffd\ufffd"],
    ["\ud83d\ud83d\ude42", "\ufffd\u{1f642}"],
  ]) {
    const encoded = await model.encode(broken);
    assert.deepEqual(encoded, await model.encode(whole));
    assert.equal(await model.decode(encoded.ids), whole);
  }
});

test("tokens can be told apart when read", async () => {
  const model = await lab.model({ ...spec, tokenizer: gpt2 });
  const { ids } = await model.encode("\u{c0de1}<|endoftext|>");
  const shown = Array.from(ids, (id) => model.vocab[id]).join("");
  assert.equal(shown, "<0xF3><0x80><0xB7><0xA1><|endoftext|>");
  assert.equal(new Set(model.vocab).size, vocabSize);
});

test("a run's text comes whole: no step cuts a character, and all steps together are the end's text", async () => {
  const model = await lab.model({ ...spec, tokenizer: gpt2 });
  const prompt = "it's \u{1f469}\u{200d}\u{1f680}";
  // These tokens in place of drawn ones: characters of several tokens, one of them in a step of its own.
  const wanted = Array.from((await model.encode("né 👍🏽\r\n𠜎")).ids);
  const forced_tokens = Object.fromEntries(wanted.entries());
  const options = { model, prompt, max_new_tokens: wanted.length, forced_tokens, seed: 1 };
  let text = "";
  for await (const step of lab.generate(options)) {
    if (step.finished) assert.deepEqual([step.new_text, step.text], ["né 👍🏽\r\n𠜎", `${prompt}né 👍🏽\r\n𠜎`]);
    else text += step.text;
    assert.ok(!text.includes("\ufffd"));
  }
});

test("a tokenizer that is none, or another kind's, is refused by name", async () => {
  const model = (/** @type {object} */ tokenizer) => lab.model({ ...spec, tokenizer });
  const parsed = JSON.parse(gpt2);
  const other = { ...parsed, model: { ...parsed.model, type: "WordPiece" } };
  await refused(() => model(other), "model_format", /a model of type WordPiece, and only a byte-level BPE/);
  await refused(() => model({}), "model_format", /tokenizer\.json cannot be read/);
  await refused(() => lab.model({ ...spec, tokenizer: "" }), "model_format", /tokenizer\.json cannot be read/);
  const larger = {
    ...parsed,
    added_tokens: [...parsed.added_tokens, { ...parsed.added_tokens[0], id: vocabSize, content: "<x>" }],
  };
  await refused(() => model(larger), "model_format", /logits for \d+ tokens, and the vocabulary has \d+/);
});
