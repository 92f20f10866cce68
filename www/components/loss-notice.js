import { css, html, nothing } from "lit";
import { sentence } from "./problem.js";

/**
 * @typedef {import("./context.js").Context} Context
 * @typedef {import("./machine.js").MachineActions} MachineActions
 */

/**
 * What became of a lost GPU, said quietly, with a way back. Its place is always there, so that the news is read out.
 * @param {Context} context
 * @param {MachineActions} actions
 */
export function lossNotice({ state: { place, machine }, words: { t } }, actions) {
  const again = () => machine.pending || actions.choose(machine.wish === "cpu" ? "auto" : machine.wish);
  return html`<div class="loss" role="status">${
    place?.lost
      ? html`<p>${t.machine.lost} <small>${sentence(place.reason)}</small></p>
          <button type="button" aria-disabled=${machine.pending} @click=${again}>
            ${machine.pending ? t.machine.trying : t.machine.retry}
          </button>`
      : nothing
  }</div>`;
}

export const lossStyles = css`
  .loss:not(:empty) {
    display: flex;
    flex-wrap: wrap;
    align-items: center;
    gap: var(--space-1) var(--space-3);
    margin-block: var(--space-half) var(--space-2);
    padding: var(--space-1) var(--space-2);
    border-inline-start: 3px solid var(--ink);
    background: var(--surface);
    font-size: calc(14 * var(--px));
  }
  .loss p {
    overflow-wrap: anywhere;
    flex: 1 1 calc(288 * var(--px));
  }
  .loss small {
    display: block;
    color: var(--muted);
    font-size: calc(13 * var(--px));
  }
`;
