/** A GPT of a course on the page: files of other kinds answered with lines to copy, what was assumed and its switches, and end tokens. */
import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { weightsFor } from "../support/checkpoint.js";
import { eventually, pageTest } from "./support.js";

/** @typedef {import("./support.js").Lab} Lab */

/** @param {string} name @param {string | Uint8Array} content */
const file = (name, content) => ({ name, mimeType: "application/octet-stream", buffer: Buffer.from(content) });

/** @param {Lab} lab @param {ReturnType<typeof file>[]} files */
async function choose(lab, files) {
  await lab.settled();
  await lab.model("own-gpt");
  await lab.element.locator(".drop").waitFor();
  const before = await lab.settled();
  await lab.element.getByLabel("Files", { exact: true }).setInputFiles(files);
  return before;
}

/** What is said of the model that is there. @param {Lab} lab @param {RegExp} expected */
const told = (lab, expected) =>
  eventually(async () =>
    assert.match((await lab.element.locator("[data-gpt-told]").textContent({ timeout: 2_000 })) ?? "", expected),
  );

pageTest(
  "a .pt file is named, and the lines that convert it can be copied, with its name in them",
  async (lab, page) => {
    await page.context().grantPermissions(["clipboard-read", "clipboard-write"]);
    const before = await choose(lab, [
      file("model_00200.pt", new Uint8Array([0x50, 0x4b, 3, 4, ...new Uint8Array(99)])),
    ]);
    const problem = lab.element.locator(".model-details .problem");
    await eventually(async () => assert.match((await problem.textContent()) ?? "", /a zip, as torch\.save writes it/));
    assert.match((await problem.textContent()) ?? "", /safetensors\. Run these lines in Python/);
    await lab.element.getByRole("button", { name: /^Copy: Lines of Python/ }).click();
    const lines = await readFile("src/model/gpt/checkpoint/foreign/from_torch.py", "utf8");
    const ours = lines.trim().replace("ckpt.pt", "model_00200.pt");
    await eventually(async () => assert.equal(await page.evaluate(() => navigator.clipboard.readText()), ours));
    assert.equal(await lab.text(), before);
  },
);

pageTest("makemore's names: heads are asked for, the GELU is assumed, and both can be changed", async (lab) => {
  const weights = await readFile("tests/golden/courses/makemore.safetensors");
  await choose(lab, [file("vocab.json", '".abcdefghijklmnopqrstuvwxyz"')]);
  await lab.element.getByText(/none of these holds weights.* Choose what is missing, too/i).waitFor();
  await lab.element.getByLabel("Files", { exact: true }).setInputFiles(file("names.safetensors", weights));
  await lab.element.getByText(/nothing says how many heads share n_embd = 16.* Type the number under/i).waitFor();
  const heads = lab.element.getByLabel("Attention heads");
  await heads.fill("4");
  await heads.press("Tab");
  await lab.button("Load").click();
  await told(lab, /It sees the last 16 tokens\. The files do not say, so this was assumed: GELU, tanh approximation\./);
  // There is no space in its vocabulary: the page names the character.
  await lab.element.getByText(/the character ' ' at position \d+ is not in the model's vocabulary/i).waitFor();
  const size = lab.element.getByText(/Vocabulary: /);
  assert.equal(await size.count(), 0, "that of the text that stands is not this model's");
  const before = await lab.text();
  await lab.setting("Prompt").fill(".em");
  const text = await lab.changed(before);
  assert.match((await size.textContent()) ?? "", /Vocabulary: 27 tokens\./);
  assert.ok(text.startsWith(".em") && /^[.a-z]+$/.test(text), text);
  await lab.element.getByLabel("GELU", { exact: true }).selectOption("gelu");
  await told(lab, /It sees the last 16 tokens\.$/);
  assert.equal(await lab.element.getByLabel("GELU", { exact: true }).inputValue(), "gelu");
  await lab.typesOn(heads, "2");
  await heads.press("Tab");
  await lab.changed(text);
});

pageTest("a text ends at the model's end token, which can be switched off", async (lab) => {
  const files = [
    file("model.safetensors", weightsFor(4)),
    file("config.json", '{"n_head": 2}'),
    file("generation_config.json", '{"eos_token_id": [2]}'),
    file("vocab.json", '" abc"'),
  ];
  await choose(lab, files);
  const ends = lab.element.getByLabel("A text ends at b");
  await ends.waitFor();
  await eventually(async () =>
    assert.match((await lab.element.locator(".status").textContent()) ?? "", /The last one ends the text\./),
  );
  assert.ok((await lab.count()) < 80);
  await ends.uncheck();
  await eventually(async () => assert.equal(await lab.count(), 80));
  assert.doesNotMatch((await lab.element.locator(".status").textContent()) ?? "", /ends the text/);
});
