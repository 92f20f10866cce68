import { css, html, nothing } from "lit";
import { guard } from "lit/directives/guard.js";
import { signOf } from "../lib/format.js";
import { firstDifference } from "../state/history.js";
import { wantedStep } from "../state/lab-state.js";
import { tokenPeek } from "./token-peek.js";

/**
 * The text, token by token. New tokens are a list box: one stop for the Tab key, arrows move and choose.
 *
 * @typedef {import("./context.js").Context} Context
 */

/** Prompt tokens shown; of a longer prompt only the end. */
const PROMPT_TOKENS = 160;

/** Upper ends of the likelihood classes; the last class has none. */
const BUCKETS = Object.freeze([0.02, 0.1, 0.4]);

/** Tokens that are rendered together: choosing another token touches two of these, not the whole text. */
const PIECE = 64;

/** @param {number} n tokens */
const startsOfPieces = (n) => Array.from({ length: Math.ceil(n / PIECE) }, (_, piece) => piece * PIECE);

/** @param {Context} context */
export function tokenText(context) {
  const { state, words, send } = context;
  const { run, problem, status } = state;
  const { index, drawn } = wantedStep(state);
  const selected = drawn ? index : -1;
  const first = firstDifference(state)?.index ?? -1;
  return html`<div
    class="text"
    aria-busy=${status === "running" || status === "playing" ? "true" : "false"}
    ?data-stale=${problem !== null}
    @pointerover=${hover}
    @pointerleave=${() => peek(null)}
    @focusin=${focus}
    @focusout=${() => peek(null)}
    @keydown=${(/** @type {KeyboardEvent} */ event) => event.key === "Escape" && peek(null)}
  >
    <div class="tokens">
      ${guard([run?.prompt_ids, words], () => promptTokens(context))}${newTokens(selected)}
    </div>
    ${problem && run ? html`<p class="note">${words.t.text.stale}</p>` : nothing} ${tokenPeek(context)}
  </div>`;

  /** @param {number | null} i */
  function peek(i) {
    send({ type: "peek", index: i });
  }

  /** A pointer between two tokens, or on what is shown of one, is still at it. @param {PointerEvent} event */
  function hover({ target, pointerType }) {
    if (pointerType === "touch" || !(target instanceof Element) || target.closest(".peek")) return;
    if (target.role !== "listbox") peek(indexAt(target));
  }

  /** The keyboard chooses as it goes: where the view tells of the chosen token, there is nothing to add. @param {FocusEvent} event */
  function focus({ target }) {
    const isTold = state.view === "why" || state.view === "stages";
    if (!isTold && target instanceof Element && target.matches(":focus-visible")) peek(indexAt(target));
  }

  /** @param {number} chosen */
  function newTokens(chosen) {
    if (!run || run.tokens.length === 0) return nothing;
    const forced = /** @type {object} */ (run.settings.forced_tokens ?? {});
    return html`<span
      role="listbox"
      class="new"
      aria-label=${words.t.text.list}
      @click=${(/** @type {MouseEvent} */ event) => choose(indexAt(event.target))}
      @keydown=${(/** @type {KeyboardEvent} */ event) => choose(indexAfter(event, run.tokens.length))}
      >${startsOfPieces(run.tokens.length).map((start) => {
        const end = Math.min(start + PIECE, run.tokens.length);
        const within = (/** @type {number} */ i) => (i >= start && i < end ? i : -1);
        // What is drawn stays: a piece changes only while it grows.
        return guard([run.settings, end, within(chosen), within(first), words], () =>
          run.tokens
            .slice(start, end)
            .map((id, at) =>
              newToken(
                run.vocab[id],
                run.probabilities[start + at],
                start + at,
                { selected: start + at === chosen, differs: start + at === first, forced: start + at in forced },
                words,
              ),
            ),
        );
      })}</span
    >`;
  }

  /** @param {number | null} i */
  function choose(i) {
    if (i !== null) send({ type: "select", index: i });
  }
}

/** @param {Context} context */
function promptTokens({ state: { run }, words: { format } }) {
  if (!run) return nothing;
  const hidden = run.prompt_ids.length - PROMPT_TOKENS;
  const shown = hidden > 0 ? run.prompt_ids.slice(hidden) : run.prompt_ids;
  return html`${hidden > 0 ? html`<span class="hidden-tokens">… ${format.earlier(hidden)}</span>` : nothing}${shown.map(
    (id) => html`<span class="token">${face(run.vocab[id])}</span>${lineEnd(run.vocab[id])}`,
  )}`;
}

/**
 * @param {string} text
 * @param {number} p its final probability
 * @param {number} i
 * @param {{ selected: boolean, differs: boolean, forced: boolean }} is  differs: the first that the last change made another
 * @param {import("./effect.js").Words} words
 */
function newToken(text, p, i, { selected, differs, forced }, { t, format }) {
  const also = [forced ? t.branch.put : "", differs ? t.undo.first : ""].filter((word) => word !== "");
  const name = [t.text.option(format.spoken(text), format.whole(i + 1), format.percent(p)), ...also].join(", ");
  return html`<span
      role="option"
      class="token"
      data-index=${i}
      data-bucket=${bucketOf(p)}
      ?data-forced=${forced}
      ?data-differs=${differs}
      tabindex=${selected ? 0 : -1}
      aria-selected=${selected ? "true" : "false"}
      aria-label=${name}
      >${face(text)}</span
    >${lineEnd(text)}`;
}

/** A token's face: the real text, so that a copy is true, with a sign where it would be invisible. @param {string} text */
function face(text) {
  const sign = signOf(text);
  return sign === null
    ? text
    : html`<span class="sign" data-sign=${sign}>${/^\n+$/.test(text) ? nothing : text}</span>`;
}

/** @param {string} text */
const lineEnd = (text) => (text.endsWith("\n") ? html`<br />` : nothing);

/** @param {number} p @returns {number} 0 (unlikely) to 3 */
export function bucketOf(p) {
  const i = BUCKETS.findIndex((end) => p < end);
  return i === -1 ? BUCKETS.length : i;
}

/** @param {EventTarget | null} target */
function indexAt(target) {
  const token = target instanceof Element ? /** @type {HTMLElement | null} */ (target.closest("[data-index]")) : null;
  return token ? Number(token.dataset.index) : null;
}

/** @param {KeyboardEvent} event @param {number} n @returns {number | null} the token the key leads to */
function indexAfter(event, n) {
  const i = indexAt(event.target);
  if (i === null || event.altKey || event.ctrlKey || event.metaKey) return null;
  const to = {
    ArrowRight: i + 1,
    ArrowDown: i + 1,
    ArrowLeft: i - 1,
    ArrowUp: i - 1,
    Home: 0,
    End: n - 1,
    " ": i,
    Enter: i,
  }[event.key];
  if (to === undefined) return null;
  event.preventDefault();
  event.stopPropagation();
  return Math.min(Math.max(to, 0), n - 1);
}

/** What the colours and lines mean. @param {Context} context */
export const tokenLegend = ({ words: { t } }) =>
  html`<p class="legend">
    <span>${t.text.legend}</span>
    ${t.text.buckets.map((label, i) => html`<span class="key"><span class="token" data-bucket=${i} aria-hidden="true"></span> ${label}</span>`)}
  </p>`;

export const tokenTextStyles = css`
  .tokens {
    box-sizing: border-box;
    contain: content;
    /* All of its room from the start: what comes below must not move when the text comes. Half a line shows that there is more. */
    block-size: calc(172 * var(--px));
    padding: 2px;
    margin: -2px;
    overflow-y: auto;
    scrollbar-width: thin;
    font-family: var(--mono);
    font-size: calc(17 * var(--px));
    line-height: 1;
  }
  .text[data-stale] .tokens {
    filter: saturate(0);
  }
  .new {
    display: inline;
  }
  .token {
    display: inline-block;
    box-sizing: border-box;
    min-inline-size: calc(24 * var(--px));
    block-size: calc(28 * var(--px));
    margin-block-end: 3px;
    margin-inline-end: 1px;
    padding-block: 5px 0;
    padding-inline: 2px;
    text-align: center;
    vertical-align: top;
    white-space: pre;
    unicode-bidi: isolate;
    color: var(--muted);
  }
  .token[data-bucket] {
    border-block-end: 1px dotted var(--accent);
    color: var(--ink);
  }
  .token[data-bucket="1"] {
    border-block-end: 1px solid var(--accent);
    background: var(--tint-1);
  }
  .token[data-bucket="2"] {
    border-block-end: 3px solid var(--accent);
    background: var(--tint-2);
  }
  .token[data-bucket="3"] {
    border-block-end: 5px solid var(--accent);
    background: var(--tint-3);
  }
  .token[role] {
    cursor: pointer;
  }
  .token[role]:hover {
    background: var(--tint-3);
  }
  .token[data-differs] {
    box-shadow: inset 3px 0 0 var(--wrong);
  }
  .token[data-forced] {
    border-block-end-style: double;
    font-style: italic;
    text-decoration: underline dotted;
  }
  .token[aria-selected="true"] {
    border-radius: 3px;
    outline: 2px solid var(--ink);
    outline-offset: -1px;
    -webkit-text-stroke: 0.5px; /* bold, without laying out the text anew */
  }
  .token[role]:focus-visible {
    outline: 3px solid var(--focus);
    outline-offset: 1px;
  }
  .sign {
    font-size: 0;
    tab-size: 0;
  }
  .sign::before {
    content: attr(data-sign);
    font-size: calc(17 * var(--px));
    color: var(--muted);
  }
  .hidden-tokens {
    display: inline-block;
    padding: 6px var(--space-1) 0 0;
    color: var(--muted);
    font: calc(13 * var(--px)) / 1 var(--sans);
  }
  .legend {
    display: flex;
    flex-wrap: wrap;
    gap: var(--space-half) var(--space-2);
    margin: var(--space-1) 0 0;
    color: var(--muted);
    font-size: calc(13 * var(--px));
  }
  .key {
    display: inline-flex;
    align-items: center;
    gap: var(--space-half);
  }
  .key .token {
    block-size: calc(16 * var(--px));
    min-inline-size: calc(16 * var(--px));
    margin: 0;
  }
`;
