import { PYTHON } from "../../generated/python.js";
import { isList, OF_STAGES, settingsOf, stageNamed } from "../settings.js";

/**
 * The sampling step in Python, with the rules and the order of this lab.
 *
 * @typedef {import("./code.js").Asked} Asked
 * @typedef {import("../settings.js").Setting} Setting
 */

/**
 * A value as Python and command lines read it: counts whole, other numbers with a point, words in quotation marks.
 * @param {Pick<Setting, "kind">} setting
 * @param {unknown} x
 * @returns {string}
 */
export const literal = ({ kind }, x) => {
  if (Array.isArray(x)) return `[${x.map((item) => literal({ kind: "count" }, item)).join(", ")}]`;
  if (typeof x === "object" && x !== null)
    return `{${Object.entries(x)
      .map(([id, amount]) => `${id}: ${literal({ kind: "number" }, amount)}`)
      .join(", ")}}`;
  if (typeof x !== "number") return JSON.stringify(x);
  if (!Number.isFinite(x)) return `float("${String(x).replace("Infinity", "inf")}")`;
  return kind !== "count" && Number.isInteger(x) ? x.toFixed(1) : String(x);
};

/** Whether a setting changes anything. @param {Setting} setting @param {Asked} asked */
export const isOn = ({ name, off }, { values }) => values[name] !== off;

/** The stages that do something, in order; where the most likely token is taken, those that change single logits. @param {Asked} asked */
const stagesOn = (asked) =>
  asked.order.filter((stage) => {
    const isIdle = asked.greedy && !stageNamed(stage)?.edits;
    return !isIdle && settingsOf(stage).some((setting) => isOn(setting, asked));
  });

/**
 * @param {Asked} asked
 * @param {"pytorch" | "numpy"} target
 */
const body = (asked, target) =>
  stagesOn(asked)
    .flatMap((stage) => linesOf(stage, target, asked) ?? [`# ${stage}: not written for this target`])
    .map((line) => `    ${filledIn(line, asked)}`)
    .join("\n");

/**
 * A stage's lines; where they are others while one of its settings is on, those.
 * @param {string} stage
 * @param {string} target
 * @param {Asked} asked
 */
function linesOf(stage, target, asked) {
  const lines = PYTHON[stage] ?? {};
  const other = settingsOf(stage).find((setting) => isOn(setting, asked) && lines[`${target} ${setting.name}`]);
  return lines[other ? `${target} ${other.name}` : target];
}

/** A line with the values of settings in the place of their names. @param {string} line @param {Asked} asked */
const filledIn = (line, { values }) =>
  OF_STAGES.reduce(
    (text, setting) => text.replaceAll(`{${setting.name}}`, literal(setting, values[setting.name] ?? nothing(setting))),
    line,
  );

/** What a setting that is left out is in a program. @param {Setting} setting */
const nothing = (setting) => (isList(setting) ? (setting.kind === "bias" ? {} : []) : (setting.choices[0] ?? 0));

/**
 * Settings that are on and of which the program says nothing.
 * @param {Asked} asked
 * @param {"pytorch" | "numpy"} target
 * @returns {Setting[]}
 */
export const leftOut = (asked, target) =>
  OF_STAGES.filter(
    (setting) =>
      isOn(setting, asked) &&
      !(PYTHON[setting.stage]?.[target] ?? []).some((line) => line.includes(`{${setting.name}}`)),
  );

/** A complete program for any model with `logits = model(idx)`. @param {Asked} asked @returns {string} */
export function pytorchCode(asked) {
  const stages = body(asked, "pytorch");
  const draw = asked.greedy
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


torch.manual_seed(${BigInt.asUintN(63, asked.seed)})
`;
}

/** The same step without PyTorch. @param {Asked} asked @returns {string} */
export function numpyCode(asked) {
  const stages = body(asked, "numpy");
  const draw = asked.greedy
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
