import { css, html } from "lit";
import { KNOBS, startFields } from "../state/knobs.js";
import { knobView } from "./knob.js";
import { modelPanel } from "./model-panel.js";

/**
 * The knobs: four at hand, the others and the model one step away.
 *
 * @typedef {import("./context.js").Context} Context
 */

/** @param {Context} context */
export function knobPanel(context) {
  const { words, send, state } = context;
  const { t } = words;
  const knobs = (/** @type {boolean} */ first) =>
    KNOBS.filter((knob) => knob.first === first).map((knob) => knobView(knob, context));
  return html`<section class="knobs" aria-labelledby="knobs-heading">
    <header>
      <h2 id="knobs-heading">${t.knobs.legend}</h2>
      <button class="quiet" type="button" @click=${() => send({ type: "settings", fields: startFields() })}>${t.knobs.reset_all}</button>
    </header>
    <div class="first">${knobs(true)}</div>
    <div class="folds">
      ${folded("more-knobs", t.knobs.more, html`<div class="further">${knobs(false)}</div>`)}
      ${folded("model", html`${t.model.legend} <small>${t.model[state.model.kind]}</small>`, modelPanel(context))}
    </div>
  </section>`;
}

/**
 * A part that stays out of sight until it is wanted.
 * @param {string} name
 * @param {unknown} summary
 * @param {unknown} body
 */
export const folded = (name, summary, body) =>
  html`<details data-part=${name}><summary>${summary}</summary><div class="body">${body}</div></details>`;

export const knobPanelStyles = css`
  .knobs {
    padding: var(--space-3);
    border-radius: var(--radius);
    background: var(--panel);
  }
  .folds {
    display: grid;
    column-gap: var(--space-3);
    margin-block-start: var(--space-2);
  }
  .folds details[open] {
    grid-column: 1 / -1;
  }
  summary small {
    color: var(--muted);
    font-size: 0.8125rem;
    font-weight: 400;
  }
  .first,
  .further {
    display: grid;
    gap: var(--space-2) var(--space-3);
  }
`;
