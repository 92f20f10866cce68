// The lesson's cells, in the notebook's order, through the wasm engine: prints what the notebook prints in PyTorch 2.7 and later on a CPU.
import { existsSync } from "node:fs";
import { buildEngine } from "./lib/engine.js";
import { reprFloat, reprList, reprString, reprTuple, round6 } from "./lib/python.js";
import { root } from "./lib/run.js";

// Only the first time; what is printed stays the notebook's.
if (!existsSync(`${root}/www/engine/pkg/logitlab_bg.wasm`)) await buildEngine({ stdout: 2 });
const { createLab } = await import("../www/engine/index.js");

const print = console.log;
const lab = await createLab();

// 1. Setup. Like PyTorch's global generator, this one goes on from cell to cell.
const generator = await lab.generator("torch", 0);
print("device:", lab.backend.kind);

// 2. Stable softmax on the lesson's logits.
const logits = Float32Array.of(2.0, -1.5, 0.3, 4.2, -0.8);
for (const tau of [1.0, 0.7, 2.0]) {
  const probs = await lab.softmax(logits, { temperature: tau, arithmetic: "notebook" });
  print(`tau=${reprFloat(tau)}:`, reprRounded(probs), "sum=", reprFloat(sum(probs)));
}
const greedy = await lab.sample(logits, { temperature: 0 });
print("greedy token:", greedy.tokens[0]);

// 3 and 4. The sampling helpers: what top-k and top-p keep, then a sample of each.
const top2 = keptTokens(await lab.trace(logits, { top_k: 2, rng: "torch", seed: 0 }));
const nucleus = keptTokens(await lab.trace(logits, { top_p: 0.9, rng: "torch", seed: 0 }));
const top2Logits = top2.map((id) => logits[id]);
print("softmax probs:", reprRounded(await lab.softmax(logits, { arithmetic: "notebook" })));
print("top-k k=2 tokens:", reprList(top2));
print("top-k renorm probs:", reprRounded(await lab.softmax(top2Logits, { arithmetic: "torch" })));
print("top-p p=0.9 kept tokens:", reprList(nucleus));

await generator.manualSeed(123);
const helpers = {
  greedy: { temperature: 0 },
  temperature: { temperature: 2.0 },
  "top-k": { temperature: 1.0, top_k: 2 },
  "top-p": { temperature: 1.0, top_p: 0.9 },
};
for (const [name, settings] of Object.entries(helpers)) {
  const { tokens } = await lab.sample(logits, settings, { generator });
  print(`${name} sample:`, tokens[0]);
}

// 5. The tiny bigram model, its table drawn from the same stream.
const model = await lab.model({ kind: "bigram", generator });
const prompt = await model.encode("the ");
const promptLogits = await model.forward(prompt.ids);
print("prompt ids:", reprList([reprList(prompt.ids)]));
print("prompt text:", reprString(await model.decode(prompt.ids)));
print("logits shape:", reprTuple([1, prompt.ids.length, promptLogits.length / prompt.ids.length]));

// 6. The generate loop.
const loops = {
  greedy: { temperature: 0 },
  "temperature 0.8": { temperature: 0.8 },
  "temperature 1.4": { temperature: 1.4 },
  "top-p 0.9": { temperature: 1.0, top_p: 0.9 },
};
for (const [name, settings] of Object.entries(loops)) {
  await generator.manualSeed(7);
  print("=".repeat(80));
  print(name);
  const run = lab.generate({
    model,
    prompt_ids: prompt.ids,
    max_new_tokens: 80,
    block_size: 32,
    generator,
    ...settings,
  });
  for await (const step of run) if (step.finished) print(reprString(step.text));
}

// 7. Timing prompt lengths.
for (const point of await lab.time({ model, temperature: 1.0, top_p: 0.9, block_size: 256, generator })) {
  const length = String(point.prompt_length).padStart(3);
  print(`prompt_len=${length} elapsed=${point.elapsed_s.toFixed(4)}s tokens/sec=${point.tokens_per_second.toFixed(1)}`);
}
lab.dispose();

/**
 * The tokens a trace left to draw from, the most likely first, as `topk` and `sort` order them.
 * @param {import("../www/engine/types.js").Trace} trace
 */
function keptTokens({ logits, probabilities }) {
  const kept = [...probabilities.keys()].filter((id) => probabilities[id] > 0);
  return kept.sort((a, b) => logits[b] - logits[a] || a - b);
}

/** `[round(x, 6) for x in values]` @param {Float32Array} values */
function reprRounded(values) {
  return reprList(Array.from(values, (x) => reprFloat(round6(x))));
}

/** `values.sum()`: in float32, from left to right. @param {Float32Array} values */
function sum(values) {
  return values.reduce((total, x) => Math.fround(total + x), 0);
}
