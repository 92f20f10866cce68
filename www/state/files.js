/** The files of a GPT of one's own, chosen at once or one after another. */

const WEIGHTS = /\.(safetensors|bin|pt|pth|ckpt|pkl|zip|h5|onnx|gguf)$/i;

/** One of several files of weights: "model-00001-of-00002.safetensors". */
const SHARD = /-\d+-of-\d+\.\w+$/;

/**
 * What there is after another choice. A file takes the place of the one of its name, and whole weights that of any other weights. Whole weights
 * that come with files of their own are another model: what belonged to the weights before goes with them.
 * @template {{ name: string }} F
 * @param {readonly F[]} before
 * @param {readonly F[]} chosen
 * @returns {F[]}
 */
export function withFiles(before, chosen) {
  const names = chosen.map(({ name }) => name);
  const hasShards = names.some((name) => SHARD.test(name));
  const hasWeights = names.some((name) => WEIGHTS.test(name));
  const isWhole = hasWeights && !hasShards;
  if (isWhole && names.length > 1 && before.some(({ name }) => WEIGHTS.test(name))) return [...chosen];
  const isReplaced = (/** @type {string} */ name) =>
    names.includes(name) || (hasWeights && WEIGHTS.test(name) && !(hasShards && SHARD.test(name)));
  return [...before.filter(({ name }) => !isReplaced(name)), ...chosen];
}

/** Whether a file's name is one of weights. @param {string} name */
export const isWeights = (name) => WEIGHTS.test(name);

/** Whether what was typed names a file, not a repository. @param {string} typed */
export const isFileName = (typed) => WEIGHTS.test(typed) || /\.json$/i.test(typed);
