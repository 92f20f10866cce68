/** One number, as people and programs write it. */

const NUMBER = /^[-+]?(?:\d+\.?\d*|\.\d+)(?:e[-+]?\d+)?$/i;
const SPECIAL =
  /^([-+]?)(?:(?:np|numpy|jnp|torch|math|Number)\.)?(inf(?:inity)?|∞|nan|NEGATIVE_INFINITY|POSITIVE_INFINITY)$/i;

/**
 * @param {string} word
 * @returns {{ value: number, unit: number } | null} null: it is no number
 */
export function numberIn(word) {
  const [, sign, special] = SPECIAL.exec(word) ?? [];
  if (special) {
    const isMinus = (sign === "-") !== /^NEG/i.test(special);
    return {
      value: /nan/i.test(special) ? Number.NaN : isMinus ? Number.NEGATIVE_INFINITY : Number.POSITIVE_INFINITY,
      unit: 0,
    };
  }
  if (!NUMBER.test(word)) return null;
  const [digits, exponent = "0"] = word.toLowerCase().split("e");
  const n_decimals = digits.includes(".") ? digits.length - digits.indexOf(".") - 1 : 0;
  return { value: Number(word), unit: Number(`1e${Number(exponent) - n_decimals}`) };
}

/** The largest seed. */
const SEED_MAX = 0xffff_ffff_ffff_ffffn;

/**
 * A whole number as typed into a field.
 * @param {string} text
 * @param {string} name the field's, for the sentence
 * @param {{ min?: bigint, max?: bigint }} [limits]
 * @returns {{ value: bigint } | { problem: string }}
 */
export function readWhole(text, name, { min = 0n, max = SEED_MAX } = {}) {
  const typed = text.trim().replace(/^[−–]/, "-");
  const use = `use a whole number from ${min} to ${max === SEED_MAX ? "2^64 - 1" : max}`;
  if (typed === "") return { problem: `type a whole number: ${name} is empty` };
  if (!/^[-+]?\d+$/.test(typed)) return { problem: `${name} = ${shortened(typed)} is not a whole number: ${use}` };
  const value = BigInt(typed.replace("+", ""));
  if (value < min || value > max) return { problem: `${name} = ${shortened(typed)} is out of range: ${use}` };
  return { value };
}

/** @param {string} word */
export const shortened = (word) => (word.length > 60 ? `${word.slice(0, 60)}…` : word);
