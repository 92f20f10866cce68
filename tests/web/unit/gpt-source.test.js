/** Where a checkpoint's files come from: a server that hesitates, answers no, breaks off or redirects; a hub; files that were picked. */
import assert from "node:assert/strict";
import { once } from "node:events";
import { openAsBlob } from "node:fs";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { createServer } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, afterEach, before, test } from "node:test";
import { clearModelCache, createLab } from "../../../www/engine/index.js";
import { weightsFor } from "../support/checkpoint.js";
import { refused } from "./support/index.js";

/** @import { GptSpec, Progress } from "../../../www/engine/specs.js" */

const weights = await readFile("www/models/prose/model.safetensors");
const vocab = "abcdefghijklmnopqrstuvwxyz .,\n";
const [half, ...rest] = [weights.subarray(0, weights.length / 2), weights.subarray(weights.length / 2)];

const pair = {
  vocab: JSON.stringify({ a: 0, b: 1, ab: 2, "<|endoftext|>": 3 }),
  merges: "#version: 0.2\na b\n",
  index: JSON.stringify({ weight_map: { "wte.weight": "only-part.safetensors" } }),
  weights: Buffer.from(weightsFor(4)),
};

/** What the server does with a path: the rest of the answer, once the path is known. @type {Record<string, (answer: import("node:http").ServerResponse) => void>} */
const ANSWERS = {
  "/whole.safetensors": (answer) => answer.writeHead(200, { "content-length": weights.length }).end(weights),
  "/chunked.safetensors": (answer) => {
    answer.write(half);
    answer.end(...rest);
  },
  "/redirect.safetensors": (answer) => answer.writeHead(302, { location: "/whole.safetensors" }).end(),
  // The connection breaks off, or only the file is shorter than it says itself.
  "/broken.safetensors": (answer) => {
    answer.writeHead(200, { "content-length": weights.length });
    answer.write(half, () => answer.destroy());
  },
  "/short.safetensors": (answer) => answer.end(half),
  // The rest never comes.
  "/stuck.safetensors": (answer) => {
    answer.writeHead(200, { "content-length": weights.length });
    answer.write(half);
  },
  "/some/model/resolve/main/model.safetensors": (answer) => ANSWERS["/redirect.safetensors"](answer),
  "/some/model/resolve/main/config.json": (answer) => answer.end('{"n_head": 4}'),
  "/some/model/resolve/refs%2Fpr%2F1/model.safetensors": (answer) => ANSWERS["/chunked.safetensors"](answer),
  // One without an owner, in parts, with the older pair of files.
  "/old/resolve/main/config.json": (answer) => answer.end('{"n_head": 2}'),
  "/old/resolve/main/vocab.json": (answer) => answer.end(pair.vocab),
  "/old/resolve/main/merges.txt": (answer) => answer.end(pair.merges),
  "/old/resolve/main/model.safetensors.index.json": (answer) => answer.end(pair.index),
  "/old/resolve/main/only-part.safetensors": (answer) => answer.end(pair.weights),
  "/some/misfit/resolve/main/model.safetensors": (answer) => ANSWERS["/whole.safetensors"](answer),
  "/some/misfit/resolve/main/config.json": (answer) => answer.end('{"n_head": 5}'),
  "/some/empty/resolve/main/config.json": (answer) => answer.end("{}"),
  "/some/ill/resolve/main/config.json": (answer) => answer.writeHead(500).end(),
  "/some/ill/resolve/main/model.safetensors": (answer) => ANSWERS["/stuck.safetensors"](answer),
};

/** @type {string[]} */
let asked = [];
const gguf = await readFile("tests/golden/llama/gguf/small.gguf");
const list = (/** @type {string[]} */ ...names) =>
  JSON.stringify({ siblings: names.map((rfilename) => ({ rfilename })) });
Object.assign(ANSWERS, {
  "/some/gguf/resolve/main/a/small.gguf": (/** @type {import("node:http").ServerResponse} */ answer) =>
    answer.writeHead(200, { "content-length": gguf.length }).end(gguf),
  "/api/models/some/gguf/revision/main": (/** @type {import("node:http").ServerResponse} */ answer) =>
    answer.end(list("README.md", "a/small.gguf")),
  "/api/models/some/ggufs/revision/v1": (/** @type {import("node:http").ServerResponse} */ answer) =>
    answer.end(list("q4.gguf", "q8.GGUF")),
});

const server = createServer(({ url = "" }, answer) => {
  asked.push(url);
  const act = ANSWERS[url];
  if (act) act(answer);
  else answer.writeHead(404).end("Entry not found");
});
let address = "";
const { fetch } = globalThis;
const lab = await createLab();

before(async () => {
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  address = `http://127.0.0.1:${/** @type {import("node:net").AddressInfo} */ (server.address()).port}`;
  // The hub is this server, too.
  globalThis.fetch = (url, init) => fetch(String(url).replace("https://huggingface.co", address), init);
});
afterEach(() => {
  asked = [];
});
after(() => {
  lab.dispose();
  globalThis.fetch = fetch;
  server.closeAllConnections();
  server.close();
});

/** Loads and gives up a model; what it told meanwhile. @param {Omit<GptSpec, "kind">} spec */
const progressOf = async (spec) => {
  /** @type {Progress[]} */
  const seen = [];
  const model = await lab.model({ kind: "gpt", ...spec, onProgress: (progress) => seen.push(progress) });
  assert.equal(model.vocabSize, 30);
  await model.dispose();
  for (const stage of ["download", "read"]) {
    const loaded = seen.filter((progress) => progress.stage === stage).map((progress) => progress.loaded);
    assert.ok(loaded.every((n, i) => i === 0 || n > loaded[i - 1]));
  }
  return { seen, downloads: seen.filter(({ stage }) => stage === "download") };
};

test("a download tells how far it is, and of how much where the server says so", async () => {
  for (const [name, total] of /** @type {const} */ ([
    ["whole", weights.length],
    ["redirect", weights.length],
    ["chunked", null],
  ])) {
    const { seen, downloads } = await progressOf({ source: `${address}/${name}.safetensors` });
    const about = { stage: "download", file: `${name}.safetensors`, cached: false, loaded: weights.length, total };
    assert.deepEqual(downloads.at(-1), about);
    assert.deepEqual(seen.at(-1), { ...about, stage: "read", total: weights.length });
  }
});

test("a repository's files come together, and one that is not there is not missed", async () => {
  const { downloads } = await progressOf({ source: "hf:some/model" });
  const folder = "/some/model/resolve/main";
  const names = [
    "config.json",
    "generation_config.json",
    "merges.txt",
    "model.safetensors",
    "tokenizer.json",
    "vocab.json",
  ];
  const wanted = names.map((name) => `${folder}/${name}`);
  assert.deepEqual(asked.sort(), [...wanted, "/whole.safetensors"]);
  assert.deepEqual([downloads[0].file, downloads.at(-1)?.file], ["config.json", "model.safetensors"]);
  const all = weights.length + '{"n_head": 4}'.length;
  assert.deepEqual([downloads.at(-1)?.loaded, downloads.at(-1)?.total], [all, all]);
  const revised = await progressOf({ source: "hf:some/model@refs/pr/1" });
  assert.equal(revised.downloads.at(-1)?.total, null);
});

test("a repository with one GGUF file, or a file of one by its name", async () => {
  for (const source of ["hf:some/gguf", "hf:some/gguf/a/small.gguf", "hf:some/gguf/a/small.gguf@main"]) {
    const model = await lab.model({ kind: "gpt", source });
    assert.equal(model.vocabSize, 13, source);
    await model.dispose();
    assert.ok(asked.includes("/some/gguf/resolve/main/a/small.gguf"));
  }
  await refused(
    () => lab.model({ kind: "gpt", source: "hf:some/ggufs@v1" }),
    "model_load",
    /2 GGUF files.*hf:owner\/name\/file\.gguf.*q4\.gguf, q8\.GGUF/,
  );
  await refused(() => lab.model({ kind: "gpt", source: "hf:some/gguf/b.gguf" }), "model_load", /b\.gguf answered 404/);
});

test("a repository without an owner, with parts and the older pair of files", async () => {
  const model = await lab.model({ kind: "gpt", source: "hf:old" });
  assert.deepEqual(Array.from((await model.encode("aab<|endoftext|>b")).ids), [0, 2, 3, 1]);
  assert.equal(model.vocabSize, 4);
  const folder = "/old/resolve/main";
  assert.ok(asked.includes(`${folder}/only-part.safetensors`) && asked.includes(`${folder}/model.safetensors`));
});

test("the config that came along counts, unless another one is given", async () => {
  const spec = { kind: /** @type {const} */ ("gpt"), source: "hf:some/misfit" };
  await refused(() => lab.model(spec), "model_format", /n_head = 5/);
  const { seen } = await progressOf({ ...spec, config: { n_head: 4 } });
  assert.ok(seen.length > 1);
});

test("what is not to be had is a typed error that names it", async () => {
  const model = (/** @type {string} */ source) => lab.model({ kind: "gpt", source });
  await refused(() => model(`${address}/none.safetensors`), "model_load", /none\.safetensors answered 404/);
  await refused(() => model("hf:some/empty"), "model_load", /some\/empty.*model\.safetensors answered 404/);
  await refused(() => model("hf:some/ill"), "model_load", /config\.json answered 500/);
  await refused(
    () => model(`${address}/broken.safetensors`),
    "model_load",
    /broken\.safetensors broke off after \d+ bytes \(.+\)/,
  );
  await refused(() => model(`${address}/short.safetensors`), "invalid_tensor", /the file is truncated/);
  await refused(
    () => model("http://127.0.0.1:1/x.safetensors"),
    "model_load",
    /127\.0\.0\.1:1\/x\.safetensors could not be reached/,
  );
  for (const source of ["hf:", "hf:a/b/c", "hf:a/b@", "hf:a b/c"])
    await refused(() => model(source), "invalid_setting", /hf:owner\/name/);
});

test("a download is called off at any time: before it, in the middle, while weights are read", async () => {
  const early = AbortSignal.abort(new Error("never begun"));
  const source = `${address}/whole.safetensors`;
  await assert.rejects(lab.model({ kind: "gpt", source, signal: early }), /never begun/);
  assert.deepEqual(asked, []);
  for (const [source, stage] of [
    [`${address}/stuck.safetensors`, "download"],
    ["hf:some/model", "download"],
    [`${address}/whole.safetensors`, "read"],
  ]) {
    const controller = new AbortController();
    const onProgress = (/** @type {Progress} */ progress) => {
      if (progress.stage === stage) controller.abort(new Error("enough"));
    };
    await assert.rejects(lab.model({ kind: "gpt", source, onProgress, signal: controller.signal }), /enough/);
  }
});

test("files that were picked are known by their names", async () => {
  const file = (/** @type {string} */ name, /** @type {BlobPart} */ content) => new File([content], name);
  const others = [file("README.md", "a model"), file("vocab.json", JSON.stringify(vocab))];
  const picked = [file("config.json", '{"n_head": 4}'), file("Epoch-3.safetensors", weights), ...others];
  const { seen } = await progressOf({ source: picked });
  assert.ok(seen.every((progress) => progress.stage === "read" && progress.file === "Epoch-3.safetensors"));
  const model = (/** @type {Blob[]} */ source) => lab.model({ kind: "gpt", source });
  const misfit = [file("config.json", '{"n_head": 5}'), picked[1]];
  await refused(() => model(misfit), "model_format", /n_head = 5/);
  await refused(
    () => model([picked[1], file("vocab.json", '{"the": 0}')]),
    "model_format",
    /give merges\.txt, too, or tokenizer\.json/,
  );
  await refused(() => model([picked[1], file("vocab.json", "[")]), "model_format", /vocab\.json/);
  await refused(() => model(others), "invalid_setting", /"README\.md", "vocab\.json"/);
  const other = file("Epoch-4.safetensors", weights);
  await refused(() => model([picked[1], other]), "invalid_setting", /these are 2 models/);
  await refused(() => model([new Blob([weights])]), "invalid_setting", /without a name/);
});

test("a folder, a pipe or nothing is no file", async () => {
  const model = (/** @type {any} */ source) => () => lab.model({ kind: "gpt", source });
  await refused(model("tests"), "model_load", /tests is a folder: give the path of the file in it/, {
    setting: "source",
  });
  await refused(model("/dev/null"), "model_load", /no file whose length is known/);
  await refused(model(""), "invalid_setting", /source = "" is not valid: use an address or a path/);
  await refused(model("tests/none.safetensors"), "model_load", /none\.safetensors/);
});

test("a file that was changed or removed after it was chosen, and bytes that were handed over", async () => {
  const path = join(await mkdtemp(join(tmpdir(), "lab-")), "chosen.safetensors");
  await writeFile(path, weights);
  const chosen = new File([await openAsBlob(path)], "chosen.safetensors");
  const blob = await openAsBlob(path);
  await writeFile(path, weights.subarray(0, 100));
  const message = /could not be read .*: if it was changed or moved since it was chosen, choose it again/;
  for (const source of [blob, [chosen, new File(["{}"], "config.json")]])
    await refused(() => lab.model({ kind: "gpt", source }), "model_load", message, { setting: "source" });
  await rm(path);
  await refused(() => lab.model({ kind: "gpt", source: blob }), "model_load", message);
  const bytes = Uint8Array.from(weights);
  structuredClone(bytes.buffer, { transfer: [bytes.buffer] });
  for (const source of [bytes, bytes.buffer])
    await refused(() => lab.model({ kind: "gpt", source }), "invalid_setting", /source = .*hand over a copy/);
});

test("two files of one name are refused, unless nobody reads them", async () => {
  const file = (/** @type {string} */ name, /** @type {BlobPart} */ content) => new File([content], name);
  const model = (/** @type {Blob[]} */ ...source) => lab.model({ kind: "gpt", source, n_head: 4, vocab });
  const all = [
    file("m.safetensors", weights),
    file("config.json", "{}"),
    file("README.md", "a"),
    file("README.md", "b"),
  ];
  assert.equal((await model(...all)).vocabSize, vocab.length);
  for (const twice of ["m.safetensors", "config.json", "Config.JSON"])
    await refused(
      () => model(...all, file(twice, "{}")),
      "invalid_setting",
      /source = "[cm][a-z.]+" is not valid: two files of this name were given, so leave one of them out/,
    );
});

test("a web page in a model's place is told as one, however it begins", async () => {
  const model = (/** @type {string} */ text) => () =>
    lab.model({ kind: "gpt", source: new TextEncoder().encode(text) });
  const page = "<!doctype html><title>Sign in</title><p>Please sign in.";
  for (const before of ["", "\n", "\ufeff", "\r\n\t  \n", "\ufeff\n\n", " ".repeat(2000)])
    await refused(model(before + page), "model_format", /the file is a web page: use the address of the file itself/);
  await refused(model("\n<h1>é"), "model_format", /the file is a web page/);
  await refused(model("\n<p>"), "model_format", /the file is a web page/);
  for (const text of ["\n\n404: Not Found", "Entry not found"])
    await refused(model(text), "model_format", /the file is a text, and weights are read from safetensors/);
  for (const text of ["", "\n"]) await refused(model(text), "model_format", /no safetensors file/);
});

test("what onProgress throws, now or later, ends the reading", async () => {
  const load = (/** @type {any} */ onProgress) => () =>
    lab.model({ kind: "gpt", source: weights, n_head: 4, vocab, onProgress });
  const mine = new Error("mine");
  const now = () => {
    throw mine;
  };
  const later = async () => {
    await Promise.resolve();
    throw mine;
  };
  for (const onProgress of [now, later]) {
    const told = /onProgress throws \(mine\): mend the function, or leave it out/;
    assert.equal((await refused(load(onProgress), "invalid_setting", told, { setting: "onProgress" })).cause, mine);
    const source = `${address}/whole.safetensors`;
    await refused(() => lab.model({ kind: "gpt", source, onProgress }), "invalid_setting", told);
  }
  await refused(load(5), "invalid_setting", /onProgress = 5 is not valid: use a function/);
});

test("options that make no sense", async () => {
  const spec = { kind: /** @type {const} */ ("gpt"), source: weights };
  await refused(() => lab.model({ ...spec, vocab, tokenizer: "{}" }), "invalid_setting", /one of them/);
  await refused(() => lab.model({ ...spec, tokenizer: /** @type {any} */ (5) }), "invalid_setting", /tokenizer = 5/);
  await refused(() => lab.model({ ...spec, cache: /** @type {any} */ ("") }), "invalid_setting", /cache/);
  await refused(() => lab.model({ ...spec, cache: /** @type {any} */ (1) }), "invalid_setting", /cache = 1/);
  const told = /config cannot be written as JSON .*: use the text of a config\.json, or the object in it/;
  for (const config of [
    { n_head: 4n },
    { n_head: Number.NaN },
    { n_head: () => 4 },
    { a: new Map([["n_head", 4]]) },
    { a: Uint8Array.of(4) },
  ])
    await refused(() => lab.model({ ...spec, config }), "invalid_setting", told, { setting: "config" });
  for (const config of [new Map([["n_head", 4]]), { toJSON: () => undefined }])
    await refused(() => lab.model({ ...spec, config }), "invalid_setting", /config = .* is not valid/);
});

test("where there is no Cache API, models come all the same", async () => {
  assert.equal(typeof globalThis.caches, "undefined");
  const { downloads } = await progressOf({ source: `${address}/whole.safetensors`, cache: true });
  assert.ok(downloads.every(({ cached }) => !cached));
  assert.equal(await clearModelCache(), false);
});
