// The loop of this library, as Node and Chromium time it.

/**
 * @param {any} lab
 * @param {any} model
 * @returns {import("../../benches/loop.js").Loop}
 */
export const loopOf = (lab, model) => async (prompt_ids, max_new_tokens) => {
  let ids = [];
  for await (const step of lab.generate({ model, prompt_ids, max_new_tokens, temperature: 0 }))
    if (step.finished) ids = [...step.ids];
  return ids.slice(prompt_ids.length);
};
