import { css, html, nothing } from "lit";
import { guard } from "lit/directives/guard.js";
import { keyed } from "lit/directives/keyed.js";
import { cutAtBytes, signOf } from "../lib/format.js";
import { firstDifference } from "../state/history.js";
import { wantedStep } from "../state/lab-state.js";
import { tokensOfWholeWords } from "../state/run.js";
import { promptBox } from "./prompt-bar.js";

/**
 * Prompt and text in one place, to be read as one text. The drawn tokens are a list box: one stop for the Tab key, arrows move and choose.
 *
 * @typedef {import("./context.js").Context} Context
 */

/** Upper ends of the likelihood classes; the last class has none. */
const BUCKETS = Object.freeze([0.02, 0.1, 0.4]);

/** Tokens that are rendered together: choosing another token touches two of these, not the whole text. */
const PIECE = 64;

/** @param {number} n tokens */
const startsOfPieces = (n) => Array.from({ length: Math.ceil(n / PIECE) }, (_, piece) => piece * PIECE);

/**
 * @param {Context} context
 * @param {{ generate: () => void, stop: () => void }} actions
 * @param {Pick<typeof import("../element/views.js"), "copyText" | "tokenPeek"> | null | undefined} views what else could have been drawn, and how the text is copied
 */
export function tokenText(context, actions, views) {
  const { state, words, send } = context;
  const { run, problem, status } = state;
  const { index, drawn } = wantedStep(state);
  const selected = drawn ? index : -1;
  const first = firstDifference(state)?.index ?? -1;
  return html`<div
    class="text"
    aria-busy=${status === "running" || status === "playing" ? "true" : "false"}
    ?data-stale=${problem !== null || state.reading?.is_long}
    @pointerover=${hover}
    @pointerleave=${() => peek(null)}
    @focusin=${focus}
    @focusout=${() => peek(null)}
    @keydown=${(/** @type {KeyboardEvent} */ event) => event.key === "Escape" && peek(null)}
    @copy=${views?.copyText}
  >
    <div class="tokens" dir="auto" ?data-scattered=${state.model.kind === "notebook"} ?data-brief=${state.model.kind === "recorded"}>${promptBox(context, actions)}${newTokens(selected)}<span class="caret" aria-hidden="true">|</span></div>
    ${problem && run ? html`<p class="note">${words.t.text.stale}</p>` : nothing} ${views?.tokenPeek(context)}
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
    const isTold = state.view === "stages" || state.view === "tokens";
    if (!isTold && target instanceof Element && target.matches(":focus-visible")) peek(indexAt(target));
  }

  /** @param {number} chosen */
  function newTokens(chosen) {
    if (!run || run.tokens.length === 0) return nothing;
    const isGrowing = status === "running" && run.finish_reason === null;
    const n = isGrowing ? Math.max(tokensOfWholeWords(run), chosen + 1) : run.tokens.length;
    // Of letters that know one letter before them, a line break makes no line: it is told by its sign.
    const folds = run.model.kind !== "gpt";
    const forced = /** @type {object} */ (run.settings.forced_tokens ?? {});
    // Another model's tokens get elements of their own, so that none of the old ones moves to a new place.
    return keyed(
      run.model,
      html`<span
      role="listbox"
      class="new"
      dir="auto"
      aria-label=${words.t.text.list}
      @click=${(/** @type {MouseEvent} */ event) => choose(indexAt(event.target))}
      @keydown=${(/** @type {KeyboardEvent} */ event) => choose(indexAfter(event, n))}
      >${startsOfPieces(n).map((start) => {
        const end = Math.min(start + PIECE, n);
        const within = (/** @type {number} */ i) => (i >= start && i < end ? i : -1);
        // What is drawn stays: a piece changes only while it grows.
        return guard([run.settings, end, within(chosen), within(first), words], () =>
          run.tokens.slice(start, end).map((id, at) =>
            newToken(
              run.vocab[id],
              run.probabilities[start + at],
              start + at,
              {
                selected: start + at === chosen,
                differs: start + at === first,
                forced: start + at in forced,
                numbered: run.model.kind === "logits" && run.vocab[id] === String(id),
                folds,
                spaced: endsInSpace(run, start + at - 1),
              },
              words,
            ),
          ),
        );
      })}</span
    >`,
    );
  }

  /** @param {number | null} i */
  function choose(i) {
    if (i !== null) send({ type: "select", index: i });
  }
}

/**
 * @param {string} text
 * @param {number} p its final probability
 * @param {number} i
 * @param {{ selected: boolean, differs: boolean, forced: boolean, numbered: boolean, folds: boolean, spaced: boolean }} is  numbered: it has no label but its id; differs: the first that the last change made
 *   another; folds: a line break makes no line; spaced: the token before it ends in a space
 * @param {import("./effect.js").Words} words
 */
function newToken(text, p, i, { selected, differs, forced, numbered, folds, spaced }, { t, format }) {
  const also = [forced ? t.branch.put : "", differs ? t.undo.first : ""].filter((word) => word !== "");
  const name = [t.text.option(format.spoken(text), format.whole(i + 1), format.percent(p)), ...also].join(", ");
  return html`<span
      role="option"
      class="token"
      data-index=${i}
      data-bucket=${bucketOf(p)}
      ?data-lead=${/^\s+\S/.test(text)}
      ?data-forced=${forced}
      ?data-numbered=${numbered}
      ?data-differs=${differs}
      tabindex=${selected ? 0 : -1}
      aria-selected=${selected ? "true" : "false"}
      aria-label=${name}
      >${face(text, selected || spaced)}</span
    >${folds ? nothing : lineEnd(text)}`;
}

/**
 * A token's face: the real text, with a sign where it would be invisible. A space shows as such, unless it is chosen or follows another space.
 * @param {string} text
 * @param {boolean} signed  spaces have a sign, too
 */
export function face(text, signed) {
  const sign = isSpaces(text) && !signed ? null : signOf(text);
  if (sign !== null) return html`<span class="sign" data-sign=${sign}>${/^\n+$/.test(text) ? nothing : text}</span>`;
  const word = text.trimStart();
  const lead = text.slice(0, text.length - word.length);
  return lead === "" || word === "" ? withBytes(text) : html`${lead}<span class="word">${withBytes(word)}</span>`;
}

/** Each sign of a byte by itself, so that its brackets stay about it where the text runs from right to left. @param {string} text */
function withBytes(text) {
  const parts = cutAtBytes(text);
  return parts.length === 1 ? text : parts.map((part, i) => (i % 2 === 1 ? html`<bdi dir="ltr">${part}</bdi>` : part));
}

/** @param {{ tokens: ArrayLike<number>, vocab: readonly string[] }} run @param {number} i @returns {boolean} false before the first token */
export const endsInSpace = ({ tokens, vocab }, i) => i >= 0 && vocab[tokens[i]].endsWith(" ");

/** @param {string} text */
const isSpaces = (text) => /^ +$/.test(text);

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

/** What the lines mean. @param {Context} context */
export const tokenLegend = ({ words: { t } }) =>
  html`<p class="legend">
    <span class="prompt-sample">${t.text.prompt_key}</span> <span>${t.text.legend}</span>
    ${t.text.buckets.map((label, i) => html`<span class="key"><span class="line" data-bucket=${i} aria-hidden="true"></span>${label}</span>`)}
  </p>`;

export const tokenTextStyles = css`
  .tokens {
    /* The room of a short text from the start: what comes below must not move when the text comes. A long one scrolls, by whole lines. */
    --text-lines: 4;
    box-sizing: border-box;
    contain: content;
    min-block-size: calc(var(--text-lines) * var(--text-line));
    max-block-size: calc((var(--text-lines) + 3) * var(--text-line));
    margin-inline: -8px;
    padding-inline: 8px;
    overflow-y: auto;
    scrollbar-width: thin;
    font: 400 var(--text-size) / var(--text-line) var(--serif);
    letter-spacing: -0.006em;
    white-space: pre-wrap;
    overflow-wrap: anywhere;
  }
  .text[data-stale] .tokens {
    filter: saturate(0);
  }
  /* The new text as a whole takes the direction of its own letters; a token of it is not a run of its own. */
  .new {
    display: inline;
    unicode-bidi: isolate;
  }
  .token {
    cursor: pointer;
    border-radius: 3px;
  }
  .token:not([data-lead]),
  .token > .word {
    text-decoration: underline 1px var(--water-a);
    text-underline-offset: 0.19em;
    text-decoration-skip-ink: none;
  }
  .token[data-bucket="0"]:not([data-lead]),
  .token[data-bucket="0"] > .word {
    text-decoration-style: dotted;
    text-decoration-thickness: 1.5px;
  }
  .token[data-bucket="2"]:not([data-lead]),
  .token[data-bucket="2"] > .word {
    text-decoration-thickness: 2px;
  }
  .token[data-bucket="3"]:not([data-lead]),
  .token[data-bucket="3"] > .word {
    text-decoration-thickness: 3.5px;
  }
  /* Numbers run together where nothing is between them. */
  .token[data-numbered] {
    margin-inline-end: 0.3em;
  }
  .token:hover {
    background: var(--surface);
  }
  /* The look of a selected token goes before this one. */
  :where(.token[data-differs]:not([data-lead], :focus-visible), .token[data-differs]:not(:focus-visible) > .word) {
    border-radius: 3px;
    outline: 1.5px solid var(--ink);
    background: var(--tint-2);
  }
  .token[data-forced]:not([data-lead]),
  .token[data-forced] > .word {
    font-style: italic;
    text-decoration-style: double;
  }
  .token[aria-selected="true"]:not([data-lead]),
  .token[aria-selected="true"] > .word {
    margin-inline: -1px;
    padding: 0 1px 0.08em;
    border-radius: 4px;
    background: var(--accent);
    color: var(--on-accent);
    text-decoration: none;
  }
  .token:focus-visible {
    outline-offset: 1px;
  }
  .token bdi {
    white-space: nowrap;
  }
  /* What is not seen may turn the text around. */
  .sign {
    unicode-bidi: isolate;
    font-size: 0;
    line-height: 0;
    tab-size: 0;
  }
  .sign::before {
    content: attr(data-sign);
    font-size: calc(0.8 * var(--text-size));
    color: var(--muted);
  }
  [aria-selected="true"] > .sign::before {
    color: inherit;
  }
  /* A sign as on paper, so that tokens are words of a text, which may be small targets (WCAG 2.5.8); what is seen of it is the box. */
  .caret {
    display: inline-block;
    overflow: hidden;
    color: transparent;
    user-select: none;
    inline-size: 2px;
    block-size: 0.9em;
    margin-inline-start: 4px;
    background: var(--ink);
    vertical-align: -0.13em;
  }
  .legend {
    display: flex;
    flex-wrap: wrap;
    align-items: center;
    gap: var(--space-half) calc(10 * var(--px));
  }
  .prompt-sample {
    margin-inline-start: -6px;
    padding-inline: 6px;
    border-radius: 4px;
    background: var(--surface);
  }
  .key {
    display: inline-flex;
    align-items: center;
    gap: calc(6 * var(--px));
  }
  .line {
    inline-size: calc(16 * var(--px));
    border-block-end: 1px solid var(--water-a);
  }
  .line[data-bucket="0"] {
    border-block-end: 1.5px dotted var(--water-a);
  }
  .line[data-bucket="2"] {
    border-block-end-width: 2px;
  }
  .line[data-bucket="3"] {
    border-block-end-width: 3.5px;
  }
  /* Words have fewer wide letters than letters drawn at random. */
  @container logit-lab (inline-size >= 380px) {
    .tokens:not([data-scattered]) {
      --text-lines: 3;
    }
  }
  @container logit-lab (inline-size >= 480px) {
    .tokens {
      --text-lines: 3;
    }
  }
  @container logit-lab (inline-size < 640px) {
    /* A sentence and one token: nothing was recorded after it. */
    .tokens[data-brief] {
      --text-lines: 2;
    }
    .legend {
      display: none;
    }
  }
  @media (forced-colors: active) {
    .caret,
    .token[aria-selected="true"]:not([data-lead]),
    .token[aria-selected="true"] > .word {
      forced-color-adjust: none;
    }
  }
  @media (prefers-reduced-motion: no-preference) {
    .token[aria-selected="true"] {
      animation: land 240ms ease-out;
    }
    @keyframes land {
      from {
        opacity: 0.4;
      }
    }
  }
`;
