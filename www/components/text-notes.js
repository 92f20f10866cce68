import { css, html, nothing } from "lit";
import { firstDifference } from "../state/history.js";
import { isGpt } from "../state/models.js";
import { repeatedEnd } from "../state/repeats.js";
import { isGreedy } from "../state/run.js";

/**
 * What there is to say about the text: what the last change did to it, and whether it goes round in circles.
 *
 * @typedef {import("./context.js").Context} Context
 */

/** @param {Context} context */
export function textNotes(context) {
  const { state, words, send } = context;
  const { t } = words;
  return html`<div class="text-notes">
    <p class="changed" role="status">${changeNote(context)}</p>
    <span class="undo">
      <button
        class="quiet"
        type="button"
        aria-disabled=${state.past.length === 0}
        aria-keyshortcuts="Control+Z"
        @click=${() => send({ type: "undo" })}
      >
        ↶ ${t.undo.undo}
      </button>
      <button
        class="quiet"
        type="button"
        aria-disabled=${state.future.length === 0}
        aria-keyshortcuts="Control+Y"
        @click=${() => send({ type: "redo" })}
      >
        ↷ ${t.undo.redo}
      </button>
    </span>
    <div class="about-text">${loopNote(context) ?? randomNote(context) ?? nothing}</div>
  </div>`;
}

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

/** Why the text makes no sense, where it cannot. @param {Context} context */
const randomNote = ({ state: { model }, words: { t } }) =>
  model.kind === "notebook" || model.kind === "bigram" ? html`<p class="random note">${t.text.random}</p>` : null;

export const textNotesStyles = css`
  .text-notes {
    display: flex;
    flex-wrap: wrap;
    align-items: start;
    justify-content: space-between;
    gap: 0 var(--space-2);
    margin-block-start: var(--space-half);
  }
  /* Room for two lines, so that what stands below does not move when there is something to say. */
  .changed {
    flex: 1 1 calc(256 * var(--px));
    min-block-size: 2lh;
    font-size: calc(14 * var(--px));
  }
  .undo {
    flex: none;
  }
  .about-text {
    flex-basis: 100%;
    min-block-size: 3lh;
    font-size: calc(13 * var(--px));
  }
  @container logit-lab (inline-size < 544px) {
    .changed {
      min-block-size: 3lh;
    }
    .about-text {
      min-block-size: 6lh;
    }
  }
`;
