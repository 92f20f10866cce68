import { css, html, noChange, nothing } from "lit";
import { Directive, directive } from "lit/directive.js";
import { live } from "lit/directives/live.js";
import { callable } from "../lib/callable.js";
import { problemAt } from "./problem.js";

/**
 * The prompt, which is typed where it stands: at the beginning of the text. And prompts to begin with.
 *
 * @typedef {import("./context.js").Context} Context
 */

/** A prompt that takes more lines of a phone has a box of its own, which shows its end: what is drawn stays in sight. */
const MOST_LINES = 5;

/** Characters in a line of a phone; capitals and letters as wide as they are high count twice. */
const LINE = 32;
const WIDE = /[\u1100-\u11ff\u2e80-\uffdc]|\p{Extended_Pictographic}|\p{Lu}/gu;

/** @param {string} text */
function isLong(text) {
  if (text.length > MOST_LINES * LINE) return true;
  const lines = text.replace(WIDE, "$&$&").split("\n");
  return lines.reduce((n, { length }) => n + Math.max(1, Math.ceil(length / LINE)), 0) > MOST_LINES;
}

/** Whether text alone can be typed into a part of the page: not in every browser. */
const IS_TYPED_IN_PLACE = isTypedInPlace();

function isTypedInPlace() {
  if (typeof document === "undefined") return true;
  try {
    document.createElement("span").contentEditable = "plaintext-only";
    return true;
  } catch {
    return false;
  }
}

/**
 * @param {Context} context
 * @param {{ generate: () => void, stop: () => void }} actions
 */
export function promptBox(context, { generate, stop }) {
  const { state, words, send } = context;
  const { t } = words;
  if (state.model.kind === "logits") return html`<span class="prompt" data-fixed>${t.prompt.none}</span>`;
  const wrong = state.problem?.place === "prompt";
  const keydown = (/** @type {KeyboardEvent} */ event) => {
    if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) generate();
    if (event.key === "Escape") stop();
  };
  if (!IS_TYPED_IN_PLACE)
    return html`<textarea
      id="prompt"
      class="prompt"
      rows="1"
      autocomplete="off"
      autocapitalize="off"
      spellcheck="false"
      aria-label=${t.prompt.label}
      aria-invalid=${wrong ? "true" : "false"}
      aria-describedby="prompt-note prompt-problem"
      .value=${live(state.prompt)}
      @input=${(/** @type {InputEvent & { target: HTMLTextAreaElement }} */ event) =>
        send({ type: "prompt", text: event.target.value })}
      @keydown=${keydown}
    ></textarea>`;
  return html`<span
    id="prompt"
    class="prompt"
    role="textbox"
    aria-multiline="true"
    contenteditable="plaintext-only"
    tabindex="0"
    autocapitalize="off"
    spellcheck="false"
    aria-label=${t.prompt.label}
    aria-placeholder=${t.prompt.hint}
    aria-invalid=${wrong ? "true" : "false"}
    aria-describedby="prompt-note prompt-problem"
    data-hint=${t.prompt.hint}
    ?data-empty=${state.prompt === ""}
    ?data-long=${isLong(state.prompt)}
    @input=${(/** @type {InputEvent & { target: HTMLElement }} */ event) =>
      send({ type: "prompt", text: typedIn(event.target, event.inputType) })}
    @blur=${(/** @type {FocusEvent & { target: HTMLElement }} */ event) => setText(event.target, state.prompt)}
    @keydown=${keydown}
    ${showText(state.prompt)}
  ></span>`;
}

/**
 * What was typed. After a line break at the end of a text a browser puts a second one, to have a line to write on; it is not the user's.
 * @param {HTMLElement} box
 * @param {string} [inputType] what has just been done
 */
function typedIn(box, inputType = "") {
  const text = box.textContent ?? "";
  if (/^insert(LineBreak|Paragraph)$/.test(inputType) && text.endsWith("\n\n")) box.dataset.padded = "";
  if (!text.endsWith("\n")) delete box.dataset.padded;
  return "padded" in box.dataset ? text.slice(0, -1) : text;
}

/** Shows a text that was not typed; what was typed stays as it is, with the cursor in it. */
const showText = directive(
  class extends callable(Directive) {
    /** @override @param {import("lit/directive.js").ElementPart} part @param {[string]} text */
    update({ element }, [text]) {
      const box = /** @type {HTMLElement} */ (element);
      if (typedIn(box) !== text || text === "") setText(box, text);
      return noChange;
    }

    /** @override */
    render(/** @type {string} */ _text) {
      return noChange;
    }
  },
);

/** @param {HTMLElement} box @param {string} text */
function setText(box, text) {
  delete box.dataset.padded;
  if (box.textContent === text) return;
  box.textContent = text;
  // At first the box is not yet on the page.
  if (isLong(text))
    queueMicrotask(() => {
      box.scrollTop = box.scrollHeight;
    });
}

/** What is wrong with the prompt. @param {Context} context */
export const promptProblem = (context) => problemAt("prompt", context);

/** What became of the prompt, and what its end does to what follows. @param {Context} context */
export const promptNote = (context) =>
  html`<p class="note" id="prompt-note" role="status">${replacedNote(context)} ${spaceNote(context)}</p>`;

/** @param {Context} context */
function replacedNote({ state, words: { format } }) {
  const n = state.run?.replaced ?? 0;
  return n === 0 ? nothing : format.replaced(n);
}

/** In most vocabularies a word includes the space before it: after a prompt that ends in a space, a word would need a second one. @param {Context} context */
function spaceNote({ state: { run, prompt }, words: { t } }) {
  const isMeant = run?.made_of?.prompt === prompt && / $/.test(prompt);
  return isMeant && run.vocab.some((token) => /^ \p{L}/u.test(token)) ? t.prompt.space : nothing;
}

export const promptBarStyles = css`
  .prompt {
    margin-inline-start: -8px;
    padding: 1px 8px 3px;
    border-radius: var(--radius-small);
    background: var(--surface);
    box-decoration-break: clone;
    -webkit-box-decoration-break: clone;
    white-space: break-spaces;
    outline-offset: 0;
    caret-color: var(--ink);
  }
  .prompt:hover {
    box-shadow: inset 0 0 0 1px var(--line-strong);
  }
  .prompt[aria-invalid="true"] {
    box-shadow: inset 0 0 0 1px var(--wrong);
  }
  .prompt[data-empty]::before {
    content: attr(data-hint);
    color: var(--muted);
    pointer-events: none;
  }
  .prompt[data-long] {
    display: block;
    contain: content;
    max-block-size: calc(3 * var(--text-line));
    margin-inline-end: -8px;
    overflow-y: auto;
    scrollbar-width: thin;
  }
  .prompt[data-fixed] {
    margin-inline-end: 8px;
    color: var(--muted);
    box-shadow: none;
    font: var(--body);
    white-space: nowrap;
  }
  textarea.prompt {
    display: block;
    box-sizing: border-box;
    inline-size: calc(100% + 8px);
    min-block-size: 0;
    max-block-size: calc(3 * var(--text-line));
    border: 0;
    resize: none;
    field-sizing: content;
    font: inherit;
  }
`;
