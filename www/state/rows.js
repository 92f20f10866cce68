/**
 * The rows of the distribution, made from a trace: no number is computed here, they are only put in order.
 *
 * @typedef {import("./types.js").Trace} Trace
 *
 * @typedef {object} Row
 * @property {number} id
 * @property {number} raw         probability from the model
 * @property {number} final       probability after the stages; exactly 0 when removed
 * @property {Removal | null} removal
 *
 * @typedef {object} Removal  Why a token can't be drawn any more.
 * @property {string} stage     the stage's name, "model" when it was masked from the start, "greedy" when only the most likely token counts
 * @property {number} evidence  what the rule compared
 * @property {number} limit     with what
 * @property {string} [allowed]  what the text may go on with, where the stage allows only some of it
 */

/** What was made of a trace: the views ask for it whenever they are rendered. @type {WeakMap<Trace, readonly Row[]>} */
const known = new WeakMap();

/**
 * All tokens of a step, the most likely first by the model, then by id.
 * @param {Trace} trace
 * @returns {readonly Row[]}
 */
export function rowsOf(trace) {
  const rows = known.get(trace) ?? rowsById(trace).sort((a, b) => b.raw - a.raw || a.id - b.id);
  known.set(trace, rows);
  return rows;
}

/** All tokens of a step. @param {Trace} trace @returns {Row[]} */
export function rowsById(trace) {
  const removals = removalsOf(trace);
  return Array.from(trace.raw_probabilities, (raw, id) => ({
    id,
    raw,
    final: trace.probabilities[id],
    removal: removals.get(id) ?? otherRemoval(trace, id),
  }));
}

/** @param {Trace} trace @returns {Map<number, Removal>} */
function removalsOf(trace) {
  const removals = new Map();
  for (const { stage, removed, evidence, limit, allowed } of trace.stages) {
    removed.forEach(
      (id, i) => void removals.set(id, { stage, evidence: evidence[i], limit, ...(allowed && { allowed }) }),
    );
  }
  return removals;
}

/** @param {Trace} trace @param {number} id @returns {Removal | null} */
function otherRemoval(trace, id) {
  if (trace.logits[id] === Number.NEGATIVE_INFINITY) return { stage: "model", evidence: Number.NaN, limit: Number.NaN };
  const passed_over = trace.draw.kind === "greedy" && trace.draw.token !== id;
  return passed_over ? { stage: "greedy", evidence: Number.NaN, limit: Number.NaN } : null;
}

/** Removed tokens shown in any case: the ones next to the cut. */
const AT_THE_CUT = 2;

/**
 * The rows to show: the n most likely, the drawn token's, and the first that were removed.
 * @param {readonly Row[]} rows the most likely first
 * @param {number} n
 * @param {number | null} drawn its id; null: nothing drawn
 * @returns {{ row: Row, skipped: number }[]} skipped: how many rows were left out before this one
 */
export function rowsToShow(rows, n, drawn) {
  const cut = rows.filter((row) => row.removal !== null).slice(0, AT_THE_CUT);
  const shown = [];
  let skipped = 0;
  for (const [rank, row] of rows.entries()) {
    if (rank < n || row.id === drawn || cut.includes(row)) {
      shown.push({ row, skipped });
      skipped = 0;
    } else {
      skipped += 1;
    }
  }
  return shown;
}
