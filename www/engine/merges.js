/** vocab.json and merges.txt, the pair of files that tokenizer.json took the place of. */

import { LabError } from "./error.js";

/** What ends a text of GPT-2's. */
const END = "<|endoftext|>";

/**
 * The tokenizer.json that means the same: GPT-2's words, and the token that ends a text.
 * @param {string} vocab the text of vocab.json
 * @param {string} merges the text of merges.txt
 * @returns {string}
 */
export const tokenizerOf = (vocab, merges) => {
  const ids = idsIn(vocab);
  const lines = merges.split(/\r?\n/).filter((line) => line !== "" && !line.startsWith("#version"));
  const end = { id: ids[END], content: END, single_word: false, lstrip: false, rstrip: false, normalized: false };
  return JSON.stringify({
    added_tokens: Object.hasOwn(ids, END) ? [end] : [],
    pre_tokenizer: { type: "ByteLevel", add_prefix_space: false },
    model: { type: "BPE", vocab: ids, merges: lines },
  });
};

/** @param {string} text */
const idsIn = (text) => {
  let ids;
  try {
    ids = JSON.parse(text);
  } catch {}
  if (typeof ids === "object" && ids !== null && !Array.isArray(ids)) return ids;
  throw new LabError("model_format", "vocab.json beside a merges.txt has to be an object: token to id", {
    setting: "vocab",
  });
};
