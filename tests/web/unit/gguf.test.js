/** GGUF files through the library: small ones with every way to write numbers, and SmolLM2 where it was fetched. */
import assert from "node:assert/strict";
import { existsSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { after, test } from "node:test";
import { modelPath } from "../../../scripts/lib/models.js";
import { createLab } from "../../../www/engine/index.js";
import { refused } from "./support/index.js";

const folder = "tests/golden/llama/gguf";
/** @type {{ name: string, ids: number[], logits: number[] }[]} */
const cases = JSON.parse(await readFile(`${folder}/cases.json`, "utf8"));

const lab = await createLab();
after(() => lab.dispose());

test("one file has shape, weights, tokens and end", async () => {
  for (const { name, ids, logits } of cases) {
    const model = await lab.model({ kind: "gpt", source: `${folder}/${name}.gguf` });
    const all = await model.forward(ids, { batch: 1 });
    const found = all.subarray(all.length - logits.length);
    const largest = Math.max(...logits.map((logit, i) => Math.abs(logit - found[i])));
    assert.ok(largest <= 1e-4, `${name}: off by ${largest}`);
    assert.deepEqual([...(await model.encode("the ant12")).ids].slice(0, 3), [2, 3, 4], name);
    assert.deepEqual(model.config?.eos_token_id, [0], name);
    await model.dispose();
  }
});

test("a damaged file is refused, and what lies beside a file is not read", async () => {
  const bytes = await readFile(`${folder}/qwen2.gguf`);
  const cut = bytes.subarray(0, 500);
  await refused(() => lab.model({ kind: "gpt", source: new Uint8Array(cut) }), "model_format", /truncated/);
  const config = { model_type: "llama" };
  await refused(
    () => lab.model({ kind: "gpt", source: new Uint8Array(bytes), config }),
    "invalid_setting",
    /config.*a GGUF file says all of it itself/,
  );
  const beside = [new File([bytes], "a.gguf"), new File(["{}"], "config.json")];
  const model = await lab.model({ kind: "gpt", source: beside });
  assert.equal(model.vocabSize, 13);
  assert.match(await model.describe(), /2 blocks with 4 heads/);
});

const smollm2 = modelPath("smollm2");
const isHere = existsSync(smollm2);
if (!isHere) {
  assert.ok(!process.env.REQUIRE_MODELS, `${smollm2} is not there: npm run model smollm2`);
  console.log("SmolLM2 is not here: npm run model smollm2");
} else {
  test("SmolLM2 writes what transformers writes with it dequantised", async () => {
    const golden = JSON.parse(await readFile("tests/golden/llama/smollm2.json", "utf8"));
    const model = await lab.model({ kind: "gpt", source: smollm2 });
    for (const { text, ids } of golden.texts) assert.deepEqual([...(await model.encode(text)).ids], ids, text);
    const prompt = golden.texts[0].text;
    const max_new_tokens = golden.greedy.length - golden.texts[0].ids.length;
    let last;
    for await (last of lab.generate({ model, prompt, max_new_tokens, temperature: 0, eos_token_id: null }));
    assert.equal(/** @type {any} */ (last).text, golden.greedy_text);
  });
}
