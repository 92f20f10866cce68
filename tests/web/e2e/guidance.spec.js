/** What helps a newcomer: the tour, and what else could have come, shown at a token. */
import assert from "node:assert/strict";
import { violations } from "./axe.js";
import { eventually, pageTest } from "./support.js";

/** @param {import("playwright-core").Page} page */
const focused = (page) => page.evaluate(() => document.activeElement?.shadowRoot?.activeElement?.textContent?.trim());

pageTest(
  "the tour by the keyboard: six stops, each framed, in view and sound for axe; back; at the end the focus returns",
  async (lab, page) => {
    await lab.settled();
    await page.locator("#tour").focus();
    await page.keyboard.press("Enter");
    const card = lab.element.getByRole("dialog", { name: "Tour of the lab" });
    for (const [i, part] of ["#prompt", "svg", ".slider", ".primary", "[role=radiogroup]", "[role=tab]"].entries()) {
      await eventually(async () => assert.match((await card.textContent()) ?? "", new RegExp(`${i + 1} of 6`)));
      const framed = lab.element.locator("[data-toured]");
      assert.ok((await framed.locator(part).count()) > 0, part);
      assert.notEqual(await framed.evaluate((element) => getComputedStyle(element).outlineStyle), "none");
      assert.ok(await framed.evaluate((element) => element.getBoundingClientRect().top < innerHeight));
      assert.equal(await focused(page), i === 5 ? "Try it" : "Next");
      assert.deepEqual(await violations(page), []);
      if (i === 2) {
        await page.keyboard.press("Shift+Tab");
        await page.keyboard.press("Enter");
        await eventually(async () => assert.match((await card.textContent()) ?? "", /2 of 6/));
        await page.keyboard.press("Enter");
        await eventually(async () => assert.match((await card.textContent()) ?? "", /3 of 6/));
      }
      await page.keyboard.press("Enter");
    }
    await eventually(async () => assert.equal(await card.count(), 0));
    assert.equal(await page.evaluate(() => document.activeElement?.id), "tour");
  },
);

pageTest("the tour is skipped with Escape or its button, and nothing was changed by it", async (lab, page) => {
  await lab.settled();
  const before = await lab.element.evaluate((/** @type {any} */ element) => element.getState());
  for (const leave of [() => page.keyboard.press("Escape"), () => lab.button("Skip").click()]) {
    await page.locator("#tour").click();
    await lab.button("Next").click();
    await leave();
    await eventually(async () => assert.equal(await lab.element.locator(".tour").count(), 0));
    assert.equal(await lab.element.locator("[data-toured]").count(), 0);
  }
  assert.deepEqual(await lab.element.evaluate((/** @type {any} */ element) => element.getState()), before);
});

pageTest(
  "what else could have come is shown at a token under the pointer, with the engine's numbers",
  async (lab, page) => {
    await lab.settled();
    const peek = lab.element.getByRole("tooltip");
    for (const i of [0, 12, 13]) {
      const token = lab.element.locator(`[data-index="${i}"]`);
      await token.hover();
      await eventually(async () => assert.match((await peek.textContent()) ?? "", new RegExp(`Token ${i + 1}:`)));
      assert.equal(await token.getAttribute("aria-describedby"), "peek");
      const own = await peek.locator(".put").textContent();
      const name = (await token.getAttribute("aria-label")) ?? "";
      assert.ok(
        own?.includes(name.split(",")[0]) && own.includes(/[\d.]+%/.exec(name)?.[0] ?? "?"),
        `${own} / ${name}`,
      );
      const shares = await peek.locator("li").allTextContents();
      const percents = shares.map((share) => Number(/([\d.]+)%/.exec(share)?.[1]));
      assert.ok(shares.length >= 5 && percents.every((p, at) => at === 0 || p <= percents[at - 1]), shares.join());
      assert.deepEqual(await violations(page), []);
      await peek.hover();
      assert.equal(await peek.count(), 1);
    }
    await page.mouse.move(5, 5);
    await eventually(async () => assert.equal(await peek.count(), 0));
    assert.equal(await lab.element.locator("[aria-describedby=peek]").count(), 0);
  },
);

pageTest(
  "by the keyboard it is shown where the view tells of something else, and Escape takes it away",
  async (lab, page) => {
    await lab.settled();
    const peek = lab.element.getByRole("tooltip");
    const arrow = async () => {
      await lab.element.locator('.token[aria-selected="true"]').focus();
      await page.keyboard.press("ArrowRight");
    };
    await arrow();
    await eventually(async () =>
      assert.match((await lab.element.locator("#panel .context").textContent()) ?? "", /^Token 2,/),
    );
    assert.equal(await peek.count(), 0);
    await lab.view("compare");
    await arrow();
    await eventually(async () => assert.match((await peek.textContent()) ?? "", /Token 3:/));
    await page.keyboard.press("Escape");
    await eventually(async () => assert.equal(await peek.count(), 0));
  },
);
