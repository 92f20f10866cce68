import { css, html, nothing } from "lit";
import { promptsFor } from "../state/prompts.js";
import { promptNote } from "./prompt-bar.js";
import { statusLine } from "./status.js";
import { tokenLegend } from "./token-text.js";

/** So many are offered beside the one that stands in the text. */
const OFFERED = 1;

/**
 * What there is to say about the text.
 *
 * @typedef {import("./context.js").Context} Context
 */

/**
 * @param {Context} context
 * @param {Pick<typeof import("../element/views.js"), "changeNote" | "loopNote"> | null | undefined} views what the last change did to it, and whether it goes round in circles
 */
export function textNotes(context, views) {
  return html`<div class="beside-text">${tokenLegend(context)} ${examples(context)} ${undoButtons(context)}</div>
    <div class="said">${promptNote(context)} ${statusLine(context)} <p class="changed" role="status">${views?.changeNote(context)}</p> ${views?.loopNote(context)}</div>`;
}

/** @param {Context} context */
function undoButtons({ state, words: { t }, send }) {
  const button = (/** @type {"undo" | "redo"} */ type, /** @type {string} */ sign, /** @type {unknown[]} */ steps) =>
    html`<button
      class="quiet"
      type="button"
      title=${t.undo[type]}
      aria-label=${t.undo[type]}
      aria-disabled=${steps.length === 0}
      aria-keyshortcuts=${type === "undo" ? "Control+Z" : "Control+Y"}
      @click=${() => send({ type })}
    >
      ${sign}
    </button>`;
  return html`<span class="undo">${button("undo", "↶", state.past)} ${button("redo", "↷", state.future)}</span>`;
}

/** Prompts to begin with. @param {Context} context */
function examples({ state, words: { t }, send }) {
  if (state.model.kind === "logits") return nothing;
  // One step to take back, whatever was typed before.
  const begin = (/** @type {string} */ text) => {
    send({ type: "commit" });
    send({ type: "prompt", text });
    send({ type: "commit" });
  };
  return html`<span class="examples" role="group" aria-label=${t.prompt.examples}>
        ${promptsFor(state.model.kind)
          .filter((text) => text !== state.prompt)
          .slice(0, OFFERED)
          .map(
            (text) => html`<button class="quiet" type="button" @click=${() => begin(text)}>${text.trim()} …</button>`,
          )}
      </span>`;
}

export const textNotesStyles = css`
  .beside-text {
    display: flex;
    align-items: center;
    gap: var(--space-half) var(--space-2);
    min-block-size: calc(28 * var(--px));
    padding-block-start: calc(4 * var(--px));
    color: var(--muted);
    font: var(--note);
  }
  /* Room for what there is to say, so that what stands below does not move. */
  .said {
    min-block-size: calc(20 * var(--px));
    color: var(--muted);
    font: var(--note);
  }
  .said > p {
    display: inline;
  }
  .beside-text button.quiet {
    min-inline-size: calc(24 * var(--px));
    min-block-size: calc(24 * var(--px));
    padding: 0 calc(4 * var(--px));
    white-space: nowrap;
  }
  .examples {
    display: flex;
    margin-inline-start: auto;
  }
  .beside-text .examples button {
    font: italic 400 calc(15 * var(--px)) / calc(20 * var(--px)) var(--serif);
  }
  .undo {
    display: flex;
    flex: none;
  }
  .beside-text .undo button {
    font-size: calc(17 * var(--px));
  }
  .undo [aria-disabled="true"] {
    opacity: 0.5;
  }
  @container logit-lab (inline-size < 1200px) {
    .examples {
      display: none;
    }
    .undo {
      margin-inline-start: auto;
    }
  }
  @container logit-lab (inline-size < 1100px) {
    .said {
      min-block-size: calc(34 * var(--px));
    }
  }
  @container logit-lab (inline-size < 640px) {
    .beside-text {
      float: inline-end;
      min-block-size: 0;
      padding: 0 0 0 var(--space-1);
      margin-block-start: calc(-4 * var(--px));
    }
    .said {
      min-block-size: calc(44 * var(--px));
      padding-block-start: calc(4 * var(--px));
    }
  }
  @media (pointer: coarse) {
    .beside-text button.quiet {
      min-inline-size: calc(44 * var(--px));
      min-block-size: calc(44 * var(--px));
    }
  }
`;
