import { isGpt } from "../state/models.js";
import { problemFrom, tooManyTokens } from "../state/problems.js";
import { windowOf } from "../state/run.js";
import { engineSettings, MOST_NEW_TOKENS } from "../state/settings.js";
import { drawRun, emptyRun, encodePrompt } from "./drawing.js";
import { makeModel } from "./make-model.js";
import { told } from "./told.js";

/**
 * Models under the same settings, prompt and random numbers: weights thrown at random, weights counted, weights trained. What does each write, and
 * how well does each foresee a sentence that none of them has seen?
 *
 * @typedef {import("./asides.js").Bench} Bench
 * @typedef {import("../state/types.js").Contestant} Contestant
 * @typedef {import("../engine/handles.js").Model} Model
 */

/** Simplest first; large ones and the user's own only where they have been loaded. */
const CONTESTANTS = /** @type {const} */ (["notebook", "counted", "gpt", "smollm2", "own-gpt"]);

/** @param {Bench} bench */
export async function compareModels(bench) {
  const { state, signal, tell } = bench;
  const known = state.comparison.models;
  const kinds = CONTESTANTS.filter((kind) => (kind !== "own-gpt" && kind !== "smollm2") || bench.shelf.last(kind));
  const models = kinds.map((kind) => known.find((model) => model.kind === kind) ?? { ...NOTHING, key: null, kind });
  if (models.length !== known.length) tell({ comparison: { models: [...models] } });
  for (const [i, kind] of kinds.entries()) {
    const key = keyOf(kind, bench);
    if (models[i].key === key) continue;
    models[i] = await contestant(kind, key, bench);
    if (signal.aborted) return;
    // Each as it comes: a bigram is there at once, and a large model takes seconds.
    tell({ comparison: { models: [...models] } });
  }
}

/** @satisfies {Partial<Contestant>} */
const NOTHING = { run: null, own: null, sentence: null, replaced: 0, problem: null };

/** Equal keys are equal results. @param {typeof CONTESTANTS[number]} kind @param {Bench} bench */
function keyOf(kind, { state, shelf }) {
  const { prompt, model, comparison, run } = state;
  const made_of = isGpt(kind) ? shelf.last(kind)?.key : kind === "counted" ? [model.text, model.smoothing] : null;
  return JSON.stringify([kind, prompt, settingsOf(state), comparison.sentence, made_of, String(run?.seed)], plain);
}

/** @param {string} _ @param {unknown} value */
const plain = (_, value) => (typeof value === "bigint" ? String(value) : value);

/** The page's settings, and the seed that it used where none was typed. @param {import("../state/types.js").LabState} state */
const settingsOf = ({ fields, run }) => ({ ...(run?.seed != null && { seed: run.seed }), ...engineSettings(fields) });

/**
 * @param {typeof CONTESTANTS[number]} kind
 * @param {string} key
 * @param {Bench} bench
 * @returns {Promise<Contestant>}
 */
async function contestant(kind, key, bench) {
  /** @type {Contestant} */
  const without = { ...NOTHING, key, kind };
  let model;
  try {
    model = isGpt(kind) ? bench.shelf.last(kind)?.model : await makeModel(bench.lab, { ...bench.state.model, kind });
    return model ? { ...without, ...(await judged(model, bench)) } : without;
  } catch (error) {
    return { ...without, problem: problemFrom(error) };
  } finally {
    if (!isGpt(kind)) model?.dispose();
  }
}

/** @param {Model} model @param {Bench} bench */
async function judged(model, { lab, state, signal }) {
  /** @type {Record<string, unknown>} */
  const settings = await told(model, { ...windowOf(model.config?.block_size), ...settingsOf(state) });
  const { max_new_tokens: n } = settings;
  if (typeof n === "number" && n > MOST_NEW_TOKENS) throw tooManyTokens(n);
  let run = emptyRun(model, await encodePrompt(model, state.prompt), settings, 0);
  for await (run of drawRun(lab, run, signal));
  const { ids, replaced } = await model.encode(state.comparison.sentence);
  return {
    run,
    own: run.tokens.length > 0 ? await lab.score({ model, prompt_ids: run.prompt_ids, output_ids: run.tokens }) : null,
    // The first token has no context, so it is given.
    sentence: ids.length > 1 ? await lab.score({ model, prompt_ids: ids.slice(0, 1), output_ids: ids.slice(1) }) : null,
    replaced,
  };
}
