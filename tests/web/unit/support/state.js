/** The page's state, without a page. */

import { reduce, startState } from "../../../../www/state/lab-state.js";

/** @typedef {import("../../../../www/state/lab-state.js").Action} Action */
/** @typedef {import("../../../../www/state/types.js").Run} Run */

/** @param {Action[]} actions */
export const after = (...actions) => actions.reduce(reduce, startState());

/** @param {number[]} tokens @param {Partial<Run>} [more] @returns {Run} */
export const runWith = (tokens, more = {}) => ({
  prompt_ids: [0],
  replaced: 0,
  tokens,
  probabilities: tokens.map(() => 0.5),
  original_probabilities: [],
  text: "",
  model: /** @type {any} */ ({ kind: "bigram" }),
  vocab: ["a", "b", "c"],
  settings: {},
  seed: 7n,
  finish_reason: "length",
  timings: null,
  asked: 0,
  ...more,
});

/** @param {number} n tokens @param {Partial<Run>} [more] */
export const runOf = (n, more) =>
  runWith(
    Array.from({ length: n }, (_, i) => i % 3),
    more,
  );
