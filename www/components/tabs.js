import { css, html } from "lit";

/**
 * The views, one at a time. The others cost nothing until they are asked for.
 *
 * @typedef {import("./context.js").Context} Context
 * @typedef {import("../state/types.js").View} View
 */

/** @type {readonly View[]} */
export const VIEWS = Object.freeze(["stages", "tokens", "draws", "compare", "timings", "share"]);

/**
 * @param {Context} context
 * @param {() => unknown} panel what the chosen view shows
 */
export function tabs({ state, words: { t }, send, author }, panel) {
  return html`<div class="tabs" role="tablist" part="tabs" aria-label=${t.tabs.label} @keydown=${move}>
      ${(author?.tabs ?? VIEWS).map((view) => {
        const chosen = view === state.view;
        return html`<button
          role="tab"
          type="button"
          id="tab-${view}"
          aria-selected=${chosen}
          aria-controls="panel"
          tabindex=${chosen ? 0 : -1}
          @click=${() => send({ type: "view", view })}
        >
          ${t.tabs[view]}
        </button>`;
      })}
    </div>
    <div id="panel" role="tabpanel" part="panel" data-view=${state.view} aria-labelledby="tab-${state.view}">${panel()}</div>`;
}

/** Arrows go from tab to tab, and choose. @param {KeyboardEvent} event */
function move(event) {
  const all = [.../** @type {HTMLElement} */ (event.currentTarget).querySelectorAll("button")];
  const at = all.indexOf(/** @type {HTMLButtonElement} */ (event.target));
  const to = { ArrowRight: at + 1, ArrowLeft: at - 1, Home: 0, End: all.length - 1 }[event.key];
  if (at === -1 || to === undefined) return;
  event.preventDefault();
  const next = all[(to + all.length) % all.length];
  next.click();
  next.focus();
}

export const tabsStyles = css`
  .tabs {
    display: flex;
    flex-wrap: wrap;
    gap: 0 var(--space-1);
    border-block-end: 1px solid var(--line);
    margin-block-end: var(--space-2);
  }
  .tabs button {
    min-block-size: calc(40 * var(--px));
    margin-block-end: -1px;
    padding: calc(4 * var(--px)) calc(6 * var(--px));
    border: 0;
    border-block-end: 3px solid transparent;
    border-radius: 3px 3px 0 0;
    background: none;
    color: var(--muted);
    font-weight: 550;
  }
  .tabs button:hover {
    color: var(--ink);
    background: var(--tint-1);
  }
  .tabs button[aria-selected="true"] {
    border-color: var(--ink);
    color: var(--ink);
    font-weight: 650;
  }
  #panel {
    contain: layout style;
    min-block-size: calc(384 * var(--px));
    padding-block-end: var(--space-2);
  }
  /* What explains another text fades if the next explanation keeps one waiting. */
  .reasons[aria-busy="true"] :is(#panel, .one-part) {
    opacity: 0.5;
    transition: opacity 1ms 0.4s;
  }
  @container logit-lab (inline-size < 544px) {
    .tabs button {
      padding-inline: calc(4 * var(--px));
      font-size: calc(14 * var(--px));
    }
  }
  @media (forced-colors: active) {
    .tabs button[aria-selected="true"] {
      border-color: Highlight;
    }
  }
  @media print {
    .tabs {
      display: none;
    }
  }
`;
