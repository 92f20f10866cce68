/** The distribution, the stages and the draw: what the page says about a token is what the engine did. */
import assert from "node:assert/strict";
import { answerLate, eventually, pageTest } from "./support.js";

/** @param {string} percent "5.4%" or "<0.1%" */
const share = (percent) => Number(percent.replace(/[<%]/g, ""));

pageTest("raw and final stand side by side, with bars as long as the numbers", async (lab) => {
  await lab.settled();
  const rows = await lab.rows();
  assert.equal(rows.length, 30);
  const raw = rows.map((row) => share(row.raw));
  assert.deepEqual(
    raw,
    raw.toSorted((a, b) => b - a),
    "likeliest first",
  );
  assert.ok(Math.abs(raw.reduce((sum, p) => sum + p, 0) - 100) < 1.5, "the raw column is a distribution");
  const kept = rows.filter((row) => !/removed/.test(row.final));
  assert.ok(Math.abs(kept.reduce((sum, row) => sum + share(row.final), 0) - 100) < 1.5, "so is the final one");
  const [best] = kept;
  for (const row of kept) {
    const expected = (best.bars[1] * share(row.final)) / share(best.final);
    assert.ok(Math.abs(row.bars[1] - expected) < 3, `${row.token}: ${row.bars[1]} px for ${row.final}`);
  }
  assert.equal(rows.filter((row) => row.drawn).length, 1);
});

pageTest("a removed token keeps its row and says which stage removed it and why", async (lab) => {
  await lab.settled();
  const first_screen = await lab.element.locator("tr[data-removed]").count();
  assert.ok(first_screen >= 1, "the cut is on the first screen");
  const removed = (await lab.rows()).filter((row) => /removed/.test(row.final));
  assert.ok(removed.length >= 2);
  for (const row of removed) {
    const [, covered] = /^removed: top-p more likely tokens already have ([\d.]+)%$/.exec(row.final) ?? [];
    assert.ok(Number(covered) > 90, row.final);
    assert.equal(row.bars.length, 1, "no bar where nothing is left");
  }
});

/** @type {[knob: string, value: string, reason: RegExp, kept: RegExp][]} */
const CUTS = [
  ["Top-k", "4", /^removed: top-k its logit -?[\d.]+ is below -?[\d.]+$/, /^4 of 30 tokens left/],
  ["Min-p", "0.95", /^removed: min-p less than 95\.0% of the most likely$/, /^[1-9] of 30 tokens left/],
  ["Temperature", "0", /^removed: temperature 0 not the most likely$/, /^1 of 30 tokens left/],
];

for (const [knob, value, reason, kept] of CUTS) {
  pageTest(`${knob} = ${value} cuts this very distribution and says so`, async (lab) => {
    await lab.settled();
    await lab.knob("Top-p").fill("");
    if (knob === "Min-p") await lab.open("more-knobs");
    await lab.knob(knob).fill(value);
    const summary = lab.element.locator("#panel > .note");
    await eventually(async () => assert.match((await summary.textContent())?.trim() ?? "", kept));
    const rows = await lab.rows();
    const removed = rows.filter((row) => row.final.startsWith("removed"));
    assert.ok(removed.length > 20);
    for (const row of removed) assert.match(row.final, reason);
  });
}

pageTest("temperature alters the final column and leaves the raw one", async (lab) => {
  await lab.settled();
  await lab.knob("Top-p").fill("");
  await lab.knob("Temperature").fill("1");
  await eventually(async () => assert.match(await lab.used(), /no stage on/));
  const neutral = await lab.rows();
  assert.deepEqual(
    neutral.map((row) => row.final),
    neutral.map((row) => row.raw),
    "nothing on, nothing changed",
  );
  await lab.knob("Temperature").fill("0.3");
  await eventually(async () => assert.match(await lab.used(), /temperature = 0\.3/));
  const sharp = await lab.rows();
  assert.deepEqual(
    sharp.map((row) => row.raw),
    neutral.map((row) => row.raw),
  );
  assert.ok(share(sharp[0].final) > 2 * share(neutral[0].final), `${sharp[0].final} after ${neutral[0].final}`);
});

pageTest("clicking a token shows its step: its own context, its own draw", async (lab) => {
  const text = await lab.settled();
  const letters = [...text.slice(4)];
  const i = letters.findIndex((letter, at) => at > 3 && /[a-z]/.test(letter) && /[a-z]/.test(letters[at - 1]));
  await lab.element.locator(`[data-index="${i}"]`).click();
  const which = lab.element.locator(".which");
  await eventually(async () =>
    assert.match(
      (await which.textContent()) ?? "",
      new RegExp(`Token ${i + 1}, after “${letters[i - 1]}”\\.\\s+The model gave “${letters[i]}”`),
    ),
  );
  const [drawn] = (await lab.rows()).filter((row) => row.drawn);
  assert.ok(drawn.token.startsWith(letters[i]), drawn.token);
  const name = (await lab.element.locator(`[data-index="${i}"]`).getAttribute("aria-label")) ?? "";
  assert.equal(name, `${letters[i]}, token ${i + 1}, ${drawn.final}`, "the text and the table tell the same");
});

pageTest("the random number lies in the drawn token's interval, in words and in the picture", async (lab) => {
  await lab.settled();
  for (const i of [0, 7, 40]) {
    await lab.element.locator(`[data-index="${i}"]`).click();
    const sentence = await eventually(async () => {
      assert.match((await lab.element.locator(".which").textContent()) ?? "", new RegExp(`Token ${i + 1},`));
      return (await lab.element.locator(".draw p").textContent()) ?? "";
    });
    const [, coin, from, to] =
      /random number u is ([\d.]+)\..* has ([\d.]+) to ([\d.]+)\./.exec(sentence)?.map(Number) ?? [];
    assert.ok(from <= coin && coin <= to && from < to, sentence);
    const boxes = await lab.element.locator(".strip").evaluate((strip) => {
      const box = (/** @type {string} */ part) => strip.querySelector(part)?.getBoundingClientRect().toJSON();
      return { coin: box(".coin"), drawn: box(".segment[data-drawn]"), strip: box(".segments") };
    });
    const at = boxes.coin.left + 1;
    assert.ok(
      boxes.drawn.left - 3 <= at && at <= boxes.drawn.right + 3,
      `coin at ${at} px, ${JSON.stringify(boxes.drawn)}`,
    );
    assert.ok(Math.abs((boxes.drawn.left - boxes.strip.left) / boxes.strip.width - from) < 0.01, sentence);
  }
});

pageTest("PyTorch's race and the greedy choice are told in their own words", async (lab) => {
  await lab.settled();
  await lab.open("more-knobs");
  await lab.knob("Random numbers").selectOption("torch");
  const draw = lab.element.locator(".draw");
  await eventually(async () =>
    assert.match(
      (await draw.textContent()) ?? "",
      /PyTorch's race: .* came to [\d.]+% ÷ [\d.]+ = ([\d.]+)\. Second was .* with [\d.]+\./,
    ),
  );
  const [first, second] = [...((await draw.textContent()) ?? "").matchAll(/(?:=|with) ([\d.]+)\./g)].map((match) =>
    Number(match[1]),
  );
  assert.ok(first >= second, `${first} against ${second}`);
  await lab.knob("Temperature").fill("0");
  await eventually(async () =>
    assert.match((await draw.textContent()) ?? "", /Temperature 0: the most likely token is taken/),
  );
  assert.match((await lab.element.locator("#top_p-effect").textContent()) ?? "", /no effect: the draw is greedy/);
});

pageTest(
  "an explanation stands whole until the next one is there",
  async (lab, page) => {
    await lab.settled();
    // Every explanation that is shown from now on, with the alert that it would give if it were of another text.
    await page.evaluate(() => {
      const seen = /** @type {any} */ (globalThis);
      const root = document.querySelector("logit-lab")?.shadowRoot;
      const words = (/** @type {string} */ part) => root?.querySelector(part)?.textContent ?? "";
      seen.shown = new Set();
      new MutationObserver(() => {
        seen.shown.add(
          [words(".which"), words(".draw p"), words("[data-used]"), words(".reasons .problem")].join(" | "),
        );
      }).observe(/** @type {Node} */ (root), { subtree: true, childList: true, characterData: true });
    });
    await lab.knob("Seed").fill("8");
    await eventually(async () => assert.match(await lab.used(), /seed 8\./));
    await lab.knob("Temperature").fill("1.3");
    await eventually(async () => assert.match(await lab.used(), /temperature = 1\.3/));
    await lab.open("more-knobs");
    await lab.element.locator("#rng").selectOption("torch");
    await eventually(async () => assert.match(await lab.used(), /torch/));
    const shown = await page.evaluate(() => [.../** @type {any} */ (globalThis).shown]);
    assert.equal(shown.length, 4, shown.join("\n"));
  },
  { prepare: (page) => answerLate(page, 200) },
);

pageTest("the steps behind penalties are explained with the history they had", async (lab) => {
  await lab.settled();
  await lab.open("more-knobs");
  await lab.knob("Frequency penalty").fill("2");
  await lab.knob("Random numbers").selectOption("torch");
  await eventually(async () => assert.match(await lab.used(), /frequency_penalty = 2.*torch/));
  for (const i of [5, 30, 79]) {
    await lab.element.locator(`[data-index="${i}"]`).click();
    await eventually(async () =>
      assert.match((await lab.element.locator(".which").textContent()) ?? "", new RegExp(`Token ${i + 1},`)),
    );
    assert.equal(await lab.element.locator(".reasons .problem").count(), 0, "explained and drawn token agree");
  }
});

pageTest("stage by stage: the order in force, what each removed, the entropy", async (lab) => {
  await lab.settled();
  await lab.knob("Top-k").fill("10");
  await lab.view("stages");
  const stages = lab.element.locator(".stages > li");
  await eventually(async () =>
    assert.deepEqual(
      await stages.evaluateAll((items) =>
        items
          .map((item) => /** @type {HTMLElement} */ (item).dataset)
          .filter(({ off }) => off === undefined)
          .map(({ stage }) => stage),
      ),
      ["logits", "temperature", "top_k", "top_p", "softmax", "draw"],
    ),
  );
  const top_k = lab.element.locator('[data-stage="top_k"]');
  const did = /top_k = 10.*removed 20 tokens, [\d.]+% of the probability; entropy [\d.]+ → [\d.]+ bits/s;
  await eventually(async () => assert.match((await top_k.textContent()) ?? "", did));
});
