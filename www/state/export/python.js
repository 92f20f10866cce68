/**
 * The sampling step in Python, with the rules and the order of this lab.
 *
 * @typedef {import("./code.js").Asked} Asked
 */

/** A number that Python reads as a float. @param {number} x */
export const float = (x) => (Number.isInteger(x) ? x.toFixed(1) : String(x));

/** The stages that are on, in order. @param {Asked} asked */
function stagesOn(asked) {
  const on = {
    bias: false,
    penalties: asked.repetition_penalty !== 1 || asked.presence_penalty !== 0 || asked.frequency_penalty !== 0,
    temperature: asked.temperature !== 1,
    top_k: asked.top_k > 0,
    top_p: asked.top_p < 1,
    min_p: asked.min_p > 0,
  };
  const greedy = asked.temperature === 0;
  const stages = asked.order.filter((stage) => on[/** @type {keyof typeof on} */ (stage)]);
  return greedy ? stages.filter((stage) => stage === "penalties") : stages;
}

/**
 * @param {Asked} asked
 * @param {Record<string, string[]>} lines of each stage
 */
const body = (asked, lines) =>
  stagesOn(asked)
    .flatMap((stage) => lines[stage])
    .map((line) => `    ${line}`)
    .join("\n");

/** A complete program for any model with `logits = model(idx)`. @param {Asked} asked @returns {string} */
export function pytorchCode(asked) {
  const stages = body(asked, {
    penalties: [
      `# penalties: the repetition penalty for every token so far, the others for the output`,
      `seen = torch.unique(idx[0])`,
      `x = logits[0, seen]`,
      `logits[0, seen] = torch.where(x < 0, x * ${float(asked.repetition_penalty)}, x / ${float(asked.repetition_penalty)})`,
      `counts = torch.bincount(idx[0, n_prompt:], minlength=logits.size(-1))`,
      `logits -= counts * ${float(asked.frequency_penalty)} + (counts > 0) * ${float(asked.presence_penalty)}`,
    ],
    temperature: [`# temperature`, `logits = logits / ${float(asked.temperature)}`],
    top_k: [
      `# top-k: ties with the k-th stay`,
      `kth = torch.topk(logits, min(${asked.top_k}, logits.size(-1))).values[:, [-1]]`,
      `logits = logits.masked_fill(logits < kth, float("-inf"))`,
    ],
    top_p: [
      `# top-p: the token that crosses p stays`,
      `ordered, ids = torch.sort(logits, descending=True, stable=True)`,
      `before = F.softmax(ordered, dim=-1).cumsum(dim=-1).roll(1, dims=-1)`,
      `before[:, 0] = 0.0`,
      `drop = before > ${float(asked.top_p)}`,
      `drop[:, 0] = False`,
      `logits = logits.masked_fill(drop.scatter(1, ids, drop), float("-inf"))`,
    ],
    min_p: [
      `# min-p`,
      `logits = logits.masked_fill(logits < logits.max() + math.log(${float(asked.min_p)}), float("-inf"))`,
    ],
  });
  const draw =
    asked.temperature === 0
      ? `    return logits.argmax(dim=-1, keepdim=True)`
      : `    return torch.multinomial(F.softmax(logits, dim=-1), num_samples=1)`;
  return `import math
import torch
import torch.nn.functional as F


def sample_next_token(logits, idx, n_prompt):
    """logits (1, V) for what follows idx (1, T) -> the next id (1, 1)."""
    logits = logits.clone()
${stages ? `${stages}\n` : ""}${draw}


@torch.no_grad()
def generate(model, idx, max_new_tokens=${asked.max_new_tokens}, block_size=${asked.block_size ?? 256}):
    n_prompt = idx.size(1)
    for _ in range(max_new_tokens):
        logits = model(idx[:, -block_size:])[:, -1, :]
        idx = torch.cat([idx, sample_next_token(logits, idx, n_prompt)], dim=1)
    return idx


torch.manual_seed(${asked.seed % 2n ** 63n})
`;
}

/** The same step without PyTorch. @param {Asked} asked @returns {string} */
export function numpyCode(asked) {
  const stages = body(asked, {
    penalties: [
      `# penalties: the repetition penalty for every token so far, the others for the output`,
      `seen = np.unique(ids)`,
      `x = logits[seen]`,
      `logits[seen] = np.where(x < 0, x * ${float(asked.repetition_penalty)}, x / ${float(asked.repetition_penalty)})`,
      `counts = np.bincount(ids[n_prompt:], minlength=logits.size)`,
      `logits -= counts * ${float(asked.frequency_penalty)} + (counts > 0) * ${float(asked.presence_penalty)}`,
    ],
    temperature: [`# temperature`, `logits = logits / ${float(asked.temperature)}`],
    top_k: [
      `# top-k: ties with the k-th stay`,
      `kth = np.sort(logits)[-min(${asked.top_k}, logits.size)]`,
      `logits = np.where(logits < kth, -np.inf, logits)`,
    ],
    top_p: [
      `# top-p: the token that crosses p stays`,
      `order = np.argsort(-logits, kind="stable")`,
      `before = np.cumsum(softmax(logits)[order]) - softmax(logits)[order]`,
      `drop = order[1:][before[1:] > ${float(asked.top_p)}]`,
      `logits[drop] = -np.inf`,
    ],
    min_p: [`# min-p`, `logits = np.where(logits < logits.max() + np.log(${float(asked.min_p)}), -np.inf, logits)`],
  });
  const draw =
    asked.temperature === 0
      ? `    return int(np.argmax(logits))`
      : `    cumulative = np.cumsum(softmax(logits))
    return int(np.searchsorted(cumulative, rng.random() * cumulative[-1], side="right"))`;
  return `import numpy as np

rng = np.random.default_rng(${asked.seed})


def softmax(x):
    exps = np.exp(x - x.max())
    return exps / exps.sum()


def sample_next_token(logits, ids, n_prompt):
    """logits (V) for what follows ids (T) -> the next id."""
    logits = np.array(logits, dtype=np.float64)
    ids = np.asarray(ids, dtype=np.int64)
${stages ? `${stages}\n` : ""}${draw}
`;
}
