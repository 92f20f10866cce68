import { css, html, nothing } from "lit";
import { keyed } from "lit/directives/keyed.js";
import { isGpt, isOnShelf } from "../state/models.js";
import { RECORDED_PROMPTS } from "../state/recorded.js";

/**
 * The models side by side, one in force. The arrow keys go from one to the next and choose what is there; a model that has to be loaded
 * is only chosen by a press: Enter, Space or a click.
 *
 * @typedef {import("./context.js").Context} Context
 * @typedef {import("../state/types.js").ModelChoice["kind"]} Kind
 *
 * @typedef {object} ModelActions
 * @property {(kind: Kind) => void} choose   loads it first where it has to be
 * @property {() => void} cancel             stops loading
 * @property {(open: boolean) => void} open  shows what the model in force is made of
 * @property {import("../state/types.js").Ours | null} ours  null: this copy of the page cannot load it
 * @property {number} smollm2  bytes of its file
 * @property {boolean} recorded  whether this copy of the page has rows of it
 */

/** Rows and the kinds of model that each stands for; the first is chosen by a press. @type {readonly { name: "notebook" | "counted" | "gpt" | "recorded" | "smollm2" | "own", kinds: readonly Kind[] }[]} */
const ROWS = Object.freeze([
  { name: "notebook", kinds: ["notebook"] },
  { name: "counted", kinds: ["counted"] },
  { name: "gpt", kinds: ["gpt"] },
  { name: "recorded", kinds: ["recorded"] },
  { name: "smollm2", kinds: ["smollm2"] },
  { name: "own", kinds: ["logits", "bigram", "own-gpt"] },
]);

/** @param {Context} context @param {ModelActions} actions @param {boolean} is_open what the model in force is made of is shown */
export function modelList(context, actions, is_open) {
  const { state, words } = context;
  const { t } = words;
  const { at, wanted } = state.shelf;
  const coming = at && wanted ? wanted.kind : null;
  /** @type {Partial<Record<Kind | "own", boolean>>} */
  const isOffered = { gpt: actions.ours !== null, recorded: actions.recorded, smollm2: state.shelf.smollm2 !== null };
  const rows = ROWS.filter(({ name }) => isOffered[name] ?? true);
  // A checkpoint is chosen before there is one; any other model only when it is there.
  const { kind } = wanted?.kind === "own-gpt" ? wanted : state.model;
  const chosen = rows.find(({ kinds }) => kinds.includes(kind)) ?? rows[0];
  const on_its_way = rows.find(({ kinds }) => coming !== null && kinds.includes(coming));
  return html`<section class="models" part="model" aria-labelledby="models-heading">
    <h2 id="models-heading">${t.model.legend}</h2>
    <div class="model-rows" role="radiogroup" aria-labelledby="models-heading" @keydown=${move}>
      ${rows.map((row) => modelRow(row, row === chosen, row === on_its_way, context, actions))}
    </div>
    <p class="note about-model" aria-live="polite">
      ${state.shelf.problem && wanted && wanted.kind !== "own-gpt" ? html`<span class="problem" role="alert">${t.model.failed(state.shelf.problem)}</span>` : keyed(kind, html`<span>${t.model.about[kind]}</span>`)}
      ${on_its_way ? html`<span class="spoken">${t.model.row[on_its_way.name].name}: ${t.model.starting}</span>` : nothing}
      <button class="quiet link" type="button" aria-expanded=${is_open} aria-controls="model-details" @click=${() => actions.open(!is_open)}>${is_open ? t.model.less : t.model.more}</button>
    </p>
    ${kind === "recorded" ? recordedPrompts(context) : nothing}
  </section>`;
}

/** The prompts that there is a row for. @param {Context} context */
const recordedPrompts = ({ state, words: { t }, send }) =>
  html`<select
    class="field recorded"
    aria-label=${t.model.recorded_prompt}
    @change=${(/** @type {Event & { target: HTMLSelectElement }} */ event) => send({ type: "prompt", text: event.target.value })}
  >
    ${RECORDED_PROMPTS.includes(state.prompt) ? nothing : html`<option selected disabled>${t.model.recorded_prompt}</option>`}
    ${RECORDED_PROMPTS.map((text) => html`<option value=${text} ?selected=${text === state.prompt}>${text}</option>`)}
  </select>`;

/**
 * @param {typeof ROWS[number]} row
 * @param {boolean} isChosen
 * @param {boolean} isComing
 * @param {Context} context
 * @param {ModelActions} actions
 */
function modelRow({ name, kinds }, isChosen, isComing, { state, words: { t, format } }, actions) {
  const isLoaded = !isGpt(kinds[0]) || isOnShelf({ ...state.model, kind: kinds[0] }, state.shelf);
  const isHere = name === "recorded" ? isChosen : isLoaded;
  const bytes = { gpt: actions.ours?.bytes, smollm2: actions.smollm2, notebook: 0, counted: 0, recorded: 0, own: 0 }[
    name
  ];
  const megabytes = bytes ? format.bytes(bytes) : "";
  const { at } = state.shelf;
  return html`<div class="model-row" data-model=${name} ?data-coming=${isComing} .style=${isComing && at?.total ? `--done: ${at.loaded / at.total}` : ""}>
    <button
      role="radio"
      type="button"
      aria-checked=${isChosen}
      tabindex=${isChosen ? 0 : -1}
      ?data-needs-loading=${!isHere}
      @click=${() => actions.choose(kinds.includes(state.model.kind) ? state.model.kind : kinds[0])}
    >
      <span class="dot" aria-hidden="true"></span>
      <span class="name">${t.model.row[name].name}</span>
      <small>${isComing && at ? howFar(at, t, format) : t.model.row[name].about}</small>
      ${megabytes && !isComing && !isHere ? html`<span class="size"><span aria-hidden="true">↓ </span><span class="spoken">${t.model.to_load}</span>${megabytes}</span>` : nothing}
    </button>
    ${isComing ? html`<button class="quiet cancel" type="button" aria-label=${t.model.cancel} @click=${actions.cancel}>×</button>` : nothing}
  </div>`;
}

/**
 * @param {import("../state/types.js").Loading} at
 * @param {import("../lib/strings.js").Strings} t
 * @param {import("../lib/format.js").Format} format
 */
function howFar({ loaded, total, speed }, t, format) {
  if (!total) return t.model.starting;
  // One unit for both: a row has no room for two.
  const far = t.model.of(format.bytes(loaded).slice(0, -3), format.bytes(total));
  return speed ? html`${far}<span>, ${t.model.speed(format.bytes(speed))}</span>` : far;
}

/** @param {KeyboardEvent} event */
function move(event) {
  const rows = [
    .../** @type {HTMLElement} */ (event.currentTarget).querySelectorAll(/** @type {"button"} */ ("[role=radio]")),
  ];
  const at = rows.indexOf(/** @type {HTMLButtonElement} */ (event.target));
  const to = { ArrowRight: at + 1, ArrowDown: at + 1, ArrowLeft: at - 1, ArrowUp: at - 1 }[event.key];
  if (at === -1 || to === undefined) return;
  event.preventDefault();
  const next = rows[(to + rows.length) % rows.length];
  next.focus();
  if (!("needsLoading" in next.dataset)) next.click();
}

export const modelListStyles = css`
  .models h2 {
    color: var(--muted);
    font: 600 calc(13 * var(--px)) / calc(18 * var(--px)) var(--sans);
    margin-block-end: var(--space-half);
  }
  .model-row {
    position: relative;
    display: flex;
    margin-inline: calc(-8 * var(--px));
    border-radius: var(--radius-small);
  }
  .model-row:hover,
  .model-row:has([aria-checked="true"]) {
    background: var(--surface);
  }
  .model-row [role="radio"] {
    display: flex;
    flex: 1;
    align-items: center;
    gap: calc(10 * var(--px));
    min-inline-size: 0;
    min-block-size: calc(28 * var(--px));
    padding: 0 calc(8 * var(--px));
    border: 0;
    background: none;
    font-weight: 400;
    text-align: start;
    white-space: nowrap;
  }
  .model-row [aria-checked="true"] .name {
    font-weight: 600;
  }
  .dot {
    flex: none;
    box-sizing: border-box;
    inline-size: calc(14 * var(--px));
    block-size: calc(14 * var(--px));
    border: 1.5px solid var(--line-strong);
    border-radius: 50%;
  }
  [aria-checked="true"] > .dot {
    border: calc(4.5 * var(--px)) solid var(--ink);
  }
  .model-row small,
  .model-row .size {
    color: var(--muted);
    font: var(--note);
    font-variant-numeric: tabular-nums;
  }
  .model-row small {
    overflow: hidden;
    text-overflow: ellipsis;
  }
  .model-row .size {
    margin-inline-start: auto;
  }
  .model-row[data-coming]::after {
    content: "";
    position: absolute;
    inset: auto calc(8 * var(--px)) 0;
    block-size: 3px;
    border-radius: 2px;
    background: linear-gradient(to right, var(--ink) calc(var(--done, 0) * 100%), var(--line) 0);
  }
  .model-row .cancel {
    flex: none;
    min-block-size: 0;
    padding-block: 0;
    font-size: calc(18 * var(--px));
  }
  .about-model {
    min-block-size: calc(34 * var(--px));
    padding-block-start: var(--space-half);
  }
  select.recorded {
    inline-size: 100%;
    max-inline-size: calc(420 * var(--px));
  }
  button.link {
    min-inline-size: 0;
    min-block-size: 0;
    padding: 0;
    border: 0;
    font: inherit;
    text-decoration: underline;
    text-underline-offset: 0.2em;
  }
  /* Of many, none pushes the picture out of sight. */
  @media (pointer: fine) {
    @container logit-lab (inline-size >= 1100px) {
      .model-row:nth-last-child(n + 5) [role="radio"],
      .model-row:nth-last-child(n + 5) ~ .model-row [role="radio"] {
        min-block-size: calc(24 * var(--px));
      }
    }
  }
  @container logit-lab (inline-size < 1100px) {
    .models h2 {
      position: absolute;
      inline-size: 1px;
      block-size: 1px;
      overflow: hidden;
      clip-path: inset(50%);
    }
    .model-rows {
      display: flex;
      gap: var(--space-half);
      margin-inline: calc(-1 * var(--edge));
      padding: 2px var(--edge);
      overflow-x: auto;
      scroll-snap-type: x proximity;
      scrollbar-width: none;
    }
    .model-row {
      flex: 1 0 auto;
      margin: 0;
      scroll-snap-align: center;
      border-radius: var(--radius);
      box-shadow: inset 0 0 0 1px var(--line);
    }
    .model-row:has([aria-checked="true"]) {
      box-shadow: inset 0 0 0 2px var(--ink);
    }
    .model-row [role="radio"] {
      display: grid;
      align-content: center;
      gap: 0;
      min-block-size: calc(50 * var(--px));
      padding: calc(6 * var(--px)) calc(8 * var(--px));
    }
    .dot,
    .model-row:has(.size) small {
      display: none;
    }
    .model-row .size {
      margin: 0;
    }
    .about-model {
      min-block-size: calc(17 * var(--px));
    }
  }
  @container logit-lab (inline-size < 640px) {
    /* As wide while it comes as before and after, so that the models beside it keep their places. */
    .model-row {
      flex: none;
      min-inline-size: calc(132 * var(--px));
    }
    .model-row[data-coming] .name {
      padding-inline-end: calc(20 * var(--px));
    }
    .model-row small span {
      display: none;
    }
    .model-row[data-coming] small {
      inline-size: 0;
      min-inline-size: 100%;
    }
    /* Beside the name, as high as the card, so that a finger finds it. */
    .model-row .cancel {
      position: absolute;
      inset-block: 0;
      inset-inline-end: 0;
      display: flex;
      justify-content: center;
    }
    .about-model {
      min-block-size: calc(34 * var(--px));
    }
  }
  @media (pointer: coarse) {
    .model-row [role="radio"] {
      min-block-size: calc(44 * var(--px));
    }
    .model-row .cancel {
      min-inline-size: calc(44 * var(--px));
    }
    button.link {
      display: inline-block;
      padding-block: calc(14 * var(--px));
      margin-block: calc(-14 * var(--px));
    }
  }
  @media (forced-colors: active) {
    .model-row:has([aria-checked="true"]) {
      outline: 2px solid Highlight;
    }
  }
`;
