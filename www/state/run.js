/**
 * What a run's settings say about it.
 *
 * @typedef {import("./types.js").Run} Run
 */

/** @param {Run} run @returns {boolean} whether the most likely token is always taken, so that no random number is used */
export const isGreedy = ({ settings }) => settings.temperature === 0;

/**
 * The settings of a run that belong to its stages.
 * @param {Record<string, unknown>} settings
 */
export function stageSettings({
  rng: _,
  seed: __,
  max_new_tokens: ___,
  forced_tokens: ____,
  block_size: _____,
  ...stages
}) {
  return stages;
}

/**
 * How many of the last tokens the model sees, where it is a GPT.
 * @param {number | undefined} block_size
 */
export const windowOf = (block_size) => (block_size ? { block_size } : {});
