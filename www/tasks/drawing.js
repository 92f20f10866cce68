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

/** What the model reads for longer than this is told about, and then as often, in milliseconds. */
const LONG_MS = 500;

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
 * @param {Run["made_of"]} [made_of]
 * @returns {Run} nothing drawn yet
 */
export const emptyRun = (model, { ids, replaced, text }, settings, asked, made_of = null) => ({
  text,
  prompt_ids: ids,
  replaced,
  tokens: [],
  probabilities: [],
  original_probabilities: [],
  model,
  vocab: model.vocab,
  settings,
  seed: null,
  finish_reason: null,
  timings: null,
  asked,
  made_of,
});

/**
 * Draws the run's text.
 * @param {Lab} lab
 * @param {Run} start what it begins with
 * @param {AbortSignal} signal
 * @param {(reading: import("../state/types.js").Reading) => void} [onReading] told at once that the prompt is being read, and how far it is where
 *   that takes long; likewise where a text has outgrown what its model sees
 * @returns {AsyncGenerator<Run>} the run so far; the last one is whole
 */
export async function* drawRun(lab, start, signal, onReading = () => {}) {
  const { model, prompt_ids, settings } = start;
  let { text, seed } = start;
  let told = Number.NEGATIVE_INFINITY;
  /** @type {number[]} */
  const tokens = [];
  /** @type {number[]} */
  const probabilities = [];
  /** @type {number[]} */
  const originals = [];
  let [since, told_reading] = [performance.now(), Number.NEGATIVE_INFINITY];
  const onProgress = (/** @type {import("../engine/types.js").ReadSoFar} */ so_far) => {
    const now = performance.now();
    const [is_long, again] = [now - since >= LONG_MS, tokens.length > 0];
    const isNews = is_long ? now - told_reading >= LONG_MS : told_reading < since && !again;
    if (!isNews) return;
    told_reading = now;
    onReading({ ...so_far, again, is_long });
  };
  const options = { model, prompt_ids, ...settings, chunk: CHUNK, signal, onProgress };
  const soFar = () => ({
    ...start,
    text,
    seed,
    tokens: tokens.slice(),
    probabilities: probabilities.slice(),
    original_probabilities: originals.slice(),
  });
  // The settings may hold anything: the engine checks.
  for await (const step of lab.generate(/** @type {any} */ (options))) {
    since = performance.now();
    tokens.push(...step.tokens);
    probabilities.push(...step.probabilities);
    if (!step.finished) originals.push(...(step.original_probabilities ?? []));
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
 * Why a token was drawn, with its picture, in one call of the engine.
 * @param {Lab} lab
 * @param {Run} run
 * @param {{ index: number, drawn: boolean }} wanted
 * @param {boolean} [wants_rules] whether what other systems would keep is to be told, too
 * @returns {Promise<{ step: TracedStep, rules: import("../engine/types.js").Rule[] | undefined }>}
 */
export async function explainStep(lab, run, { index, drawn }, wants_rules = false) {
  const output_ids = run.tokens.slice(0, drawn ? index + 1 : index);
  const options = { ...questionOf(run, run.settings, index, output_ids), rules: wants_rules, picture: true };
  const { after, rules, picture, ...trace } = await pictured(lab, options);
  return {
    step: { run, index, drawn, trace, after, picture, settings: stepSettings(run, run.settings, index) },
    rules,
  };
}

/**
 * What a token's step becomes with other settings, before there is a text that is drawn with them: the tokens before it are those of the text
 * that is there.
 * @param {{ lab: Lab, model: import("../engine/handles.js").Model }} place a model with the same logits after the same tokens, and its lab
 * @param {TracedStep} step of that text
 * @param {Record<string, unknown>} settings
 * @param {import("../state/types.js").Ahead} ahead
 * @returns {Promise<TracedStep>}
 */
export async function explainAhead({ lab, model }, step, settings, ahead) {
  const { run, index } = step;
  const asked = questionOf({ ...run, model }, settings, index, run.tokens.slice(0, index));
  const { after, picture, ...trace } = await pictured(lab, { ...asked, picture: true, columns: ahead.is_whole });
  const made = { ...step, picture, settings: stepSettings(run, settings, index), ahead };
  return ahead.is_whole ? { ...made, trace, after } : made;
}

/**
 * The same step, once the text is there, if it is still the same: nothing before the token has become another.
 * @param {TracedStep} step
 * @param {Run} run
 * @returns {TracedStep | null}
 */
export function arrived({ ahead, ...step }, run) {
  const { index, drawn, trace } = step;
  const isSame =
    ahead?.is_whole &&
    drawn &&
    index < run.tokens.length &&
    run.made_of?.fields === ahead.fields &&
    run.made_of.forced === ahead.forced &&
    run.seed === trace.seed &&
    run.model === step.run.model &&
    [...run.prompt_ids, ...run.tokens.slice(0, index)].join() ===
      [...step.run.prompt_ids, ...step.run.tokens.slice(0, index)].join();
  return isSame ? { ...step, run } : null;
}

/**
 * @param {Lab} lab
 * @param {object} options the settings may hold anything: the engine checks
 * @returns {Promise<import("../engine/types.js").Explanation & { picture: import("../engine/types.js").Picture }>}
 */
const pictured = (lab, options) => /** @type {any} */ (lab.explain(/** @type {any} */ (options)));

/**
 * @param {Run} run
 * @param {Record<string, unknown>} settings
 * @param {number} index
 * @param {number[]} output_ids
 */
function questionOf({ model, prompt_ids, seed: used }, settings, index, output_ids) {
  // Where nothing is to be drawn yet, the length is none that the engine knows.
  const { max_new_tokens: _, ...made_with } = settings;
  const seed = made_with.seed ?? used;
  return {
    ...made_with,
    ...(seed === undefined || seed === null ? {} : { seed }),
    prompt_ids,
    output_ids,
    index,
    model,
  };
}

/** @param {Run} run @param {Record<string, unknown>} settings @param {number} index */
const stepSettings = ({ prompt_ids, tokens, probabilities, original_probabilities }, settings, index) => ({
  ...stageSettings(settings),
  history: {
    prompt: prompt_ids,
    output: tokens.slice(0, index),
    probabilities: probabilities.slice(0, index),
    original_probabilities: original_probabilities.slice(0, index),
  },
});
