/**
 * docs/bring-your-model.md from the first line to the last, as a reader goes: its blocks are run as they stand, in a folder of their own, on what
 * courses save. `PYTHON` names a Python with torch and safetensors; where there is none, the lines of Python are only parsed.
 */
import assert from "node:assert/strict";
import { execFile, spawnSync } from "node:child_process";
import { cp, mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { createLab } from "../../../www/engine/index.js";

const root = fileURLToPath(new URL("../../../", import.meta.url));
const library = new URL("../../../www/engine/index.js", import.meta.url).href;
const page = await readFile(`${root}docs/bring-your-model.md`, "utf8");

/** @param {string} language */
const blocksOf = (language) =>
  Array.from(page.matchAll(/^```(\w*)\n(.*?)^```$/gms))
    .filter(([, written]) => written === language)
    .map(([, , code]) => code);

const [convert, ofText, ofMeta, ofNames] = blocksOf("python");
const [program] = blocksOf("js");

const lab = await createLab();
const folder = await mkdtemp(join(tmpdir(), "bring-"));
after(async () => {
  lab.dispose();
  await rm(folder, { recursive: true });
});

/** Whether Python can do this. @param {string} code */
const python = process.env.PYTHON || "python3";
const can = (/** @type {string} */ code) => spawnSync(python, ["-c", code], { stdio: "ignore" }).status === 0;
const hasPython = can("");
const hasTorch = hasPython && can("import torch, safetensors");
const withPython = { skip: hasPython ? false : "there is no Python" };
const withTorch = { skip: hasTorch ? false : "there is no Python with torch and safetensors" };

/** A folder with these files. @param {string} name @param {Record<string, string>} files */
const inFolder = async (name, files = {}) => {
  const path = join(folder, name);
  await mkdir(path, { recursive: true });
  for (const [file, content] of Object.entries(files)) await writeFile(join(path, file), content);
  return path;
};

/** @param {string} cwd @param {string} code */
const runPython = async (cwd, code) => {
  await writeFile(join(cwd, "lines.py"), code);
  const env = { ...process.env, PYTHONPATH: `${root}tools/courses`, PYTHONDONTWRITEBYTECODE: "1" };
  return (await promisify(execFile)(python, ["lines.py"], { cwd, env })).stdout;
};

/** The page's program, in a folder. @param {string} cwd */
const runProgram = async (cwd) => {
  await writeFile(join(cwd, "write.mjs"), program.replace('"logitlab"', JSON.stringify(library)));
  return (await promisify(execFile)(process.execPath, ["write.mjs"], { cwd })).stdout;
};

test("the page has four pieces of Python and one of JavaScript", () => {
  assert.deepEqual(
    ["python", "js", "sh"].map((language) => blocksOf(language).length),
    [4, 1, 1],
  );
});

test("every piece of Python can be read by Python", withPython, () => {
  for (const code of blocksOf("python")) {
    const { status, stderr } = spawnSync(python, ["-c", "import ast, sys; ast.parse(sys.stdin.read())"], {
      input: code,
    });
    assert.equal(status, 0, `${stderr}`);
  }
  for (const [, line] of page.matchAll(/`(import json; json\.dump\([^`]*)`/g))
    assert.ok(can(`import ast; ast.parse(${JSON.stringify(line)})`), line);
});

test("the vocabulary of a text, of nanoGPT and of makemore", withPython, async () => {
  const vocab = async (/** @type {string} */ path) => JSON.parse(await readFile(join(path, "vocab.json"), "utf8"));
  const text = await inFolder("text", { "input.txt": "to be,\nor né 🦜" });
  await runPython(text, ofText);
  assert.deepEqual(await vocab(text), ["\n", " ", ",", "b", "e", "n", "o", "r", "t", "é", "🦜"]);
  const meta = await inFolder("meta");
  await runPython(
    meta,
    'import pickle; pickle.dump({"vocab_size": 2, "itos": {0: "a", 1: "b"}, "stoi": {}}, open("meta.pkl", "wb"))',
  );
  await runPython(meta, ofMeta);
  assert.deepEqual(await vocab(meta), { 0: "a", 1: "b" });
  const names = await inFolder("names", { "names.txt": "emma\nava\n" });
  await runPython(names, ofNames);
  assert.deepEqual(await vocab(names), [".", "a", "e", "m", "v"]);
});

test("the program runs on what the page's steps have made", async () => {
  const path = await inFolder("program", { "vocab.json": JSON.stringify([...("." + "abcdefghijklmnopqrstuvwxyz")]) });
  await cp(`${root}tests/golden/courses/ddp.safetensors`, join(path, "model.safetensors"));
  assert.match(await runProgram(path), /^27 tokens, 4 heads, assumed: activation\na[.a-z]{100}\n$/);
});

/**
 * How courses save `model`, a GPT of 27 tokens in Python: the lines that do, and what is chosen on the page beside the weights.
 * @type {Record<string, { make: string, config?: object }>}
 */
const SAVED = {
  "the book": {
    make: `cfg = {"vocab_size": 27, "context_length": 16, "emb_dim": 18, "n_heads": 3, "n_layers": 2, "drop_rate": 0.1, "qkv_bias": False}
model = GPTModel(cfg)
saved = {"model_state_dict": model.state_dict(), "optimizer_state_dict": torch.optim.AdamW(model.parameters()).state_dict()}`,
    config: {
      vocab_size: 27,
      context_length: 16,
      emb_dim: 18,
      n_heads: 3,
      n_layers: 2,
      drop_rate: 0.1,
      qkv_bias: false,
    },
  },
  "the book, the whole model": {
    make: `cfg = {"vocab_size": 27, "context_length": 16, "emb_dim": 18, "n_heads": 3, "n_layers": 2, "drop_rate": 0.1, "qkv_bias": False}
saved = model = GPTModel(cfg)`,
    config: { n_heads: 3 },
  },
  minGPT: {
    make: "model = GPT(config)\nsaved = model.state_dict()",
    config: { system: { work_dir: "./out" }, model: { model_type: null, n_layer: null, n_head: 4, n_embd: null } },
  },
  makemore: { make: "model = GPT(config)\nsaved = model.state_dict()", config: { n_head: 4 } },
  nanoGPT: {
    make: `model = GPT(config, is_tied=True)
names = {"_orig_mod." + name: it for name, it in model.state_dict().items()}
saved = {"model": names, "model_args": {"n_layer": 2, "n_head": 4, "n_embd": 16, "block_size": 16, "bias": True, "vocab_size": 27}, "iter_num": 5,
         "best_val_loss": torch.tensor(1.5), "config": {"out_dir": "out"}}`,
  },
  "build-nanogpt": {
    make: 'model = GPT(config, is_tied=True)\nsaved = {"model": model.state_dict(), "config": model.config, "step": 10}',
  },
  "a whole model": { make: "saved = model = GPT(config)" },
  "a whole model in a dictionary, of 64 bits": {
    make: 'model = GPT(config)\nsaved = {"model": model.double(), "epoch": 3, "optimizer": torch.optim.AdamW(model.parameters())}',
  },
  Lightning: {
    make: `model = GPT(config)
saved = {"state_dict": {"model." + name: it for name, it in model.state_dict().items()}, "hyper_parameters": {"n_head": 4, "lr": 1e-3},
         "epoch": 1, "callbacks": {"best": torch.tensor(1.0)}}`,
  },
  "numbers beside the weights, and settings that are no JSON": {
    make: `model = GPT(config)
saved = {"model": {**model.state_dict(), "step": 7, "names": ["a"]},
         "config": argparse.Namespace(n_head=4, dtype=torch.float32, device=torch.device("cpu"), out=pathlib.Path("out"), when=None)}`,
  },
  "an old file": { make: "model = GPT(config)\nsaved = model.state_dict()\nis_old = True", config: { n_head: 4 } },
};

const IDS = [1, 5, 13, 13, 1, 26, 0, 3];

/** The folder of a case. @param {string} name */
const folderOf = (name) => name.replaceAll(/\W+/g, "-");

/** Saves them all, in one go since torch takes its time to come, with their logits. */
const makeAll = `import argparse, json, os, pathlib, torch
from models import GPT, GPTConfig, GPTModel

def put(model, saved, is_old=False):
    for parameter in model.parameters():
        parameter.data += 0.3 * torch.randn_like(parameter)
    torch.save(saved, "ckpt.pt", _use_new_zipfile_serialization=not is_old)
    logits = model.float().eval()(torch.tensor([${JSON.stringify(IDS)}]))
    json.dump(logits.flatten().tolist(), open("logits.json", "w"))

top = os.getcwd()
for name, make in json.load(open("cases.json")).items():
    torch.manual_seed(1)
    os.makedirs(os.path.join(top, name))
    os.chdir(os.path.join(top, name))
    own = {**globals(), "config": GPTConfig(vocab_size=27), "is_old": False}
    exec(make, own)
    put(own["model"], own["saved"], own["is_old"])
`;

test("what courses save, converted by the page's lines, is read with PyTorch's logits", withTorch, async (t) => {
  const cases = Object.entries(SAVED).map(([name, { make }]) => [folderOf(name), make]);
  const top = await inFolder("courses", { "cases.json": JSON.stringify(Object.fromEntries(cases)) });
  await runPython(top, makeAll);
  for (const [name, { config }] of Object.entries(SAVED))
    await t.test(name, async () => {
      const path = join(top, folderOf(name));
      assert.match(await runPython(path, convert), /^\d+ tensors, config: /);
      const read = async (/** @type {string} */ file) => new File([await readFile(join(path, file))], file);
      const source = [await read("model.safetensors"), new File(['".abcdefghijklmnopqrstuvwxyz"'], "vocab.json")];
      if (config) source.push(new File([JSON.stringify(config)], "config.json"));
      // Some look like nanoGPT, and all have the tanh.
      const model = await lab.model({ kind: "gpt", source, activation: "gelu_tanh" });
      const logits = await model.forward(IDS);
      const wanted = JSON.parse(await readFile(join(path, "logits.json"), "utf8"));
      assert.equal(logits.length, wanted.length);
      const worst = Math.max(...logits.map((logit, i) => Math.abs(logit - wanted[i])));
      assert.ok(worst <= 1e-4, `${worst}`);
      assert.ok(!model.config?.assumed.includes("n_head"), "the heads are known");
    });
});

test(
  "a file that is not whole, or that torch has not written, is told as the page's table has it",
  withTorch,
  async () => {
    const path = await inFolder("broken");
    await runPython(path, 'import torch; torch.save({"a": torch.zeros(9999)}, "ckpt.pt")');
    const whole = await readFile(join(path, "ckpt.pt"));
    await writeFile(join(path, "ckpt.pt"), whole.subarray(0, 9000));
    await assert.rejects(runPython(path, convert), /OSError: .*Invalid argument|PytorchStreamReader failed/);
    await writeFile(join(path, "ckpt.pt"), "no file of torch's".repeat(99));
    await assert.rejects(runPython(path, convert), /Weights only load failed/);
    await rm(join(path, "ckpt.pt"));
    await assert.rejects(runPython(path, convert), /No such file or directory: 'ckpt\.pt'/);
  },
);

test("a file without weights is said to be one", withTorch, async () => {
  const path = await inFolder("none");
  for (const [saved, told] of /** @type {[string, RegExp][]} */ ([
    ["[1, 2]", /no weights in ckpt\.pt, which holds <class 'list'>/],
    ['{"net": {"a": torch.zeros(1)}, "epoch": 1}', /which holds \['net', 'epoch'\]/],
  ])) {
    await runPython(path, `import torch; torch.save(${saved}, "ckpt.pt")`);
    await assert.rejects(runPython(path, convert), told);
  }
});
