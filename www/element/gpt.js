/** What only those see who ask for a GPT, with its words and styles. It comes when one is asked for, in a file of its own. */
import { compareModelsStyles, modelsView } from "../components/compare-models.js";
import { copyableStyles } from "../components/copyable.js";
import { gptCard, gptCardStyles, gptSentence } from "../components/gpt-card.js";
import { laidOver } from "../lib/languages.js";
import { enOfGpt } from "../lib/strings-of-gpt.js";
import { HAS_GPT, OURS } from "../tasks/our-gpt.js";
import { SMOLLM2 } from "../tasks/our-smollm2.js";

/**
 * @typedef {import("../components/context.js").Context} Context
 * @typedef {ReturnType<typeof partsOfGpt>} PartsOfGpt
 */

export const styles = [gptCardStyles, copyableStyles, compareModelsStyles];

/** @param {import("../state/types.js").GptActions} actions */
export const partsOfGpt = (actions) => ({
  /** What is said of a GPT under the menu. */
  sentence: (/** @type {Context} */ context) => gptSentence(speaking(context)),
  /** The fields and buttons of one. */
  card: (/** @type {import("../state/types.js").ModelChoice} */ choice, /** @type {Context} */ context) =>
    gptCard(choice, speaking(context), actions),
  /** Models side by side. */
  models: (/** @type {Context} */ context, /** @type {(run: import("../state/types.js").Run) => unknown} */ textOf) =>
    modelsView(speaking(context), actions, textOf),
});

/** With the words of a GPT, and what is known of ours. @param {Context} context @returns {import("../components/gpt-card.js").GptContext} */
const speaking = ({ words, ...rest }) => ({
  ...rest,
  ours: HAS_GPT ? OURS : null,
  smollm2: SMOLLM2.bytes,
  words: { ...words, t: /** @type {import("../lib/strings-of-gpt.js").StringsOfGpt} */ (laidOver(enOfGpt, words.t)) },
});
