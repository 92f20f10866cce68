import { createLab } from "../engine/index.js";
import { SETTINGS, STAGES } from "../generated/spec.js";

/**
 * @typedef {import("../engine/lab.js").Lab} Lab
 * @typedef {import("../engine/handles.js").Model} Model
 * @typedef {import("../state/types.js").Run} Run
 * @typedef {{ lab: Lab, model: Model }} Place
 * @typedef {{ run: Run | null, index: number, context: string, place: Place | null }} Row
 */

/** Up to so many tokens a picture takes this thread less time than the frame that a worker's answer would cost. */
const MOST_TOKENS = 4096;

/**
 * Settings that ask the model for more than one row: a form of the text is read with its vocabulary, an end that has to wait with its end tokens,
 * and an adaptive stage looks at how probable every token before was.
 */
const FAR = [
  "min_new_tokens",
  ...SETTINGS.filter(({ kind }) => kind === "form").map(({ name }) => name),
  ...STAGES.flatMap(({ group, settings }) => (group === "adaptive" ? settings : [])),
];

/**
 * A second engine, in the page's own thread, which pictures the chosen token while a control moves: its answer is part of the frame that the input
 * begins, and a worker's takes a frame of its own. It is the same engine, so it says the same, to the bit. It holds one row of logits, those that
 * the model in the worker has for the chosen token. Until it has them, and where it does not come, the worker pictures.
 */
export class Near {
  #far;
  /** Whether this keeps the engine there. */
  #holds = false;
  #isDisposed = false;
  /** After which tokens of which model. @type {Row} */
  #row = { run: null, index: -1, context: "", place: null };

  /** @param {Lab} far has the models */
  constructor(far) {
    this.#far = far;
  }

  /**
   * Where the token can be pictured with other settings; null if only the worker can do it, or can do it yet.
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
    if (this.#holds) release();
  }

  /** Another text may have the same tokens up to here. @param {Run} run @param {number} index */
  #turnTo(run, index) {
    const context = [...run.prompt_ids, ...run.tokens.slice(0, index)].join();
    const isSame = this.#row.run?.model === run.model && this.#row.context === context;
    const place = isSame ? this.#row.place : null;
    if (!isSame) void this.#row.place?.model.dispose();
    const row = { run, index, context, place };
    this.#row = row;
    // The worker goes on where this does not come, and says what is wrong with a model.
    if (!place) this.#fill(row, run, index).catch(() => {});
  }

  /** @param {Row} row @param {Run} run @param {number} index */
  async #fill(row, { model, prompt_ids, tokens }, index) {
    const output_ids = tokens.slice(0, index);
    const asked = this.#far.explain({ model, prompt_ids, output_ids, index });
    const starting = this.#holds && shared ? shared : hold();
    this.#holds = true;
    const [{ logits }, lab] = await Promise.all([asked, starting]);
    if (row !== this.#row || this.#isDisposed) return;
    const place = { lab, model: await lab.model({ kind: "logits", logits }) };
    if (row === this.#row && !this.#isDisposed) row.place = place;
    else await place.model.dispose();
  }
}

/** One engine for all labs of a page, as long as one of them holds it. @type {Promise<Lab> | null} */
let shared = null;
let holders = 0;

/** @returns {Promise<Lab>} */
function hold() {
  holders += 1;
  shared ??= createLab({ thread: "here", backend: "cpu" });
  return shared;
}

function release() {
  holders -= 1;
  if (holders > 0) return;
  shared?.then(
    (lab) => lab.dispose(),
    () => {},
  );
  shared = null;
}
