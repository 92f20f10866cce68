import { open, readFile } from "node:fs/promises";
import { createLab } from "../../www/engine/index.js";

/**
 * Counts the rows of `rows.py` of which this library keeps other tokens than transformers does, and why, and those of which a token that both keep
 * has another logit: `node compare.js FOLDER`. "rounded" is one that differs by what another order of additions does.
 *
 * A difference has the reason "tie" where the tokens that differ have the logit of one that stays on one side and goes on the other, and "edge"
 * where the numbers compared, in f64, are within 10^-5 of the limit, relative or absolute: f32 arithmetic in transformers cannot tell those apart.
 * transformers' top-h looks at the 100 most likely tokens; so it is compared with top-k before top-h, and a row in which equal logits straddle the
 * hundredth place is a tie.
 */

/**
 * @typedef {object} Case
 * @property {number} n tokens
 * @property {string} kind
 * @property {string} name the processor's
 * @property {Record<string, any>} settings
 * @property {{ prompt: number[], output: number[] }} history
 */

const EDGE = 1e-5;
const MOST_IN_TOP_H = 100;
/** What another order of a few additions does to a logit. */
const ROUNDED = 1e-5;
/** Those whose cut a sum decides, or a product. */
const CUTS = ["top_p", "top_h", "min_p", "typical_p", "epsilon_cutoff", "eta_cutoff"];
const [folder] = process.argv.slice(2);
/** @type {Case[]} */
const cases = JSON.parse(await readFile(`${folder}/rows.json`, "utf8"));
const files = [await open(`${folder}/rows.f32`), await open(`${folder}/left.f32`)];
const lab = await createLab({ backend: "cpu", thread: "here" });
/** @type {Record<string, Record<string, number>>} */
const counts = {};
for (const row of cases) {
  const [logits, left] = await Promise.all(files.map((file) => read(file, row.n)));
  const ours = await changed(logits, row);
  const theirs = left.map((x) => Number(x > -Infinity));
  const differ = Array.from(logits.keys()).filter((id) => ours[id] > -Infinity !== left[id] > -Infinity);
  counts[row.name] ??= { rows: 0, equal: 0, tie: 0, edge: 0, other: 0, rounded: 0, "other logits": 0 };
  const count = counts[row.name];
  count.rows++;
  const value = row.settings[row.name];
  const reason = differ.length === 0 ? "equal" : reasonOf({ logits, name: row.name, value, differ, theirs });
  count[reason]++;
  const worst = logits.reduce((most, _, id) => Math.max(most, apart(ours[id], left[id])), 0);
  count.rounded += Number(worst > 0 && worst <= ROUNDED);
  count["other logits"] += Number(worst > ROUNDED);
  if (reason === "other" || worst > ROUNDED) console.log(reason, { ...row, differ: differ.slice(0, 5), worst });
}
console.table(counts);
lab.dispose();

/** How far two logits that are both left are apart. @param {number} a @param {number} b */
function apart(a, b) {
  return a > -Infinity && b > -Infinity ? Math.abs(a - b) : 0;
}

/** @param {import("node:fs/promises").FileHandle} file @param {number} n */
async function read(file, n) {
  const row = new Float32Array(n);
  await file.read(new Uint8Array(row.buffer), 0, 4 * n);
  return row;
}

/**
 * What this library makes of the logits; nothing is left where it says so.
 * @param {Float32Array} logits
 * @param {Case} row
 * @returns {Promise<Float32Array>}
 */
async function changed(logits, { name, settings, history }) {
  const before = name === "top_h" ? { top_k: MOST_IN_TOP_H } : {};
  try {
    const { stages } = await lab.trace(logits, { ...before, ...settings, history, seed: 1 });
    return stages.at(-1)?.values ?? logits;
  } catch (error) {
    if (/** @type {{ code?: string }} */ (error).code === "nothing_left") return logits.map(() => -Infinity);
    throw error;
  }
}

/** @param {{ logits: Float32Array, name: string, value: number, differ: number[], theirs: Float32Array }} what */
function reasonOf({ logits, name, value, differ, theirs }) {
  const values = new Set(logits.filter((_, id) => theirs[id] === 1));
  const outside = new Set(logits.filter((x, id) => x > -Infinity && theirs[id] === 0));
  const isTied = (/** @type {number} */ id) => values.has(logits[id]) && outside.has(logits[id]);
  if ((name === "top_p" || name === "top_h") && differ.every(isTied)) return "tie";
  if (name === "top_h") {
    const sorted = logits.slice().sort().reverse();
    if (sorted[MOST_IN_TOP_H] === sorted[MOST_IN_TOP_H - 1]) return "tie";
    return differ.every((id) => nearTopH(sorted.subarray(0, MOST_IN_TOP_H), logits[id], value) <= EDGE)
      ? "edge"
      : "other";
  }
  if (!CUTS.includes(name)) return "other";
  const near = nearness(logits, name, value);
  return differ.every((id) => near(id) <= EDGE) ? "edge" : "other";
}

/**
 * How near the part of the entropy down to a token, or to one before it, is to h, in f64.
 * @param {Float32Array} sorted the logits that count, largest first
 * @param {number} logit the token's
 * @param {number} h
 */
function nearTopH(sorted, logit, h) {
  const exps = Array.from(sorted, (x) => Math.exp(x - sorted[0]));
  const sum = exps.reduce((a, b) => a + b, 0);
  const weights = exps.map((e) => (e > 0 ? (-e / sum) * Math.log(e / sum) : 0));
  const all = weights.reduce((a, b) => a + b, 0);
  let upto = 0;
  let nearest = Infinity;
  for (const [i, weight] of weights.entries()) {
    upto += weight;
    if (sorted[i] === logit) nearest = Math.min(nearest, Math.abs(upto - h * all) / Math.max(1, all));
  }
  return nearest;
}

/** How near a token is to the limit, in f64. @param {Float32Array} logits @param {string} name @param {number} value @returns {(id: number) => number} */
function nearness(logits, name, value) {
  const max = logits.reduce((a, b) => Math.max(a, b), -Infinity);
  const exps = Array.from(logits, (x) => Math.exp(x - max));
  const sum = exps.reduce((a, b) => a + b, 0);
  const p = exps.map((e) => e / sum);
  const entropy = p.reduce((h, x) => (x > 0 ? h - x * Math.log(x) : h), 0);
  const relative = (/** @type {number} */ limit) => (/** @type {number} */ id) => Math.abs(p[id] / limit - 1);
  if (name === "epsilon_cutoff") return relative(value);
  if (name === "eta_cutoff") return relative(Math.min(value, Math.sqrt(value) * Math.exp(-entropy)));
  if (name === "min_p") return relative(value / sum);
  const score = name === "typical_p" ? p.map((x) => Math.abs(-Math.log(x) - entropy)) : p.map((x) => -x);
  const order = Array.from(p.keys()).sort((a, b) => score[a] - score[b] || a - b);
  const place = new Map();
  let before = 0;
  let last = order[0];
  for (const id of order) {
    if (before < value) last = id;
    place.set(id, Math.min(Math.abs(before - value), Math.abs(before + p[id] - value)));
    before += p[id];
  }
  // The mass decides, or which of two tokens is nearer the entropy; that is a sum, too, and is off by as much of itself.
  const scale = Math.max(1, entropy);
  return (id) => Math.min(place.get(id), name === "typical_p" ? Math.abs(score[id] - score[last]) / scale : Infinity);
}
