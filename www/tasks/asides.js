import { fieldsOf } from "../state/compare.js";
import { wantedStep } from "../state/lab-state.js";
import { knownGpt } from "../state/models.js";
import { problemFrom, tooManyTokens } from "../state/problems.js";
import { stageSettings, windowOf } from "../state/run.js";
import { engineSettings, MOST_NEW_TOKENS } from "../state/settings.js";
import { drawRun, emptyRun, encodePrompt } from "./drawing.js";
import { told } from "./told.js";

/**
 * What a view shows beyond the text and the step. It is computed when the view is looked at, and again when it is out of date.
 *
 * @typedef {import("../state/types.js").LabState} LabState
 * @typedef {import("../state/types.js").Run} Run
 * @typedef {object} Bench
 * @property {import("../engine/lab.js").Lab} lab
 * @property {import("./shelf.js").Shelf} shelf
 * @property {LabState} state
 * @property {import("../engine/handles.js").Model} model
 * @property {AbortSignal} signal
 * @property {(found: import("../state/types.js").Found) => void} tell
 */

/** @param {Bench} bench */
export async function compare(bench) {
  if (bench.state.comparison.by === "settings") await compareTexts(bench);
  // The code that computes it is loaded with the view that shows it.
  else await (await import("./compare-models.js")).compareModels(bench);
}

/**
 * What is exactly known of a text that is whole.
 * @param {Bench["lab"]} lab
 * @param {Run} run
 * @param {AbortSignal} signal
 * @returns {Promise<import("../state/types.js").Facts>}
 */
export async function factsOf(lab, run, signal) {
  const { model, prompt_ids, tokens } = run;
  const settings = stageSettings(run.settings);
  const { block_size } = /** @type {{ block_size?: number }} */ (run.settings);
  const score = await lab.score({
    model,
    prompt_ids,
    output_ids: tokens,
    signal,
    ...settings,
    ...windowOf(block_size),
  });
  return { run, score, endless: await endlessText(lab, run, settings) };
}

/**
 * @param {Bench["lab"]} lab
 * @param {Run} run
 * @param {Record<string, unknown>} settings
 * @returns {Promise<import("../state/types.js").Facts["endless"]>}
 */
async function endlessText(lab, { model, prompt_ids }, settings) {
  try {
    return await lab.stationary({ model, from: prompt_ids.at(-1) ?? null, ...settings });
  } catch (error) {
    return { none: problemFrom(error).code === "invalid_setting" ? "history" : "size" };
  }
}

/** @param {Bench} bench */
async function compareTexts({ lab, state, model, signal, tell }) {
  const { rows, runs: known } = state.comparison;
  const prompt = await encodePrompt(model, state.prompt);
  /** @type {import("../state/types.js").Comparison["runs"]} */
  const runs = [];
  for (const row of rows) {
    const settings = { ...windowOf(knownGpt(state)?.block_size), ...engineSettings(fieldsOf(row, state.fields)) };
    const start = await told(model, settings).then((read) => emptyRun(model, prompt, read, 0), problemFrom);
    const same = known.find((run) => "settings" in run && "settings" in start && isSameText(run, start));
    runs.push(same ?? ("settings" in start ? await textOf(lab, start, signal) : start));
    if (signal.aborted) return;
  }
  if (runs.some((run, i) => run !== known[i])) tell({ comparison: { runs } });
  const pictures = [];
  for (const run of runs) pictures.push("settings" in run ? await pictureOf(lab, state, run.settings) : null);
  tell({ comparison: { pictures } });
}

/** Tokens with a band of their own in a small picture. */
const BANDS = 24;

/**
 * The chosen token of the page's text under other settings, with the same random number.
 * @param {Bench["lab"]} lab
 * @param {LabState} state
 * @param {Record<string, unknown>} settings
 */
async function pictureOf(lab, state, settings) {
  const { run } = state;
  if (!run) return null;
  const { max_new_tokens: _, ...made_with } = settings;
  const { index } = wantedStep(state);
  const { model, prompt_ids, tokens } = run;
  const question = { model, prompt_ids, output_ids: tokens.slice(0, index), index, picture: BANDS, columns: false };
  const options = { ...made_with, ...(run.seed === null ? {} : { seed: run.seed }), ...question };
  const { picture } = await lab.explain(/** @type {any} */ (options));
  return picture ? { run, picture } : null;
}

/** @param {Run} a @param {Run} b */
const isSameText = (a, b) =>
  a.vocab === b.vocab && keyOf(a.settings) === keyOf(b.settings) && a.prompt_ids.join() === b.prompt_ids.join();

/** @param {Record<string, unknown>} settings */
const keyOf = (settings) =>
  JSON.stringify(settings, (_, value) => (typeof value === "bigint" || value === -Infinity ? String(value) : value));

/**
 * @param {Bench["lab"]} lab
 * @param {Run} start
 * @param {AbortSignal} signal
 * @returns {Promise<Run | import("../state/types.js").Problem>}
 */
async function textOf(lab, start, signal) {
  const n = start.settings.max_new_tokens;
  if (typeof n === "number" && n > MOST_NEW_TOKENS) return tooManyTokens(n);
  try {
    let run = start;
    for await (run of drawRun(lab, start, signal));
    return run;
  } catch (error) {
    return problemFrom(error);
  }
}
