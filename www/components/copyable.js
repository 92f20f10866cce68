import { css, html } from "lit";

/**
 * A text to copy, by button or by hand where the clipboard is out of reach.
 * @param {string} id
 * @param {string} text
 * @param {string} label
 * @param {number} rows
 * @param {Pick<import("../lib/strings.js").Strings, "share">} t
 */
export const copyable = (id, text, label, rows, t) =>
  html`<div class="copyable">
    <textarea id=${id} readonly rows=${rows} spellcheck="false" aria-label=${label} .value=${text}></textarea>
    <button
      type="button"
      aria-label="${t.share.copy}: ${label}"
      @click=${async (/** @type {MouseEvent} */ event) => {
        const button = /** @type {HTMLButtonElement} */ (event.currentTarget);
        const area = /** @type {HTMLTextAreaElement} */ (button.previousElementSibling);
        area.select();
        const done = await navigator.clipboard?.writeText(text).then(
          () => true,
          () => false,
        );
        const said = /** @type {HTMLElement} */ (button.nextElementSibling);
        said.textContent = done ? t.share.copied : t.share.selected;
      }}
    >
      ${t.share.copy}
    </button>
    <span class="note" role="status"></span>
  </div>`;

export const copyableStyles = css`
  .copyable {
    display: grid;
    grid-template-columns: minmax(0, 1fr) auto;
    align-items: start;
    gap: var(--space-1);
    margin-block: var(--space-half) var(--space-1);
  }
  .copyable textarea {
    min-block-size: calc(48 * var(--px));
    max-block-size: calc(384 * var(--px));
    field-sizing: content;
    font: calc(13 * var(--px)) / 1.5 var(--mono);
    overflow-wrap: anywhere;
    white-space: pre-wrap;
  }
  @container logit-lab (inline-size < 544px) {
    .copyable {
      grid-template-columns: minmax(0, 1fr);
    }
    .copyable button {
      justify-self: start;
    }
  }
`;
