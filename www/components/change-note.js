import { nothing } from "lit";
import { firstDifference } from "../state/history.js";

/** @typedef {import("./context.js").Context} Context */

/** What the last change did to the text. @param {Context} context */
export function changeNote({ state, words }) {
  const { run } = state;
  const difference = state.status === "idle" && !state.problem ? firstDifference(state) : null;
  if (!difference || !run) return nothing;
  const made = differenceMade(difference, run.vocab, words);
  return difference.is_drawn ? `${words.t.change.same_draws} ${made}` : made;
}

/**
 * @param {import("../state/history.js").Difference} difference
 * @param {readonly string[]} vocab
 * @param {import("./effect.js").Words} words
 */
function differenceMade({ index, was, is }, vocab, { t, format }) {
  if (was === undefined && is === undefined) return t.change.no_difference(format.tokens(index));
  if (was === undefined || is === undefined) return t.change.only_longer(format.tokens(index));
  return t.change.differs(format.whole(index + 1), format.quoted(vocab[was]), format.quoted(vocab[is]));
}
