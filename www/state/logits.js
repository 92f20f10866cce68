/** Numbers and names as people paste them: JSON, commas, lines, a printed tensor or array. */

/** More than any vocabulary there is. */
const MOST = 300_000;

const NUMBER = /^[-+]?(?:\d+\.?\d*|\.\d+)(?:e[-+]?\d+)?$/i;
const MINUS_INFINITY = /^-inf(?:inity)?$/i;

/**
 * @param {string} text
 * @returns {{ logits: number[] } | { problem: string }}
 */
export function parseLogits(text) {
  const bare = text
    .replace(/\b(?:tensor|array)\s*\(/g, " ")
    .replace(/,\s*(?:dtype|device|grad_fn|requires_grad)\s*=[^,)]*/g, " ");
  const n_rows = (bare.match(/\[(?=[^[\]]*\])/g) ?? []).length;
  if (n_rows > 1) return { problem: `these are ${n_rows} rows of numbers: paste one` };
  const words = bare.split(/[\s,;()[\]]+/).filter((word) => word !== "");
  if (words.length === 0)
    return { problem: "there are no numbers yet: paste one logit per token, as in 2.0, -1.5, 0.3" };
  if (words.length > MOST) return { problem: `these are ${words.length} numbers: at most ${MOST} are possible` };
  const at = words.findIndex((word) => !NUMBER.test(word) && !MINUS_INFINITY.test(word));
  if (at >= 0)
    return {
      problem: `"${words[at].slice(0, 40)}" at position ${at + 1} is not a logit: use numbers, or -inf to mask a token`,
    };
  return { logits: words.map((word) => (MINUS_INFINITY.test(word) ? Number.NEGATIVE_INFINITY : Number(word))) };
}

/**
 * @param {string} text one name per line, or a JSON list of strings
 * @param {number} n how many tokens there are
 * @returns {{ labels: string[] | undefined } | { problem: string }}
 */
export function parseLabels(text, n) {
  if (text.trim() === "") return { labels: undefined };
  const labels = jsonList(text) ?? text.replace(/\r?\n$/, "").split(/\r?\n/);
  if (labels.length === n) return { labels };
  return { problem: `these are ${labels.length} labels for ${n} logits: give one per line, or none` };
}

/** @param {string} text @returns {string[] | null} */
function jsonList(text) {
  try {
    const list = JSON.parse(text);
    return Array.isArray(list) ? list.map(String) : null;
  } catch {
    return null;
  }
}
