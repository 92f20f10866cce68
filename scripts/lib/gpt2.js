// A checkpoint of GPT-2's shape (124 M weights) with random numbers: what it costs to load and to run does not depend on them.
import { existsSync } from "node:fs";
import { mkdir, open, rename } from "node:fs/promises";
import { root } from "./run.js";

const CONFIG = { vocab_size: 50_257, n_positions: 1024, n_embd: 768, n_layer: 12, n_head: 12, model_type: "gpt2" };

/**
 * Writes target/gpt2.safetensors, F32, 498 MB, unless it is there.
 * @returns {Promise<string>} its path
 */
export async function randomGpt2() {
  const path = `${root}/target/gpt2.safetensors`;
  if (existsSync(path)) return path;
  console.log(`writing ${path}`);
  await mkdir(`${root}/target`, { recursive: true });
  const file = await open(`${path}.part`, "w");
  const list = tensors();
  await file.write(header(list));
  const random = uniform(2026);
  for (const [name, shape] of list) await file.write(new Uint8Array(numbers(name, size(shape), random).buffer));
  await file.close();
  await rename(`${path}.part`, path);
  return path;
}

/** @returns {[string, number[]][]} name and shape of each, in the file's order */
function tensors() {
  const { vocab_size, n_positions, n_embd: c, n_layer } = CONFIG;
  /** @type {[string, number[]][]} */
  const parts = [
    ["ln_1.weight", [c]],
    ["ln_1.bias", [c]],
    ["attn.c_attn.weight", [c, 3 * c]],
    ["attn.c_attn.bias", [3 * c]],
    ["attn.c_proj.weight", [c, c]],
    ["attn.c_proj.bias", [c]],
    ["ln_2.weight", [c]],
    ["ln_2.bias", [c]],
    ["mlp.c_fc.weight", [c, 4 * c]],
    ["mlp.c_fc.bias", [4 * c]],
    ["mlp.c_proj.weight", [4 * c, c]],
    ["mlp.c_proj.bias", [c]],
  ];
  return [
    ["wte.weight", [vocab_size, c]],
    ["wpe.weight", [n_positions, c]],
    ...Array.from({ length: n_layer }, (_, layer) =>
      parts.map(([name, shape]) => [`h.${layer}.${name}`, shape]),
    ).flat(),
    ["ln_f.weight", [c]],
    ["ln_f.bias", [c]],
  ].map(([name, shape]) => [`transformer.${name}`, /** @type {number[]} */ (shape)]);
}

/** The length, and the JSON that says what lies where. @param {[string, number[]][]} list */
function header(list) {
  const vocab = Array.from({ length: CONFIG.vocab_size }, (_, id) => (id === 0 ? " " : `<${id}>`));
  /** @type {Record<string, unknown>} */
  const entries = { __metadata__: { config: JSON.stringify(CONFIG), vocab: JSON.stringify(vocab) } };
  let start = 0;
  for (const [name, shape] of list) {
    const end = start + 4 * size(shape);
    entries[name] = { dtype: "F32", shape, data_offsets: [start, end] };
    start = end;
  }
  const json = Buffer.from(JSON.stringify(entries));
  const padded = Buffer.alloc(Math.ceil(json.length / 8) * 8, " ");
  json.copy(padded);
  const length = Buffer.alloc(8);
  length.writeBigUInt64LE(BigInt(padded.length));
  return Buffer.concat([length, padded]);
}

/** @param {string} name @param {number} n @param {() => number} random */
function numbers(name, n, random) {
  if (/ln_.\.weight$|ln_f\.weight$/.test(name)) return new Float32Array(n).fill(1);
  if (name.endsWith("bias")) return new Float32Array(n);
  // GPT-2 begins with σ = 0.02; these have it too.
  const width = 0.04 * Math.sqrt(3);
  return new Float32Array(n).map(() => (random() - 0.5) * width);
}

/** Numbers in [0, 1): xorshift. @param {number} seed */
function uniform(seed) {
  let state = seed;
  return () => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return (state >>> 0) / 2 ** 32;
  };
}

/** @param {number[]} shape */
function size(shape) {
  return shape.reduce((product, n) => product * n, 1);
}
