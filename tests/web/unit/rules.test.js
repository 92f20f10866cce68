/** What the page says of the rules of other systems: where a system's sort leaves the order of equals open, it names none of them as kept. */
import assert from "node:assert/strict";
import test, { after } from "node:test";
import { rulesView } from "../../../www/components/rules.js";
import { makeFormat } from "../../../www/lib/format.js";
import { en } from "./support/english.js";
import { openLab } from "./support/index.js";
import { partsOf } from "./support/template.js";

const lab = await openLab();
after(() => lab.dispose());

const words = { t: en, format: makeFormat(en) };

/**
 * What stands in the table's row of each system: how many it keeps, and how that differs.
 * @param {number[]} logits under top_p 0.85
 */
async function saidOf(logits) {
  const settings = { top_p: 0.85 };
  const step = { trace: await lab.trace(logits, settings), run: { vocab: logits.map((_, id) => `t${id}`) } };
  const rules = { step, rules: await lab.rules(logits, settings) };
  const view = rulesView(/** @type {any} */ ({ state: { step, rules }, words }));
  const rows = /** @type {any[]} */ (view.values.find(Array.isArray));
  return rows.map((row) =>
    partsOf(row)
      .filter((part) => part !== "")
      .slice(3)
      .join(" "),
  );
}

/** The most of a token, three equals of which the cut needs one, and some that are out. @param {number} n tokens */
const tiedAtCut = (n) => [3, 1, 3, 1, 1, ...new Array(n - 5).fill(-4)];

test("of tokens that are tied at the cut it says how many are kept", async () => {
  const open = "3 keeps 1 of these 3 tied tokens t1 t3 t4";
  assert.deepEqual(await saidOf(tiedAtCut(17)), ["3 the same tokens", open, open, open]);
});

test("where a sort keeps the order of equals, it names the tokens that a system keeps and drops", async () => {
  const other = "3 also keeps t4 drops t1";
  assert.deepEqual(await saidOf(tiedAtCut(16)), ["3 the same tokens", other, other, "3 the same tokens"]);
});
