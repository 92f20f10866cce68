import { sentence } from "../components/problem.js";
import { readLists } from "../lib/numbers.js";
import { six } from "./shared.js";

/**
 * Compares printed numbers with the right ones, as exactly as they are printed, and names the mistake that would print them.
 *
 * @typedef {import("../lib/numbers.js").Numbers} Numbers
 * @typedef {import("./diagnose.js").Verdict} Verdict
 *
 * @typedef {object} Mistake
 * @property {string} why
 * @property {ArrayLike<number>} [values]  what it prints
 * @property {ArrayLike<number>} [times]   or what it prints `by` times
 * @property {number} [by]
 * @property {boolean} [isRight]           no mistake: another way to print the right values
 */

/** PyTorch and NumPy may differ in the last bits of float32, even where both are right. */
const LAST_BITS = 4e-7;

/** What half precision leaves, relative to the value: bfloat16 has eight bits, and loses some in exp and in the sum. */
const HALF_PRECISION = 2 ** -6;

/**
 * @param {string} text as pasted
 * @param {ArrayLike<number>} right
 * @param {import("./cell.js").Lab} lab
 * @param {Mistake[]} mistakes
 * @returns {Promise<Verdict>}
 */
export async function diagnosed(text, right, lab, mistakes) {
  const read = readLists(text);
  if ("problem" in read) return { kind: "unread", where: sentence(read.problem.sentence), mistake: "" };
  const { lists } = read;
  const list =
    lists.find((one) => isNear(one, right)) ?? lists.find(({ values }) => values.length === right.length) ?? lists[0];
  if (isNear(list, right)) return agreed(list, right);
  const made = mistakes.find(({ values, times, by = 1 }) =>
    values ? isNear(list, values) : times !== undefined && isMultiple(list, times, by),
  );
  if (made?.isRight) return { kind: "equal", where: made.why, mistake: "" };
  const mistake = made?.why ?? (await mistakeOfShape(list, right, lab)) ?? "No common mistake gives these values.";
  return { kind: "differs", where: whereApart(list, right), mistake };
}

/**
 * Whether a value is another one as it is printed: half a unit of the last digit is all that printing may change.
 * @param {number} printed
 * @param {number} unit
 * @param {number} wanted
 */
const isSame = (printed, unit, wanted) =>
  printed === wanted || Math.abs(printed - wanted) <= (unit / 2) * (1 + 1e-6) + LAST_BITS * Math.abs(wanted);

/** @param {Numbers} list @param {ArrayLike<number>} wanted @returns {number} the first index where they differ, or -1 */
function firstApart({ values, units }, wanted) {
  for (let i = 0; i < Math.max(values.length, wanted.length); i += 1)
    if (!(i < values.length && i < wanted.length && isSame(values[i], units[i], wanted[i]))) return i;
  return -1;
}

/** @param {Numbers} list @param {ArrayLike<number>} wanted */
const isNear = (list, wanted) => firstApart(list, wanted) < 0;

/** @param {Numbers} list @param {ArrayLike<number>} wanted @param {number} by */
const isMultiple = (list, wanted, by) =>
  isNear(
    list,
    Array.from(wanted, (x) => by * x),
  );

/** So few digits agree with anything. @param {Numbers} list @param {ArrayLike<number>} right @returns {Verdict} */
function agreed({ values, units }, right) {
  const coarse = values.findIndex((x, i) => units[i] >= 0.01 && Math.abs(x - right[i]) > 1e-3);
  if (coarse < 0) {
    const n = values.length;
    return {
      kind: "equal",
      where: n === 1 ? "The value is PyTorch’s." : `All ${n} values are PyTorch’s.`,
      mistake: "",
    };
  }
  const where = `${values[coarse]} at index ${coarse} has too few digits: print at least four decimals.`;
  return { kind: "coarse", where, mistake: isOneHot(values) ? ONE_HOT : "" };
}

/** @param {Numbers} list @param {ArrayLike<number>} right */
function whereApart(list, right) {
  const n = list.values.length;
  if (n !== right.length)
    return `${n === 1 ? "There is 1 value" : `There are ${n} values`}, and ${right.length} were expected.`;
  const at = firstApart(list, right);
  return `The first that differs is at index ${at}: ${shown(list.values[at])} instead of ${six(right[at])}.`;
}

/** As many digits as it takes, but not those of float64's last bits. @param {number} x */
const shown = (x) =>
  Number.isFinite(x) ? String(Number(x.toPrecision(6))) : String(x).replace("Infinity", "inf").replace("NaN", "nan");

const ONE_HOT = "One token has all: this is argmax, not softmax.";

/** @param {number[]} values */
const isOneHot = (values) => values.filter((x) => x === 1).length === 1 && values.every((x) => x === 0 || x === 1);

/**
 * Mistakes that show in how the values relate to each other and to the right ones.
 * @param {Numbers} list
 * @param {ArrayLike<number>} right
 * @param {import("./cell.js").Lab} lab
 * @returns {Promise<string | null>}
 */
async function mistakeOfShape(list, right, lab) {
  const { values } = list;
  if (values.some((x) => Number.isNaN(x) || x === Number.POSITIVE_INFINITY))
    return "A nan or inf: was the maximum not subtracted, so that exp overflowed?";
  if (values.length > 1 && values.every((x) => x === 1))
    return "Softmax ran over the wrong dimension: in a batch of one row, dim=0 makes every value 1. Use dim=-1.";
  if (isOneHot(values)) return ONE_HOT;
  if (values.length !== right.length) return null;
  if (isNear(sorted(list), Array.from(right).sort(descending))) return "The right values in another order.";
  return proportion(list, right) ?? (await logarithm(list, right, lab)) ?? halfPrecision(list, right);
}

const descending = (/** @type {number} */ a, /** @type {number} */ b) => b - a;

/** @param {Numbers} list @returns {Numbers} largest first */
function sorted(list) {
  const order = [...list.values.keys()].sort((a, b) => list.values[b] - list.values[a]);
  return { ...list, values: order.map((i) => list.values[i]), units: order.map((i) => list.units[i]) };
}

/**
 * Whether the values are the right ones times a number, which is what a missing division leaves.
 * @param {Numbers} list
 * @param {ArrayLike<number>} right
 */
function proportion({ values, units }, right) {
  const top = values.indexOf(Math.max(...values));
  if (!(values[top] > 0)) return null;
  const factor = values[top] / right[top];
  const slack = units[top] / values[top] / 2;
  const isProportional = values.every(
    (x, i) => Math.abs(x - factor * right[i]) <= units[i] / 2 + (slack + LAST_BITS) * Math.abs(x) + 1e-9,
  );
  if (!isProportional) return null;
  return values[top] === 1
    ? "Each value is exp(x - max): the division by their sum is missing."
    : "The values have the right proportions, but they do not add up to 1: divide by their sum.";
}

/**
 * Whether softmax of the values is right, which makes them logarithms.
 * @param {Numbers} list
 * @param {ArrayLike<number>} right
 * @param {import("./cell.js").Lab} lab
 */
async function logarithm({ values, units }, right, lab) {
  if (values.some((x) => x > 0)) return null;
  const slack = 2 * Math.max(...units) + 1e-5;
  const again = await lab.softmax(values, {});
  if (!again.every((p, i) => Math.abs(p - right[i]) <= slack * right[i])) return null;
  return Math.max(...values) === 0
    ? "These are the logits less their maximum: exp and the division by the sum are missing."
    : "These are log-probabilities, as log_softmax gives them: use softmax, or exp of these.";
}

/** @param {Numbers} list @param {ArrayLike<number>} right */
const halfPrecision = ({ values, units }, right) =>
  values.every((x, i) => Math.abs(x - right[i]) <= HALF_PRECISION * right[i] + units[i] / 2)
    ? "Close, but less exact than float32: were float16 or bfloat16 used?"
    : null;
