// What the library costs on top of the engine, in Node: one sample() with its copies and promises, and the streamed loop. One JSON line per
// row, as benches/sampling.rs prints them; results are checked before they are timed.
import assert from "node:assert/strict";
import { createLab } from "../www/engine/index.js";

const REPEATS = 41;
const SIZES = [30, 50_257, 151_936, 262_144];
const TOP_K = 50;

const lab = await createLab();
for (const v of SIZES) await measureSample(v);
await measureStream();
lab.dispose();

/** @param {number} v */
async function measureSample(v) {
  const logits = hilly(v);
  await checkSample(logits);
  // Small rows are timed in batches, so that the clock can see them.
  const n = Math.max(1, Math.floor(50_000 / v));
  let step = 0;
  const times = await repeat(async () => {
    for (let i = 0; i < n; i++) await lab.sample(logits, { top_k: TOP_K, seed: 7, step: step++ });
    return n;
  });
  report(v, "lab.sample top_k 50", times);
}

/** Every token comes from the 50 best. @param {Float32Array} logits */
async function checkSample(logits) {
  const limit = logits.toSorted().at(-TOP_K) ?? Number.NEGATIVE_INFINITY;
  for (let step = 0; step < 64; step++) {
    const { tokens, kept } = await lab.sample(logits, { top_k: TOP_K, seed: 7, step });
    assert.equal(kept[0], Math.min(TOP_K, logits.length));
    assert.ok(logits[tokens[0]] >= limit, `token ${tokens[0]} is not among the best ${TOP_K}`);
  }
}

/** The notebook's bigram, a million tokens, in chunks as a page takes them. */
async function measureStream() {
  const model = await lab.model({ kind: "bigram" });
  const options = { model, prompt: "the ", temperature: 0.8, top_p: 0.9, seed: 7 };
  const [chunked, single] = [await text(options, 2000, 512), await text(options, 2000, 1)];
  assert.equal(chunked.length, 2004);
  assert.equal(chunked, single, "the text does not depend on the chunks");
  for (const chunk of [1, 64, 4096]) {
    const n = chunk === 1 ? 10_000 : 1_000_000;
    const times = await repeat(async () => {
      await text(options, n, chunk);
      return n;
    }, 11);
    report(model.vocabSize, `lab.generate, chunks of ${chunk}`, times);
  }
}

/**
 * @param {Omit<import("../www/engine/types.js").GenerateOptions, "max_new_tokens" | "chunk">} options
 * @param {number} max_new_tokens
 * @param {number} chunk
 */
async function text(options, max_new_tokens, chunk) {
  let all = "the ";
  for await (const step of lab.generate({ ...options, max_new_tokens, chunk })) {
    if (!step.finished) all += step.text;
    else assert.equal(step.text, all);
  }
  return all;
}

/**
 * Logits without a pattern that a sampler could profit from: no two neighbours alike, a few far above the rest.
 * @param {number} v
 */
function hilly(v) {
  return Float32Array.from({ length: v }, (_, i) => 8 * Math.sin(i * i * 0.7) ** 9 + Math.cos(i * 1.3));
}

/**
 * Microseconds per unit of work, sorted.
 * @param {() => Promise<number>} work returns how many units it did
 * @param {number} [repeats]
 */
async function repeat(work, repeats = REPEATS) {
  const times = [];
  for (let i = 0; i < repeats; i++) {
    const start = performance.now();
    const n = await work();
    times.push(((performance.now() - start) * 1000) / n);
  }
  return times.sort((a, b) => a - b);
}

/**
 * @param {number} v
 * @param {string} setting
 * @param {number[]} times sorted
 */
function report(v, setting, times) {
  const [median_us, min_us] = [times[times.length >> 1], times[0]];
  console.log(JSON.stringify({ v, setting, median_us, min_us, n: times.length }));
}
