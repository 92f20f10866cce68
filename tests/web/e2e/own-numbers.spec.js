/** Numbers of one's own in the lab: what is pasted is read, what cannot be used says why, and links repeat what is shown. */
import assert from "node:assert/strict";
import { eventually, pageTest } from "./support.js";

/** @typedef {import("./support.js").Lab} Lab */

/** @param {Lab} lab */
async function openLogits(lab) {
  const before = await lab.settled();
  await lab.model("logits");
  return lab.changed(before);
}

/** @param {Lab} lab @param {string} typed @param {RegExp} reason */
async function refuses(lab, typed, reason) {
  await lab.element.getByLabel("Logits", { exact: true }).fill(typed);
  await eventually(async () =>
    assert.match((await lab.element.locator("[id='model.logits-problem']").textContent()) ?? "", reason, typed),
  );
  assert.match(await lab.status(), /^Not drawn: the model’s input is not valid\.$/);
}

pageTest("own logits are read with their labels, and where they cannot be used it is said why", async (lab) => {
  const before = await openLogits(lab);
  await refuses(lab, "-inf -inf", /^Every token is masked/);
  await refuses(lab, "1e39 1", /^1e\+39 at position 1 is beyond float32/);
  await refuses(lab, "2,0 -1,5", /decimal comma/);
  await refuses(lab, "tensor([1.0, ..., 2.0])", /torch\.set_printoptions\(threshold=/);
  await refuses(lab, "1, , 2", /^There is no number at position 2/);
  await lab.element
    .getByLabel("Logits", { exact: true })
    .fill('[{"token": "Berlin", "logit": 3}, {"token": "Bonn", "logit": 2.5}]');
  const text = await lab.changed(before);
  assert.match(text, /^(?:the )?(?:Berlin|Bonn)+$/);
  const names = (await lab.rows()).map(({ token }) => token.split(" ")[0]);
  assert.deepEqual(names, ["Berlin", "Bonn"]);
});

pageTest("a name in the table is cut only where there is no room for it", async (lab) => {
  const before = await openLogits(lab);
  await lab.element.getByLabel("Labels, one per line").fill("Berlin\nBonn\nHamburg\nMünchen\nKöln");
  await lab.changed(before).catch(() => {});
  await lab.view("tokens");
  await eventually(async () => {
    const faces = lab.element.locator(".all-tokens .face");
    assert.equal(await faces.count(), 5);
    for (const face of await faces.all())
      assert.ok(
        await face.evaluate((node) => node.scrollWidth <= node.clientWidth + 1),
        (await face.textContent()) ?? "",
      );
  });
});

pageTest("many own logits have no stationary distribution, and the reason is the true one", async (lab) => {
  const before = await openLogits(lab);
  await lab.element.getByLabel("Logits", { exact: true }).fill(Array.from({ length: 5000 }, (_, i) => i % 7).join(" "));
  await lab.changed(before);
  await lab.view("draws");
  await eventually(async () =>
    assert.match(
      (await lab.element.locator("[data-endless]").textContent()) ?? "",
      /^Your own logits are the same at every step/,
    ),
  );
});

pageTest("with an empty seed the link holds the one that was used, and opens as the same text", async (lab, page) => {
  const before = await lab.settled();
  await lab.open("more-settings");
  await lab.setting("Seed").fill("");
  const text = await lab.changed(before);
  await eventually(async () => assert.match(page.url(), /&seed=\d{3,}&/));
  assert.equal(await lab.setting("Seed").inputValue(), "", "the field stays empty");
  await lab.view("share");
  const link = await lab.element.locator("#link").inputValue();
  await page.goto("about:blank");
  await page.goto(link);
  assert.equal(await lab.settled(), text);
});

pageTest("after Step the link opens with the tokens that are shown", async (lab, page) => {
  await lab.settled();
  for (const n of [1, 2, 3]) {
    await lab.next().click();
    await lab.settled(n);
  }
  const text = await lab.text();
  await eventually(async () => assert.match(page.url(), /&tokens=3(?:&|$)/));
  const link = page.url();
  await page.goto("about:blank");
  await page.goto(link);
  assert.equal(await lab.settled(3), text);
  await lab.next().click();
  assert.ok((await lab.settled(4)).startsWith(text));
  await lab.generate().click();
  await lab.settled(80);
  await eventually(async () => assert.doesNotMatch(page.url(), /tokens=/));
});

pageTest(
  "where what shows the tabs does not come, the tab says so, the text stays, and it can be asked for again",
  async (lab, page) => {
    const text = await lab.settled();
    await lab.view("stages");
    const problem = lab.element.locator("[role=tabpanel] .problem");
    await eventually(async () =>
      assert.match((await problem.textContent()) ?? "", /A part of this page did not load: check the connection/),
    );
    assert.equal(await lab.text(), text);
    assert.match(await lab.status(), /drawn with seed/);
    await page.unroute("**/assets/views-*.js");
    await problem.getByRole("button", { name: "Try again" }).click();
    await lab.element.locator(".numbers").first().waitFor();
    assert.equal(await problem.count(), 0);
  },
  {
    prepare: (page) => page.route("**/assets/views-*.js", (route) => route.abort()),
    expected: [/Failed to load resource|net::ERR_FAILED/],
  },
);
