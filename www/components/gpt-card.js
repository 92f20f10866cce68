import { css, html, nothing } from "lit";
import { live } from "lit/directives/live.js";
import { knownGpt } from "../state/models.js";
import { sentence } from "./problem.js";

/**
 * A GPT: what it is and weighs, and how to load it. Nothing of it is fetched before it is asked for.
 *
 * @typedef {import("./context.js").Context} Context
 * @typedef {import("../lib/strings-of-gpt.js").StringsOfGpt} StringsOfGpt
 * @typedef {Context & { words: { t: StringsOfGpt }, ours: import("../state/types.js").Ours | null }} GptContext  ours: null where this copy cannot load GPTs
 * @typedef {import("../state/types.js").GptActions} GptActions
 * @typedef {import("../state/types.js").ModelChoice} ModelChoice
 */

/**
 * @param {ModelChoice} choice the GPT in force, or the one that is wanted
 * @param {GptContext} context
 * @param {GptActions} actions
 */
export function gptCard(choice, context, actions) {
  const { t } = context.words;
  if (!context.ours) return html`<p class="note" data-gpt-absent>${t.gpt.absent}</p>`;
  const isOurs = choice.kind === "gpt";
  return html`<div class="gpt" data-gpt=${choice.kind}>
    ${isOurs ? size(context, context.state.shelf.wanted ? t.gpt.size : t.gpt.loaded) : ownFields(choice, context, actions)} ${loading(context, actions)}
    ${cacheSwitch(choice, context, actions)} ${about(isOurs, context)}
  </div>`;
}

/** @param {GptContext} context */
export function gptSentence({ state: { shelf, model }, ours, words: { t, format } }) {
  const { kind } = shelf.wanted ?? model;
  return kind === "own-gpt"
    ? t.gpt.about[kind]
    : t.gpt.about.gpt(ours?.n_weights ? t.gpt.weights(format.whole(ours.n_weights)) : "");
}

/** @param {GptContext} context @param {(weights: string) => string} say */
export const size = ({ ours, words: { format } }, say) =>
  ours &&
  html`<p class="note" data-gpt-size>
    ${say(format.bytes(ours.bytes))}
  </p>`;

/**
 * Files to drop or choose, an address, and whether what is fetched is kept.
 * @param {ModelChoice} choice
 * @param {GptContext} context
 * @param {GptActions} actions
 */
function ownFields({ address, files }, { state, words: { t }, send }, actions) {
  const take = (/** @type {FileList | null | undefined} */ list) =>
    list && list.length > 0 && actions.load({}, [...list]);
  return html`<div
      class="drop"
      @dragover=${over}
      @dragleave=${leave}
      @drop=${(/** @type {DragEvent} */ event) => {
        leave(event);
        take(event.dataTransfer?.files);
      }}
    >
      <label for="gpt.files">${t.gpt.files}</label>
      <input
        id="gpt.files"
        type="file"
        multiple
        accept=".safetensors,.json,.txt"
        aria-describedby="gpt.files-about"
        @change=${(/** @type {Event & { target: HTMLInputElement }} */ event) => take(event.target.files)}
      />
      <p class="note" id="gpt.files-about">${files ? namesIn(files) : t.gpt.drop}</p>
    </div>
    <label for="gpt.address">${t.gpt.address}</label>
    <input
      id="gpt.address"
      class="field"
      type="text"
      inputmode="url"
      autocomplete="off"
      autocapitalize="off"
      spellcheck="false"
      placeholder=${t.gpt.address_hint}
      aria-describedby="gpt.address-about"
      .value=${live(address)}
      @input=${(/** @type {InputEvent & { target: HTMLInputElement }} */ event) =>
        send({ type: "model", change: { kind: "own-gpt", address: event.target.value } })}
      @keydown=${(/** @type {KeyboardEvent} */ event) => event.key === "Enter" && actions.load()}
    />
    <p class="note" id="gpt.address-about">${t.gpt.address_about}</p>
    <label class="switch">
      <input
        type="checkbox"
        .checked=${live(state.shelf.keep)}
        @change=${(/** @type {Event & { target: HTMLInputElement }} */ event) =>
          send({ type: "shelf", change: { keep: event.target.checked } })}
      />
      ${t.gpt.keep}
    </label>`;
}

/** @param {string} files */
const namesIn = (files) =>
  files
    .split("\n")
    .map((line) => line.split("/")[0])
    .join(", ");

/** @param {DragEvent} event */
function over(event) {
  event.preventDefault();
  /** @type {HTMLElement} */ (event.currentTarget).dataset.over = "";
}

/** @param {DragEvent} event */
function leave(event) {
  event.preventDefault();
  delete (/** @type {HTMLElement} */ (event.currentTarget).dataset.over);
}

/**
 * With a model in force the switch loads it anew.
 * @param {ModelChoice} choice
 * @param {GptContext} context
 * @param {GptActions} actions
 */
const cacheSwitch = ({ kv_cache }, { state, words: { t }, send }, actions) =>
  html`<label class="switch">
      <input
        type="checkbox"
        aria-describedby="gpt.kv_cache-about"
        .checked=${live(kv_cache === "on")}
        @change=${(/** @type {Event & { target: HTMLInputElement }} */ event) => {
          const change = { kv_cache: /** @type {"on" | "off"} */ (event.target.checked ? "on" : "off") };
          if (state.shelf.wanted) send({ type: "model", change });
          else actions.load(change);
        }}
      />
      ${t.gpt.kv_cache}
    </label>
    <p class="note" id="gpt.kv_cache-about">${t.gpt.kv_cache_about}</p>`;

/**
 * The button, or how far it is; what went wrong, and what to do about it.
 * @param {GptContext} context
 * @param {GptActions} actions
 * @param {boolean} [isOffered] with a button although nothing was chosen yet
 */
export function loading({ state: { shelf, model }, words: { t, format } }, actions, isOffered = false) {
  const { at, wanted, problem } = shelf;
  const isOwn = !isOffered && (wanted ?? model).kind === "own-gpt";
  const hasSource = !isOwn || (wanted?.address.trim() ?? "") !== "" || (wanted?.files ?? "") !== "";
  return html`<div class="loading">
      ${at ? progress(at, t, format) : nothing} ${at || wanted || isOffered ? button(at !== null, hasSource, t, actions) : nothing}
    </div>
    <p class="note" role="status" data-gpt-status>${said(shelf, t)}</p>
    ${problem ? html`<p class="problem" role="alert">${advice(problem, t)}</p>` : nothing}`;
}

/**
 * One button for both, so that the focus stays on it.
 * @param {boolean} isLoading
 * @param {boolean} hasSource
 * @param {StringsOfGpt} t
 * @param {GptActions} actions
 */
function button(isLoading, hasSource, t, actions) {
  const press = isLoading ? actions.cancel : () => hasSource && actions.load();
  return html`<button class=${isLoading ? "" : "primary"} type="button" aria-disabled=${!isLoading && !hasSource} @click=${press}>
    ${isLoading ? t.gpt.cancel : t.gpt.load}
  </button>`;
}

/**
 * How far a model is on its way.
 * @param {import("../state/types.js").Loading} at
 * @param {Pick<StringsOfGpt, "gpt">} t
 * @param {import("../lib/format.js").Format} format
 */
export function progress({ stage, loaded, total }, t, format) {
  const far = total ? t.gpt.of(format.bytes(loaded), format.bytes(total)) : loaded > 0 ? format.bytes(loaded) : "";
  const text = `${t.gpt.stage[stage]} ${far}`.trim();
  return html`<div class="how-far">
    <progress
      aria-label=${t.gpt.progress}
      aria-valuetext=${text}
      max=${total ?? 1}
      .value=${total ? loaded : 0}
    ></progress>
    <span class="note" aria-hidden="true">${text}</span>
  </div>`;
}

/** @param {import("../state/types.js").ShelfState} shelf @param {StringsOfGpt} t */
function said({ at, wanted, promised, cancelled }, t) {
  if (at) return t.gpt.progress;
  if (cancelled) return t.gpt.cancelled;
  if (promised) return t.gpt.linked;
  return wanted ? t.gpt.unchanged : nothing;
}

/** What the engine said, and what to do about it. @param {string} problem @param {StringsOfGpt} t */
const advice = (problem, t) =>
  t.gpt.failed(`${sentence(problem)} ${/loaded|answered/.test(problem) ? t.gpt.help.network : t.gpt.help.file}`);

/** What the engine says of it once it is there; of ours also what it is told by. @param {boolean} isOurs @param {GptContext} context */
function about(isOurs, { state, ours, words: { t } }) {
  const known = state.shelf.wanted ? null : knownGpt(state);
  if (!known && !isOurs) return nothing;
  return html`<details data-part="gpt-about">
    <summary>${known ? t.gpt.there : t.gpt.details}</summary>
    <div class="body">
      ${known ? html`<p class="note" data-gpt-about>${sentence(known.about)}</p>` : nothing}
      ${isOurs ? html`<p class="note">${t.gpt.sha256}: <code data-sha256>${ours?.sha256}</code></p>` : nothing}
    </div>
  </details>`;
}

export const gptCardStyles = css`
  .gpt {
    display: grid;
    gap: var(--space-half);
  }
  .drop {
    display: grid;
    gap: var(--space-half);
    padding: var(--space-1) var(--space-2) var(--space-2);
    border: 1px dashed var(--line-strong);
    border-radius: 6px;
  }
  .drop[data-over] {
    border-color: var(--ink);
    background: var(--tint-2);
  }
  .drop input {
    min-inline-size: 0;
    max-inline-size: 100%;
    font-size: calc(14 * var(--px));
  }
  .model .switch {
    display: flex;
    align-items: center;
    gap: var(--space-1);
    min-block-size: calc(28 * var(--px));
    font-weight: 400;
  }
  .switch input {
    inline-size: calc(18 * var(--px));
    block-size: calc(18 * var(--px));
    margin: 0;
    accent-color: var(--ink);
  }
  .loading {
    display: flex;
    flex-wrap: wrap;
    align-items: center;
    gap: var(--space-1);
    min-block-size: calc(44 * var(--px));
  }
  .loading:not(:has(button)) {
    min-block-size: 0;
  }
  .gpt .note {
    margin-block-start: 0;
  }
  .drop + label {
    margin-block-start: var(--space-1);
  }
  .how-far {
    display: grid;
    flex: 1 1 calc(128 * var(--px));
  }
  progress {
    inline-size: 100%;
    accent-color: var(--ink);
  }
  .gpt code {
    font: calc(12 * var(--px)) / 1.4 var(--mono);
    overflow-wrap: anywhere;
  }
`;
