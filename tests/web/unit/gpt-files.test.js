/** Files that others wrote: what the lines of docs/models.md save of a learner's nanoGPT, and the model we ship. */
import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { readFile } from "node:fs/promises";
import { after, test } from "node:test";
import { createLab } from "../../../www/engine/index.js";
import { config, weightsFor } from "../support/checkpoint.js";
import { refused } from "./support/index.js";

const lab = await createLab();
after(() => lab.dispose());

for (const name of ["plain", "compiled", "half"])
  test(`a nanoGPT, ${name}, has PyTorch's logits`, async () => {
    const golden = JSON.parse(await readFile(`tests/golden/nanogpt/${name}.json`, "utf8"));
    const source = await readFile(`tests/golden/nanogpt/${name}.safetensors`);
    const model = await lab.model({ kind: "gpt", source });
    assert.deepEqual(model.vocab, golden.chars);
    const logits = await model.forward(golden.ids);
    assert.equal(logits.length, golden.logits.length);
    const worst = Math.max(...logits.map((logit, i) => Math.abs(logit - golden.logits[i])));
    assert.ok(worst <= 1e-4, `${worst}`);
    assert.equal((await model.encode("To be?")).replaced, 1);
  });

test("the model we ship is the one that its report is about", async () => {
  const report = JSON.parse(await readFile("www/models/prose/report.json", "utf8"));
  const file = await readFile("www/models/prose/model.safetensors");
  assert.equal(file.length, report.bytes);
  assert.equal(createHash("sha256").update(file).digest("hex"), report.sha256);
});

test("what is wrong with a tensor is said with its numbers", async () => {
  const whole = Buffer.from(weightsFor(30));
  for (const [right, wrong, code, expected] of /** @type {const} */ ([
    ["[30,4]", "[31,4]", "invalid_tensor", /wte\.weight: shape \[31, 4\] of F32 is 496 bytes, and 0 to 480 is not/],
    ["[16,4]", "[ 8,8]", "invalid_tensor", /its shape is \[8, 8\], and \[16, 4\] would fit the others/],
    ["[4]", '"x"', "model_format", /invalid type: string "x"/],
  ])) {
    const file = Buffer.from(whole);
    file.write(wrong, file.indexOf(right));
    await refused(() => lab.model({ kind: "gpt", source: file, config }), code, expected);
  }
});
