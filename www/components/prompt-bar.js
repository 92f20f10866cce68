import { css, html, nothing } from "lit";
import { live } from "lit/directives/live.js";
import { problemAt } from "./problem.js";

/**
 * The prompt and the buttons that make the text go on.
 *
 * @typedef {import("./context.js").Context} Context
 */

/**
 * @param {Context} context
 * @param {{ generate: () => void, step: () => void, stop: () => void }} run
 */
export function promptBar(context, run) {
  const { state, words, send } = context;
  const { t } = words;
  const wrong = state.problem?.place === "prompt";
  return html`<div class="prompt-bar">
    <div class="prompt">
      <label for="prompt">${t.prompt.label}</label>
      <textarea
        id="prompt"
        rows="1"
        autocomplete="off"
        autocapitalize="off"
        spellcheck="false"
        aria-invalid=${wrong ? "true" : "false"}
        aria-describedby="prompt-note prompt-problem"
        .value=${live(state.prompt)}
        @input=${(/** @type {InputEvent & { target: HTMLTextAreaElement }} */ event) =>
          send({ type: "prompt", text: event.target.value })}
        @keydown=${(/** @type {KeyboardEvent} */ event) => {
          if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) run.generate();
        }}
      ></textarea>
      <p class="note" id="prompt-note" role="status">${replacedNote(context)}</p>
      ${problemAt("prompt", context)}
    </div>
    ${buttons(context, run)}
  </div>`;
}

/**
 * @param {Context} context
 * @param {{ generate: () => void, step: () => void, stop: () => void }} run
 */
function buttons({ state, words: { t }, send }, run) {
  const off = state.status === "loading" || state.status === "lost";
  const still = state.status !== "running" && state.status !== "playing";
  return html`<div class="buttons">
    <button class="primary" type="button" aria-disabled=${off} aria-keyshortcuts="Control+Enter" @click=${run.generate}>
      ${t.run.generate}
    </button>
    <button type="button" aria-disabled=${off} @click=${run.step}>${t.run.step}</button>
    <button type="button" aria-disabled=${still} @click=${run.stop}>${t.run.stop}</button>
    <label class="slowly" title=${t.run.slowly_hint}>
      <input
        type="checkbox"
        .checked=${state.slowly}
        @change=${(/** @type {Event & { target: HTMLInputElement }} */ event) =>
          send({ type: "slowly", on: event.target.checked })}
      />
      ${t.run.slowly}
    </label>
  </div>`;
}

/** @param {Context} context */
function replacedNote({ state, words: { format } }) {
  const n = state.run?.replaced ?? 0;
  return n === 0 ? nothing : format.replaced(n);
}

export const promptBarStyles = css`
  .prompt-bar {
    display: flex;
    flex-wrap: wrap;
    align-items: end;
    gap: var(--space-2) var(--space-3);
  }
  .prompt {
    flex: 1 1 calc(256 * var(--px));
    min-inline-size: 0;
  }
  .prompt label {
    display: block;
    margin-block-end: var(--space-half);
    font-weight: 600;
  }
  textarea {
    display: block;
    box-sizing: border-box;
    inline-size: 100%;
    max-block-size: var(--most, calc(144 * var(--px)));
    resize: vertical;
    field-sizing: content;
    font-family: var(--mono);
  }
  .note {
    margin: 0;
    color: var(--muted);
    font-size: calc(14 * var(--px));
  }
  .note:not(:empty) {
    margin-block-start: var(--space-half);
  }
  .buttons {
    display: flex;
    flex-wrap: wrap;
    align-items: center;
    gap: var(--space-1);
  }
  .slowly {
    display: inline-flex;
    align-items: center;
    gap: var(--space-1);
    min-block-size: calc(36 * var(--px));
    padding-inline: var(--space-1);
    color: var(--muted);
  }
  .slowly input {
    inline-size: calc(18 * var(--px));
    block-size: calc(18 * var(--px));
    margin: 0;
    accent-color: var(--ink);
  }
`;
