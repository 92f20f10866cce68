import { css, html, nothing } from "lit";

/**
 * The stages in the order in force: which were on, what each removed, and what that did to the entropy.
 *
 * @typedef {import("./context.js").Context} Context
 * @typedef {import("../state/types.js").Trace} Trace
 */

/**
 * @param {Trace} trace
 * @param {Context} context
 */
export function stages(trace, { words }) {
  const { t, format } = words;
  const on = new Map(trace.stages.map((stage) => [stage.stage, stage]));
  return html`<p>${t.stages.about}</p>
    <ol class="stages">
      ${trace.order.map((name) => {
        const stage = on.get(name);
        return html`<li data-stage=${name} ?data-off=${!stage}>
          <b>${t.stage[name] ?? name}</b>
          ${stage ? stageDetail(stage, words) : html`<span>${t.stages.off}</span>`}
        </li>`;
      })}
      <li data-stage="softmax">
        <b>${t.stage.softmax}</b>
        <span>${t.stages.softmax(t.why.kept(format.whole(trace.kept), format.whole(trace.vocab_size)))}</span>
      </li>
      <li data-stage="draw"><b>${t.stage.draw}</b> <span>${t.stages.draw}</span></li>
    </ol>`;
}

/** @param {Trace["stages"][number]} stage @param {import("./effect.js").Words} words */
function stageDetail(stage, { t, format }) {
  const n = stage.removed.length;
  const entropy = t.stages.entropy(format.bits(stage.entropy_before), format.bits(stage.entropy_after));
  const removed = t.stages.removed(format.tokens(n), format.percent(stage.mass_removed));
  return html`<code>${stage.setting}</code>
    <span>${n === 0 ? entropy : `${removed}; ${entropy}`}</span>
    ${stage.rule ? html`<p>${stage.rule}</p>` : nothing}`;
}

export const stagesStyles = css`
  .stages {
    margin: 0;
    padding: 0;
    list-style: none;
    counter-reset: stage;
  }
  .stages li {
    position: relative;
    padding-block: var(--space-1);
    padding-inline-start: 2.25rem;
    border-block-start: 1px solid var(--line);
    counter-increment: stage;
  }
  .stages li::before {
    content: counter(stage);
    position: absolute;
    inset-inline-start: 0;
    inline-size: 1.5rem;
    color: var(--muted);
    font-variant-numeric: tabular-nums;
    text-align: end;
  }
  .stages li[data-off] {
    color: var(--muted);
  }
  .stages li[data-off] b {
    font-weight: 400;
  }
  .stages p {
    margin: var(--space-half) 0 0;
    color: var(--muted);
  }
  code {
    font-family: var(--mono);
    font-size: 0.9375em;
    overflow-wrap: anywhere;
  }
`;
