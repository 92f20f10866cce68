import { css, html, nothing } from "lit";
import { live } from "lit/directives/live.js";
import { isGpt } from "../state/models.js";
import { problemAt } from "./problem.js";

/**
 * Which model gives the logits: the notebook's bigram, one with other weights, one counted from a text,
 * numbers of the user's own, or a GPT.
 *
 * @typedef {import("./context.js").Context} Context
 */

/** What a model of one's own can be made of. */
const OWN = /** @type {const} */ (["logits", "counted", "bigram", "own-gpt"]);
const RNGS = /** @type {const} */ (["torch", "philox"]);

/**
 * @param {Context} context
 * @param {import("../element/gpt.js").PartsOfGpt | null} gpt null: not asked for, or on its way
 */
export function modelPanel(context, gpt) {
  const { state, words } = context;
  const { t, format } = words;
  const choice = state.shelf.wanted ?? state.model;
  const { kind } = choice;
  return html`<div class="model">
    ${OWN.some((own) => own === kind) ? ownKinds(kind, context) : nothing}
    <p class="note">
      ${isGpt(kind) ? gpt?.sentence(context) : nothing}
      ${state.run && choice === state.model && !isOfAnother(state) ? t.made_of.size(format.tokens(state.run.vocab.length)) : ""}
    </p>
    ${problemAt("model.kind", context)} ${kind === "bigram" ? bigramFields(context) : nothing} ${kind === "counted" ? countedFields(context) : nothing}
    ${kind === "logits" ? [area("logits", 4, context), area("labels", 3, context)] : nothing}
    ${isGpt(kind) ? gpt?.card(choice, context) : nothing}
  </div>`;
}

/**
 * Whether the text that stands is another model's: of the one in force nothing could be drawn yet. A bigram is quickly drawn from, and its line stays
 * while it is.
 * @param {import("../state/types.js").LabState} state
 */
export const isOfAnother = ({ run, model, problem }) =>
  (isGpt(model.kind) || problem !== null) && (run?.made_of ?? { model }).model !== model;

/** @param {import("../state/types.js").ModelChoice["kind"]} kind @param {Context} context */
const ownKinds = (kind, { words: { t }, send }) =>
  html`<label for="model.kind">${t.made_of.kind}</label>
    <select
      id="model.kind"
      class="field"
      @change=${(/** @type {Event & { target: HTMLSelectElement }} */ event) =>
        send({ type: "model", change: { kind: /** @type {typeof OWN[number]} */ (event.target.value) } })}
    >
      ${OWN.map((name) => html`<option value=${name} ?selected=${name === kind}>${t.made_of.kinds[name]}</option>`)}
    </select>`;

/** @param {Context} context */
const bigramFields = (context) => html`${textField("seed", "numeric", context)}
  <label for="model.rng">${context.words.t.made_of.rng}</label>
  <select
    id="model.rng"
    class="field"
    @change=${(/** @type {Event & { target: HTMLSelectElement }} */ event) =>
      context.send({ type: "model", change: { rng: /** @type {typeof RNGS[number]} */ (event.target.value) } })}
  >
    ${RNGS.map((name) => html`<option value=${name} ?selected=${name === context.state.model.rng}>${name}</option>`)}
  </select>`;

/** @param {Context} context */
const countedFields = (context) =>
  html`${area("text", 6, context)} ${textField("smoothing", "decimal", context)}
    <p class="note">${context.words.t.made_of.smoothing_about}</p>`;

/**
 * @param {"text" | "logits" | "labels"} name
 * @param {number} rows
 * @param {Context} context
 */
function area(name, rows, context) {
  const { state, words, send } = context;
  const wrong = state.problem?.place === `model.${name}`;
  return html`<label for="model.${name}">${words.t.made_of.area[name]}</label>
    <textarea
      id="model.${name}"
      rows=${rows}
      spellcheck="false"
      aria-invalid=${wrong ? "true" : "false"}
      aria-describedby="model.${name}-problem"
      .value=${live(state.model[name])}
      @input=${(/** @type {InputEvent & { target: HTMLTextAreaElement }} */ event) =>
        send({ type: "model", change: { [name]: event.target.value } })}
    ></textarea>
    ${problemAt(`model.${name}`, context)}`;
}

/**
 * @param {"seed" | "smoothing"} name
 * @param {"numeric" | "decimal"} inputmode
 * @param {Context} context
 */
function textField(name, inputmode, context) {
  const { state, words, send } = context;
  const wrong = state.problem?.place === `model.${name}`;
  return html`<label for="model.${name}">${words.t.made_of[name]}</label>
    <input
      id="model.${name}"
      class="field"
      type="text"
      inputmode=${inputmode}
      autocomplete="off"
      spellcheck="false"
      aria-invalid=${wrong ? "true" : "false"}
      aria-describedby="model.${name}-problem"
      .value=${live(state.model[name])}
      @input=${(/** @type {InputEvent & { target: HTMLInputElement }} */ event) =>
        send({ type: "model", change: { [name]: event.target.value } })}
    />
    ${problemAt(`model.${name}`, context)}`;
}

export const modelPanelStyles = css`
  .model {
    display: grid;
    gap: var(--space-half);
    max-inline-size: calc(640 * var(--px));
    padding-block: var(--space-1) var(--space-2);
  }
  .model label {
    margin-block-start: var(--space-1);
    font-weight: 600;
  }
  .model label:first-child {
    margin-block-start: 0;
  }
  .model .field,
  .model textarea {
    box-sizing: border-box;
    inline-size: 100%;
  }
  .model textarea {
    max-block-size: calc(320 * var(--px));
    field-sizing: fixed;
    font-size: calc(14 * var(--px));
  }
`;
