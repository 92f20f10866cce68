import { css, html, nothing } from "lit";
import { PRESETS } from "../state/presets.js";
import { fieldsOfPreset, isFirst, KEPT_BY_PRESETS, SETTINGS, startFields } from "../state/settings.js";
import { settingView } from "./setting.js";

/**
 * The settings: four at hand, the others one step away.
 *
 * @typedef {import("./context.js").Context} Context
 */

/** The order and what is switched off are set in the list of stages. */
const WITH_CONTROL = SETTINGS.filter(({ kind }) => kind !== "order");

/** @param {Context} context */
export function settingsPanel(context) {
  const { words, send } = context;
  const { t } = words;
  const settings = (/** @type {boolean} */ first) =>
    WITH_CONTROL.filter((setting) => isFirst(setting) === first).map((setting) => settingView(setting, context));
  return html`<section class="knobs" part="knobs" aria-labelledby="knobs-heading">
    <header>
      <h2 id="knobs-heading">${t.settings.legend}</h2>
      <button class="quiet" type="button" @click=${() => send({ type: "settings", fields: startFields() })}>${t.settings.reset_all}</button>
    </header>
    <div class="first">${settings(true)}</div>
    <div class="folds">
      ${folded("presets", t.presets.heading, presets(context))}
      ${folded("more-knobs", t.settings.more, html`<div class="further">${settings(false)}</div>`)}
    </div>
  </section>`;
}

/**
 * Only the settings that are named.
 * @param {string[]} names the engine's; others are ignored
 * @param {Context} context
 */
export function someSettings(names, context) {
  const chosen = WITH_CONTROL.filter(({ name }) => names.includes(name));
  if (chosen.length === 0) return nothing;
  return html`<section class="knobs" part="knobs" aria-label=${context.words.t.settings.legend}>
    <div class="first">${chosen.map((setting) => settingView(setting, context))}</div>
  </section>`;
}

/** Settings that have a name. @param {Context} context */
function presets({ state, words: { t }, send }) {
  const start = startFields();
  const isSet = (/** @type {Record<string, string>} */ fields) =>
    Object.entries(fields).every(([name, typed]) => state.fields[name] === typed);
  return html`<ul class="presets">
    ${PRESETS.map((preset) => {
      const { name, sentence } = preset;
      const fields = fieldsOfPreset(preset);
      const kept = Object.fromEntries(KEPT_BY_PRESETS.map((key) => [key, state.fields[key] ?? start[key]]));
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

export const settingsPanelStyles = css`
  .knobs {
    padding: var(--space-3);
    border-radius: var(--radius);
    background: var(--surface);
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
    border-color: var(--ink);
    background: var(--tint-2);
  }
  summary small {
    color: var(--muted);
    font-size: calc(13 * var(--px));
    font-weight: 400;
  }
  .first,
  .further {
    display: grid;
    gap: var(--space-2) var(--space-3);
  }
`;
