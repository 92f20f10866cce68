import { css, html, nothing } from "lit";
import { firstDifference } from "../state/history.js";
import { isGpt } from "../state/models.js";
import { repeatedEnd } from "../state/repeats.js";
import { isGreedy } from "../state/run.js";
import { statusLine } from "./status.js";

/** Beginnings of a story. */
const PROMPTS = Object.freeze(["once there was a ", "the old man ", "in the morning "]);

/**
 * What there is to say about the text: what the last change did to it, and whether it goes round in circles.
 *
 * @typedef {import("./context.js").Context} Context
 */

/** @param {Context} context */
export function textNotes(context) {
  const { state, words, send } = context;
  const { t } = words;
  const step = (/** @type {"undo" | "redo"} */ type, /** @type {string} */ sign, /** @type {unknown[]} */ steps) =>
    html`<button
      class="quiet"
      type="button"
      title=${t.undo[type]}
      aria-label=${t.undo[type]}
      aria-disabled=${steps.length === 0}
      aria-keyshortcuts=${type === "undo" ? "Control+Z" : "Control+Y"}
      @click=${() => send({ type })}
    >
      ${sign}
    </button>`;
  return html`<div class="text-notes">
    <div class="said">${statusLine(context)} <p class="changed" role="status">${changeNote(context)}</p> ${loopNote(context) ?? nothing}</div>
    ${examples(context)}
    <span class="undo">${step("undo", "↶", state.past)} ${step("redo", "↷", state.future)}</span>
  </div>`;
}

/** Prompts to begin with. They are of letters that every model here knows. @param {Context} context */
const examples = ({ state, words: { t }, send }) =>
  state.model.kind === "logits"
    ? nothing
    : html`<span class="examples" role="group" aria-label=${t.prompt.examples}>
        ${PROMPTS.filter((text) => text !== state.prompt)
          .slice(0, 2)
          .map(
            (text) =>
              html`<button class="quiet" type="button" @click=${() => send({ type: "prompt", text })}>${text.trim()} …</button>`,
          )}
      </span>`;

/** @param {Context} context */
function changeNote({ state, words }) {
  const { run } = state;
  const difference = state.status === "idle" && !state.problem ? firstDifference(state) : null;
  if (!difference || !run) return nothing;
  const made = differenceMade(difference, run.vocab, words);
  return difference.is_drawn ? `${words.t.undo.same_draws} ${made}` : made;
}

/**
 * @param {import("../state/history.js").Difference} difference
 * @param {readonly string[]} vocab
 * @param {import("./effect.js").Words} words
 */
function differenceMade({ index, was, is }, vocab, { t, format }) {
  if (was === undefined && is === undefined) return t.undo.no_difference(format.tokens(index));
  if (was === undefined || is === undefined) return t.undo.only_longer(format.tokens(index));
  return t.undo.differs(format.whole(index + 1), format.quoted(vocab[was]), format.quoted(vocab[is]));
}

/** @param {Context} context */
function loopNote({ state: { run, status, model }, words: { t, format } }) {
  const loop = run && status === "idle" ? repeatedEnd(run.tokens) : null;
  if (!loop || !run) return null;
  const period = run.tokens.slice(-loop.period).map((id) => run.vocab[id]);
  const shown = loop.period === 1 ? format.quoted(period[0]) : `“${period.map(format.shown).join("")}”`;
  return html`<p class="loop note">${t.loop.found(shown, format.whole(loop.times))} ${isGreedy(run) ? (isGpt(model.kind) ? t.loop.gpt : t.loop.greedy) : t.loop.sharp}</p>`;
}

export const textNotesStyles = css`
  .text-notes {
    display: flex;
    align-items: start;
    gap: var(--space-1) var(--space-2);
    margin-block-start: calc(6 * var(--px));
    color: var(--muted);
    font: var(--note);
  }
  /* Room for two lines, so that what stands below does not move when there is something to say. */
  .said {
    flex: 1;
    min-block-size: calc(34 * var(--px));
  }
  .said > p {
    display: inline;
  }
  .text-notes button.quiet {
    min-inline-size: calc(24 * var(--px));
    min-block-size: calc(24 * var(--px));
    padding: 0 calc(4 * var(--px));
    white-space: nowrap;
  }
  .examples {
    display: flex;
    flex-wrap: wrap;
    justify-content: end;
    gap: 0 var(--space-1);
  }
  .examples button.quiet {
    font: italic 400 calc(15 * var(--px)) / calc(20 * var(--px)) var(--serif);
  }
  .undo {
    flex: none;
  }
  .undo button.quiet {
    font-size: calc(17 * var(--px));
  }
  .undo [aria-disabled="true"] {
    opacity: 0.5;
  }
  @container logit-lab (inline-size < 640px) {
    .examples {
      display: none;
    }
    .said {
      min-block-size: calc(51 * var(--px));
    }
  }
`;
