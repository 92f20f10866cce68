import { css, html, nothing } from "lit";
import { live } from "lit/directives/live.js";
import { shownToken } from "../lib/format.js";
import { ORDERS } from "../state/presets.js";
import { orderOf, readStages, STAGES, settingsOf, stageNamed } from "../state/settings.js";
import { stageLabel } from "./effect.js";
import { rulesView } from "./rules.js";

/**
 * The logits on their way through the stages, in the order in force: what is left after each, what it removed and why. A stage can be
 * switched off, and moved.
 *
 * @typedef {import("./context.js").Context} Context
 * @typedef {import("../state/types.js").TracedStep} TracedStep
 * @typedef {TracedStep["trace"]["stages"][number]} StageTrace
 */

/** Bars in a small distribution. */
const BARS = 30;

/** @param {Context} context */
export function stagesView(context) {
  const { state, words } = context;
  const { t, format } = words;
  const { step } = state;
  if (!step) return html`<p class="note">${t.why.empty}</p>`;
  const { trace } = step;
  const ids = likeliest(trace);
  const order = orderOf(state.fields);
  return html`<p>${t.stages.about(format.whole(step.index + 1))}</p>
    ${orderBar(order, context)}
    <ol class="stages" @pointerdown=${(/** @type {PointerEvent} */ event) => drag(event, order, context)}>
      <li data-stage="logits">
        <b class="name">${t.stages.logits}</b>
        ${chart(ids, trace.raw_probabilities, null, step.run.vocab, words)}
        <p class="did">${t.stages.start(format.bits(trace.raw_entropy), format.tokens_about(trace.raw_effective_vocab))}</p>
      </li>
      ${order.map((name, i) => stage(name, i, order, ids, context))}
      <li data-stage="softmax">
        <b class="name">${t.stage.softmax}</b>
        ${chart(ids, trace.probabilities, null, step.run.vocab, words)}
        <p class="did">
          ${t.stages.softmax(t.why.kept(format.whole(trace.kept), format.tokens(trace.vocab_size)))}
          ${t.stages.end(format.bits(trace.entropy), format.tokens_about(trace.effective_vocab))}
        </p>
      </li>
      <li data-stage="draw"><b class="name">${t.stage.draw}</b> <p class="did">${t.stages.draw}</p></li>
    </ol>
    ${rulesView(context)}`;
}

/** The ids to show in every small distribution, likeliest first. @param {TracedStep["trace"]} trace */
function likeliest({ raw_probabilities }) {
  const ids = Array.from(raw_probabilities, (_, id) => id);
  return ids.sort((a, b) => raw_probabilities[b] - raw_probabilities[a] || a - b).slice(0, BARS);
}

/** @param {string[]} order @param {Context} context */
function orderBar(order, { state, words: { t }, send }) {
  const known = ORDERS.find((preset) => orderOf({ order: preset.order }).join() === order.join());
  return html`<p class="order-bar">
    <label for="order-of">${t.stages.order}</label>
    <select
      id="order-of"
      class="field"
      @change=${(/** @type {Event & { target: HTMLSelectElement }} */ event) => send({ type: "field", name: "order", text: event.target.value })}
    >
      ${known ? nothing : html`<option selected>${t.stages.own_order}</option>`}
      ${ORDERS.map(({ name, order: listed }) => html`<option value=${listed} ?selected=${known?.name === name}>${name}</option>`)}
    </select>
    <span class="note">${known ? known.sentence : t.stages.own_order_about} ${state.fields.off ? t.stages.some_off : nothing}</span>
  </p>`;
}

/**
 * @param {string} name
 * @param {number} i its place
 * @param {string[]} order
 * @param {number[]} ids
 * @param {Context} context
 */
function stage(name, i, order, ids, context) {
  const { state, words, send } = context;
  const { t } = words;
  const { run, trace, after } = /** @type {TracedStep} */ (state.step);
  const at = trace.stages.findIndex(({ stage: traced }) => traced === name);
  const done = at === -1 ? null : trace.stages[at];
  const off = readStages(state.fields.off ?? "");
  const is_off = off.includes(name);
  const toggle = () =>
    send({ type: "field", name: "off", text: (is_off ? off.filter((o) => o !== name) : [...off, name]).join() });
  return html`<li data-stage=${name} ?data-off=${!done}>
    <span class="handles">
      <button
        type="button"
        class="quiet handle"
        aria-label=${t.stages.move(stageLabel(name, t), i + 1, order.length)}
        title=${t.stages.move_hint}
        @keydown=${(/** @type {KeyboardEvent} */ event) => moveByKey(event, i, order, context)}
      >
        ⠿
      </button>
      ${
        settingsOf(name).length > 0
          ? html`<input type="checkbox" aria-label=${t.stages.switch(stageLabel(name, t))} title=${t.stages.switch(stageLabel(name, t))} .checked=${live(!is_off)} @change=${toggle} />`
          : nothing
      }
    </span>
    <b class="name">${stageLabel(name, t)}</b>
    ${done ? detail(done, chart(ids, after[at], { done, before: after[at - 1] ?? trace.raw_probabilities }, run.vocab, words), words) : html`<p class="did">${offReason(name, is_off, context)}</p>`}
  </li>`;
}

/** @param {string} name @param {boolean} is_off @param {Context} context */
function offReason(name, is_off, { state: { step }, words: { t } }) {
  if (is_off) return t.stages.switched_off;
  if (!step?.trace.greedy) return t.stages.neutral;
  if (settingsOf(name).some(({ greedy }) => greedy !== null)) return t.effect.greedy;
  return stageNamed(name)?.filter ? t.effect.greedy_only : t.stages.neutral;
}

/** @param {StageTrace} done @param {unknown} picture @param {import("./effect.js").Words} words */
function detail(done, picture, { t, format }) {
  const n = done.removed.length;
  const entropy = t.stages.entropy(
    format.bits(done.entropy_before),
    format.bits(done.entropy_after),
    format.tokens_about(done.effective_vocab),
  );
  const removed = t.stages.removed(format.tokens(n), format.percent(done.mass_removed));
  return html`${picture}
    <p class="did"><code>${done.setting}</code> ${n === 0 ? entropy : `${removed}; ${entropy}`}</p>
    ${done.rule ? html`<p class="rule">${done.rule}</p>` : nothing}`;
}

/**
 * A distribution as small bars. A token that the stage removed keeps its bar, dimmed.
 * @param {number[]} ids
 * @param {Float32Array} probabilities
 * @param {{ done: StageTrace, before: Float32Array } | null} stage the one that made it, and what it found
 * @param {readonly string[]} vocab
 * @param {import("./effect.js").Words} words
 */
function chart(ids, probabilities, stage, vocab, { t, format }) {
  const removed = new Set(stage?.done.removed);
  const height = (/** @type {number} */ id) => (removed.has(id) ? (stage?.before[id] ?? 0) : probabilities[id]);
  const scale = ids.reduce((most, id) => Math.max(most, height(id)), 0);
  const best = ids.reduce((most, id) => (probabilities[id] > probabilities[most] ? id : most), ids[0]);
  const n_left = ids.filter((id) => probabilities[id] > 0).length;
  const label = t.stages.chart(
    format.most_likely(n_left),
    format.quoted(vocab[best] ?? ""),
    format.percent(probabilities[best]),
  );
  return html`<span class="chart" role="img" aria-label=${label}>
    ${ids.map((id) => {
      const [text, p] = [vocab[id] ?? "", height(id)];
      const state = removed.has(id) ? "removed" : p > 0 ? "kept" : "gone";
      return html`<span class="column" data-state=${state} title="${format.spoken(text)} ${state === "kept" ? format.percent(p) : t.why.removed}"
        ><span class="rod" .style=${`block-size: ${(100 * p) / scale}%`}></span><span class="foot">${shownToken(text).slice(0, 2)}</span></span
      >`;
    })}
  </span>`;
}

/**
 * @param {number} from
 * @param {number} to
 * @param {string[]} order
 * @param {Context} context
 */
function move(from, to, order, { send }) {
  if (to < 0 || to >= order.length || to === from) return false;
  const next = order.toSpliced(from, 1).toSpliced(to, 0, order[from]);
  send({ type: "field", name: "order", text: next.join() === STAGES.join() ? "" : next.join() });
  return true;
}

/** @param {KeyboardEvent} event @param {number} i @param {string[]} order @param {Context} context */
function moveByKey(event, i, order, context) {
  const to = { ArrowUp: i - 1, ArrowDown: i + 1, Home: 0, End: order.length - 1 }[event.key];
  if (to === undefined) return;
  event.preventDefault();
  const handles = /** @type {HTMLElement} */ (event.currentTarget).closest("ol")?.querySelectorAll(".handle") ?? [];
  // Rows keep their place and change their content, so the stage is found where it went.
  if (move(i, to, order, context)) /** @type {HTMLElement} */ (handles[to]).focus();
}

/**
 * Follows a finger or the mouse from a handle, and moves the stage past each neighbour it passes.
 * @param {PointerEvent} event
 * @param {string[]} order
 * @param {Context} context
 */
function drag(event, order, context) {
  const list = /** @type {HTMLElement} */ (event.currentTarget);
  const handle = event.target instanceof Element ? event.target.closest(".handle") : null;
  const row = handle?.closest("li");
  if (!row || event.button !== 0) return;
  event.preventDefault();
  const name = /** @type {HTMLElement} */ (row).dataset.stage ?? "";
  let now = order;
  const follow = (/** @type {PointerEvent} */ { clientY }) => {
    const rows = [...list.children].slice(1, 1 + now.length);
    const under = rows.findIndex((other) => clientY < other.getBoundingClientRect().bottom);
    const from = now.indexOf(name);
    const to = under === -1 ? now.length - 1 : under;
    if (!move(from, to, now, context)) return;
    now = now.toSpliced(from, 1).toSpliced(to, 0, name);
  };
  const end = () => {
    list.removeEventListener("pointermove", follow);
    list.removeEventListener("pointerup", end);
    list.removeEventListener("pointercancel", end);
    context.send({ type: "commit" });
  };
  list.setPointerCapture(event.pointerId);
  list.addEventListener("pointermove", follow);
  list.addEventListener("pointerup", end);
  list.addEventListener("pointercancel", end);
}

export const stagesStyles = css`
  .order-bar {
    display: flex;
    flex-wrap: wrap;
    align-items: center;
    gap: var(--space-half) var(--space-1);
    margin-block: var(--space-1);
  }
  .order-bar label {
    font-weight: 600;
  }
  .stages {
    margin: 0;
    padding: 0;
    list-style: none;
  }
  .stages li {
    display: grid;
    grid-template-columns: calc(60 * var(--px)) calc(112 * var(--px)) minmax(0, 1fr);
    align-items: start;
    column-gap: var(--space-1);
    padding-block: var(--space-1);
    border-block-start: 1px solid var(--line);
  }
  .stages :is(.name, .did) {
    min-block-size: calc(32 * var(--px));
    padding-block-start: calc(4 * var(--px));
  }
  .stages .name {
    grid-column: 2;
  }
  .stages .handles {
    grid-column: 1;
    grid-row: 1;
    display: flex;
    align-items: center;
  }
  .stages input[type="checkbox"] {
    inline-size: calc(24 * var(--px));
    block-size: calc(24 * var(--px));
    margin: 0;
    accent-color: var(--ink);
  }
  .handle {
    cursor: grab;
    touch-action: none;
  }
  .stages .did,
  .stages .rule {
    grid-column: 3;
    font-size: calc(14 * var(--px));
  }
  .stages .rule {
    color: var(--muted);
  }
  .stages li[data-off] {
    color: var(--muted);
  }
  .stages li[data-off] .name {
    font-weight: 400;
  }
  .chart {
    display: flex;
    gap: 1px;
    block-size: calc(64 * var(--px));
    max-inline-size: calc(544 * var(--px));
    margin-block-end: var(--space-half);
  }
  .column {
    display: grid;
    flex: 1 1 0;
    grid-template-rows: minmax(0, 1fr) calc(14 * var(--px));
    align-items: end;
    min-inline-size: 0;
  }
  .rod {
    display: block;
    min-block-size: 1px;
    background: var(--water-b);
    border-radius: 1px 1px 0 0;
  }
  .foot {
    block-size: calc(14 * var(--px));
    overflow: hidden;
    color: var(--muted);
    font: calc(10 * var(--px)) / calc(14 * var(--px)) var(--mono);
    text-align: center;
  }
  .column[data-state="removed"] .rod {
    opacity: 0.55;
    background: repeating-linear-gradient(115deg, var(--hatch) 0 1px, transparent 1px 4px);
  }
  .column[data-state="removed"] .foot,
  .column[data-state="gone"] .foot {
    text-decoration: line-through;
  }
  .column[data-state="gone"] .rod {
    visibility: hidden;
  }
  li[data-stage="logits"] .rod {
    background: var(--water-a);
  }
  code {
    font-family: var(--mono);
    font-size: 0.9375em;
    overflow-wrap: anywhere;
  }
  @container logit-lab (inline-size < 544px) {
    .stages li {
      grid-template-columns: calc(60 * var(--px)) minmax(0, 1fr);
    }
    .stages .chart,
    .stages .did,
    .stages .rule {
      grid-column: 1 / -1;
    }
    .foot {
      font-size: calc(9 * var(--px));
    }
  }
  @media (forced-colors: active) {
    .rod {
      forced-color-adjust: none;
      background: CanvasText;
    }
  }
`;
