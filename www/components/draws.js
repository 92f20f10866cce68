import { css, html, nothing } from "lit";
import { shownToken } from "../lib/format.js";
import { isGpt } from "../state/models.js";
import { rowsOf } from "../state/rows.js";
import { contextLine, nothingYet } from "./context-line.js";

/**
 * Many draws: this draw many times over, the probability of the whole text, and the stationary distribution.
 *
 * @typedef {import("./context.js").Context} Context
 * @typedef {{ draw: (n: number) => void, stop: () => void }} ResamplerActions
 */

/** How many draws a button asks for. */
const THROWS = Object.freeze([100, 1000, 10000]);

/** Rows of a table, at most. */
const ROWS = 12;

/** @param {Context} context @param {ResamplerActions} actions */
export function drawsView(context, actions) {
  const { t } = context.words;
  return html`<div class="draws">
    <section>
      ${context.state.step ? contextLine(context.state.step, context.words) : nothing}
      <h3>${t.odds.many_draws}</h3>
      ${manyDraws(context, actions)}
    </section>
    <section>
      <h3>${t.odds.facts}</h3>
      ${facts(context)}
      <h3>${t.odds.endless}</h3>
      ${endless(context)}
    </section>
  </div>`;
}

/** @param {Context} context @param {ResamplerActions} actions */
function manyDraws(context, actions) {
  const { state, words } = context;
  const { t, format } = words;
  const { step } = state;
  if (!step) return nothingYet(context);
  const known = state.many_draws?.step === step ? state.many_draws : null;
  const busy = state.resampling;
  return html`<p>${step.trace.greedy ? t.odds.often_greedy(format.whole(step.index + 1)) : t.odds.often_about(format.whole(step.index + 1))}</p>
    <p class="throws">
      ${THROWS.map(
        (n) =>
          html`<button type="button" aria-disabled=${busy} @click=${() => busy || actions.draw(n)}>${t.odds.draw(format.whole(n))}</button>`,
      )}
      ${busy ? html`<button type="button" @click=${actions.stop}>${t.run.stop}</button>` : nothing}
    </p>
    <p class="fit" role="status">${known ? verdict(known, context) : t.odds.none}</p>
    ${histogram(step, known, words)}`;
}

/** @param {import("../state/types.js").ManyDraws} often @param {Context} context */
function verdict({ n, fit, step }, { words: { t, format } }) {
  const thrown = t.odds.thrown(format.times(n));
  if (step.trace.greedy) return `${thrown} ${t.odds.greedy}`;
  if (fit.degrees_of_freedom === 0) return `${thrown} ${t.odds.one_class}`;
  const said = t.odds.fit(
    format.number(fit.statistic),
    format.degrees(fit.degrees_of_freedom),
    format.number(fit.p_value),
  );
  return `${thrown} ${said} ${fit.p_value < 0.01 ? t.odds.unlikely : t.odds.likely}`;
}

/**
 * How often each token was drawn, with the exact expectation as a line.
 * @param {import("../state/types.js").TracedStep} step
 * @param {import("../state/types.js").ManyDraws | null} known
 * @param {import("./effect.js").Words} words
 */
function histogram(step, known, { t, format }) {
  const all = rowsOf(step.trace).filter((row) => row.final > 0);
  const rows = all.slice(0, ROWS);
  const n = known?.n ?? 0;
  const share = (/** @type {number} */ id) => (known && n > 0 ? known.counts[id] / n : 0);
  const scale = rows.reduce((most, row) => Math.max(most, row.final, share(row.id)), 0);
  return html`<table class="histogram">
      <caption><span class="spoken">${t.odds.caption}</span></caption>
      <thead>
        <tr><th scope="col">${t.why.token}</th><th scope="col">${t.odds.bars}</th><th scope="col">${t.odds.counted}</th><th scope="col">${t.odds.expected}</th></tr>
      </thead>
      <tbody>
        ${rows.map(
          ({ id, final }) => html`<tr ?data-drawn=${step.drawn && step.trace.draw.token === id}>
            <th scope="row"><span class="face" aria-hidden="true">${shownToken(step.run.vocab[id] ?? "")}</span><span class="spoken">${format.spoken(step.run.vocab[id] ?? "")}</span></th>
            <td>
              <span class="track expectation" aria-hidden="true"
                ><span class="bar final" .style=${`inline-size: ${(100 * share(id)) / scale}%`}></span
                ><span class="exact" .style=${`inset-inline-start: ${(100 * final) / scale}%`}></span
              ></span>
            </td>
            <td class="number-cell">${format.whole(known?.counts[id] ?? 0)}</td>
            <td class="number-cell">${format.percent(final)}</td>
          </tr>`,
        )}
      </tbody>
    </table>
    ${all.length > rows.length ? html`<p class="note">${t.why.gap(format.whole(all.length - rows.length))}</p>` : nothing}`;
}

/**
 * Of a whole text. A bare power of ten may be three times too large or too small, so it stands where nobody would read a percentage.
 * @param {Pick<import("../engine/types.js").Odds, "probability" | "log10_probability">} odds
 * @param {Context["words"]["format"]} format
 */
export const probability = ({ probability, log10_probability }, format) =>
  probability > 1e-4 ? format.percent(probability) : format.power_of_ten(log10_probability);

/** @param {Context} context */
function facts({ state, words: { t, format } }) {
  const { run, facts } = state;
  if (!run || run.tokens.length === 0) return html`<p class="note">${t.why.pending}</p>`;
  if (facts?.run !== run) return html`<p class="note">${t.odds.computing}</p>`;
  const { model, settings, tokens } = facts.score;
  const row = (/** @type {string} */ name, /** @type {import("../engine/types.js").Odds} */ odds) => html`<tr>
    <th scope="row">${name}</th>
    <td class="number-cell">${probability(odds, format)}</td>
    <td class="number-cell">${format.number(odds.bits)}</td>
    <td class="number-cell">${odds.perplexity === null ? "–" : format.number(odds.perplexity)}</td>
  </tr>`;
  return html`<p>${t.odds.facts_about(format.tokens(tokens))}</p>
    <table class="facts">
      <thead>
        <tr><th scope="col">${t.odds.given}</th><th scope="col">${t.odds.probability}</th><th scope="col">${t.odds.bits}</th><th scope="col">${t.odds.perplexity}</th></tr>
      </thead>
      <tbody>${row(t.odds.by_settings, settings)} ${row(t.odds.by_model, model)}</tbody>
    </table>
    <p class="note">${t.odds.perplexity_about}</p>`;
}

/** @param {Context} context */
function endless({ state, words: { t, format } }) {
  const { run, facts } = state;
  if (!run || facts?.run !== run) return html`<p class="note">${t.odds.computing}</p>`;
  if ("none" in facts.endless)
    return html`<p class="note" data-endless="none">${withoutEndless(facts.endless.none, state, t, format)}</p>`;
  const { probabilities, entropy_rate } = facts.endless;
  const rows = Array.from(probabilities, (p, id) => ({ p, id })).sort((a, b) => b.p - a.p || a.id - b.id);
  const shown = rows.filter(({ p }) => p > 0).slice(0, ROWS);
  return html`<p>${t.odds.endless_about(format.bits(entropy_rate))}</p>
    <table class="histogram">
      <caption><span class="spoken">${t.odds.endless}</span></caption>
      <tbody>
        ${shown.map(
          ({ p, id }) => html`<tr>
            <th scope="row"><span class="face" aria-hidden="true">${shownToken(run.vocab[id])}</span><span class="spoken">${format.spoken(run.vocab[id])}</span></th>
            <td><span class="track" aria-hidden="true"><span class="bar final" .style=${`inline-size: ${(100 * p) / shown[0].p}%`}></span></span></td>
            <td class="number-cell">${format.percent(p)}</td>
          </tr>`,
        )}
      </tbody>
    </table>`;
}

/**
 * Why there are no shares of an endless text.
 * @param {"history" | "size"} reason
 * @param {import("../state/types.js").LabState} state
 * @param {import("./effect.js").Words["t"]} t
 * @param {import("../lib/format.js").Format} format
 */
function withoutEndless(reason, { model, run }, t, format) {
  if (isGpt(model.kind)) return t.odds.endless_gpt;
  if (reason === "history") return t.odds.endless_none;
  return model.kind === "logits" ? t.odds.endless_same : t.odds.endless_size(format.tokens(run?.vocab.length ?? 0));
}

export const drawsStyles = css`
  .draws {
    display: grid;
    grid-template-columns: minmax(0, 1fr);
    gap: var(--space-3) calc(48 * var(--px));
  }
  @container logit-lab (inline-size >= 1000px) {
    .draws {
      grid-template-columns: minmax(0, 1.2fr) minmax(0, 1fr);
      align-items: first baseline;
    }
  }
  .reasons h3 {
    margin: var(--space-3) 0 var(--space-half);
    font: var(--head);
  }
  .draws > section > h3:first-child,
  .draws .context + h3 {
    margin-block-start: 0;
  }
  .throws {
    display: flex;
    flex-wrap: wrap;
    gap: var(--space-1);
    margin-block: var(--space-1);
  }
  .fit {
    min-block-size: calc(66 * var(--px));
  }
  .histogram {
    table-layout: fixed;
  }
  .histogram tbody th {
    inline-size: calc(64 * var(--px));
    overflow: hidden;
  }
  .histogram thead th:first-child {
    inline-size: calc(64 * var(--px));
  }
  [data-long-tokens] .histogram :is(tbody th, thead th:first-child) {
    inline-size: calc(104 * var(--px));
  }
  .histogram th:nth-child(n + 3),
  .histogram .number-cell {
    inline-size: calc(84 * var(--px));
    padding-inline-end: 0;
    text-align: end;
  }
  .histogram .track {
    position: relative;
    display: block;
    inline-size: 100%;
  }
  .histogram tr:not([data-drawn]) .bar.final {
    background: var(--water-a);
  }
  .exact {
    position: absolute;
    inset-block: -3px;
    inline-size: 0;
    border-inline-start: 2px solid var(--ink);
    margin-inline-start: -1px;
  }
  .facts,
  .histogram {
    margin-block: var(--space-1);
  }
  .facts th:nth-child(n + 2),
  .facts .number-cell {
    padding-inline-end: 0;
    text-align: end;
  }
  .facts tbody th {
    white-space: normal;
  }
  /* A long word in any language, on a small phone. */
  .facts :is(th, td) {
    padding-inline: 0 var(--space-half);
  }
  .facts :is(th, td):nth-child(n + 2) {
    padding-inline: var(--space-half) 0;
  }
  .facts .number-cell {
    white-space: nowrap;
  }
  @container logit-lab (inline-size < 380px) {
    .facts,
    .histogram thead {
      font-size: calc(13 * var(--px));
    }
    .histogram :is(th, td):nth-child(n + 3) {
      inline-size: calc(58 * var(--px));
      padding-inline-start: var(--space-half);
    }
    .histogram :is(th, td):nth-child(4) {
      inline-size: calc(82 * var(--px));
    }
  }
  .facts :is(th, td),
  .histogram thead th {
    overflow-wrap: anywhere;
    hyphens: auto;
  }
`;
