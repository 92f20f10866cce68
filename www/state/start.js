/** What the first screen needs of settings and stages, and the values of the lesson and the notebook. They come with the first code. */

/** What the page starts with; the other settings start empty. @type {Readonly<Record<string, string>>} */
export const START = Object.freeze({
  temperature: "0.8",
  top_p: "0.9",
  seed: "7",
  max_new_tokens: "80",
  rng: "philox",
});

/** The settings on the first screen. */
export const FIRST = Object.freeze(["temperature", "top_k", "top_p", "seed"]);

/**
 * The stages that always have a column in the picture: those of the lesson, and what many add to them. Another stage has one where it is on.
 * `from`: the width of the picture, in pixels, from which there is room for it while it is off; `width`: of its column, as a part of what a
 * filter gets.
 */
export const COLUMNS = Object.freeze([
  { stage: "temperature", from: 0, width: 1.2 },
  { stage: "top_k", from: 0, width: 1 },
  { stage: "top_p", from: 0, width: 1 },
  { stage: "min_p", from: 860, width: 0.84 },
]);

/** What the lesson draws from its five logits before it makes its model. */
export const LESSON_DRAWS = Object.freeze([{ temperature: 2 }, { top_k: 2 }, { top_p: 0.9 }]);

/** The notebook's four, side by side. @type {import("./types.js").Contender[]} */
export const NOTEBOOKS_FOUR = [
  { name: "greedy", fields: { temperature: "0" } },
  { name: "temperature 0.8", fields: { temperature: "0.8" } },
  { name: "temperature 1.4", fields: { temperature: "1.4" } },
  { name: "top-p 0.9", fields: { temperature: "1", top_p: "0.9" } },
];
