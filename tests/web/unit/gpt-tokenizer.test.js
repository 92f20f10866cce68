/** Byte-level BPE as JavaScript sees it: the ids of PyPI's tokenizers, broken surrogates, and text that is never cut inside a character. */
import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { after, test } from "node:test";
import { createLab } from "../../../www/engine/index.js";
import { loadEngine, loadMerges } from "../../../www/engine/loader.js";
import { startHere } from "../../../www/engine/local.js";
import { config, recordedTokenizer as gpt2, weightsFor } from "../support/checkpoint.js";
import { openFragileLab } from "./support/fragile.js";
import { refused } from "./support/index.js";

const golden = (/** @type {string} */ name) => readFile(`tests/golden/tokenizer/${name}.json`, "utf8");
const [ids, texts] = [JSON.parse(await golden("ids")), JSON.parse(await golden("texts"))];

const lab = await createLab();
after(() => lab.dispose());

const vocabSize = Math.max(...Object.values(JSON.parse(gpt2).model.vocab)) + 1;
const file = weightsFor(vocabSize);
const spec = { kind: /** @type {const} */ ("gpt"), source: file, config };

test("text and ids are those of the tokenizers library, whether its file is text, an object, a File or in the header", async () => {
  const picked = [
    new File([file], "model.safetensors"),
    new File([gpt2], "tokenizer.json"),
    // GPT-2's old pair of files has one of this name, too.
    new File(["{}"], "vocab.json"),
  ];
  const inHeader = weightsFor(vocabSize, { tokenizer: gpt2 });
  for (const options of [
    { tokenizer: gpt2 },
    { tokenizer: JSON.parse(gpt2) },
    { source: picked },
    { source: inHeader },
    { source: new File([inHeader], "model.safetensors") },
  ]) {
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
  const larger = { ...parsed, model: { ...parsed.model, vocab: { ...parsed.model.vocab, "<x>": vocabSize } } };
  await refused(() => model(larger), "model_format", /logits for \d+ tokens, and the vocabulary has \d+/);
  const nmt = { ...parsed, normalizer: { type: "Nmt" } };
  await refused(() => model(nmt), "model_format", /has Nmt in its normalizer, which is not understood/);
});

test("a [PAD] that was added behind the model's tokens is refused in a text, not in the file", async () => {
  const parsed = JSON.parse(gpt2);
  const pad = { ...parsed.added_tokens[0], id: vocabSize, content: "[PAD]" };
  const model = await lab.model({ ...spec, tokenizer: { ...parsed, added_tokens: [...parsed.added_tokens, pad] } });
  assert.equal(model.vocabSize, vocabSize);
  assert.equal(await model.decode((await model.encode("the PAD")).ids), "the PAD");
  const expected = /has the token "\[PAD\]", id \d+, and the model has logits/;
  await refused(() => model.encode("the [PAD]"), "cannot_encode", expected);
  const run = lab.generate({ model, prompt: "the [PAD]", max_new_tokens: 1 });
  await refused(() => run.next(), "cannot_encode", expected);
});

test("a text that a pattern takes too long for is an error, and the engine goes on", async () => {
  const parsed = JSON.parse(gpt2);
  const pattern = { type: "Split", pattern: { Regex: "(a|a)*(?!a)b" }, behavior: "Isolated", invert: false };
  const pre_tokenizer = { type: "Sequence", pretokenizers: [pattern, { ...parsed.pre_tokenizer, use_regex: false }] };
  const model = await lab.model({ ...spec, tokenizer: { ...parsed, pre_tokenizer } });
  await refused(() => model.encode(`${"a".repeat(40)}cb`), "cannot_encode", /tokenizer\.json has the pattern/);
  assert.equal(await model.decode((await model.encode("ab")).ids), "ab");
});

test("in a worker, too, and after a breakdown a tokenizer is there again", async () => {
  const there = await createLab({ thread: "worker" });
  const remote = await there.model({ ...spec, tokenizer: gpt2 });
  const expected = Array.from((await remote.encode("the house")).ids);
  there.dispose();
  const { lab: here, breakNext } = await openFragileLab();
  const model = await here.model({ ...spec, tokenizer: gpt2 });
  assert.deepEqual(Array.from((await model.encode("the house")).ids), expected);
  breakNext();
  await refused(() => here.softmax([1]), "engine_lost");
  assert.deepEqual(Array.from((await model.encode("the house")).ids), expected);
  here.dispose();
});

/** The header of a file. @param {Uint8Array} bytes */
const headerOf = (bytes) => bytes.slice(8, 8 + Number(new DataView(bytes.buffer).getBigUint64(0, true)));

test("an engine that was given nothing to read merges with refuses the tokenizer, wherever it comes from", async () => {
  const host = await startHere();
  const open = (/** @type {Uint8Array} */ bytes, /** @type {object} */ options) =>
    host.call("checkpoint", headerOf(bytes), bytes.length, {
      kv_cache: true,
      config: JSON.stringify(config),
      ...options,
    });
  const expected = /tokenizer\.json cannot be read: what reads it was not loaded/;
  await refused(() => open(file, { tokenizer: gpt2 }), "model_format", expected);
  const inHeader = weightsFor(vocabSize, { tokenizer: gpt2 });
  await refused(() => open(inHeader, {}), "model_format", expected);
  const vocab = Array.from({ length: vocabSize }, (_, id) => (id === 0 ? " " : `<${id}>`));
  await open(inHeader, { tokens: vocab });
  await host.call("prepareTokens", headerOf(inHeader), { kv_cache: true });
  await open(inHeader, {});
  host.dispose();
});

test("what the merges say against a file is an error, what breaks in them is a breakdown, and none is left behind", async () => {
  /** @type {unknown[]} */
  const breakdowns = [];
  const broken = await loadEngine(undefined, (reason) => breakdowns.push(reason));
  let { Checkpoint, engine } = broken;
  let n_freed = 0;
  const made = (/** @type {(json: string) => unknown} */ merges) =>
    new Checkpoint(
      headerOf(file),
      file.length,
      { config: JSON.stringify(config), tokenizer: gpt2, kv_cache: true },
      merges,
    );
  const thrown = (/** @type {unknown} */ error) => () => {
    throw error;
  };
  assert.throws(() => made(thrown("no")), { code: "model_format", message: /tokenizer\.json no$/ });
  const trap = new WebAssembly.RuntimeError("unreachable");
  assert.throws(() => made(thrown(trap)), trap);
  assert.deepEqual(breakdowns, [trap]);
  broken.engine.free();
  ({ Checkpoint, engine } = await loadEngine());
  const mergesOf = await loadMerges();
  const counted = (/** @type {string} */ json) => {
    const merges = mergesOf(json);
    const free = () => {
      n_freed += 1;
    };
    return { bytes: () => merges.bytes(), ends: () => merges.ends(), n_trained: () => merges.n_trained(), free };
  };
  const checkpoint = made(counted);
  assert.equal(n_freed, 0);
  checkpoint.free();
  assert.equal(n_freed, 1);
  engine.free();
});
