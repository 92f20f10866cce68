import { readLogits } from "../lib/numbers.js";
import { parsePasted } from "../lib/pasted.js";

/** The user's own logits and their names, as typed or pasted. */

/** More than any vocabulary there is. */
const MOST = 300_000;

/**
 * @param {string} text
 * @returns {{ logits: number[], labels: string[] | null } | { problem: string }} labels: those that stood beside the numbers
 */
export function parseLogits(text) {
  const read = readLogits(text);
  if ("problem" in read || read.logits.length <= MOST) return read;
  return { problem: `there are ${read.logits.length} numbers: at most ${MOST} are possible` };
}

/**
 * @param {string} text one name per line, or a list of strings; "" = those that stood beside the numbers
 * @param {{ logits: number[], labels: string[] | null }} read
 * @returns {{ labels: string[] | undefined } | { problem: string }}
 */
export function parseLabels(text, { logits, labels: beside }) {
  if (text.trim() === "") return { labels: beside ?? undefined };
  const labels = listed(text) ?? text.replace(/\r?\n$/, "").split(/\r?\n/);
  if (labels.length === logits.length) return { labels };
  const given = labels.length === 1 ? "there is 1 label" : `there are ${labels.length} labels`;
  const wanted = logits.length === 1 ? "1 logit" : `${logits.length} logits`;
  return { problem: `${given} for ${wanted}: give one per line, or none` };
}

/** The strings of a list, as JSON and Python write it. @param {string} text @returns {string[] | null} null: it is no list */
function listed(text) {
  if (!/^\s*\[/.test(text)) return null;
  try {
    const [list, ...more] = parsePasted(text);
    if (list?.kind !== "list" || more.length > 0) return null;
    const names = list.items.map((item) => ("text" in item ? item.text : item.kind === "number" ? item.raw : null));
    return names.every((name) => name !== null) ? names : null;
  } catch {
    return null;
  }
}
