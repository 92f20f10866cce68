import { modelSpec } from "../state/models.js";
import { LESSON_DRAWS } from "../state/start.js";

/**
 * From the model the user chose to a model of the engine.
 *
 * @typedef {import("../state/types.js").ModelChoice} ModelChoice
 * @typedef {import("../engine/lab.js").Lab} Lab
 */

/** The five logits of the lesson, from which it draws before it makes its model. */
const LESSON_LOGITS = Float32Array.of(2.0, -1.5, 0.3, 4.2, -0.8);
const LESSON_SEED = 123;

/**
 * @param {Lab} lab
 * @param {ModelChoice} choice no GPT
 */
export async function makeModel(lab, choice) {
  if (choice.kind === "notebook") return notebookModel(lab);
  if (choice.kind === "recorded") return (await import("./recorded.js")).recordedModel(lab, choice.text);
  // What reads numbers in all the ways in which people paste them comes with the first who does.
  const spec =
    choice.kind === "logits"
      ? (await import("../state/logits-spec.js")).logitsSpec(choice.logits, choice.labels)
      : modelSpec(choice);
  return lab.model(/** @type {any} */ (spec)); // the fields may hold anything: the engine checks
}

/**
 * The lesson's own weights. Its model is drawn from the stream that its samples have moved on, so the samples are drawn here too.
 * @param {Lab} lab
 */
async function notebookModel(lab) {
  const generator = await lab.generator("torch", LESSON_SEED);
  for (const settings of LESSON_DRAWS) await lab.sample(LESSON_LOGITS, settings, { generator });
  const model = await lab.model({ kind: "bigram", generator });
  await generator.dispose();
  return model;
}
