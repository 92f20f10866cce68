/** More settings: every setting has a field, lists are typed by text, and what cannot be read is told where it stands. */
import assert from "node:assert/strict";
import { SETTINGS } from "../../../www/generated/spec.js";
import { eventually, pageTest } from "./support.js";

/** Not typed: forced tokens are chosen in the text, the order is dragged, and a page always traces. */
const ELSEWHERE = ["forced_tokens", "order", "trace"];

pageTest("every setting of a text has a field", async (lab) => {
  await lab.settled();
  await lab.open("more-settings");
  for (const { name, table } of SETTINGS.filter(({ table, name }) => table !== "row" && !ELSEWHERE.includes(name)))
    assert.equal(await lab.element.locator(`#${name}`).count(), 1, `${name} (${table})`);
});

pageTest("groups stay as they were left, and say which of their stages are on", async (lab, page) => {
  await lab.settled();
  await lab.element.locator("details.more > summary").click();
  const group = (/** @type {string} */ key) => lab.element.locator(`details[data-group=${key}]`);
  assert.equal(await group("repetition").getAttribute("open"), null);
  await group("repetition").locator("> summary").click();
  const before = await lab.text();
  await lab.setting("Repetition penalty").fill("1.3");
  await lab.changed(before);
  await eventually(async () =>
    assert.deepEqual(await group("repetition").locator("summary b").allTextContents(), ["Penalties"]),
  );
  await lab.view("tokens");
  await page.setViewportSize({ width: 390, height: 800 });
  assert.notEqual(await group("repetition").getAttribute("open"), null);
});

pageTest("a bias is typed by text, moved with a slider, and taken away", async (lab) => {
  await lab.settled();
  await lab.open("more-settings");
  const bias = lab.setting("Logit bias");
  const before = await lab.text();
  await bias.fill('e: -3, " ": -inf');
  await lab.changed(before);
  assert.match(await lab.used(), /2 biased/);
  const items = lab.element.locator("[data-setting=logit_bias] .items li");
  assert.deepEqual(await items.locator(".item-name").allTextContents(), ["“e”", "a space"]);
  assert.deepEqual(await items.locator(".amount").allTextContents(), ["-3", "never"]);
  assert.ok(!(await lab.text()).slice("the ".length).includes(" "), "a banned space is not drawn");

  await items.first().getByRole("slider").press("ArrowRight");
  await eventually(async () => assert.equal(await bias.inputValue(), 'e: -2.5, " ": -inf'));
  await items.last().getByRole("button").click();
  await eventually(async () => assert.equal(await bias.inputValue(), "e: -2.5"));
  await eventually(async () => assert.match(await lab.used(), /1 biased/));
});

pageTest("what cannot be read is told at its field, and nothing is lost", async (lab) => {
  const before = await lab.settled();
  await lab.open("more-settings");
  /** @type {[field: string, typed: string, said: RegExp][]} */
  const cases = [
    ["Logit bias", "e: -2, t", /“t” has no number: write it as e: -2/],
    ["Logit bias", "e: lots", /“e: lots” has no number that can be read/],
    ["Logit bias", "the: 1", /“the” is several tokens of this model/],
    ["Suppressed tokens", "é", /This model has no tokens for “é”/i],
    ["Logit bias", "99: -2", /logit_bias = 99 is not valid: use ids below 30/i],
    ["Suppressed tokens", "99", /suppress_tokens = 99 is not valid/i],
    ["Stop strings", '"the end', /quotation mark or a bracket that is never closed/],
    ["Block size", "0", /block_size = 0/],
  ];
  for (const [field, typed, said] of cases) {
    const setting = lab.setting(field);
    await setting.fill(typed);
    const problem = lab.element.locator(".groups [role=alert]");
    await eventually(async () => assert.match((await problem.textContent()) ?? "", said));
    assert.equal(await setting.inputValue(), typed);
    assert.equal(await setting.getAttribute("aria-invalid"), "true");
    assert.equal(await lab.text(), before, "the last text stays");
    await setting.fill("");
    await eventually(async () => assert.equal(await problem.count(), 0));
  }
});

pageTest("a stop string ends the text, and the link keeps it", async (lab, page) => {
  const before = await lab.settled();
  await lab.open("more-settings");
  const stop = before.slice(20, 22);
  await lab.setting("Stop strings").fill(JSON.stringify(stop));
  const text = await lab.changed(before);
  // Its tokens were drawn, and can be looked at like the others.
  assert.ok(before.startsWith(text) && text.endsWith(stop), text);
  assert.match(await lab.status(), /A stop string ended the text\./);
  await eventually(async () => assert.match(page.url(), /stop_strings/));
  await page.reload();
  await eventually(async () => assert.equal(await lab.text(), text));
});
