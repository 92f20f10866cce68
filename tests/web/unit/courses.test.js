/** GPTs as courses save them, through the library: PyTorch's logits, and what comes beside the weights. Recorded by tools/courses. */
import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { after, test } from "node:test";
import { createLab } from "../../../www/engine/index.js";
import { weightsFor } from "../support/checkpoint.js";
import { collect, refused } from "./support/index.js";

const lab = await createLab();
after(() => lab.dispose());

const file = (/** @type {string} */ name, /** @type {any} */ content) => new File([content], name);
const weightsOf = (/** @type {string} */ name) => readFile(`tests/golden/courses/${name}.safetensors`);

for (const name of ["book", "book_bias", "mingpt", "makemore", "build_nanogpt", "ddp"])
  test(`${name} has PyTorch's logits`, async () => {
    const golden = JSON.parse(await readFile(`tests/golden/courses/${name}.json`, "utf8"));
    const model = await lab.model({ kind: "gpt", source: await weightsOf(name), ...golden.options });
    const logits = await model.forward(golden.ids);
    assert.equal(logits.length, golden.logits.length);
    const worst = Math.max(...logits.map((logit, i) => Math.abs(logit - golden.logits[i])));
    assert.ok(worst <= 1e-4, `${worst}`);
  });

test("the book's files as they are chosen on the page: weights, config.json and vocab.json", async () => {
  const { options } = JSON.parse(await readFile("tests/golden/courses/book.json", "utf8"));
  const files = [
    file("gpt2.safetensors", await weightsOf("book")),
    file("config.json", JSON.stringify(options.config)),
    file("vocab.json", JSON.stringify([...options.vocab])),
  ];
  const model = await lab.model({ kind: "gpt", source: files });
  assert.deepEqual([model.config?.n_head, model.config?.n_embd, model.config?.block_size], [3, 18, 16]);
  assert.deepEqual([model.config?.activation, model.config?.assumed], ["gelu_tanh", ["activation"]]);
});

test("a course's stoi and itos are its vocabulary, in a file or in the header", async () => {
  const letters = [..."ba."];
  const stoi = { ".": 2, a: 1, b: 0 };
  const itos = { 0: "b", 1: "a", 2: "." };
  for (const said of [letters, "ba.", stoi, itos].map((said) => JSON.stringify(said))) {
    const beside = [
      file("m.safetensors", weightsFor(3)),
      file("config.json", '{"n_head": 2}'),
      file("vocab.json", said),
    ];
    assert.deepEqual((await lab.model({ kind: "gpt", source: beside })).vocab, letters, said);
    if (said === '"ba."') continue; // the header has the characters themselves
    const source = weightsFor(3, { config: '{"n_head": 2}', vocab: said });
    assert.deepEqual((await lab.model({ kind: "gpt", source })).vocab, letters, said);
  }
  const bad = (/** @type {unknown} */ said) => () =>
    lab.model({
      kind: "gpt",
      source: [
        file("m.safetensors", weightsFor(3)),
        file("config.json", '{"n_head": 2}'),
        file("vocab.json", JSON.stringify(said)),
      ],
    });
  const message = /vocab\.json is no list of tokens, nor characters with their ids/;
  for (const said of [{ a: 0, b: 2, c: 3 }, { a: 0, b: 0, c: 1 }, { the: 0, a: 1, b: 2 }, {}, { a: "b" }, 7])
    await refused(bad(said), "model_format", message);
});

test("generation_config.json says what ends a text, and the settings whether it does", async () => {
  const files = [
    file("model.safetensors", weightsFor(4)),
    file("config.json", '{"n_head": 2, "eos_token_id": 1}'),
    file("generation_config.json", '{"eos_token_id": [2, 3], "do_sample": true}'),
    file("vocab.json", '[" ", "a", "b", "c"]'),
  ];
  const model = await lab.model({ kind: "gpt", source: files });
  assert.deepEqual(model.config?.eos_token_id, [2, 3]);
  assert.match(await model.describe(), /a text ends at b or c, unless eos_token_id says otherwise/);
  const options = { model, prompt: "a", max_new_tokens: 4, forced_tokens: { 0: 1, 1: 3, 2: 2 } };
  const end = async (/** @type {object} */ more) => (await collect(lab.generate({ ...options, ...more }))).end;
  assert.deepEqual([(await end({})).new_text, (await end({})).finish_reason], ["ac", "eos"]);
  assert.deepEqual([(await end({ eos_token_id: null })).finish_reason], ["length"]);
  const given = await lab.model({ kind: "gpt", source: files, generation_config: { eos_token_id: 0 } });
  assert.deepEqual(given.config?.eos_token_id, [0]);
});

test("the reader's page has the lines that the engine answers with", async () => {
  const page = await readFile("docs/bring-your-model.md", "utf8");
  const lines = await readFile("src/model/gpt/checkpoint/foreign/from_torch.py", "utf8");
  assert.ok(page.includes(`\`\`\`python\n${lines}\`\`\`\n`));
});

test("the lines that convert a file are at hand by themselves", async () => {
  const source = [file("ckpt.pt", new Uint8Array([0x50, 0x4b, 3, 4, ...new Uint8Array(99)]))];
  const error = await lab.model({ kind: "gpt", source }).catch((error) => error);
  const lines = await readFile("src/model/gpt/checkpoint/foreign/from_torch.py", "utf8");
  assert.equal(error.python, lines.trim());
  assert.ok(error.message.endsWith(`. In Python:\n${error.python}`), error.message);
  await refused(
    () =>
      lab.model({ kind: "gpt", source: [file("model.h5", Uint8Array.of(0x89, 0x48, 0x44, 0x46, 13, 10, 26, 10, 0))] }),
    "model_format",
    /an HDF5 file/,
  );
});
