/** GGUF files through the library: small ones with every way to write numbers, and SmolLM2 where it was fetched. */
import assert from "node:assert/strict";
import { existsSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { after, test } from "node:test";
import { modelPath } from "../../../scripts/lib/models.js";
import { createLab } from "../../../www/engine/index.js";
import { refused } from "./support/index.js";

const folder = "tests/golden/llama/gguf";
/** @type {{ name: string, ids: number[], logits: number[] }[]} */
const cases = JSON.parse(await readFile(`${folder}/cases.json`, "utf8"));

const lab = await createLab();
after(() => lab.dispose());

test("one file has shape, weights, tokens and end", async () => {
  for (const { name, ids, logits } of cases) {
    const model = await lab.model({ kind: "gpt", source: `${folder}/${name}.gguf` });
    const all = await model.forward(ids, { batch: 1 });
    const found = all.subarray(all.length - logits.length);
    const largest = Math.max(...logits.map((logit, i) => Math.abs(logit - found[i])));
    assert.ok(largest <= 1e-4, `${name}: off by ${largest}`);
    assert.deepEqual([...(await model.encode("the ant12")).ids].slice(0, 3), [2, 3, 4], name);
    assert.deepEqual(model.config?.eos_token_id, [0], name);
    await model.dispose();
  }
});

test("a damaged file is refused, and what lies beside a file is not read", async () => {
  const bytes = await readFile(`${folder}/qwen2.gguf`);
  const cut = bytes.subarray(0, 500);
  await refused(() => lab.model({ kind: "gpt", source: new Uint8Array(cut) }), "model_format", /truncated/);
  const config = { model_type: "llama" };
  await refused(
    () => lab.model({ kind: "gpt", source: new Uint8Array(bytes), config }),
    "invalid_setting",
    /config.*a GGUF file says all of it itself/,
  );
  const beside = [new File([bytes], "a.gguf"), new File(["{}"], "config.json")];
  const model = await lab.model({ kind: "gpt", source: beside });
  assert.equal(model.vocabSize, 13);
  assert.match(await model.describe(), /2 blocks with 4 heads/);
});

/**
 * A file that says one thing more, a text or a number. It is said first and filled up, so that the tensors keep their alignment.
 * @param {Buffer} file
 * @param {string} key
 * @param {string | number} value
 */
const saying = (file, key, value) => {
  const u64 = (/** @type {number} */ n) => Buffer.from(new BigUint64Array([BigInt(n)]).buffer);
  const u32 = (/** @type {number} */ n) => Buffer.from(new Uint32Array([n]).buffer);
  const named = (/** @type {string} */ name) => [u64(Buffer.byteLength(name)), Buffer.from(name)];
  const filler = (/** @type {Buffer[]} */ parts) => " ".repeat(31 - ((Buffer.concat(parts).length + 31) % 32));
  const entry =
    typeof value === "number" ? [...named(key), u32(4), u32(value)] : [...named(key), u32(8), ...named(value)];
  const note = [...named("general.description"), u32(8), u64(0)];
  const space = filler([...entry, ...note]);
  const head = Buffer.from(file.subarray(0, 24));
  head.writeBigUInt64LE(head.readBigUInt64LE(16) + 2n, 16);
  note.splice(-1, 1, ...named(space));
  return new Uint8Array(Buffer.concat([head, ...note, ...entry, file.subarray(24)]));
};

test("a chat template is the one that the head says, and faults are told by key and value", async () => {
  const file = await readFile(`${folder}/floats.gguf`);
  const key = "tokenizer.chat_template";
  const model = await lab.model({ kind: "gpt", source: saying(file, key, "{{ 'é' }}") });
  assert.equal(model.config?.chat_template, "{{ 'é' }}");
  const quoted = Buffer.concat([
    Buffer.from([key.length, 0, 0, 0, 0, 0, 0, 0]),
    Buffer.from(`${key}\x08\0\0\0\x01\0\0\0\0\0\0\0x`),
  ]);
  const about = await lab.model({ kind: "gpt", source: saying(file, "general.comment", quoted.toString()) });
  assert.equal(about.config?.chat_template, undefined);
  for (const [name, value, answer] of /** @type {const} */ ([
    [key, 3, /its tokenizer\.chat_template is 3, and a text is needed/],
    ["tokenizer.ggml.eot_token_id", 13, /its tokenizer\.ggml\.eot_token_id is 13, which is no id of its 13 tokens/],
    ["llama.expert_count", 8, /its llama\.expert_count is 8, which is not understood/],
    ["llama.rope.scaling.type", "yarn", /its llama\.rope\.scaling\.type is "yarn", and none and linear are understood/],
    ["split.count", 2, /a part of a GGUF file that was split into 2: join them/],
  ]))
    await refused(() => lab.model({ kind: "gpt", source: saying(file, name, value) }), "model_format", answer);
});

const smollm2 = modelPath("smollm2");
const isHere = existsSync(smollm2);
if (!isHere) {
  assert.ok(!process.env.REQUIRE_MODELS, `${smollm2} is not there: npm run model smollm2`);
  console.log("SmolLM2 is not here: npm run model smollm2");
} else {
  test("SmolLM2 writes what transformers writes with it dequantised", async () => {
    const golden = JSON.parse(await readFile("tests/golden/llama/smollm2.json", "utf8"));
    const model = await lab.model({ kind: "gpt", source: smollm2 });
    for (const { text, ids } of golden.texts) assert.deepEqual([...(await model.encode(text)).ids], ids, text);
    const prompt = golden.texts[0].text;
    const max_new_tokens = golden.greedy.length - golden.texts[0].ids.length;
    let last;
    for await (last of lab.generate({ model, prompt, max_new_tokens, temperature: 0, eos_token_id: null }));
    assert.equal(/** @type {any} */ (last).text, golden.greedy_text);
  });
}
