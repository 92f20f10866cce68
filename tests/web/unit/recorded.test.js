/** SmolLM2's recorded rows: what the file says, how the engine draws from it, and where the model is at hand that they are its logits. */
import assert from "node:assert/strict";
import { existsSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { after, test } from "node:test";
import { gunzipSync } from "node:zlib";
import { modelPath } from "../../../scripts/lib/models.js";
import { createLab } from "../../../www/engine/index.js";
import { RECORDED_PROMPTS } from "../../../www/state/recorded.js";
import { readRecorded } from "../../../www/tasks/recorded.js";

/** @param {ArrayLike<number>} logits */
const best = (logits) => Array.from(logits).indexOf(Math.max(...Array.from(logits)));

const file = await readFile("www/models/smollm2/rows.bin");
const { buffer, byteOffset, byteLength } = gunzipSync(file);
const { vocab, rows } = readRecorded(/** @type {ArrayBuffer} */ (buffer.slice(byteOffset, byteOffset + byteLength)));
const lab = await createLab();
after(() => lab.dispose());

test("the file is small, and has a row of all tokens for each prompt", () => {
  assert.ok(file.length <= 600_000, `${file.length} bytes`);
  assert.deepEqual(
    rows.map(({ text }) => text),
    [...RECORDED_PROMPTS],
  );
  assert.equal(vocab.length, 49_152);
  assert.ok(vocab.includes("\n") && vocab.includes("\\") && vocab.includes("<|im_end|>"));
  for (const { text, ids, logits } of rows) {
    assert.equal(ids.map((id) => vocab[id]).join(""), text);
    assert.equal(logits.length, vocab.length);
    assert.ok(logits.every(Number.isFinite), text);
  }
  assert.deepEqual(
    rows.map(({ logits }) => vocab[best(logits)]),
    [" Paris", " small", " the", " question", " cold"],
  );
});

test("the engine draws a token from a row, after the prompt's own tokens", async () => {
  const [{ text, ids, logits }] = rows;
  const model = await lab.model({ kind: "logits", logits, labels: vocab });
  const steps = lab.generate({ model, prompt_ids: ids, max_new_tokens: 1, temperature: 0 });
  let end;
  for await (end of steps);
  assert.equal(end?.finished && end.text, `${text} Paris`);
});

test("the rows are the model's, as f16", { skip: skipsModel() }, async () => {
  const model = await lab.model({ kind: "gpt", source: modelPath("smollm2") });
  for (const { text, ids, logits } of rows) {
    assert.deepEqual(Array.from((await model.encode(text)).ids), ids);
    const now = await model.next(ids);
    for (const [id, logit] of logits.entries())
      assert.ok(Math.abs(logit - now[id]) <= Math.abs(now[id]) * 2 ** -11 + 2e-4, `${text}: ${vocab[id]}`);
  }
  assert.deepEqual(model.vocab, vocab);
});

/** Where the model must not be missing, the test fails instead. */
function skipsModel() {
  return existsSync(modelPath("smollm2")) || process.env.REQUIRE_MODELS
    ? false
    : "npm run model smollm2 fetches the model";
}
