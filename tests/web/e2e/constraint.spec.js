/** A form for the output, typed under More settings: what does not fit is turned away, and says what would have fitted. */
import assert from "node:assert/strict";
import { eventually, pageTest } from "./support.js";

const MODULE = /logitlab_grammar.*\.wasm/;

/** What the constraint did in the picture that is shown. @param {import("./support.js").Lab} lab */
const station = (lab) =>
  lab.element.evaluate((element) => {
    const { picture, index } = /** @type {any} */ (element).store.state.step;
    const at = picture.stations.find((/** @type {any} */ { stage }) => stage === "constraint");
    return { index, kept: at?.kept, removed: at?.removed, vocab_size: picture.vocab_size };
  });

pageTest("a pattern holds the text to it, and every token that is turned away says why", async (lab, page) => {
  /** @type {string[]} */
  const asked = [];
  page.on("request", (request) => asked.push(request.url()));
  const before = await lab.settled();
  const prompt = (await lab.element.locator("#prompt").textContent()) ?? "";
  await lab.open("more-settings");
  const field = lab.setting("Constraint");
  await field.fill("(ab|ba){2,9}\\.");
  const text = await lab.changed(before);
  assert.match(text.slice(prompt.length), /^(ab|ba){2,9}\.$/);
  assert.equal(asked.filter((url) => MODULE.test(url)).length, 1, "its module comes with the first constraint, once");
  assert.match(await lab.status(), /complete: nothing can follow/);
  assert.match(await lab.used(), /constraint = \{ regex: /);
  assert.equal(await lab.element.locator("#constraint-effect").textContent(), "a regular expression");

  await lab.element.locator('[data-index="0"]').click();
  await eventually(async () =>
    assert.deepEqual(await station(lab), { index: 0, kept: 2, removed: 28, vocab_size: 30 }),
  );
  const column = lab.element.locator("[data-stage=constraint]");
  assert.equal(await column.locator(".does").textContent(), "only a, b");
  const { removed_mass, removed_bits } = await lab.element.evaluate(
    (element) => /** @type {any} */ (element).store.state.step.picture.stations[1],
  );
  assert.ok(removed_bits > 1 && Math.abs(2 ** -removed_bits - (1 - removed_mass)) < 1e-6);
  assert.match(
    (await column.locator(".effect").textContent()) ?? "",
    new RegExp(`28 tokens, .*removed: ${removed_bits.toFixed(2)} bits`),
  );
  await eventually(async () => {
    const rows = await lab.rows();
    const turned_away = rows.filter(({ removed }) => removed);
    assert.equal(turned_away.length, 28);
    assert.match(turned_away[0].why, /^constraint: not allowed here, only: a, b$/);
  });

  await field.fill("[a");
  const problem = lab.element.locator("#constraint-problem");
  await eventually(async () =>
    assert.match(
      (await problem.textContent()) ?? "",
      /cannot be understood: line 1, column 1: unclosed character class/i,
    ),
  );
  await field.fill('{"enum": ["yes", "no"]}');
  await eventually(async () => assert.match((await lab.element.locator(".status").textContent()) ?? "", /./));
  await eventually(async () => assert.match((await problem.textContent()) ?? "", /no token of the model/));
  assert.equal(await lab.element.locator("#constraint-effect").textContent(), "");
  await field.fill("");
  await eventually(async () => assert.equal(await lab.text(), before));
  assert.equal(asked.filter((url) => MODULE.test(url)).length, 1);
});

pageTest("a form is part of the link, and of the programs that repeat the text", async (lab, page) => {
  const before = await lab.settled();
  await lab.open("more-settings");
  await lab.setting("Constraint").fill("[a-d]{3,12},");
  const text = await lab.changed(before);
  await eventually(async () => assert.match(decodeURIComponent(page.url()), /constraint=\[a-d\]\{3,12\},/));
  await page.reload();
  await eventually(async () => {
    assert.equal(await lab.text(), text);
    assert.match(await lab.status(), /complete/);
  });
});
