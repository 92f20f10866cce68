import { css, html, nothing } from "lit";
import { guard } from "lit/directives/guard.js";
import { codeFor, TARGETS } from "../state/export/code.js";
import { toCsv, toJson } from "../state/export/data.js";
import { snapshotOf } from "../state/history.js";
import { startState } from "../state/lab-state.js";
import { toHash } from "../state/link.js";
import { nothingYet } from "./context-line.js";
import { copyable } from "./copyable.js";
import { save } from "./save.js";

/**
 * The run, to take away: as a link, as code for other systems, as data, on paper.
 *
 * @typedef {import("./context.js").Context} Context
 */

/**
 * @param {Context} context
 * @param {string | null} base the address that a link of this lab begins with; null: the page has none
 */
export function shareView(context, base) {
  const { prompt, model, fields, forced, goal, run, step } = context.state;
  // With 50,000 logits of the user's own, the programs are long.
  return guard([prompt, model, fields, forced, goal, run, step, context.words, base], () => sharing(context, base));
}

/** @param {Context} context @param {string | null} base */
function sharing(context, base) {
  const { state, words } = context;
  const { t } = words;
  const { run, step } = state;
  const snapshot = snapshotOf(state);
  const hash = toHash({ ...snapshot, goal: state.goal }, snapshotOf(startState()));
  return html`<div class="share">
    <h3>${t.share.link}</h3>
    ${
      base === null
        ? html`<p>${t.share.no_base}</p>
            ${copyable("hash", `#${hash}`, t.share.hash, 2, t)}`
        : html`<p>${t.share.link_about}</p>
            ${copyable("link", `${new URL(base, document.baseURI).href.replace(/#.*/, "")}#${hash}`, t.share.link, 2, t)}`
    }
    <h3>${t.share.code}</h3>
    ${run ? code(context, snapshot) : nothingYet(context)}
    <h3>${t.share.data}</h3>
    <p>${t.share.data_about}</p>
    <p class="throws">
      <button type="button" aria-disabled=${!run} @click=${() => run && save("logit-lab-run.json", "application/json", toJson({ snapshot, run, step }))}>
        ${t.share.json}
      </button>
      <button type="button" aria-disabled=${!run} @click=${() => run && save("logit-lab-run.csv", "text/csv", toCsv(run))}>${t.share.csv}</button>
      <button type="button" @click=${() => window.print()}>${t.share.print}</button>
    </p>
  </div>`;
}

/** @param {Context} context @param {import("../state/types.js").Snapshot} snapshot */
function code({ state, words: { t } }, snapshot) {
  const run = /** @type {import("../state/types.js").Run} */ (state.run);
  return html`<p>${t.share.code_about}</p>
    ${TARGETS.map((target) => {
      const { code: text, warnings } = codeFor(target, { snapshot, run });
      return html`<details data-target=${target}>
        <summary>${t.share.target[target]}</summary>
        <div class="body">
          ${warnings.length > 0 ? html`<ul class="warnings">${warnings.map((warning) => html`<li>${warning}</li>`)}</ul>` : nothing}
          ${copyable(`code-${target}`, text, t.share.target[target], Math.min(18, text.split("\n").length), t)}
        </div>
      </details>`;
    })}`;
}

export const shareStyles = css`
  #panel p + details {
    margin-block-start: var(--space-1);
  }
  .warnings {
    margin: 0 0 var(--space-1);
    padding-inline-start: calc(20 * var(--px));
    font-size: calc(14 * var(--px));
  }
`;
