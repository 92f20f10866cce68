import { css, html, nothing } from "lit";
import { live } from "lit/directives/live.js";
import { isWeights } from "../state/files.js";
import { knownGpt } from "../state/models.js";
import { copyable } from "./copyable.js";
import { sentence } from "./problem.js";

/**
 * A GPT: what it is and weighs, and how to load it. Nothing of it is fetched before it is asked for.
 *
 * @typedef {import("./context.js").Context} Context
 * @typedef {import("../lib/strings-of-gpt.js").StringsOfGpt} StringsOfGpt
 * @typedef {Context & { words: { t: StringsOfGpt }, ours: import("../state/types.js").Ours | null, smollm2: number }} GptContext  ours: null where this copy cannot load GPTs; smollm2: bytes of its file
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
  const isOurs = choice.kind === "gpt";
  if (choice.kind === "smollm2") return smollm2Card(choice, context, actions);
  if (isOurs && !context.ours) return html`<p class="note" data-gpt-absent>${t.gpt.absent}</p>`;
  return html`<div class="gpt" data-gpt=${choice.kind}>
    ${isOurs ? size(context, context.state.shelf.wanted ? t.gpt.size : t.gpt.loaded) : ownFields(choice, context, actions)} ${loading(context, actions)}
    ${isOurs ? nothing : toldFields(choice, context, actions)} ${cacheSwitch(choice, context, actions)} ${about(isOurs, context)}
  </div>`;
}

/**
 * SmolLM2: its file says all of it itself.
 * @param {ModelChoice} choice
 * @param {GptContext} context
 * @param {GptActions} actions
 */
function smollm2Card(choice, context, actions) {
  const { shelf } = context.state;
  const say = shelf.wanted ? context.words.t.gpt.size : context.words.t.gpt.loaded;
  return html`<div class="gpt" data-gpt=${choice.kind}>
    <p class="note" data-gpt-size>${say(context.words.format.bytes(context.smollm2))}</p>
    ${shelf.wanted ? keepSwitch(context) : nothing} ${loading(context, actions)}
    ${toldFields(choice, context, actions)} ${cacheSwitch(choice, context, actions)} ${about(false, context)}
  </div>`;
}

/** @param {GptContext} context */
export function gptSentence({ state: { shelf, model }, ours, words: { t, format } }) {
  const { kind } = shelf.wanted ?? model;
  return kind === "own-gpt" || kind === "smollm2"
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
        accept=".safetensors,.json,.txt,.pt,.pth,.bin,.ckpt,.zip,.gguf"
        aria-describedby="gpt.files-about"
        @change=${(/** @type {Event & { target: HTMLInputElement }} */ event) => take(event.target.files)}
      />
      <p class="note" id="gpt.files-about">${files && !address.trim() ? namesIn(files).join(", ") : t.gpt.drop}</p>
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
      @input=${(/** @type {InputEvent & { target: HTMLInputElement }} */ { target }) => {
        const chosen = /** @type {HTMLInputElement} */ (target.parentElement?.querySelector("#gpt\\.files"));
        // An address counts before files, so they are shown no more.
        chosen.value = "";
        send({ type: "model", change: { kind: "own-gpt", address: target.value } });
      }}
      @keydown=${(/** @type {KeyboardEvent} */ event) => event.key === "Enter" && actions.load()}
    />
    <p class="note" id="gpt.address-about">${t.gpt.address_about}</p>
    ${keepSwitch({ state, words: { t }, send })}`;
}

/** Whether what is fetched stays in the browser. @param {Pick<GptContext, "state" | "send"> & { words: { t: StringsOfGpt } }} context */
const keepSwitch = ({ state, words: { t }, send }) =>
  html`<label class="switch">
    <input
      type="checkbox"
      .checked=${live(state.shelf.keep)}
      @change=${(/** @type {Event & { target: HTMLInputElement }} */ event) =>
        send({ type: "shelf", change: { keep: event.target.checked } })}
    />
    ${t.gpt.keep}
  </label>`;

/**
 * What no tensor shows: heads and GELU, told by the files, assumed, or set here; and whether a text ends where the files say so.
 * @param {ModelChoice} choice
 * @param {GptContext} context
 * @param {GptActions} actions
 */
function toldFields(choice, context, actions) {
  const { state, words } = context;
  const known = state.shelf.wanted ? null : knownGpt(state);
  const set = (/** @type {Partial<ModelChoice>} */ change) =>
    state.shelf.wanted ? context.send({ type: "model", change }) : actions.load(change);
  return html`${known ? html`<p class="note" data-gpt-told>${toldSentences(known, words)}</p>` : nothing}
    ${saysItself(choice, known) ? nothing : assumedFields(choice, known, context, set)} ${endSwitch(choice, context, set)}
    ${known?.chat_template ? chatSwitch(choice, context, set) : nothing}`;
}

/**
 * Whether the files say heads and activation, as GGUF does, and configs of Llama's family.
 * @param {ModelChoice} choice
 * @param {ReturnType<typeof knownGpt>} known
 */
const saysItself = ({ kind, address, files }, known) =>
  kind === "smollm2" ||
  /\.gguf([@?#]|$)/i.test(address.trim()) ||
  /\.gguf\//i.test(files) ||
  known?.activation === "silu";

/**
 * What no tensor shows, told by the files, assumed, or set here.
 * @param {ModelChoice} choice
 * @param {ReturnType<typeof knownGpt>} known
 * @param {GptContext} context
 * @param {(change: Partial<ModelChoice>) => void} set
 */
function assumedFields(choice, known, { words: { t } }, set) {
  const { gpt } = t;
  return html`<label for="gpt.n_head">${gpt.n_head}</label>
    <input
      id="gpt.n_head"
      class="field"
      type="text"
      inputmode="numeric"
      autocomplete="off"
      placeholder=${known ? String(known.n_head) : gpt.as_told}
      .value=${choice.n_head}
      @change=${(/** @type {Event & { target: HTMLInputElement }} */ event) => set({ n_head: event.target.value })}
    />
    <label for="gpt.activation">${gpt.activation}</label>
    <select
      id="gpt.activation"
      class="field"
      @change=${(/** @type {Event & { target: HTMLSelectElement }} */ event) => set({ activation: event.target.value })}
    >
      <option value="" ?selected=${choice.activation === ""}>${known && choice.activation === "" ? gpt.gelu[known.activation] : gpt.as_told}</option>
      ${GELUS.map((name) => html`<option value=${name} ?selected=${choice.activation === name}>${gpt.gelu[name]}</option>`)}
    </select>`;
}

/** Which the user may choose from. */
const GELUS = /** @type {const} */ (["gelu", "gelu_tanh"]);

/**
 * @param {import("../engine/handles.js").GptConfig} known
 * @param {GptContext["words"]} words
 */
function toldSentences({ n_head, activation, block_size, assumed }, { t: { gpt }, format }) {
  const said = { n_head: gpt.heads(format.whole(n_head)), activation: gpt.which(gpt.gelu[activation]) };
  const sees = gpt.block_size(format.whole(block_size));
  return assumed.length > 0 ? `${sees} ${gpt.assumed(assumed.map((name) => said[name]).join(", "))}` : sees;
}

/**
 * @param {ModelChoice} choice
 * @param {GptContext} context
 * @param {(change: Partial<ModelChoice>) => void} set
 */
function endSwitch({ ends }, { state, words: { t } }, set) {
  const { run, shelf } = state;
  const ids = (shelf.wanted ? null : knownGpt(state))?.eos_token_id ?? [];
  if (ids.length === 0 && ends === "on") return nothing;
  const names = ids.map((id) => run?.vocab[id] ?? String(id)).join(", ");
  return html`<label class="switch">
    <input
      type="checkbox"
      .checked=${live(ends === "on")}
      @change=${(/** @type {Event & { target: HTMLInputElement }} */ event) => set({ ends: event.target.checked ? "on" : "off" })}
    />
    ${names ? t.gpt.ends(names) : t.gpt.ends_at_all}
  </label>`;
}

/**
 * Whether the prompt is a message.
 * @param {ModelChoice} choice
 * @param {GptContext} context
 * @param {(change: Partial<ModelChoice>) => void} set
 */
const chatSwitch = ({ chat }, { words: { t } }, set) =>
  html`<label class="switch">
      <input
        type="checkbox"
        aria-describedby="gpt.chat-about"
        .checked=${live(chat === "on")}
        @change=${(/** @type {Event & { target: HTMLInputElement }} */ event) => set({ chat: event.target.checked ? "on" : "off" })}
      />
      ${t.gpt.chat}
    </label>
    <p class="note" id="gpt.chat-about">${t.gpt.chat_about}</p>`;

/** @param {string} files */
const namesIn = (files) => files.split("\n").map((line) => line.split("/")[0]);

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
  const { at, wanted, problem, python } = shelf;
  const choice = wanted ?? model;
  const isOwn = !isOffered && choice.kind === "own-gpt";
  const hasSource = !isOwn || (wanted?.address.trim() ?? "") !== "" || (wanted?.files ?? "") !== "";
  return html`<div class="loading">
      ${at ? progress(at, t, format) : nothing} ${at || wanted || isOffered ? button(at !== null, hasSource, t, actions) : nothing}
    </div>
    <p class="note" role="status" data-gpt-status>${said(shelf, t)}</p>
    ${problem ? html`<p class="problem" role="alert">${advice(problem, python, choice, t)}</p>` : nothing}
    ${problem && python ? copyable("gpt-python", linesFor(choice, python), t.gpt.lines, Math.min(14, python.split("\n").length), t) : nothing}`;
}

/**
 * The lines of Python, about the file that was chosen.
 * @param {Pick<ModelChoice, "address" | "files">} choice
 * @param {string} python about ckpt.pt
 */
export function linesFor({ address, files }, python) {
  const typed = address.trim().replace(/[?#].*/, "");
  const names = typed ? [typed.slice(typed.lastIndexOf("/") + 1)] : namesIn(files);
  const name = names.find(isWeights);
  // Python reads a text of JSON as it is. A function, so that no $ of the name is taken for a pattern.
  return name ? python.replace('"ckpt.pt"', () => JSON.stringify(name)) : python;
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

/**
 * What the engine said, and what to do about it.
 * @param {string} problem
 * @param {string | null} python which ends the engine's sentence, and stands in a field of its own
 * @param {Pick<ModelChoice, "address">} choice
 * @param {StringsOfGpt} t
 */
function advice(problem, python, { address }, t) {
  const said = python ? problem.slice(0, problem.length - python.length).replace(/\.[^.]*:\n$/, "") : problem;
  const [, help] = HELP.find(([about]) => about.test(problem)) ?? [null, "file"];
  // Files are read together only where all of them were chosen.
  const helpHere = help === "tokens" && address.trim() ? "tokens_of_address" : help;
  return t.gpt.failed(`${sentence(said)} ${t.gpt.help[python ? "convert" : helpHere]}`);
}

/** What helps, by what the engine's sentence is about. @type {readonly [RegExp, keyof StringsOfGpt["gpt"]["help"]][]} */
const HELP = Object.freeze([
  [/how many heads|n_head = /, "heads"],
  [/says which \d+ tokens/, "tokens"],
  [/of these holds weights|parts are missing/, "more"],
  [/loaded|answered/, "network"],
]);

/** What the engine says of it once it is there; of ours also what it is told by. @param {boolean} isOurs @param {GptContext} context */
function about(isOurs, { state, ours, words: { t, format } }) {
  const known = state.shelf.wanted ? null : knownGpt(state);
  if (!known && !isOurs) return nothing;
  return html`<details data-part="gpt-about">
    <summary>${known ? t.gpt.there : t.gpt.details}</summary>
    <div class="body">
      ${known ? html`<p class="note" data-gpt-about>${sentence(spaced(known.about, format))}</p>` : nothing}
      ${isOurs ? html`<p class="note">${t.gpt.sha256}: <code data-sha256>${ours?.sha256}</code></p>` : nothing}
    </div>
  </details>`;
}

/** The engine writes numbers without separators. @param {string} text @param {import("../lib/format.js").Format} format */
export const spaced = (text, format) => text.replace(/\b\d{4,}\b/g, (n) => format.whole(Number(n)));

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
