import { css, html, nothing } from "lit";
import { shownToken } from "../lib/format.js";
import { rowsOf } from "../state/rows.js";
import { isOneText } from "../state/run.js";

/**
 * What else could have been drawn at a token, shown at the token itself while the pointer or the keyboard is on it.
 *
 * @typedef {import("./context.js").Context} Context
 */

const MOST_ROWS = 5;

/** @param {Context} context */
export function tokenPeek({ state: { run, peeked, peek }, words: { t, format } }) {
  if (peeked === null || !run || !peek || !isOneText(peek.run, run)) return nothing;
  const { index, trace } = peek;
  const possible = rowsOf(trace)
    .filter((row) => row.final > 0)
    .sort((a, b) => b.final - a.final);
  const put = run.tokens[index];
  const shown = possible.filter((row, rank) => rank < MOST_ROWS || row.id === put);
  const more = possible.length - shown.length;
  return html`<div class="peek" id="peek" role="tooltip" data-at=${index}>
    <p class="note">${t.peek.heading(format.whole(index + 1))}</p>
    <ul>
      ${shown.map(
        ({ id, final }) => html`<li class=${id === put ? "put" : ""} .style=${`--share: ${final}`}>
          <span aria-hidden="true">${shownToken(run.vocab[id])}</span><span class="spoken">${format.spoken(run.vocab[id])}</span>
          <span>${format.percent(final)}</span>
          ${id === put ? html`<span class="spoken">${t.peek.here}</span>` : nothing}
        </li>`,
      )}
    </ul>
    ${more > 0 ? html`<p class="note">${t.peek.more(format.whole(more))}</p>` : nothing}
  </div>`;
}

/**
 * Brings what is shown to its token, inside the edges of the text, and ties the two together.
 * @param {ParentNode} root
 */
export function placePeek(root) {
  root.querySelector(".token[aria-describedby]")?.removeAttribute("aria-describedby");
  const peek = /** @type {HTMLElement | null} */ (root.querySelector(".peek"));
  const token = peek && root.querySelector(`.token[data-index="${peek.dataset.at}"]`);
  const text = peek?.parentElement?.getBoundingClientRect();
  if (!peek || !token || !text) return;
  token.setAttribute("aria-describedby", "peek");
  const at = token.getBoundingClientRect();
  peek.style.setProperty("left", `${Math.max(0, Math.min(at.left - text.left, text.width - peek.offsetWidth))}px`);
  peek.style.setProperty("top", `${at.bottom - text.top}px`);
}

export const tokenPeekStyles = css`
  .text {
    position: relative;
  }
  .peek {
    position: absolute;
    z-index: 2;
    box-sizing: border-box;
    inline-size: calc(168 * var(--px));
    padding: var(--space-1) var(--space-2);
    border: 1px solid var(--line-strong);
    border-radius: 6px;
    background: var(--paper);
    box-shadow: 0 4px 16px light-dark(#1a1f2629, #00000080);
    animation: peek 1ms 0.25s backwards; /* not for a pointer that only passes */
  }
  @keyframes peek {
    from {
      visibility: hidden;
    }
  }
  .peek ul {
    margin: var(--space-half) 0 0;
    padding: 0;
    list-style: none;
    font-variant-numeric: tabular-nums;
  }
  .peek li {
    display: flex;
    justify-content: space-between;
    margin-block-end: 1px;
    padding-inline: var(--space-half);
    background: linear-gradient(var(--tint-3) 0 0) no-repeat 0 0 / calc(var(--share) * 100%) 100%;
    font-family: var(--mono);
    font-size: calc(13 * var(--px));
  }
  .peek .put {
    outline: 2px solid var(--ink);
    font-weight: 700;
  }
`;
