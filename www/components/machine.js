import { css, html, nothing } from "lit";

/**
 * Where the numbers are computed, why there, and whether CPU and GPU agree. Out of sight until wanted, but for a lost device.
 *
 * @typedef {import("./context.js").Context} Context
 * @typedef {import("../state/types.js").Machine} Machine
 */

/** @typedef {{ choose: (wish: Machine["wish"]) => void, check: (on: boolean) => void }} MachineActions */

/** What happened to the GPU, said once and quietly, with a way back. @param {Context} context @param {MachineActions} actions */
export function lossNotice({ state: { place, machine }, words: { t } }, actions) {
  if (!place?.lost) return nothing;
  return html`<div class="loss" role="status">
    <p>${t.machine.lost} <span class="why-lost">${place.reason}</span></p>
    <button type="button" ?disabled=${machine.pending} @click=${() => actions.choose(machine.wish)}>${t.machine.retry}</button>
  </div>`;
}

/** @param {Context} context */
export const machineSummary = ({ state: { place }, words: { t } }) =>
  html`${t.machine.heading} <small data-machine>${place ? t.machine.kind[place.kind] : ""}</small>`;

/** @param {Context} context @param {MachineActions} actions */
export function machinePanel({ state: { place, machine }, words: { t } }, actions) {
  if (!place) return html`<p>${t.place.loading}</p>`;
  const { wish, pending, problem } = machine;
  const option = (/** @type {Machine["wish"]} */ value) => html`<label>
    <input type="radio" name="machine" value=${value} .checked=${wish === value} ?disabled=${pending}
      @change=${() => actions.choose(value)} />
    <span>${t.machine.wish[value]} <small>${t.machine.wish_help[value]}</small></span>
  </label>`;
  return html`<div class="machine">
    <fieldset aria-busy=${pending}>
      <legend>${t.machine.legend}</legend>
      ${/** @type {const} */ (["auto", "cpu", "webgpu"]).map(option)}
    </fieldset>
    <p role="status" data-reason>
      ${pending ? t.machine.pending : t.machine.now(t.machine.kind[place.kind], place.adapter, place.reason)}
    </p>
    ${problem ? html`<p class="problem" role="alert">${t.machine.refused} ${problem}</p>` : nothing}
    ${liveCheck(place, machine, t, actions)}
  </div>`;
}

/**
 * @param {import("../state/types.js").Place} place
 * @param {Machine} machine
 * @param {import("../lib/strings.js").Strings} t
 * @param {MachineActions} actions
 */
function liveCheck({ adapter }, { checks, report, pending }, t, actions) {
  return html`<label class="check">
      <input type="checkbox" .checked=${checks} ?disabled=${pending || !adapter}
        @change=${(/** @type {Event} */ event) => actions.check(/** @type {HTMLInputElement} */ (event.target).checked)} />
      <span>${t.machine.check} <small>${adapter ? t.machine.check_help : t.machine.check_needs}</small></span>
    </label>
    ${checks && report ? html`<p role="status" data-report>${t.machine.report(report)}</p>` : nothing}`;
}

export const machineStyles = css`
  .machine {
    display: grid;
    gap: var(--space-2);
    max-inline-size: 44rem;
  }
  .machine p {
    margin: 0;
    overflow-wrap: anywhere;
  }
  .machine fieldset {
    display: grid;
    gap: var(--space-1);
    margin: 0;
    padding: 0;
    border: 0;
  }
  .machine legend {
    padding: 0;
    margin-block-end: var(--space-1);
    color: var(--muted);
  }
  .machine label {
    display: flex;
    gap: var(--space-1);
    align-items: baseline;
    min-block-size: 1.5rem;
  }
  .machine small {
    color: var(--muted);
    font-size: 0.8125rem;
  }
  .loss {
    display: flex;
    flex-wrap: wrap;
    gap: var(--space-2);
    align-items: center;
    padding: var(--space-2);
    border-inline-start: 3px solid var(--accent);
    background: var(--panel);
    font-size: 0.875rem;
  }
  .loss p {
    margin: 0;
    flex: 1 1 20rem;
    overflow-wrap: anywhere;
  }
  .why-lost {
    color: var(--muted);
  }
`;
