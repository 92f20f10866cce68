import { css, html } from "lit";
import { shownToken } from "../lib/format.js";
import { stageLabel } from "./effect.js";

/**
 * How other systems would cut this very row, with the same numbers in their settings.
 *
 * @typedef {import("./context.js").Context} Context
 */

/** Tokens named in a difference, at most. */
const NAMED = 8;

/** @param {Context} context */
export function rulesView({ state, words: { t, format } }) {
  const { step, rules } = state;
  if (!step || rules?.step !== step) return html`<p class="note">${t.odds.computing}</p>`;
  const ours = new Set(idsOf(step.trace.probabilities));
  // What is off has no place.
  const isOn = (/** @type {string} */ name) => step.trace.stages.some(({ stage }) => stage === name);
  const name = (/** @type {number[]} */ ids) =>
    ids
      .slice(0, NAMED)
      .map((id) => shownToken(step.run.vocab[id]))
      .join(" ") + (ids.length > NAMED ? " …" : "");
  return html`<h3>${t.rules.heading}</h3>
    <p>${t.rules.about}</p>
    <table class="rules">
      <thead>
        <tr><th scope="col">${t.rules.system}</th><th scope="col">${t.rules.order}</th><th scope="col">${t.rules.kept}</th><th scope="col">${t.rules.difference}</th></tr>
      </thead>
      <tbody>
        ${rules.rules.map(({ system, order, kept, tied }) => {
          const theirs = new Set(kept);
          const more = [...theirs].filter((id) => !ours.has(id));
          const open = new Set(tied?.ids);
          const fewer = [...ours].filter((id) => !theirs.has(id) && !open.has(id));
          const isSame = more.length + fewer.length === 0 && !tied;
          return html`<tr data-system=${system}>
            <th scope="row">${t.rules.name[system]}</th>
            <td>${
              order
                .filter(isOn)
                .map((stage) => stageLabel(stage, t))
                .join(" → ") || "–"
            }</td>
            <td class="number-cell">${format.whole(theirs.size + (tied?.kept ?? 0))}</td>
            <td>
              ${isSame ? t.rules.same : ""}
              ${more.length > 0 ? html`<span>${t.rules.more} <code>${name(more)}</code></span>` : ""}
              ${tied ? html`<span>${t.rules.tied(format.whole(tied.kept), format.whole(tied.ids.length))} <code>${name([...tied.ids])}</code></span>` : ""}
              ${fewer.length > 0 ? html`<span>${t.rules.fewer} <code>${name(fewer)}</code></span>` : ""}
            </td>
          </tr>`;
        })}
      </tbody>
    </table>
    <p class="note">${t.rules.note}</p>`;
}

/** The tokens that are left. @param {Float32Array} probabilities */
function idsOf(probabilities) {
  const ids = [];
  for (const [id, p] of probabilities.entries()) if (p > 0) ids.push(id);
  return ids;
}

export const rulesStyles = css`
  .rules {
    margin-block: var(--space-1);
    table-layout: auto;
    font-size: calc(14 * var(--px));
  }
  .rules th:first-child {
    inline-size: calc(176 * var(--px));
  }
  .rules th:nth-child(3) {
    text-align: end;
  }
  .rules :is(th, td) {
    padding-inline-end: var(--space-2);
  }
  .rules td span + span::before {
    content: "; ";
  }
  .rules tbody :is(th, td) {
    block-size: auto;
    padding-block: var(--space-half);
    border-block-end: 1px solid var(--line);
    vertical-align: top;
    white-space: normal;
  }
  @container logit-lab (inline-size < 544px) {
    .rules th:first-child {
      inline-size: auto;
    }
    .rules :is(th, td):nth-child(2) {
      display: none;
    }
  }
`;
