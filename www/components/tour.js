import { css, html, nothing } from "lit";

/**
 * A short tour: a card at the lower edge says what the framed part is for. It can be left at any stop.
 *
 * @typedef {object} Tour
 * @property {number | null} stop   where the tour is; null: there is none
 * @property {(stop: number | null) => void} go
 */

/** Where the tour stops, and what it frames there. */
const STOPS = Object.freeze(
  /** @type {const} */ ([
    { name: "text", frames: '[part~="text"]' },
    { name: "river", frames: ".pic" },
    { name: "settings", frames: ".stage[data-stage] .under" },
    { name: "draw", frames: '[data-column="draw"] .under' },
    { name: "model", frames: '[part~="model"]' },
    { name: "tabs", frames: '[part~="tabs"]' },
  ]),
);

/** @param {import("./context.js").Context} context @param {Tour} tour */
export function tourCard({ words: { t, format } }, { stop, go }) {
  if (stop === null) return nothing;
  const { title, text } = t.tour.stops[STOPS[stop].name];
  const isLast = stop === STOPS.length - 1;
  return html`<div
    class="tour"
    role="dialog"
    aria-label=${t.tour.label}
    aria-describedby="tour-text"
    @keydown=${(/** @type {KeyboardEvent} */ event) => event.key === "Escape" && go(null)}
  >
    <p id="tour-text"><strong>${title}</strong> ${text}</p>
    <p class="tour-ways">
      <span class="note">${t.tour.at(format.whole(stop + 1), format.whole(STOPS.length))}</span>
      ${isLast ? nothing : html`<button class="quiet" type="button" @click=${() => go(null)}>${t.tour.skip}</button>`}
      ${stop === 0 ? nothing : html`<button type="button" @click=${() => go(stop - 1)}>${t.tour.back}</button>`}
      <button class="primary" type="button" @click=${() => go(isLast ? null : stop + 1)}>${isLast ? t.tour.done : t.tour.next}</button>
    </p>
  </div>`;
}

/**
 * Frames the part in question, brings it into view, and the keyboard to the card.
 * @param {ParentNode} root
 * @param {number | null} stop null: the tour is over
 */
export function arrive(root, stop) {
  root.querySelector("[data-toured]")?.removeAttribute("data-toured");
  if (stop === null) return;
  const framed = root.querySelector(STOPS[stop].frames);
  framed?.setAttribute("data-toured", "");
  framed?.scrollIntoView({ block: "nearest" });
  /** @type {HTMLElement | null} */ (root.querySelector(".tour .primary"))?.focus({ preventScroll: true });
}

export const tourStyles = css`
  .tour {
    position: sticky;
    z-index: 3;
    inset-block-end: var(--space-2);
    grid-column: 1 / -1;
    justify-self: center;
    box-sizing: border-box;
    max-inline-size: calc(544 * var(--px));
    padding: var(--space-2) var(--space-3);
    border: 1px solid var(--ink);
    border-radius: var(--radius);
    background: var(--paper);
    box-shadow: 0 6px 28px light-dark(#15201f33, #00000099);
  }
  .tour-ways {
    display: flex;
    align-items: center;
    gap: var(--space-1);
    margin-block-start: var(--space-1);
  }
  .tour-ways .note {
    margin-inline-end: auto;
  }
  [data-toured] {
    scroll-margin-block: calc(16 * var(--px)) calc(176 * var(--px));
    border-radius: var(--radius-small);
    outline: 2px solid var(--ink);
    outline-offset: 4px;
  }
`;
