import { css, html } from "lit";
import { loading, size } from "./gpt-card.js";
import { sentence } from "./problem.js";

/**
 * Models under the same settings, prompt and random numbers, and how well each foresees a sentence of the user's.
 *
 * @typedef {import("./gpt-card.js").GptContext} Context
 * @typedef {import("../state/types.js").Contestant} Contestant
 * @typedef {import("../state/types.js").GptActions} GptActions
 */

/**
 * @param {Context} context
 * @param {GptActions} actions
 * @param {(run: import("../state/types.js").Run) => unknown} textOf
 */
export function modelsView(context, actions, textOf) {
  const { state, words } = context;
  const { t } = words;
  const { models } = state.comparison;
  if (models.length === 0) return html`<p class="note">${t.status.running}</p>`;
  return html`<p>${t.models.about(String(state.run?.seed ?? ""))}</p>
    <ol class="contenders">
      ${models.map(
        (model) => html`<li data-contestant=${model.kind}>
          <h3>${t.models.name[model.kind]}</h3>
          <p class="note">${t.models.what[model.kind]}</p>
          ${writing(model, context, actions, textOf)}
        </li>`,
      )}
    </ol>
    <h3>${t.models.surprise}</h3>
    ${sentenceField(context)} ${table(models, context)}
    <p class="note">${t.models.perplexity_about}</p>`;
}

/**
 * @param {Contestant} model
 * @param {Context} context
 * @param {GptActions} actions
 * @param {(run: import("../state/types.js").Run) => unknown} textOf
 */
function writing({ key, run, problem }, context, actions, textOf) {
  const { t } = context.words;
  if (run) return textOf(run);
  if (key === null) return html`<p class="note">${t.status.running}</p>`;
  if (problem) return html`<p class="problem">${sentence(problem.message)}</p>`;
  if (!context.ours) return html`<p class="note">${t.gpt.absent}</p>`;
  const offer = loading(
    context,
    { ...actions, load: () => actions.load({ kind: "gpt" }, undefined, { isOnlyLoaded: true }) },
    true,
  );
  return html`${size(context, t.gpt.size)} ${offer}`;
}

/** @param {Context} context */
const sentenceField = ({ state, words: { t, format }, send }) => {
  const replaced = state.comparison.models.filter((model) => model.replaced > 0);
  const said = replaced.map(({ kind, replaced: n }) => `${t.models.name[kind]}: ${format.replaced(n)}`).join(" ");
  return html`<label class="held-out" for="held-out">${t.models.sentence}</label>
    <input
      id="held-out"
      class="field"
      type="text"
      autocomplete="off"
      spellcheck="false"
      aria-describedby="held-out-note"
      .value=${state.comparison.sentence}
      @change=${(/** @type {Event & { target: HTMLInputElement }} */ event) =>
        send({ type: "compare", change: { sentence: event.target.value } })}
    />
    <p class="note" id="held-out-note" role="status">${said || t.models.sentence_about}</p>`;
};

/** @param {Contestant[]} models @param {Context} context */
function table(models, { words: { t, format } }) {
  const perplexity = (/** @type {import("../engine/types.js").Score | null} */ score) =>
    score?.model.perplexity ? format.number(score.model.perplexity) : t.timings.none;
  return html`<table class="facts perplexities">
    <caption><span class="spoken">${t.models.surprise}</span></caption>
    <thead>
      <tr><th scope="col">${t.model.legend}</th><th scope="col">${t.models.own}</th><th scope="col">${t.models.yours}</th></tr>
    </thead>
    <tbody>
      ${models.map(
        ({ kind, own, sentence }) => html`<tr>
          <th scope="row">${t.models.name[kind]}</th>
          <td class="number-cell">${perplexity(own)}</td>
          <td class="number-cell">${perplexity(sentence)}</td>
        </tr>`,
      )}
    </tbody>
  </table>`;
}

export const compareModelsStyles = css`
  .held-out {
    display: block;
    margin-block-end: var(--space-half);
    font-weight: 600;
  }
  .contenders .note {
    margin-block: 0 var(--space-half);
  }
  #held-out {
    inline-size: 100%;
    font: 400 calc(17 * var(--px)) / calc(24 * var(--px)) var(--serif);
  }
  .perplexities {
    max-inline-size: calc(640 * var(--px));
    margin-block: var(--space-2) var(--space-1);
  }
`;
