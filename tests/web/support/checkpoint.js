/** A GPT without sense, of a few numbers a token, over as many tokens as one wants: for what has to do with its files and its tokens. */
import { readFile } from "node:fs/promises";

/** Its config.json. */
export const config = { n_head: 2 };

/** The weights. @param {number} vocabSize @param {Record<string, string>} [metadata] what else the header says */
export const weightsFor = (vocabSize, metadata = {}) =>
  weightsOf({ vocabSize, positions: 64, width: 4, blocks: 1 }, metadata);

/** The tokens of a model that is slow enough to be watched while it reads. */
export const SLOW_VOCAB = "abcdefghijklmnopqrstuvwxyz .,!";

/** The weights of such a model, which sees 2,048 tokens. @param {number} width numbers a token @param {number} [blocks] */
export const slowWeights = (width, blocks = 4) =>
  weightsOf({ vocabSize: SLOW_VOCAB.length, positions: 2048, width, blocks }, {});

/** Weights of Llama's family, one block, with an MLP that is as wide as wanted, and their config. @param {number} n_inner */
export const wideLlama = (n_inner) => {
  const name = (/** @type {string} */ part) => `model.layers.0.${part}.weight`;
  const width = 16;
  const source = safetensors(
    [
      ["model.embed_tokens.weight", [SLOW_VOCAB.length, width]],
      ["model.norm.weight", [width]],
      ...["input_layernorm", "post_attention_layernorm"].map((part) => [name(part), [width]]),
      ...["q_proj", "k_proj", "v_proj", "o_proj"].map((part) => [name(`self_attn.${part}`), [width, width]]),
      ...["gate_proj", "up_proj"].map((part) => [name(`mlp.${part}`), [n_inner, width]]),
      [name("mlp.down_proj"), [width, n_inner]],
    ],
    {},
  );
  const config = {
    ...{ model_type: "llama", hidden_size: width, intermediate_size: n_inner, num_hidden_layers: 1 },
    ...{ num_attention_heads: 2, max_position_embeddings: 64, vocab_size: SLOW_VOCAB.length },
  };
  return { source, config };
};

/**
 * @param {{ vocabSize: number, positions: number, width: number, blocks: number }} shape
 * @param {Record<string, string>} metadata
 */
const weightsOf = ({ vocabSize, positions, width, blocks }, metadata) =>
  safetensors(
    [
      ["wte.weight", [vocabSize, width]],
      ["wpe.weight", [positions, width]],
      ["ln_f.weight", [width]],
      ...Array.from({ length: blocks }, (_, i) => blockOf(`h.${i}`, width)).flat(),
    ],
    metadata,
  );

/** @param {string} name @param {number} width @returns {[string, number[]][]} */
const blockOf = (name, width) => [
  [`${name}.ln_1.weight`, [width]],
  [`${name}.ln_2.weight`, [width]],
  [`${name}.attn.c_attn.weight`, [width, 3 * width]],
  [`${name}.attn.c_proj.weight`, [width, width]],
  [`${name}.mlp.c_fc.weight`, [width, 4 * width]],
  [`${name}.mlp.c_proj.weight`, [4 * width, width]],
];

/** The numbers of tensors one after the other. @param {any[]} shapes [name, shape] @param {Record<string, string>} metadata */
const safetensors = (shapes, metadata) => {
  let end = 0;
  const entries = shapes.map(([name, shape]) => {
    const start = end;
    end += 4 * shape.reduce((/** @type {number} */ a, /** @type {number} */ b) => a * b, 1);
    return [name, { dtype: "F32", shape, data_offsets: [start, end] }];
  });
  const header = new TextEncoder().encode(JSON.stringify({ __metadata__: metadata, ...Object.fromEntries(entries) }));
  const file = new Uint8Array(8 + header.length + end);
  const view = new DataView(file.buffer);
  view.setBigUint64(0, BigInt(header.length), true);
  file.set(header, 8);
  // Small and different, so that every token has another probability.
  for (let i = 0; i < end; i += 4) view.setFloat32(8 + header.length + i, ((i * 37) % 101) / 101 - 0.5, true);
  return file;
};

/** The tokenizer.json that was recorded. */
export const recordedTokenizer = await readFile("tests/golden/tokenizer/gpt2.json", "utf8");

/**
 * The recorded tokenizer with more merges, until it has as many tokens as are wanted: GPT-2's has 50,257.
 * @param {number} vocabSize
 * @returns {string} a tokenizer.json
 */
export const tokenizerOf = (vocabSize) => {
  const parsed = JSON.parse(recordedTokenizer);
  const { vocab, merges } = parsed.model;
  const special = new Set(parsed.added_tokens.map((/** @type {{ content: string }} */ { content }) => content));
  const words = Object.keys(vocab).filter((token) => /^Ġ?[a-z]+$/.test(token) && !special.has(token));
  let n = Object.keys(vocab).length;
  for (const first of words)
    for (const second of words) {
      if (n === vocabSize) return JSON.stringify(parsed);
      if (second.startsWith("Ġ") || first + second in vocab) continue;
      vocab[first + second] = n;
      merges.push(Array.isArray(merges[0]) ? [first, second] : `${first} ${second}`);
      n += 1;
    }
  throw new Error(`only ${n} tokens can be made`);
};
