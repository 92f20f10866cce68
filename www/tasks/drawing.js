import { stageSettings } from "../state/run.js";

/**
 * One text, and why one of its tokens was drawn, as the engine tells it.
 *
 * @typedef {import("../state/types.js").Run} Run
 * @typedef {import("../state/types.js").TracedStep} TracedStep
 * @typedef {import("../engine/lab.js").Lab} Lab
 * @typedef {import("../engine/handles.js").Model} Model
 * @typedef {{ ids: number[], replaced: number, text: string }} Prompt  text: that of the ids
 */

/** Tokens per message from the engine. */
const CHUNK = 256;

/** A text that takes long is told about so often, in milliseconds: every message draws the page anew. */
const TELL_MS = 30;

/**
 * @param {Model} model
 * @param {string} text
 * @returns {Promise<Prompt>}
 */
export async function encodePrompt(model, text) {
  const { ids, replaced } = await model.encode(text);
  return { ids: Array.from(ids), replaced, text: await model.decode(ids) };
}

/**
 * @param {Model} model
 * @param {Prompt} prompt
 * @param {Record<string, unknown>} settings
 * @param {number} asked
 * @returns {Run} nothing drawn yet
 */
export const emptyRun = (model, { ids, replaced, text }, settings, asked) => ({
  text,
  prompt_ids: ids,
  replaced,
  tokens: [],
  probabilities: [],
  model,
  vocab: model.vocab,
  settings,
  seed: null,
  finish_reason: null,
  timings: null,
  asked,
});

/**
 * Draws the run's text.
 * @param {Lab} lab
 * @param {Run} start what it begins with
 * @param {AbortSignal} signal
 * @returns {AsyncGenerator<Run>} the run so far; the last one is whole
 */
export async function* drawRun(lab, start, signal) {
  const { model, prompt_ids, settings } = start;
  let { text, seed } = start;
  let told = Number.NEGATIVE_INFINITY;
  /** @type {number[]} */
  const tokens = [];
  /** @type {number[]} */
  const probabilities = [];
  const options = { model, prompt_ids, ...settings, chunk: CHUNK, signal };
  const soFar = () => ({ ...start, text, seed, tokens: tokens.slice(), probabilities: probabilities.slice() });
  // The settings may hold anything: the engine checks.
  for await (const step of lab.generate(/** @type {any} */ (options))) {
    tokens.push(...step.tokens);
    probabilities.push(...step.probabilities);
    // A step's is new; the end's is all.
    text = step.finished ? step.text : text + step.text;
    seed = step.seed;
    if (step.finished) yield { ...soFar(), finish_reason: step.finish_reason, timings: step.timings };
    else if (performance.now() - told >= TELL_MS) {
      told = performance.now();
      yield soFar();
    }
  }
}

/**
 * Why a token was drawn, in one call of the engine.
 * @param {Lab} lab
 * @param {Run} run
 * @param {{ index: number, drawn: boolean }} wanted
 * @param {boolean} [wants_rules] whether what other systems would keep is to be told, too
 * @returns {Promise<{ step: TracedStep, rules: import("../engine/types.js").Rule[] | undefined }>}
 */
export async function explainStep(lab, run, { index, drawn }, wants_rules = false) {
  const { model, prompt_ids, tokens } = run;
  // Where nothing is to be drawn yet, the length is none that the engine knows.
  const { max_new_tokens: _, ...made_with } = run.settings;
  const seed = run.seed ?? made_with.seed;
  const question = { prompt_ids, output_ids: tokens.slice(0, drawn ? index + 1 : index), index, rules: wants_rules };
  const options = { ...made_with, ...(seed === undefined ? {} : { seed }), ...question, model };
  const { after, rules, ...trace } = await lab.explain(/** @type {any} */ (options));
  const history = { prompt: prompt_ids, output: tokens.slice(0, index) };
  const settings = { ...stageSettings(run.settings), history };
  return { step: { run, index, drawn, trace, after, settings }, rules };
}
