// The shipped model in transformers.js, as Node and Chromium time it. No imports: both hand over their own library.

/** Ids of the shipped model. */
export const VOCAB_SIZE = 30;

/**
 * Reads target/peers/prose.
 * @param {any} library transformers.js
 * @param {string} models where target/peers is
 * @param {number} threads for a product
 */
export const load = (library, models, threads) => {
  library.env.allowRemoteModels = false;
  library.env.allowLocalModels = true;
  library.env.localModelPath = models;
  return library.AutoModelForCausalLM.from_pretrained("prose", {
    dtype: "fp32",
    device: globalThis.window ? "wasm" : "cpu",
    session_options: { intraOpNumThreads: threads },
  });
};

/**
 * With the cache it is the library's own `generate`; without, one forward of the whole context a token.
 * @param {any} library
 * @param {any} model
 * @param {boolean} useCache
 * @returns {import("../../benches/loop.js").Loop}
 */
export const loopOf = ({ Tensor, ones_like }, model, useCache) => {
  const tensor = (/** @type {number[]} */ ids) => new Tensor("int64", BigInt64Array.from(ids, BigInt), [1, ids.length]);
  if (useCache)
    return async (ids, n) => {
      const inputs = tensor(ids);
      const attention_mask = ones_like(inputs);
      const out = await model.generate({ inputs, attention_mask, max_new_tokens: n, do_sample: false });
      return [...out.data].slice(ids.length).map(Number);
    };
  return async (ids, n) => {
    const all = [...ids];
    for (let i = 0; i < n; i++) {
      const input_ids = tensor(all);
      const { logits } = await model({ input_ids, attention_mask: ones_like(input_ids) });
      all.push(best(logits.data.subarray(-VOCAB_SIZE)));
    }
    return all.slice(ids.length);
  };
};

/** @param {Float32Array} logits */
const best = (logits) => logits.reduce((best, x, i) => (x > logits[best] ? i : best), 0);
