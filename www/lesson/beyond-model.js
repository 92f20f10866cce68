import { SAMPLE_TEXT } from "../state/sample-text.js";

/**
 * What the cells of "Beyond top-p" have in common: a model with rows that are sure and rows that are open.
 *
 * @typedef {import("./cell.js").Cell} Cell
 * @typedef {import("./cell.js").Lab} Lab
 * @typedef {import("./cell.js").Result} Result
 */

/** @type {Result["head"]} */
export const HEAD = ["", "This engine", "", ""];

/** @param {string} name @param {string} ours */
export const line = (name, ours) => ({ name, ours, golden: null });

/** A cell of this chapter. @param {Omit<Cell, "isBeyond">} cell @returns {Cell} */
export const beyond = (cell) => ({ ...cell, isBeyond: true });

/** Letters that the counted model knows. */
export const N_LETTERS = 28;

/** @type {import("./cell.js").Input} */
export const AFTER = {
  name: "after",
  label: "the next letter after",
  start: " ",
  choices: [
    [" ", "a space: the choice is open"],
    ["h", "h: the model is nearly sure"],
    ["a", "a: half the letters fit"],
  ],
};

/** A bigram counted from a text, for as long as it is needed. @param {Lab} lab */
export async function countedModel(lab) {
  const model = await lab.model({ kind: "counted", text: SAMPLE_TEXT });
  return { model, dispose: () => void model.dispose() };
}

/** What follows a letter. @param {Lab} lab @param {string} letter @returns {Promise<import("./strips.js").Row>} */
export async function rowAfter(lab, letter) {
  const { model, dispose } = await countedModel(lab);
  try {
    const { ids } = await model.encode(letter);
    return { logits: await model.next(ids), vocab: model.vocab };
  } finally {
    dispose();
  }
}

/** @param {number} bits */
export const inBits = (bits) => `${bits.toFixed(2)} bits`;
