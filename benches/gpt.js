// A GPT through the library, in Node: the first token and each one after it, with the KV cache and without, and the memory of the process.
// One JSON line per row. `node benches/gpt.js FILE` times another checkpoint than the one that is shipped, with the cache alone.
import assert from "node:assert/strict";
import { pathToFileURL } from "node:url";
import { createLab } from "../www/engine/index.js";
import { PROMPTS, promptOf, timeLoop } from "./loop.js";

const file = process.argv[2];
const source = file && pathToFileURL(file).href;
const lab = await createLab();
const loads = performance.now();
const models = [await lab.model({ kind: "gpt", source })];
const load_ms = performance.now() - loads;
if (!file) models.push(await lab.model({ kind: "gpt", kv_cache: false }));
const name = file ? "given" : "shipped";

const texts = await Promise.all(models.map((model) => loopOf(model)(promptOf(20, model.vocabSize, 0), 20)));
for (const text of texts) assert.deepEqual(text, texts[0], "the cache changes the text");
for (const [i, model] of models.entries()) {
  for (const prompt of PROMPTS) {
    const { tokens, ...row } = await timeLoop(loopOf(model), model.vocabSize, prompt);
    assert.ok(
      tokens.every((id) => id < model.vocabSize),
      "tokens of the vocabulary",
    );
    console.log(JSON.stringify({ model: name, kv_cache: i === 0, ...row }));
  }
}
const peak_memory_mb = Math.round(process.resourceUsage().maxRSS / 1e3);
console.log(JSON.stringify({ model: name, load_ms: Math.round(load_ms), peak_memory_mb }));
lab.dispose();

/**
 * The notebook's loop, greedy.
 * @param {Awaited<ReturnType<typeof lab.model>>} model
 * @returns {import("./loop.js").Loop}
 */
function loopOf(model) {
  return async (prompt_ids, max_new_tokens) => {
    let ids = new Uint32Array();
    for await (const step of lab.generate({ model, prompt_ids, max_new_tokens, temperature: 0 }))
      if (step.finished) ids = Uint32Array.from(step.ids);
    return [...ids.slice(prompt_ids.length)];
  };
}
