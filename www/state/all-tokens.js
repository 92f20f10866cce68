import { rowsById } from "./rows.js";

/**
 * The table of all tokens: every token in its final rank order, those with a text, a page at a time.
 *
 * @typedef {import("./types.js").TracedStep} TracedStep
 * @typedef {import("./rows.js").Row & { rank: number }} RankedRow   rank: from 0, the most likely after the stages first
 */

/** Rows of a page. */
export const PAGE = 50;

/** What was sorted last, by its trace. @type {WeakMap<import("./types.js").Trace, RankedRow[]>} */
const known = new WeakMap();

/**
 * All tokens, the most likely after the stages first; removed ones after those that are left, by what the model gave them.
 * @param {import("./types.js").Trace} trace
 * @returns {RankedRow[]}
 */
export function rankedRows(trace) {
  const found = known.get(trace);
  if (found) return found;
  const last = trace.stages.at(-1)?.values ?? trace.logits;
  const sorted = rowsById(trace).sort(
    (a, b) => order(last[b.id], last[a.id]) || order(trace.logits[b.id], trace.logits[a.id]) || a.id - b.id,
  );
  const rows = sorted.map((row, rank) => ({ ...row, rank }));
  known.set(trace, rows);
  return rows;
}

/** @param {number} a @param {number} b */
const order = (a, b) => (a === b ? 0 : a > b ? 1 : -1);

/**
 * The rows of one page.
 * @param {TracedStep} step
 * @param {import("./types.js").Listing} listing
 */
export function pageOf({ run, trace }, { query, page }) {
  const all = rankedRows(trace);
  const wanted = query.toLowerCase();
  const found = wanted === "" ? all : all.filter(({ id }) => (run.vocab[id] ?? "").toLowerCase().includes(wanted));
  const n_pages = Math.max(1, Math.ceil(found.length / PAGE));
  const at = Math.min(page, n_pages - 1);
  return { rows: found.slice(at * PAGE, (at + 1) * PAGE), n_found: found.length, page: at, n_pages };
}
