/** What the cells of the lesson have in common. */

/** The five logits of the lesson. */
export const LESSON_LOGITS = Object.freeze([2.0, -1.5, 0.3, 4.2, -0.8]);

/** What the notebook draws from its stream before it makes the model. */
const DRAWN_BEFORE = [{ temperature: 2 }, { top_k: 2 }, { top_p: 0.9 }];

/**
 * The notebook's own model, bit for bit: its weights come from the stream that its samples have moved on.
 * @param {import("../engine/lab.js").Lab} lab
 */
export async function lessonModel(lab) {
  const generator = await lab.generator("torch", 123);
  for (const settings of DRAWN_BEFORE) await lab.sample(LESSON_LOGITS, settings, { generator });
  const model = await lab.model({ kind: "bigram", generator });
  await generator.dispose();
  return { model, dispose: () => void model.dispose() };
}

/** Numbers as typed or pasted. @param {string} text @returns {number[]} */
export function numbersIn(text) {
  const list = text.includes("[") ? text.slice(text.indexOf("[")) : text;
  const words = list.match(/[-+]?(?:\d+\.?\d*|\.\d+)(?:e[-+]?\d+)?|-inf(?:inity)?|nan|inf(?:inity)?/gi) ?? [];
  return words.map((word) => {
    if (/nan/i.test(word)) return Number.NaN;
    if (/inf/i.test(word)) return word.startsWith("-") ? Number.NEGATIVE_INFINITY : Number.POSITIVE_INFINITY;
    return Number(word);
  });
}

/** Six decimals, as the notebook rounds. @param {number} x */
export const six = (x) => String(Number(x.toFixed(6)));

/** As Python prints it. @param {string | number | readonly unknown[]} value @returns {string} */
export function repr(value) {
  if (Array.isArray(value)) return `[${value.map((item) => repr(item)).join(", ")}]`;
  if (typeof value === "string")
    return `'${value.replaceAll("\\", "\\\\").replaceAll("\n", "\\n").replaceAll("'", "\\'")}'`;
  return String(value);
}
