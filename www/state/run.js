import { SETTINGS } from "../generated/spec.js";
import * as settings from "./settings.js";

/**
 * What a run's settings say about it.
 *
 * @typedef {import("./types.js").Run} Run
 */

/** @param {Run} run @returns {boolean} whether the most likely token is always taken, so that no random number is used */
export const isGreedy = (run) => settings.isGreedy(run.settings);

/** What decides about one step; the other settings of sampling say which random numbers there are. */
const OF_A_STEP = SETTINGS.filter(({ table, name }) => table === "sampling" && name !== "seed" && name !== "rng");

/**
 * The settings of a run that belong to its stages.
 * @param {Record<string, unknown>} settings
 */
export const stageSettings = (settings) =>
  Object.fromEntries(OF_A_STEP.filter(({ name }) => name in settings).map(({ name }) => [name, settings[name]]));

/**
 * What a step was made with, for calls that have its logits and no vocabulary: the form of the output as the tokens that it allows here.
 * @param {Pick<import("./types.js").TracedStep, "settings" | "trace">} step
 * @returns {Record<string, unknown>}
 */
export function settingsByIds({ settings, trace }) {
  const forms = OF_A_STEP.filter(({ kind, name }) => kind === "form" && name in settings);
  const allowedBy = (/** @type {string} */ stage) => {
    const removed = new Set(trace.stages.find((one) => one.stage === stage)?.removed);
    return { allowed: Uint32Array.from(trace.logits.keys()).filter((id) => !removed.has(id)) };
  };
  return { ...settings, ...Object.fromEntries(forms.map(({ name, stage }) => [name, allowedBy(stage)])) };
}

/**
 * How many of the last tokens the model sees, where it is a GPT.
 * @param {number | undefined} block_size
 */
export const windowOf = (block_size) => (block_size ? { block_size } : {});

/**
 * Whether both are of one text, which may have grown in between.
 * @param {Run | null | undefined} a
 * @param {Run | null | undefined} b
 */
export const isOneText = (a, b) => a?.settings === b?.settings;

/** The most tokens that wait for the end of their word. */
const MOST_HELD = 24;

/**
 * How many tokens of a growing text are to be shown: whole words only, because a word that still grows may move to the next line under the
 * reader's eyes.
 * @param {Pick<Run, "tokens" | "vocab">} run
 */
export function tokensOfWholeWords({ tokens, vocab }) {
  const least = Math.max(0, tokens.length - MOST_HELD);
  for (let n = tokens.length; n > least; n--) {
    const token = vocab[tokens[n - 1]];
    if (LINE_MAY_END.test(token)) return n;
    if (/^\s/.test(token)) return n - 1;
  }
  // A text without spaces has no words to wait for.
  return least === 0 ? 0 : tokens.length;
}

/** After a space, and in Chinese and Japanese, nothing that follows moves what is there. */
const LINE_MAY_END = /[\s\u3040-\u30ff\u4e00-\u9fff]$/;
