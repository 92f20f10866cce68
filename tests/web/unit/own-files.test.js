/** A GPT of one's own: files chosen one after another, addresses, and what a notebook hands over. */
import assert from "node:assert/strict";
import test from "node:test";
import { linesFor } from "../../../www/components/gpt-card.js";
import { readGiven } from "../../../www/element/given.js";
import { fieldOf } from "../../../www/lib/trait.js";
import { withFiles } from "../../../www/state/files.js";
import { startState } from "../../../www/state/lab-state.js";
import { modelSpec } from "../../../www/state/models.js";
import { engineSettings } from "../../../www/state/settings.js";

test("files chosen one after another add up; whole weights take the place of others", () => {
  const choose = (/** @type {string[][]} */ ...choices) =>
    choices
      .map((names) => names.map((name) => ({ name })))
      .reduce((before, chosen) => withFiles(before, chosen))
      .map(({ name }) => name);
  assert.deepEqual(choose(["config.json"], ["tokenizer.json"], ["model.safetensors"]), [
    "config.json",
    "tokenizer.json",
    "model.safetensors",
  ]);
  assert.deepEqual(choose(["config.json", "a.safetensors"], ["b.safetensors"]), ["config.json", "b.safetensors"]);
  assert.deepEqual(choose(["m-00001-of-00002.safetensors"], ["m-00002-of-00002.safetensors"]), [
    "m-00001-of-00002.safetensors",
    "m-00002-of-00002.safetensors",
  ]);
  assert.deepEqual(
    choose(["a.safetensors", "config.json", "vocab.json"], ["b.safetensors", "vocab.json"]),
    ["b.safetensors", "vocab.json"],
    "another model's config is not its",
  );
  assert.deepEqual(choose(["config.json"], ["b.safetensors", "vocab.json"]), [
    "config.json",
    "b.safetensors",
    "vocab.json",
  ]);
  const [config] = withFiles([{ name: "config.json", size: 1 }], [{ name: "config.json", size: 2 }]);
  assert.equal(config.size, 2, "the newer of one name");
});

test("the lines of Python are about the file that was chosen", () => {
  const python = 'file = "ckpt.pt"\nload(file)';
  for (const [address, files, file] of [
    ["", "config.json/9/1\nmodel_00200.pt/9/1", '"model_00200.pt"'],
    ["", 'a "b" $&.ckpt/9/1', '"a \\"b\\" $&.ckpt"'],
    [" https://x.org/run/best.pth?download=1 ", "old.pt/9/1", '"best.pth"'],
    ["hf:owner/name", "", '"ckpt.pt"'],
  ])
    assert.equal(linesFor({ address, files }, python), `file = ${file}\nload(file)`);
});

test("an address is a repository only where it cannot be a file", () => {
  /** @param {string} address */
  const sourceOf = (address) =>
    /** @type {any} */ (modelSpec({ ...startState().model, kind: "own-gpt", address }, [], "https://x.org/lab/a.html"))
      .source;
  for (const [address, source] of [
    ["karpathy/gpt", "hf:karpathy/gpt"],
    ["hf:karpathy/gpt@main", "hf:karpathy/gpt@main"],
    ["https://huggingface.co/openai-community/gpt2", "hf:openai-community/gpt2"],
    ["models/prose.safetensors", "https://x.org/lab/models/prose.safetensors"],
    ["/models/model.gguf", "https://x.org/models/model.gguf"],
    ["https://y.org/m.safetensors", "https://y.org/m.safetensors"],
    ["hf:gpt2", "hf:gpt2"],
  ])
    assert.equal(sourceOf(address), source, address);
});

test("a number that a notebook's JSON has rounded is no seed", () => {
  const rounded = Number("6687881544318117707");
  assert.equal(fieldOf(7), 7);
  assert.equal(fieldOf("6687881544318117707"), "6687881544318117707");
  assert.equal(engineSettings({ seed: String(fieldOf("6687881544318117707")) }).seed, 6687881544318117707n);
  assert.match(String(engineSettings({ seed: String(fieldOf(rounded)) }).seed), /rounded on the way: pass a string/);
  assert.deepEqual(readGiven("seed", rounded), { value: fieldOf(rounded) });
  assert.deepEqual(readGiven("seed", 6687881544318117707n), { value: "6687881544318117707" });
});
