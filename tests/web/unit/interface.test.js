import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import test from "node:test";
import { wasmUrl } from "../../../www/engine/assets.js";
import * as library from "../../../www/engine/index.js";
import { LESSON, openLab, refused } from "./support/index.js";

const { version } = library;

test("the library's doors", () => {
  assert.deepEqual(Object.keys(library).sort(), [
    "Generator",
    "Lab",
    "LabError",
    "Model",
    "clearModelCache",
    "createLab",
    "version",
  ]);
});

test("version is the package's and the engine's", async () => {
  const manifest = JSON.parse(await readFile(new URL("../../../package.json", import.meta.url), "utf8"));
  const lab = await openLab();
  assert.equal(version, manifest.version);
  assert.equal(lab.version, manifest.version);
  lab.dispose();
});

test("a lab says what computes, where, and why", async () => {
  for (const [backend, reason] of Object.entries({
    auto: /^no WebGPU here: Node has none$/,
    cpu: /asked for/,
  })) {
    const lab = await openLab({ backend });
    assert.equal(lab.thread, "here");
    assert.equal(lab.backend.kind, "cpu");
    assert.equal(lab.backend.adapter, null);
    assert.match(lab.backend.reason, reason);
    lab.dispose();
  }
});

test('thread "auto" stays here in Node, where nothing can freeze', async () => {
  const lab = await openLab({ thread: "auto" });
  assert.equal(lab.thread, "here");
  lab.dispose();
});

test("bad options of createLab", async () => {
  await refused(
    () => openLab({ backend: "webgpu" }),
    "backend_unavailable",
    /Node has none; use backend: "auto" or "cpu"/,
    {
      setting: "backend",
    },
  );
  await refused(() => openLab({ backend: "gpu" }), "invalid_setting", /backend = "gpu".*"auto", "cpu" or "webgpu"/, {
    setting: "backend",
  });
  await refused(() => openLab({ thread: "main" }), "invalid_setting", /thread = "main"/, { setting: "thread" });
  await refused(() => openLab({ treads: "here" }), "unknown_setting", /"treads": did you mean "thread"/, {
    setting: "treads",
  });
  await refused(() => openLab(null), "invalid_setting", /options = null/);
  await refused(() => openLab("cpu"), "invalid_setting", /options = "cpu"/);
});

test("the engine from bytes, a module, an address", async () => {
  const bytes = new Uint8Array(await readFile(wasmUrl));
  for (const wasm of [bytes, bytes.buffer, await WebAssembly.compile(bytes), wasmUrl, wasmUrl.href]) {
    const lab = await openLab({ wasm });
    assert.deepEqual([...(await lab.sample(LESSON, { temperature: 0 })).tokens], [3]);
    lab.dispose();
  }
});

test("several labs side by side, and one disposed of", async () => {
  const [first, second] = [await openLab(), await openLab()];
  const { tokens } = await first.sample(LESSON, { seed: 5 });
  const model = await first.model({ kind: "bigram", seed: 1 });
  first.dispose();
  await refused(() => first.sample(LESSON), "disposed", /make a new one/);
  await refused(() => first.softmax(LESSON), "disposed");
  await refused(() => first.trace(LESSON), "disposed");
  await refused(() => first.generator(), "disposed");
  await refused(() => first.model({ kind: "bigram" }), "disposed");
  await refused(() => first.generate({ model, prompt: "a" }).next(), "disposed");
  await refused(() => first.time({ model }), "disposed");
  await refused(() => model.encode("a"), "disposed");
  first.dispose();
  assert.deepEqual((await second.sample(LESSON, { seed: 5 })).tokens, tokens);
  second.dispose();
});

test("models and generators: another lab's, disposed of, or not one at all", async () => {
  const [lab, other] = [await openLab(), await openLab()];
  const model = await other.model({ kind: "bigram", seed: 1 });
  const generator = await other.generator();
  await refused(() => lab.generate({ model, prompt: "a" }).next(), "invalid_setting", /another lab/, {
    setting: "model",
  });
  await refused(() => lab.sample(LESSON, {}, { generator }), "invalid_setting", /another lab/, {
    setting: "generator",
  });
  await refused(() => lab.generate({ model: {}, prompt: "a" }).next(), "invalid_setting", /lab\.model\(\)/, {
    setting: "model",
  });
  await refused(() => lab.generate({ prompt: "a" }).next(), "invalid_setting", /lab\.model\(\)/, { setting: "model" });
  await refused(() => lab.time({ model: generator }), "invalid_setting", /lab\.model\(\)/);
  await refused(() => lab.sample(LESSON, {}, { generator: 7 }), "invalid_setting", /lab\.generator\(\)/);
  await model.dispose();
  await model.dispose();
  await generator.dispose();
  await refused(() => model.forward([0]), "disposed", /model/);
  await refused(() => generator.manualSeed(1), "disposed", /generator/);
  await refused(() => other.generate({ model, prompt: "a" }).next(), "disposed", /model/);
  lab.dispose();
  other.dispose();
});
