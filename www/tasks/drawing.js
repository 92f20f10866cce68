import { stageSettings, windowOf } from "../state/run.js";

/**
 * One text, and why one of its tokens was drawn, as the engine tells it.
 *
 * @typedef {import("../state/types.js").Run} Run
 * @typedef {import("../engine/lab.js").Lab} Lab
 * @typedef {import("../engine/handles.js").Model} Model
 */

/** Tokens per message from the engine. */
const CHUNK = 256;

/**
 * @param {Model} model
 * @param {{ ids: ArrayLike<number>, replaced: number }} prompt
 * @param {Record<string, unknown>} settings
 * @param {number} asked
 * @returns {Promise<Run>} nothing drawn yet
 */
export const emptyRun = async (model, { ids, replaced }, settings, asked) => ({
  text: await model.decode(ids),
  prompt_ids: Array.from(ids),
  replaced,
  tokens: [],
  probabilities: [],
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
 * @param {Model} model
 * @param {Run} start what it begins with
 * @param {AbortSignal} signal
 * @returns {AsyncGenerator<Run>} the run so far; the last one is whole
 */
export async function* drawRun(lab, model, start, signal) {
  let run = start;
  const options = { model, prompt_ids: run.prompt_ids, ...run.settings, chunk: CHUNK, signal };
  // The settings may hold anything: the engine checks.
  for await (const step of lab.generate(/** @type {any} */ (options))) {
    run = {
      ...run,
      // A step's is new; the end's is all.
      text: step.finished ? step.text : run.text + step.text,
      tokens: run.tokens.concat(Array.from(step.tokens)),
      probabilities: run.probabilities.concat(Array.from(step.probabilities)),
    };
    if (step.finished) run = { ...run, finish_reason: step.finish_reason, seed: step.seed, timings: step.timings };
    yield run;
  }
}

/**
 * Why a token was drawn: the same random numbers are thrown again up to it.
 * @param {Lab} lab
 * @param {Model} model
 * @param {Run} run
 * @param {{ index: number, drawn: boolean }} wanted
 * @returns {Promise<import("../state/types.js").TracedStep>}
 */
export async function traceStep(lab, model, run, { index, drawn }) {
  const { rng, seed, forced_tokens, block_size } = run.settings;
  const output = run.tokens.slice(0, index);
  const context = [...run.prompt_ids, ...output];
  const generator = await lab.generator(/** @type {any} */ (rng), run.seed ?? /** @type {any} */ (seed));
  try {
    if (index > 0) {
      const loop = { forced_tokens, max_new_tokens: index, chunk: index, generator };
      const replay = { ...stageSettings(run.settings), ...loop, ...windowOf(/** @type {any} */ (block_size)) };
      const again = lab.generate(/** @type {any} */ ({ model, prompt_ids: run.prompt_ids, ...replay }));
      for await (const _ of again);
    }
    const logits = await model.next(context);
    const settings = { ...stageSettings(run.settings), history: { prompt: run.prompt_ids, output } };
    const trace = await lab.trace(logits, settings, { generator });
    return { run, index, drawn, trace, after: await afterEach(lab, trace), settings };
  } finally {
    generator.dispose();
  }
}

/**
 * The probabilities after each stage that was on.
 * @param {Lab} lab
 * @param {import("../state/types.js").Trace} trace
 */
async function afterEach(lab, { stages, vocab_size }) {
  if (stages.length === 0) return [];
  const values = new Float32Array(stages.length * vocab_size);
  stages.forEach((stage, i) => void values.set(stage.values, i * vocab_size));
  const probabilities = await lab.softmax(values, { batch: stages.length });
  return stages.map((_, i) => probabilities.subarray(i * vocab_size, (i + 1) * vocab_size));
}
