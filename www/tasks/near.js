import { createLab } from "../engine/index.js";
import { SETTINGS, STAGES } from "../generated/spec.js";
import { shared } from "../lib/shared.js";

/**
 * @typedef {import("../engine/lab.js").Lab} Lab
 * @typedef {import("../engine/handles.js").Model} Model
 * @typedef {import("../state/types.js").Run} Run
 * @typedef {{ lab: Lab, model: Model }} Place
 * @typedef {{ run: Run | null, index: number, context: string, place: Place | null }} Row
 */

/** This thread is kept for as long as a picture takes: that grows with the vocabulary, and Qwen's are the largest that still leave it to the page. */
const MOST_TOKENS = 151_936;

/** Kinds of settings that the model's texts decide about. */
const OF_TEXTS = ["form", "sequences"];

/**
 * Settings that need more of the model than one row of logits: a constraint and DRY, which has breakers of its own, too, need its vocabulary, an end
 * that has to wait its end tokens, and an adaptive stage the probability of every token before.
 */
const FAR = [
  "min_new_tokens",
  ...STAGES.filter(
    ({ group, settings }) =>
      group === "adaptive" || SETTINGS.some(({ name, kind }) => settings.includes(name) && OF_TEXTS.includes(kind)),
  ).flatMap(({ settings }) => settings),
];

/** One engine for all labs of a page. */
const hold = shared(
  () => createLab({ thread: "here", backend: "cpu" }),
  (lab) => lab.dispose(),
);

/**
 * A second engine, in the page's own thread. It computes the picture of the chosen token while a control is dragged: its answer is painted in the
 * same frame as the input, and a worker's answer takes another frame. It is the same engine, so its picture is the same to the last bit. It holds
 * one row of logits, which the model in the worker computes. Until that row is there, or if this engine cannot be loaded, the worker computes the
 * picture.
 */
export class Near {
  #far;
  /** The engine, once it was needed. @type {ReturnType<typeof hold> | null} */
  #engine = null;
  #isDisposed = false;
  /** The row, and the tokens that it comes after. @type {Row} */
  #row = { run: null, index: -1, context: "", place: null };

  /** @param {Lab} far has the models */
  constructor(far) {
    this.#far = far;
  }

  /**
   * The lab and the model to explain the token with; null if the worker has to do it.
   * @param {Run} run
   * @param {number} index of the token
   * @param {Record<string, unknown>} settings
   * @returns {Place | null}
   */
  place(run, index, settings) {
    const isFar = this.#far.thread === "here" || run.vocab.length > MOST_TOKENS || FAR.some((name) => name in settings);
    if (isFar) return null;
    if (this.#row.run !== run || this.#row.index !== index) this.#turnTo(run, index);
    return this.#row.place;
  }

  dispose() {
    this.#isDisposed = true;
    void this.#row.place?.model.dispose();
    this.#engine?.then(
      ({ release }) => release(),
      () => {},
    );
  }

  /** Another text may have the same tokens up to here. @param {Run} run @param {number} index */
  #turnTo(run, index) {
    const context = [...run.prompt_ids, ...run.tokens.slice(0, index)].join();
    const isSame = this.#row.run?.model === run.model && this.#row.context === context;
    const place = isSame ? this.#row.place : null;
    if (!isSame) void this.#row.place?.model.dispose();
    const row = { run, index, context, place };
    this.#row = row;
    // If this fails, the worker goes on, and reports what is wrong with its model.
    if (!place) this.#fill(row, run, index).catch(() => {});
  }

  /** @param {Row} row @param {Run} run @param {number} index */
  async #fill(row, { model, prompt_ids, tokens }, index) {
    const output_ids = tokens.slice(0, index);
    const asked = this.#far.explain({ model, prompt_ids, output_ids, index });
    this.#engine ??= hold();
    const [{ logits }, { made: lab }] = await Promise.all([asked, this.#engine]);
    if (row !== this.#row || this.#isDisposed) return;
    const place = { lab, model: await lab.model({ kind: "logits", logits }) };
    if (row === this.#row && !this.#isDisposed) row.place = place;
    else await place.model.dispose();
  }
}
