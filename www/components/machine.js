import { css, html, nothing } from "lit";
import { live } from "lit/directives/live.js";
import { sentence } from "./problem.js";

/**
 * What computes the numbers, why that, and whether CPU and GPU agree. Out of sight until wanted.
 *
 * @typedef {import("./context.js").Context} Context
 * @typedef {import("../state/types.js").Machine} Machine
 * @typedef {{ choose: (wish: Machine["wish"]) => void, check: (on: boolean) => void }} MachineActions
 */

const WISHES = /** @type {const} */ (["auto", "cpu", "webgpu"]);

/** @param {Context} context @param {MachineActions} actions */
export function machinePanel(context, actions) {
  const { state, words } = context;
  const { place, machine } = state;
  const { t } = words;
  if (!place) return html`<p>${t.place.loading}</p>`;
  return html`<div class="machine">
    <fieldset>
      <legend>${t.machine.legend}</legend>
      ${WISHES.map((wish) => option(wish, machine, t, actions))}
    </fieldset>
    <div class="answer" role="status">
      <p data-reason>${answer(context)}</p>
      ${place.adapter ? html`<p class="note" data-adapter>${t.machine.adapter(place.adapter)}</p>` : nothing}
    </div>
    ${machine.problem ? html`<p class="problem" role="alert">${refusal(context)}</p>` : nothing}
    ${liveCheck(context, actions)}
  </div>`;
}

/** What computes, and why: because it was chosen, or for the engine's reason. @param {Context} context */
function answer({ state: { place, machine }, words: { t } }) {
  if (machine.pending || !place) return t.machine.pending;
  const kind = html`<b>${t.place.kind[place.kind]}</b>`;
  return machine.wish === place.kind ? html`${kind}${t.machine.chosen}` : html`${kind}. ${sentence(place.reason)}`;
}

/** Why nothing changed, unless that can be read just above. @param {Context} context */
const refusal = ({ state: { place, machine }, words: { t } }) =>
  machine.problem === place?.reason ? t.machine.refused_above : t.machine.refused(sentence(machine.problem ?? ""));

/**
 * @param {Machine["wish"]} wish
 * @param {Machine} machine
 * @param {import("../lib/strings.js").Strings} t
 * @param {MachineActions} actions
 */
const option = (wish, machine, t, actions) => html`<label>
  <input
    type="radio"
    name="machine"
    value=${wish}
    aria-describedby="machine-${wish}"
    .checked=${live(machine.wish === wish)}
    @change=${() => actions.choose(wish)}
  />
  <span>${t.machine.wish[wish]}</span>
  <small id="machine-${wish}">${t.machine.wish_help[wish]}</small>
</label>`;

/** @param {Context} context @param {MachineActions} actions */
function liveCheck({ state: { place, machine, run }, words: { t, format } }, actions) {
  const { checks, report } = machine;
  return html`<div class="check">
    <label>
      <input
        type="checkbox"
        aria-describedby="machine-check"
        .checked=${live(checks)}
        @change=${(/** @type {Event & { target: HTMLInputElement }} */ event) => actions.check(event.target.checked)}
      />
      <span>${t.machine.check}</span>
      <small id="machine-check">${place?.adapter ? t.machine.check_help : t.machine.check_needs}</small>
    </label>
    <div class="report" role="status" data-report>
      ${checks && report && report.rows > 0 ? verdict(report, run?.vocab ?? [], t, format) : nothing}
    </div>
  </div>`;
}

/**
 * @param {NonNullable<Machine["report"]>} report
 * @param {readonly string[]} vocab
 * @param {import("../lib/strings.js").Strings} t
 * @param {import("../lib/format.js").Format} format
 */
function verdict({ rows, same_tokens, same_bits, largest_difference, first_difference }, vocab, t, format) {
  const agree = same_tokens === rows;
  const numbers = [
    [t.machine.report.rows, format.whole(rows)],
    [t.machine.report.same_tokens, format.whole(same_tokens)],
    [t.machine.report.same_bits, format.whole(same_bits)],
    [t.machine.report.largest_difference, format.difference(largest_difference)],
  ];
  return html`<p data-agree=${agree}>
      <span aria-hidden="true">${agree ? "✓" : "✗"}</span> ${agree ? t.machine.report.agree : first_difference ? t.machine.report.part : t.machine.report.differ}
    </p>
    ${first_difference ? html`<p class="note">${whereTheyPart(first_difference, vocab, t, format)}</p>` : nothing}
    <dl class="timings">${numbers.map(([name, value]) => html`<div><dt>${name}</dt><dd>${value}</dd></div>`)}</dl>`;
}

/**
 * A network's numbers may be rounded otherwise on a GPU, so a random number at an edge may fall on the other side.
 * @param {NonNullable<NonNullable<Machine["report"]>["first_difference"]>} difference
 * @param {readonly string[]} vocab
 * @param {import("../lib/strings.js").Strings} t
 * @param {import("../lib/format.js").Format} format
 */
function whereTheyPart({ step, tokens, probabilities }, vocab, t, format) {
  const [gpu, cpu] = tokens.map(
    (id, i) => `${format.quoted(vocab[id] ?? String(id))} (${format.percent(probabilities[i])})`,
  );
  return t.machine.report.first(format.whole(step + 1), gpu, cpu);
}

export const machineStyles = css`
  .machine {
    display: grid;
    gap: var(--space-2);
  }
  .machine fieldset {
    display: grid;
    gap: var(--space-half);
    margin: 0;
    padding: 0;
    border: 0;
  }
  .machine legend {
    padding: 0;
    margin-block-end: var(--space-half);
    color: var(--muted);
    font-size: calc(13 * var(--px));
  }
  .machine label {
    display: grid;
    grid-template-columns: calc(18 * var(--px)) minmax(calc(88 * var(--px)), max-content) minmax(0, 1fr);
    gap: 0 var(--space-1);
    align-content: center;
    align-items: baseline;
    min-block-size: calc(28 * var(--px));
  }
  @container logit-lab (inline-size < 544px) {
    .machine label {
      grid-template-columns: calc(18 * var(--px)) minmax(0, 1fr);
      padding-block-end: var(--space-half);
    }
    .machine label small {
      grid-column: 2;
    }
  }
  .machine input {
    inline-size: calc(18 * var(--px));
    block-size: calc(18 * var(--px));
    margin: 0;
    align-self: center;
    accent-color: var(--ink);
  }
  .machine small {
    color: var(--muted);
    font-size: calc(13 * var(--px));
  }
  .machine p {
    overflow-wrap: anywhere;
  }
  .answer {
    padding: var(--space-1) var(--space-2);
    border-radius: 6px;
    background: var(--surface);
  }
  .answer .note {
    margin-block-start: var(--space-half);
  }
  .report p {
    margin-block-start: var(--space-1);
    font-weight: 600;
  }
  .report [data-agree="true"] span {
    color: var(--ink);
  }
  .report [data-agree="false"] {
    color: var(--wrong);
  }
`;
