/** A GPT through the library: the one we ship, read from wherever it lies. */
import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { after, test } from "node:test";
import { createLab } from "../../../www/engine/index.js";
import { refused } from "./support/index.js";

const golden = JSON.parse(await readFile("tests/golden/gpt/greedy.json", "utf8"));
const bytes = await readFile("www/models/prose/model.safetensors");

const lab = await createLab();
after(() => lab.dispose());

/** @param {object} options @returns {Promise<any>} the end of a run */
const end = async (options) => {
  let last;
  for await (last of lab.generate(/** @type {any} */ (options)));
  return last;
};

const greedy = { prompt: golden.prompt, max_new_tokens: golden.text.length, temperature: 0 };

/** As the file itself says. */
const shape = (() => {
  const header = JSON.parse(
    new TextDecoder().decode(
      bytes.subarray(8, 8 + Number(new DataView(bytes.buffer, bytes.byteOffset).getBigUint64(0, true))),
    ),
  );
  const { __metadata__, ...tensors } = header;
  const { n_positions, n_layer, n_head, n_embd, n_inner } = JSON.parse(__metadata__.config);
  /** @type {number[]} */
  const sizes = Object.values(tensors).map(({ shape }) =>
    shape.reduce((/** @type {number} */ n, /** @type {number} */ m) => n * m, 1),
  );
  const n_weights = sizes.reduce((sum, n) => sum + n);
  return { block_size: n_positions, n_layer, n_head, n_embd, n_inner: n_inner ?? 4 * n_embd, n_weights };
})();

test("the model we ship writes what transformers writes with it, with its cache and without", async () => {
  for (const kv_cache of [true, false]) {
    const model = await lab.model({ kind: "gpt", kv_cache });
    assert.equal(model.kind, "gpt");
    const told = { activation: "gelu_tanh", assumed: [], eos_token_id: [] };
    assert.deepEqual(model.config, { ...shape, ...told, kv_cache });
    assert.match(await model.describe(), kv_cache ? /with a KV cache/ : /reads them all again/);
    assert.equal((await end({ model, ...greedy })).text, golden.prompt + golden.text);
  }
});

test("bytes, a Blob and an address are the same model; progress is told and grows", async () => {
  const sources = [bytes, bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.length), new Blob([bytes])];
  for (const source of [...sources, new URL("../../../www/models/prose/model.safetensors", import.meta.url)]) {
    /** @type {import("../../../www/engine/specs.js").Progress[]} */
    const seen = [];
    const model = await lab.model({ kind: "gpt", source, onProgress: (progress) => seen.push(progress) });
    assert.equal((await end({ model, ...greedy, max_new_tokens: 20 })).text, golden.prompt + golden.text.slice(0, 20));
    assert.ok(seen.length > 1);
    assert.ok(seen.every(({ loaded }, i) => i === 0 || loaded > seen[i - 1].loaded));
    assert.equal(seen.at(-1)?.loaded, bytes.length);
    model.dispose();
  }
});

test("what was made before the first GPT goes on, and works with it", async () => {
  const other = await createLab();
  const bigram = await other.model({ kind: "bigram", rng: "torch", seed: 0 });
  const generator = await other.generator("torch", 7);
  const run = async (/** @type {import("../../../www/engine/types.js").GenerateOptions} */ options) => {
    let text;
    for await (const step of other.generate({ prompt: "the ", max_new_tokens: 20, ...options }))
      if (step.finished) text = step.text;
    return text;
  };
  const before = await run({ model: bigram, seed: 7 });
  const gpt = await other.model({ kind: "gpt" });
  assert.equal(await run({ model: bigram, seed: 7 }), before);
  const text = await run({ model: gpt, generator });
  assert.equal(text, await run({ model: gpt, rng: "torch", seed: 7 }), "the stream is the one that was made before");
  assert.notEqual(await run({ model: gpt, generator }), text, "and it goes on");
  other.dispose();
});

test("checkpoints that cannot be had or used", async () => {
  const spec = { kind: /** @type {const} */ ("gpt") };
  await refused(() => lab.model({ ...spec, source: /** @type {any} */ (5) }), "invalid_setting", /source = 5/);
  await refused(() => lab.model({ ...spec, kv_cache: /** @type {any} */ ("no") }), "invalid_setting", /kv_cache/);
  await refused(() => lab.model(/** @type {any} */ ({ ...spec, seed: 1 })), "unknown_setting", /seed/);
  await refused(() => lab.model({ ...spec, source: new URL("file:///nowhere.safetensors") }), "model_load", /nowhere/);
  await refused(() => lab.model({ ...spec, source: bytes.subarray(0, 5) }), "model_format", /5 bytes/);
  await refused(() => lab.model({ ...spec, source: bytes.subarray(0, 100_000) }), "invalid_tensor", /truncated/);
  await refused(
    () => lab.model({ ...spec, source: bytes, vocab: "0123456789abcdefghijklmnopqrstuvwxyz " }),
    "model_format",
    /30 tokens.*37/,
  );
  const broken = new Uint8Array(bytes);
  broken.fill(0xff, broken.length - 2);
  await refused(() => lab.model({ ...spec, source: broken }), "invalid_tensor", /./);
});

test("loading is called off by its signal, and nothing is left of it", async () => {
  const controller = new AbortController();
  const onProgress = () => controller.abort(new Error("enough"));
  const loading = lab.model({ kind: "gpt", source: bytes, onProgress, signal: controller.signal });
  await assert.rejects(loading, /enough/);
  const model = await lab.model({ kind: "gpt", source: bytes });
  assert.equal((await end({ model, ...greedy, max_new_tokens: 5 })).text, golden.prompt + golden.text.slice(0, 5));
});
