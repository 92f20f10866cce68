import { fieldsOf } from "../state/compare.js";
import { knownGpt } from "../state/models.js";
import { problemFrom, tooManyTokens } from "../state/problems.js";
import { stageSettings, windowOf } from "../state/run.js";
import { engineSettings, MOST_NEW_TOKENS } from "../state/settings.js";
import { drawRun, emptyRun, traceStep } from "./drawing.js";

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
export async function lookAside(bench) {
  const { view } = bench.state;
  await findPeek(bench);
  if (view === "stages") await findRules(bench);
  if (view === "odds") await findFacts(bench);
  if (view === "compare") await COMPARE[bench.state.comparison.by](bench);
}

/** @type {Record<LabState["comparison"]["by"], (bench: Bench) => Promise<void>>} */
const COMPARE = {
  settings: compareTexts,
  // It comes with what shows it.
  models: async (bench) => (await import("./compare-models.js")).compareModels(bench),
};

/** @param {Bench} bench */
async function findPeek({ lab, state: { run, peeked, peek }, model, tell }) {
  if (!run || peeked === null || peeked >= run.tokens.length) return;
  if (peek?.run === run && peek.index === peeked) return;
  tell({ peek: await traceStep(lab, model, run, { index: peeked, drawn: true }) });
}

/** @param {Bench} bench */
async function findRules({ lab, state: { step, rules }, tell }) {
  if (!step || rules?.step === step) return;
  tell({ rules: { step, rules: await lab.rules(step.trace.logits, step.settings) } });
}

/** @param {Bench} bench */
async function findFacts({ lab, state: { run, facts }, model, tell }) {
  if (!run || run.tokens.length === 0 || facts?.run === run) return;
  const settings = stageSettings(run.settings);
  const { block_size } = /** @type {{ block_size?: number }} */ (run.settings);
  const text = { model, prompt_ids: run.prompt_ids, output_ids: run.tokens, ...settings, ...windowOf(block_size) };
  const score = await lab.score(text);
  tell({ facts: { run, score, endless: await endlessText(lab, model, run, settings) } });
}

/**
 * @param {Bench["lab"]} lab
 * @param {Bench["model"]} model
 * @param {Run} run
 * @param {Record<string, unknown>} settings
 * @returns {Promise<import("../state/types.js").Facts["endless"]>}
 */
async function endlessText(lab, model, run, settings) {
  try {
    return await lab.stationary({ model, from: run.prompt_ids.at(-1) ?? null, ...settings });
  } catch (error) {
    return { none: problemFrom(error).code === "invalid_setting" ? "penalties" : "size" };
  }
}

/** @param {Bench} bench */
async function compareTexts({ lab, state, model, signal, tell }) {
  const { rows, runs: known } = state.comparison;
  const prompt = await model.encode(state.prompt);
  /** @type {import("../state/types.js").Comparison["runs"]} */
  const runs = [];
  for (const row of rows) {
    const settings = { ...engineSettings(fieldsOf(row, state.fields)), ...windowOf(knownGpt(state)?.block_size) };
    const same = known.find((run) => "settings" in run && isSameText(run, settings, prompt.ids, model.vocab));
    runs.push(same ?? (await textOf(lab, model, await emptyRun(model, prompt, settings, 0), signal)));
    if (signal.aborted) return;
  }
  if (runs.some((run, i) => run !== known[i])) tell({ comparison: { runs } });
}

/**
 * @param {Run} run
 * @param {Record<string, unknown>} settings
 * @param {ArrayLike<number>} ids
 * @param {readonly string[]} vocab
 */
const isSameText = (run, settings, ids, vocab) =>
  run.vocab === vocab && keyOf(run.settings) === keyOf(settings) && run.prompt_ids.join() === Array.from(ids).join();

/** @param {Record<string, unknown>} settings */
const keyOf = (settings) =>
  Object.entries(settings)
    .map(([name, value]) => `${name}=${value}`)
    .join();

/**
 * @param {Bench["lab"]} lab
 * @param {Bench["model"]} model
 * @param {Run} start
 * @param {AbortSignal} signal
 * @returns {Promise<Run | import("../state/types.js").Problem>}
 */
async function textOf(lab, model, start, signal) {
  const n = start.settings.max_new_tokens;
  if (typeof n === "number" && n > MOST_NEW_TOKENS) return tooManyTokens(n);
  try {
    let run = start;
    for await (run of drawRun(lab, model, start, signal));
    return run;
  } catch (error) {
    return problemFrom(error);
  }
}
