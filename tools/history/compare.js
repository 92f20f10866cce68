/**
 * Compares what record.py printed with this engine: `python record.py | node compare.js`. The logits after the stage have to be the same numbers.
 */

import { createInterface } from "node:readline";
import { createLab } from "../../www/engine/index.js";

const lab = await createLab();
/** Cases, those that differ, and rows of which nothing is left, by setting. @type {Record<string, { n: number, different: number, empty: number }>} */
const counts = {};

for await (const line of createInterface({ input: process.stdin })) {
  const { settings, text, n_prompt, logits, after, ...head } = JSON.parse(line);
  if (!settings) {
    console.log(JSON.stringify(head));
    continue;
  }
  const name = Object.keys(settings).join(" + ");
  counts[name] ??= { n: 0, different: 0, empty: 0 };
  const count = counts[name];
  count.n += 1;
  const history = { prompt: text.slice(0, n_prompt), output: text.slice(n_prompt) };
  const want = Float32Array.from(after, (/** @type {number | null} */ x) => x ?? Number.NEGATIVE_INFINITY);
  const got = await columnAfter(logits, { ...settings, history, seed: 1 });
  if (got === null) count.empty += 1;
  const isSame =
    got === null ? want.every((x) => x === Number.NEGATIVE_INFINITY) : want.every((x, id) => x === got[id]);
  if (isSame) continue;
  count.different += 1;
  if (count.different <= 3) console.log(line, "here:", got && Array.from(got).join(" "));
}
console.table(counts);
await lab.dispose();
process.exitCode = Object.values(counts).some(({ different }) => different > 0) ? 1 : 0;

/** The logits after the only stage; null where nothing is left. @param {number[]} logits @param {object} settings */
async function columnAfter(logits, settings) {
  try {
    const { stages, logits: before } = await lab.trace(logits, settings);
    return stages[0]?.values ?? before;
  } catch (error) {
    if (/** @type {{ code?: string }} */ (error).code === "nothing_left") return null;
    throw error;
  }
}
