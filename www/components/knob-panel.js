import { css, html, nothing } from "lit";
import { KNOBS, startFields } from "../state/knobs.js";
import { PRESETS } from "../state/presets.js";
import { knobView } from "./knob.js";
import { modelPanel } from "./model-panel.js";

/**
 * The knobs: four at hand, the others and the model one step away.
 *
 * @typedef {import("./context.js").Context} Context
 */

/**
 * @param {Context} context
 * @param {import("../element/gpt.js").PartsOfGpt | null} gpt
 */
export function knobPanel(context, gpt) {
  const { words, send, state } = context;
  const { t } = words;
  const knobs = (/** @type {boolean} */ first) =>
    KNOBS.filter((knob) => knob.first === first && knob.kind !== "stages").map((knob) => knobView(knob, context));
  // A link names a GPT: here it can be loaded.
  const hasNews = state.shelf.promised !== null || Object.keys(state.shelf.known).length > 0;
  return html`<section class="knobs" part="knobs" aria-labelledby="knobs-heading">
    <header>
      <h2 id="knobs-heading">${t.knobs.legend}</h2>
      <button class="quiet" type="button" @click=${() => send({ type: "settings", fields: startFields() })}>${t.knobs.reset_all}</button>
    </header>
    <div class="first">${knobs(true)}</div>
    <div class="folds">
      ${folded("presets", t.presets.heading, presets(context))}
      ${folded("more-knobs", t.knobs.more, html`<div class="further">${knobs(false)}</div>`)}
      ${folded("model", html`${t.model.legend} <small>${t.model[state.model.kind]}</small>`, modelPanel(context, gpt), hasNews)}
    </div>
  </section>`;
}

/**
 * Only the knobs that are named.
 * @param {string[]} names the engine's; others are ignored
 * @param {Context} context
 */
export function someKnobs(names, context) {
  const chosen = KNOBS.filter((knob) => names.includes(knob.name) && knob.kind !== "stages");
  if (chosen.length === 0) return nothing;
  return html`<section class="knobs" part="knobs" aria-label=${context.words.t.knobs.legend}>
    <div class="first">${chosen.map((knob) => knobView(knob, context))}</div>
  </section>`;
}

/** Settings that have a name. @param {Context} context */
function presets({ state, words: { t }, send }) {
  const start = startFields();
  const isSet = (/** @type {Record<string, string>} */ fields) =>
    Object.entries(fields).every(([name, typed]) => state.fields[name] === typed);
  return html`<ul class="presets">
    ${PRESETS.map(({ name, sentence, fields }) => {
      const kept = Object.fromEntries(
        ["seed", "rng", "max_new_tokens"].map((key) => [key, state.fields[key] ?? start[key]]),
      );
      return html`<li>
        <button type="button" aria-pressed=${isSet(fields)} aria-describedby="preset-${name}" @click=${() => send({ type: "settings", fields: { ...kept, ...fields } })}>
          ${name}
        </button>
        <p class="note" id="preset-${name}">${sentence}</p>
      </li>`;
    })}
    <li class="note">${t.presets.note}</li>
  </ul>`;
}

/**
 * A part that stays out of sight until it is wanted.
 * @param {string} name
 * @param {unknown} summary
 * @param {unknown} body
 * @param {boolean} [isOpen] opens it when it becomes true
 */
export const folded = (name, summary, body, isOpen = false) =>
  html`<details data-part=${name} ?open=${isOpen}><summary>${summary}</summary><div class="body">${body}</div></details>`;

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
  .presets {
    display: grid;
    gap: var(--space-1);
    margin: 0;
    padding: 0;
    list-style: none;
  }
  .presets button {
    inline-size: 100%;
    text-align: start;
  }
  .presets button[aria-pressed="true"] {
    border-color: var(--accent);
    background: var(--tint-2);
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
