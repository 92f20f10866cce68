/** What the views add for a GPT: three models side by side, and the prompt-length plot with its cache and without. */
import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { violations } from "./axe.js";
import { eventually, pageTest } from "./support.js";

/** @typedef {import("./support.js").Lab} Lab */

/** Loads ours from the list. @param {Lab} lab */
async function load(lab) {
  await lab.model("gpt");
  await lab.open("model");
  await lab.element.locator("[data-gpt-about]").waitFor({ state: "attached" });
  await lab.settled();
}

/** The perplexities, model by model. @param {Lab} lab */
const perplexities = (lab) =>
  lab.element
    .locator(".perplexities tbody tr")
    .evaluateAll((rows) => rows.map((row) => [...row.children].map((cell) => cell.textContent?.trim() ?? "")));

/** @param {Lab} lab @param {string} kind */
const textOf = (lab, kind) =>
  lab.element
    .locator(`[data-contestant=${kind}] .contender-text`)
    .evaluate((text) =>
      [...text.querySelectorAll(".token")]
        .map((token) => (token.querySelector("[data-sign='↵']") ? "\n" : token.textContent))
        .join(""),
    );

pageTest(
  "three models with the same settings, prompt and random numbers: two at once, the GPT on request; the page's model stays",
  async (lab, page) => {
    const before = await lab.settled();
    await lab.view("compare");
    await lab.button("Models").click();
    await eventually(async () => assert.equal((await perplexities(lab)).length, 3));
    assert.deepEqual((await perplexities(lab))[2].slice(1), ["–", "–"]);
    assert.equal((await textOf(lab, "notebook")).trim().slice(0, 4), before.slice(4, 8));
    assert.deepEqual(await violations(page), []);

    await lab.element.locator("[data-contestant=gpt]").getByRole("button", { name: "Load" }).click();
    await eventually(async () => assert.ok(((await textOf(lab, "gpt"))?.length ?? 0) >= 80));
    const rows = await perplexities(lab);
    const [random, counted, trained] = rows.map(([, , sentence]) => Number(sentence));
    assert.ok(trained < counted && counted < random && random < 40 && trained > 1, JSON.stringify(rows));
    assert.equal(await lab.text(), before, "only the column was asked for");
    assert.deepEqual(await violations(page), []);

    const texts = [await textOf(lab, "notebook"), await textOf(lab, "gpt")];
    await lab.setting("Temperature").fill("0");
    await eventually(async () => {
      assert.notEqual(await textOf(lab, "notebook"), texts[0]);
      assert.notEqual(await textOf(lab, "gpt"), texts[1]);
    });
    assert.deepEqual(
      (await perplexities(lab)).map(([, , sentence]) => Number(sentence)),
      [random, counted, trained],
      "the settings have no part in it",
    );
  },
);

pageTest("a model that cannot be made says why in its own column, and the others write", async (lab) => {
  await lab.settled();
  await lab.model("counted");
  await lab.open("model");
  await lab.setting("Smoothing").fill("0");
  await lab.element.locator("#smoothing-problem, .model .problem").first().waitFor();
  await lab.model("notebook");
  await lab.settled();
  await lab.view("compare");
  await lab.button("Models").click();
  const said = lab.element.locator("[data-contestant=counted] .problem");
  await eventually(async () => assert.match((await said.textContent()) ?? "", /smoothing = 0 is not valid/));
  assert.ok(((await textOf(lab, "notebook"))?.length ?? 0) >= 80);
  assert.equal(await lab.element.locator(".page-problem").count(), 0);
});

pageTest("a sentence of the user's is judged by all; what it is made of that nobody knows is said", async (lab) => {
  await lab.settled();
  await lab.view("compare");
  await lab.button("Models").click();
  const field = lab.element.getByLabel("A sentence that no model has seen");
  await field.waitFor();
  const before = await eventually(async () => {
    const rows = await perplexities(lab);
    assert.match(rows[1][2], /\d/);
    return rows;
  });
  await lab.typesOn(field, "zzzz 42");
  await field.blur();
  await eventually(async () => assert.notEqual((await perplexities(lab))[1][2], before[1][2]));
  await eventually(async () =>
    assert.match(
      (await lab.element.locator("#held-out-note").textContent()) ?? "",
      /Random bigram: 2 characters are not .* Counted bigram: 6 characters/,
    ),
  );
});

pageTest("the prompt-length plot of a GPT: two plots, two curves each; stopped, measured, saved", async (lab, page) => {
  await lab.settled();
  await load(lab);
  await lab.view("timings");
  await lab.element.getByRole("button", { name: "Measure", exact: true }).click();
  const status = lab.element.locator("[data-sweep-status]");
  await eventually(async () => assert.match((await status.textContent()) ?? "", /KV cache: After/));
  await lab.element.locator(".sweep").getByRole("button", { name: "Stop" }).click();
  await eventually(async () => assert.equal((await status.textContent())?.trim(), ""), 30_000);
  await lab.element.getByRole("button", { name: /^Measure/ }).click();
  await eventually(async () => assert.match((await status.textContent()) ?? "", /without: After/), 60_000);
  await eventually(async () => assert.equal((await status.textContent())?.trim(), ""), 180_000);
  assert.equal(await lab.element.locator(".sweep svg").count(), 2);
  assert.equal(await lab.element.locator(".sweep polyline").count(), 4);
  assert.ok((await lab.element.locator(".sweep circle[data-slides]").count()) >= 4, "beyond what it sees");
  assert.match((await lab.element.locator(".sweep tbody").textContent()) ?? "", /1,024 \*/);
  assert.deepEqual(await violations(page), []);

  const downloading = page.waitForEvent("download");
  await lab.button("Save as JSON").click();
  const saved = JSON.parse(await readFile(await (await downloading).path(), "utf8"));
  assert.deepEqual(
    saved.series.map((/** @type {any} */ { backend, cache, points }) => [backend, cache, points.length]),
    [
      ["cpu", "on", 7],
      ["cpu", "off", 7],
    ],
  );
  for (const { block_size, points } of saved.series)
    for (const { prompt_length, new_tokens, ttft_ms, slides } of points) {
      assert.ok(new_tokens >= 4 && new_tokens <= 64 && ttft_ms >= 0);
      assert.equal(slides, prompt_length + new_tokens > block_size);
    }
});

for (const width of [320, 1280])
  pageTest(
    `models and plots fit into ${width} px`,
    async (lab, page) => {
      await lab.settled();
      await load(lab);
      await lab.view("compare");
      await lab.button("Models").click();
      await lab.element.locator("[data-contestant=gpt] .token").first().waitFor();
      assert.ok((await page.evaluate(() => document.documentElement.scrollWidth)) <= width);
    },
    { viewport: { width, height: 800 } },
  );
