import { html, nothing } from "lit";
import { isPromisedComing } from "../state/chosen.js";
import { isOver, isUnread } from "../state/lab-state.js";
import { outgrownWindow } from "../state/models.js";
import { isGreedy } from "../state/run.js";
import { wholeLength } from "../state/settings.js";
import { notDrawn } from "./problem.js";

/**
 * Sentences about the run and the engine: one live region for what happened, one line for where it happened.
 *
 * @typedef {import("./context.js").Context} Context
 */

/** @param {Context} context */
export const statusLine = (context) => html`<p class="status" role="status">${statusSentence(context)}</p>`;

/** @param {Context} context @returns {string} */
export function statusSentence({ state, words: { t, format } }) {
  const n = state.run?.tokens.length ?? 0;
  if (state.status === "loading") return t.status.loading;
  if (state.status === "lost") return t.status.lost;
  if (isPromisedComing(state)) return t.status.coming;
  if (state.reading?.is_long) return readingSentence(state.reading, t, format);
  if (state.status === "running" && !isOver(state)) return runningSentence(outgrownWindow(state), t, format);
  if (state.status === "playing") return t.status.playing;
  if (state.problem && state.problem.code !== "part_missing") return notDrawn(state.problem, t);
  if (isUnread(state)) return t.status.unread;
  if (n === 0) return t.status.ready;
  if (state.stopped) return t.status.stopped(format.tokens(n));
  if (state.repeated && state.run) return isGreedy(state.run) ? t.status.same_greedy : t.status.same;
  const all = wholeLength(state);
  // A text that is drawn one by one is shorter than it will be.
  const isPart = state.run?.finish_reason === "length" && typeof all === "number" && n < all;
  const tokens = isPart ? t.model.of(format.whole(n), format.tokens(all)) : format.tokens(n);
  const drawn =
    state.run && isGreedy(state.run) ? t.status.done_greedy(tokens) : t.status.done(tokens, String(state.run?.seed));
  const done = `${drawn} ${endOf(state.run?.finish_reason ?? "length", t)}`.trim();
  return state.shelf.promised ? `${done} ${t.status.waits}` : done;
}

/** What ended the text; nothing where that was its length. @param {string} reason @param {import("../lib/strings.js").Strings} t */
function endOf(reason, t) {
  const known = t.status.ends[/** @type {keyof typeof t.status.ends} */ (reason)];
  // What is left of the engine's reasons is that nothing may follow.
  return known ?? (["length", "aborted"].includes(reason) ? "" : t.status.ends.complete);
}

/**
 * @param {number | null} window tokens that a GPT sees at once, where the text is longer
 * @param {import("../lib/strings.js").Strings} t
 * @param {import("../lib/format.js").Format} format
 */
const runningSentence = (window, t, format) =>
  // What it means comes with the tabs.
  window !== null && t.beyond ? t.beyond.running(format.whole(window)) : t.status.running;

/**
 * @param {import("../state/types.js").Reading} reading
 * @param {import("../lib/strings.js").Strings} t
 * @param {import("../lib/format.js").Format} format
 */
const readingSentence = ({ read, tokens, again }, t, format) =>
  (again ? t.status.reading_again : t.status.reading)(format.whole(read), format.tokens(tokens));

/** What computes now. @param {Context} context */
export const machineSummary = ({ state: { place }, words: { t } }) =>
  html`${t.place.heading} <small>${place ? t.place.kind[place.kind] : nothing}</small>`;
