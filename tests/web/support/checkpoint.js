/** A GPT without sense, of a few numbers a token, over as many tokens as one wants: for what has to do with its files and its tokens. */
import { readFile } from "node:fs/promises";

/** Its config.json. */
export const config = { n_head: 2 };

/** The weights. @param {number} vocabSize @param {Record<string, string>} [metadata] what else the header says */
export const weightsFor = (vocabSize, metadata = {}) =>
  safetensors(
    [
      ["wte.weight", [vocabSize, 4]],
      ["wpe.weight", [64, 4]],
      ["ln_f.weight", [4]],
      ["h.0.ln_1.weight", [4]],
      ["h.0.ln_2.weight", [4]],
      ["h.0.attn.c_attn.weight", [4, 12]],
      ["h.0.attn.c_proj.weight", [4, 4]],
      ["h.0.mlp.c_fc.weight", [4, 16]],
      ["h.0.mlp.c_proj.weight", [16, 4]],
    ],
    metadata,
  );

/** The numbers of tensors one after the other. @param {[string, number[]][]} shapes @param {Record<string, string>} metadata */
const safetensors = (shapes, metadata) => {
  let end = 0;
  const entries = shapes.map(([name, shape]) => {
    const start = end;
    end += 4 * shape.reduce((a, b) => a * b, 1);
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
