// The lesson's cells, in the notebook's order, through the wasm engine: prints what the notebook prints in PyTorch 2.7 and later on a CPU.
import { createLab } from "../www/engine/index.js";
import { reprFloat, reprList, reprString, reprTuple, round6 } from "./lib/python.js";

const lab = await createLab();
const print = console.log;

/** Token ids from the likeliest down, as `topk` and `sort` give them. */
const byLogit = (ids) => ids.toSorted((a, b) => logits[b] - logits[a] || a - b);

/** The tokens a trace left to draw from. */
const keptTokens = ({ probabilities }) => byLogit([...probabilities.keys()].filter((id) => probabilities[id] > 0));

const rounded = (values) => reprList(Array.from(values, (x) => reprFloat(round6(x))));

/** `probs.sum()`: in float32, left to right. */
const sum = (values) => values.reduce((total, x) => Math.fround(total + x), 0);

// 1. Setup. The generator's stream goes on from cell to cell, as PyTorch's global one does.
const generator = await lab.generator("torch", 0);
print("device:", lab.backend.kind);

// 2. Stable softmax on the lesson's logits.
const logits = Float32Array.of(2.0, -1.5, 0.3, 4.2, -0.8);
for (const tau of [1.0, 0.7, 2.0]) {
  const probs = await lab.softmax(logits, { temperature: tau });
  print(`tau=${reprFloat(tau)}:`, rounded(probs), "sum=", reprFloat(sum(probs)));
}
const greedy = await lab.sample(logits, { temperature: 0 });
print("greedy token:", greedy.tokens[0]);

// 3 and 4. The sampling helpers, and what top-k and top-p keep.
const top2 = await lab.trace(logits, { top_k: 2, seed: 0 });
const nucleus = await lab.trace(logits, { top_p: 0.9, seed: 0 });
print("softmax probs:", rounded(await lab.softmax(logits)));
print("top-k k=2 tokens:", reprList(keptTokens(top2)));
print("top-k renorm probs:", rounded(keptTokens(top2).map((id) => top2.probabilities[id])));
print("top-p p=0.9 kept tokens:", reprList(keptTokens(nucleus)));

await generator.manualSeed(123);
for (const [name, settings] of [
  ["greedy", { temperature: 0 }],
  ["temperature", { temperature: 2.0 }],
  ["top-k", { top_k: 2 }],
  ["top-p", { top_p: 0.9 }],
]) {
  const { tokens } = await lab.sample(logits, settings, { generator });
  print(`${name} sample:`, tokens[0]);
}

// 5. The tiny bigram model, its table drawn from the stream.
const model = await lab.model({ kind: "bigram", generator });
const { ids } = await model.encode("the ");
const allLogits = await model.forward(ids);
print("prompt ids:", reprList([reprList(ids)]));
print("prompt text:", reprString(await model.decode(ids)));
print("logits shape:", reprTuple([1, ids.length, allLogits.length / ids.length]));

// 6. The generate loop.
for (const [name, settings] of [
  ["greedy", { temperature: 0 }],
  ["temperature 0.8", { temperature: 0.8 }],
  ["temperature 1.4", { temperature: 1.4 }],
  ["top-p 0.9", { temperature: 1.0, top_p: 0.9 }],
]) {
  await generator.manualSeed(7);
  const run = lab.generate({ model, prompt_ids: ids, max_new_tokens: 80, block_size: 32, chunk: 80, generator, ...settings });
  let last;
  for await (last of run);
  print("=".repeat(80));
  print(name);
  print(reprString(last.text));
}

// 7. Timing prompt lengths.
for (const point of await lab.time({ model, temperature: 1.0, top_p: 0.9, generator })) {
  const length = String(point.prompt_length).padStart(3);
  print(`prompt_len=${length} elapsed=${point.elapsed_s.toFixed(4)}s tokens/sec=${point.tokens_per_second.toFixed(1)}`);
}
lab.dispose();
