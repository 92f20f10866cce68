// SmolLM2's greedy loop in this library, and in wllama, which is llama.cpp as WebAssembly.

/** @typedef {import("./smollm2_loop.js").Loop} Loop */

/** @param {string} source @returns {Promise<Loop>} */
export async function ours(source) {
  const { createLab } = await import("../../www/engine/index.js");
  const lab = await createLab();
  const model = await lab.model({ kind: "gpt", source });
  return async (prompt_ids, max_new_tokens) => {
    let end;
    const settings = { temperature: 0, eos_token_id: null };
    for await (end of lab.generate({ model, prompt_ids, max_new_tokens, ...settings }));
    return model.decode(end?.ids.slice(prompt_ids.length) ?? []);
  };
}

/** @param {string} source @returns {Promise<Loop>} */
export async function wllama(source) {
  // It takes texts alone: this library's tokenizer makes them.
  const { createLab } = await import("../../www/engine/index.js");
  const lab = await createLab();
  const model = await lab.model({ kind: "gpt", source });
  const address = "/wllama/esm/index.js";
  const { Wllama } = await import(address);
  const peer = new Wllama({ default: "/wllama/esm/wasm/wllama.wasm" }, { suppressNativeLog: true });
  await peer.loadModelFromUrl(source, { n_threads: 1, n_ctx: 1024, useCache: false });
  return async (ids, max_tokens) => {
    const prompt = await model.decode(ids);
    const settings = { temperature: 0, cache_prompt: false, ignore_eos: true };
    const { choices } = await peer.createCompletion({ prompt, max_tokens, ...settings });
    return choices[0].text;
  };
}
