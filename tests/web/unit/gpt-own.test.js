/** Checkpoints as learners have them: parts, pairs of files, prefixes, what nothing says, other kinds of files. Each with its right value. */
import assert from "node:assert/strict";
import { mkdtemp, readFile, rm, truncate, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join, relative } from "node:path";
import { after, test } from "node:test";
import { createLab } from "../../../www/engine/index.js";
import { SLOW_VOCAB, slowWeights, weightsFor } from "../support/checkpoint.js";
import { collect, refused } from "./support/index.js";

/** @import { GptSpec } from "../../../www/engine/specs.js" */

const lab = await createLab();
after(() => lab.dispose());

const VOCAB = [" ", "a", "b", "c"];
const bytes = weightsFor(VOCAB.length);
const spec = { kind: /** @type {const} */ ("gpt"), config: { n_head: 2 }, vocab: VOCAB };
const ids = [1, 2, 3];
/** @param {Partial<GptSpec>} options */
const logitsOf = async (options) => {
  const model = await lab.model({ ...spec, ...options });
  return Array.from(await model.next(ids));
};
const expected = await logitsOf({ source: bytes });

const file = (/** @type {string} */ name, /** @type {any} */ content) => new File([content], name);

/** The header of a file, and where its data begins. @param {Uint8Array} whole */
const opened = (whole) => {
  const start = 8 + Number(new DataView(whole.buffer).getBigUint64(0, true));
  return { header: JSON.parse(new TextDecoder().decode(whole.subarray(8, start))), data: whole.subarray(start) };
};

/** A safetensors file. @param {Record<string, any>} tensors @param {Uint8Array} data */
const packed = (tensors, data) => {
  const header = new TextEncoder().encode(JSON.stringify(tensors));
  const whole = new Uint8Array(8 + header.length + data.length);
  new DataView(whole.buffer).setBigUint64(0, BigInt(header.length), true);
  whole.set(header, 8);
  whole.set(data, 8 + header.length);
  return whole;
};

/** The file's tensors in so many files. @param {number} n */
const parts = (n) => {
  const { header, data } = opened(bytes);
  const { __metadata__, ...tensors } = header;
  const named = Object.entries(tensors);
  /** @type {Record<string, string>} */
  const weight_map = {};
  const files = Array.from({ length: n }, (_, i) => {
    const name = `model-0000${i + 1}-of-0000${n}.safetensors`;
    const own = named.filter((_, at) => at % n === i);
    let end = 0;
    const shifted = own.map(([tensor, info]) => {
      weight_map[tensor] = name;
      const start = end;
      end += info.data_offsets[1] - info.data_offsets[0];
      return [tensor, { ...info, data_offsets: [start, end] }];
    });
    const numbers = own.map(
      ([
        ,
        {
          data_offsets: [from, to],
        },
      ]) => data.subarray(from, to),
    );
    return file(name, packed(Object.fromEntries(shifted), new Uint8Array(Buffer.concat(numbers))));
  });
  return { files, index: file("model.safetensors.index.json", JSON.stringify({ metadata: {}, weight_map })) };
};

test("parts are one model, in any order, with their index or without", async () => {
  const { files, index } = parts(3);
  const [a, b, c] = files;
  for (const source of [
    [index, a, b, c],
    [c, a, index, b],
    [b, c, a],
    [file("notes.txt", "x"), c, b, a],
  ])
    assert.deepEqual(await logitsOf({ source }), expected);
  /** @type {import("../../../www/engine/specs.js").Progress[]} */
  const seen = [];
  await logitsOf({ source: files, onProgress: (progress) => seen.push(progress) });
  assert.deepEqual([seen.at(-1)?.file, seen.at(-1)?.loaded], ["3 parts", seen.at(-1)?.total]);
});

test("parts that are missing or do not belong together are named", async () => {
  const { files, index } = parts(3);
  const [a, b] = files;
  const model = (/** @type {Blob[]} */ source) => lab.model({ ...spec, source });
  const missing = /parts are missing: add model-00003-of-00003\.safetensors$/;
  await refused(() => model([index, b, a]), "invalid_setting", missing);
  await refused(() => model([b, a]), "invalid_setting", missing);
  await refused(() => model([a]), "invalid_setting", /add model-00002-of-00003\.safetensors, model-00003/);
  await refused(() => model([index]), "invalid_setting", /parts are missing: add model-00001-of-00003/);
  const strangers = [file("one.safetensors", bytes), file("two.safetensors", bytes)];
  await refused(
    () => model(strangers),
    "invalid_setting",
    /these are 2 models, and one is read: leave the others out$/,
  );
  for (const names of [
    ["a.gguf", "b.gguf"],
    ["a.gguf", "model.safetensors"],
  ])
    await refused(() => model(names.map((name) => file(name, bytes))), "invalid_setting", /these are 2 models/);
  const beside = ["config.json", "tokenizer.json", "vocab.json", "merges.txt", "Tokenizer.json"];
  for (const name of beside)
    for (const source of [file(name, bytes), [file(name, bytes)]])
      await refused(
        () => model(/** @type {any} */ (source)),
        "invalid_setting",
        /^source = \[".*"\] is not valid: none of these holds weights: add a \.safetensors file, all parts of one, or a \.gguf file$/,
      );
  const twice = [1, 2].map((i) => file(`m-${i}-of-2.safetensors`, bytes));
  await refused(
    () => model(twice),
    "model_format",
    /the tensor wte\.weight is in m-2-of-2\.safetensors, and in another part/,
  );
  const empty = file("model.safetensors.index.json", "{}");
  await refused(() => model([empty, a]), "model_format", /names no parts/);
  for (const weight_map of [5, "abc", null, [b.name], { "wte.weight": 5 }, { "wte.weight": "" }]) {
    const odd = file("model.safetensors.index.json", JSON.stringify({ weight_map }));
    await refused(() => model([odd, ...files]), "model_format", /names no parts: its weight_map has to say/);
  }
  const said = JSON.parse(await index.text());
  said.weight_map["h.1.ln_1.weight"] = b.name;
  const promise = file("model.safetensors.index.json", JSON.stringify(said));
  await refused(
    () => model([promise, ...files]),
    "model_format",
    /says that "h\.1\.ln_1\.weight" is in "model-00002-of-00003\.safetensors", and no part has it$/,
  );
  for (const [header, what] of /** @type {[any, RegExp][]} */ ([
    [5, /the header of m-2-of-2\.safetensors is not as safetensors has it: it is 5$/],
    [[1], /the header of m-2-of-2\.safetensors is not as safetensors has it: it is \[1\]$/],
  ]))
    await refused(
      () =>
        model([file("m-1-of-2.safetensors", bytes), file("m-2-of-2.safetensors", packed(header, new Uint8Array()))]),
      "model_format",
      what,
    );
  const outside = packed({ x: { dtype: "F32", shape: [9], data_offsets: [0, 36] } }, new Uint8Array(4));
  const broken = [file("m-1-of-2.safetensors", bytes), file("m-2-of-2.safetensors", outside)];
  await refused(() => model(broken), "model_format", /m-2-of-2\.safetensors: x lies at bytes \[0,36\] of 4/);
  for (const [start, what] of /** @type {const} */ ([
    ["", /^m-2-of-2\.safetensors: .* a file of 0 bytes is no safetensors file$/],
    ["<!doctype html>", /^m-2-of-2\.safetensors: the file begins "<!doctype html>", so .* the file is a web page/],
    ["GGUF\u0003\0\0\0", /^m-2-of-2\.safetensors: .* the file is a GGUF file among the parts of a safetensors file/],
    ["12345678", /^m-2-of-2\.safetensors: the file begins "12345678", so .* the file is a text, and weights are read/],
    ["\u0001 of 12345678", /^m-2-of-2\.safetensors: .* its header would be /],
  ]))
    await refused(
      () => model([file("m-1-of-2.safetensors", bytes), file("m-2-of-2.safetensors", start)]),
      "model_format",
      what,
    );
  const unread = [file("m-1-of-2.safetensors", bytes), file("m-2-of-2.safetensors", "PK\u0003\u0004 and so on")];
  await refused(() => model(unread), "model_format", /the file is a zip/);
});

/** What a server or a clone without Git LFS leaves in a file's place, and what is said of it. */
const IN_PLACE = /** @type {const} */ ([
  ["Entry not found", /begins "Entry not found"/, /a text, and/],
  ["404: Not Found", /begins "404: Not Found"/, /a text, and/],
  ["\ufeff \n Nicht gefunden: \u00fc", /begins "Nicht gefunden: \u00fc"/, /a text, and/],
  ["Not", /begins "Not"/, /a text, and/],
  ["\n<!DOCTYPE html><html>", /begins "<!DOCTYPE html><html>"/, /a web page/],
  [
    `version https://git-lfs.github.com/spec/v1\noid sha256:${"0".repeat(64)}\nsize 548105171\n`,
    /begins "version https:\/\/git-lfs\.github\.com\/spec\/v1/,
    /a pointer of Git LFS, which stands for the file: run `git lfs pull`/,
  ],
]);

test("a text in the place of weights is named, and how it begins", async () => {
  const read = (/** @type {Blob[]} */ source) => lab.model({ ...spec, source });
  for (const [text, begins, kind] of IN_PLACE)
    for (const name of ["model.safetensors", "model.gguf", "pytorch_model.bin"])
      for (const pattern of [begins, kind, /hf_hub_download/])
        await refused(() => read([file(name, text)]), "model_format", pattern);
  // A letter in its middle that takes several bytes, and more than is told.
  await refused(
    () => read([file("model.gguf", `Datei \u20ac${"x".repeat(90)}`)]),
    "model_format",
    /"Datei \u20acx{53}", so/,
  );
});

test("a text in the place of a file beside the weights is named, and how it begins", async () => {
  const weights = file("model.safetensors", bytes);
  for (const [text, begins, kind] of IN_PLACE)
    for (const name of [
      "config.json",
      "generation_config.json",
      "tokenizer.json",
      "vocab.json",
      "merges.txt",
      "model.safetensors.index.json",
    ]) {
      const what = kind.source.startsWith("a text") ? /and has to be JSON$/ : kind;
      // Merges are any lines.
      if (name === "merges.txt" && what !== kind) continue;
      const vocab = name === "merges.txt" ? [file("vocab.json", '{"a": 0}')] : [];
      for (const pattern of [begins, what, new RegExp(`^${name.replaceAll(".", "\\.")} begins`)])
        await refused(
          () => lab.model({ kind: "gpt", source: [weights, ...vocab, file(name, text)] }),
          "model_format",
          pattern,
        );
    }
});

test("prefixes that all names share", async () => {
  const { header, data } = opened(bytes);
  for (const prefix of ["module.", "_orig_mod.module.transformer.", "gpt."]) {
    const { __metadata__, ...tensors } = header;
    const named = Object.fromEntries(Object.entries(tensors).map(([name, info]) => [prefix + name, info]));
    assert.deepEqual(await logitsOf({ source: packed(named, data) }), expected);
  }
});

test("what nothing says is told, and can be set", async () => {
  const model = await lab.model({ ...spec, source: bytes });
  assert.deepEqual(model.config?.assumed, ["activation"]);
  assert.equal(model.config?.activation, "gelu_tanh");
  assert.match(await model.describe(), /nothing says which GELU it has, and the tanh approximation was assumed/);
  await refused(() => lab.model({ ...spec, config: {}, source: bytes }), "model_format", /n_embd = 4: give n_head/);
  const set = await lab.model({ ...spec, config: {}, source: bytes, n_head: 2, activation: "gelu" });
  assert.deepEqual([set.config?.n_head, set.config?.activation, set.config?.assumed], [2, "gelu", []]);
  assert.doesNotMatch(await set.describe(), /assumed/);
  const exact = Array.from(await set.next(ids));
  assert.deepEqual(exact, await logitsOf({ source: bytes, config: { n_head: 2, activation_function: "gelu" } }));
  assert.notDeepEqual(exact, expected);
  const fast = { n_head: 2, activation_function: "gelu_fast", n_positions: 64, block_size: 64 };
  assert.deepEqual(await logitsOf({ source: bytes, config: fast }), expected);
  const bad = (/** @type {any} */ options) => () => lab.model({ ...spec, source: bytes, ...options });
  await refused(bad({ n_head: 3 }), "invalid_setting", /n_head = 3 is not valid: use a divisor of n_embd = 4/);
  await refused(bad({ n_head: 1.5 }), "invalid_setting", /n_head = 1\.5/);
  await refused(bad({ activation: "relu" }), "invalid_setting", /activation = relu is not valid: use "gelu"/);
  await refused(bad({ activation: 1 }), "invalid_setting", /activation = 1/);
});

test("heads that nothing says are assumed where 64 numbers each divide the width, and told", async () => {
  const wide = { ...spec, vocab: SLOW_VOCAB, source: slowWeights(128, 1) };
  const assumed = await lab.model({ ...wide, config: {} });
  assert.equal(assumed.config?.n_head, 2);
  assert.deepEqual(assumed.config?.assumed, ["n_head", "activation"]);
  assert.match(await assumed.describe(), /nothing says how many heads it has, and 64 numbers each were assumed/);
  for (const said of [{ config: { n_head: 4 } }, { config: {}, n_head: 4 }]) {
    const told = await lab.model({ ...wide, ...said });
    assert.deepEqual([told.config?.n_head, told.config?.assumed], [4, ["activation"]]);
    assert.doesNotMatch(await told.describe(), /how many heads/);
    assert.notDeepEqual(await told.next(ids), await assumed.next(ids));
  }
});

test("the shipped nanoGPTs have an assumed GELU, which is nanoGPT's", async () => {
  const source = await readFile("tests/golden/nanogpt/plain.safetensors");
  const model = await lab.model({ kind: "gpt", source });
  assert.deepEqual([model.config?.activation, model.config?.assumed], ["gelu", ["activation"]]);
  assert.match(await model.describe(), /nothing says which GELU it has, and the exact one was assumed/);
});

test("an end of the model's own that has to wait is explained as it was drawn", async () => {
  const model = await lab.model({ ...spec, source: bytes, config: { n_head: 2, eos_token_id: [0, 1, 2] } });
  for (const more of [{}, { eos_token_id: [1] }, { eos_token_id: null }]) {
    const own = { model, prompt_ids: [1], min_new_tokens: 6, max_new_tokens: 6, seed: 4, temperature: 3, ...more };
    const { steps } = await collect(lab.generate({ ...own, trace: true }));
    const [traces, output_ids] = [steps.flatMap((step) => step.trace), steps.flatMap((step) => [...step.tokens])];
    assert.equal(output_ids.length, 6);
    for (const [index, trace] of traces.entries()) {
      const { after, rules, seed, ...explained } = await lab.explain({ ...own, output_ids, index });
      assert.deepEqual(explained, trace, `token ${index} of ${output_ids}`);
    }
  }
});

test("a text ends at the config's token, unless the settings say otherwise", async () => {
  const model = await lab.model({ ...spec, source: bytes, config: { n_head: 2, eos_token_id: 2 } });
  assert.deepEqual(model.config?.eos_token_id, [2]);
  assert.match(await model.describe(), /a text ends at b, unless eos_token_id says otherwise/);
  const options = { model, prompt: "a", max_new_tokens: 5, forced_tokens: { 0: 1, 1: 2, 2: 3 }, temperature: 0 };
  const reason = async (/** @type {object} */ more) => {
    const { end } = await collect(lab.generate({ ...options, ...more }));
    return [end.new_text.length, end.finish_reason];
  };
  assert.deepEqual(await reason({}), [2, "eos"]);
  assert.deepEqual(await reason({ eos_token_id: null }), [5, "length"]);
  assert.deepEqual(await reason({ eos_token_id: [] }), [5, "length"]);
  assert.deepEqual(await reason({ eos_token_id: 1 }), [1, "eos"]);
  // Hugging Face's default, for a model of any size.
  const usual = await lab.model({ ...spec, source: bytes, config: { n_head: 2, eos_token_id: 50256 } });
  assert.deepEqual(usual.config?.eos_token_id, []);
});

test("a prompt that ends inside a character is completed by what is drawn", async () => {
  // Every byte a token: ids are bytes.
  const visible = JSON.parse(await readFile("tests/golden/tokenizer/gpt2.json", "utf8"));
  const model = await lab.model({ ...spec, vocab: undefined, source: weightsFor(256), tokenizer: byteLevel(visible) });
  const run = (/** @type {number[]} */ prompt_ids, /** @type {Record<number, number>} */ forced_tokens) =>
    collect(
      lab.generate({ model, prompt_ids, forced_tokens, max_new_tokens: Object.keys(forced_tokens).length, seed: 1 }),
    );
  const { steps, end } = await run([72, 0xf0, 0x9f], { 0: 0x98, 1: 0x80 });
  assert.deepEqual([end.text, end.new_text], ["H😀", "😀"]);
  assert.equal(steps.map(({ text }) => text).join(""), "😀");
  const cut = await run([72, 0xf0, 0x9f], { 0: 0x61 });
  assert.deepEqual([cut.end.text, cut.end.new_text], ["H\ufffda", "\ufffda"]);
  const whole = await run([0xc3, 0xa9], { 0: 0x61 });
  assert.deepEqual([whole.end.text, whole.end.new_text], ["éa", "a"]);
});

/** A tokenizer whose ids are the bytes. @param {any} file */
const byteLevel = (file) => {
  const characters = Array.from({ length: 256 }, (_, byte) => {
    const isPrintable = (byte >= 0x21 && byte <= 0x7e) || (byte >= 0xa1 && byte !== 0xad);
    if (isPrintable) return String.fromCharCode(byte);
    const before = byte <= 0x20 ? byte : byte === 0xad ? 67 : byte - 0x7f + 33;
    return String.fromCharCode(0x100 + before);
  });
  const vocab = Object.fromEntries(characters.map((character, byte) => [character, byte]));
  return { ...file, added_tokens: [], model: { ...file.model, vocab, merges: [] } };
};

test("padded rows with the true vocab_size", async () => {
  const source = weightsFor(64);
  const model = await lab.model({ ...spec, source, config: { n_head: 2, vocab_size: 4 } });
  assert.equal(model.vocabSize, 4);
  const rows = await lab.model({ ...spec, source, vocab: Array.from({ length: 64 }, (_, i) => `<${i}>`) });
  assert.deepEqual(Array.from(await model.next(ids)), Array.from((await rows.next(ids)).subarray(0, 4)));
});

test("a vocabulary without a space names the character that it does not have", async () => {
  const letters = ".abcdefghijklmnopqrstuvwxyz";
  const model = await lab.model({ ...spec, source: weightsFor(letters.length), vocab: letters });
  assert.deepEqual(Array.from((await model.encode(".Emma.")).ids), [0, 5, 13, 13, 1, 0]);
  await refused(
    () => model.encode("emma lou"),
    "cannot_encode",
    /the character ' ' at position 4 is not in the model's vocabulary/,
  );
});

test("a path in Node is a path", async () => {
  const folder = await mkdtemp(join(tmpdir(), "gpt-"));
  const path = join(folder, "model.safetensors");
  await writeFile(path, bytes);
  const here = relative(process.cwd(), path);
  for (const source of [path, here, `./${here}`, `file://${path}`])
    assert.deepEqual(await logitsOf({ source }), expected);
  await refused(() => lab.model({ ...spec, source: "./nowhere.safetensors" }), "model_load", /nowhere\.safetensors/);
  await rm(folder, { recursive: true });
});

test("a file that is shorter than it was is told as such, and its reading ends", async () => {
  const folder = await mkdtemp(join(tmpdir(), "gpt-"));
  const path = join(folder, "model.safetensors");
  await writeFile(path, bytes);
  const onProgress = () => truncate(path, 1000);
  const changed =
    /model\.safetensors could not be read \(it ends at byte 1000, and had \d+\): if it was changed or moved/;
  await refused(() => lab.model({ ...spec, source: path, onProgress }), "model_load", changed, { setting: "source" });
  await rm(folder, { recursive: true });
  // A file of GGUF is read until its head is whole.
  class Shrunk extends File {
    get size() {
      return super.size + 1000;
    }
  }
  const head = [new Uint8Array([0x47, 0x47, 0x55, 0x46, 3, 0, 0, 0])];
  await refused(
    () => lab.model({ kind: "gpt", source: new Shrunk(head, "a.gguf") }),
    "model_load",
    /a\.gguf could not be read \(it ends at byte 8, and had 1008\)/,
  );
});

test("files of other kinds are named, with the lines that convert them", async () => {
  const named = (/** @type {string} */ name, /** @type {any} */ content, /** @type {RegExp} */ message) =>
    refused(() => lab.model({ ...spec, source: [file(name, content)] }), "model_format", message);
  const rest = new Uint8Array(100);
  const torch = /as torch\.save writes it.*\nimport importlib, json, zipfile, torch\n/;
  await named("ckpt.pt", new Uint8Array([0x50, 0x4b, 3, 4, ...rest]), torch);
  await named("pytorch_model.bin", new Uint8Array([0x50, 0x4b, 3, 4, ...rest]), torch);
  await named("model.gguf", `GGUF${"\0".repeat(100)}`, /GGUF of version 0, and version 3 is read/);
  const pointer = "version https://git-lfs.github.com/spec/v1\noid sha256:0\nsize 1\n";
  await named("model.safetensors", pointer, /a pointer of Git LFS.*git lfs pull/);
  await named(
    "model.safetensors",
    "<!doctype html><title>Not found</title>",
    /a web page: use the address of the file itself/,
  );
});
