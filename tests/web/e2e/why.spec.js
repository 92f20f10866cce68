/** The distribution, the stages and the draw: what the page says about a token is what the engine did. */
import assert from "node:assert/strict";
import { answerLate, eventually, pageTest } from "./support.js";

/** @param {string} percent "5.4%" or "<0.0001%" */
const share = (percent) => Number(percent.replace(/[<%]/g, ""));

const ALONE = { body: '<logit-lab view="distribution"></logit-lab>' };

/** The rows of the distribution alone, opened as far as it goes. @param {import("./support.js").Lab} lab */
async function distribution(lab) {
  await lab.element.locator(".distribution tbody tr").first().waitFor();
  const more = lab.button("Show more");
  while (await more.isVisible()) await more.click();
  return lab.element.locator(".distribution tbody tr:not(.gap)").evaluateAll((rows) =>
    rows.map((row) => {
      const [token, raw, final] = [...row.children].map((cell) => cell.textContent?.replace(/\s+/g, " ").trim() ?? "");
      const bars = [...row.querySelectorAll(".bar")].map((bar) => bar.getBoundingClientRect().width);
      return { token, raw, final, bars, drawn: "drawn" in /** @type {HTMLElement} */ (row).dataset };
    }),
  );
}

pageTest(
  "the distribution alone: model and final side by side, with bars as long as the numbers, after which text",
  async (lab) => {
    const rows = await distribution(lab);
    assert.equal(rows.length, 30);
    const raw = rows.map((row) => share(row.raw));
    assert.deepEqual(
      raw,
      raw.toSorted((a, b) => b - a),
      "likeliest first",
    );
    assert.ok(Math.abs(raw.reduce((sum, p) => sum + p, 0) - 100) < 1.5, "the model's column is a distribution");
    const kept = rows.filter((row) => !/removed/.test(row.final));
    assert.ok(Math.abs(kept.reduce((sum, row) => sum + share(row.final), 0) - 100) < 1.5, "so is the final one");
    const [best] = kept;
    for (const row of kept) {
      const expected = (best.bars[1] * share(row.final)) / share(best.final);
      assert.ok(Math.abs(row.bars[1] - expected) < 3, `${row.token}: ${row.bars[1]} px for ${row.final}`);
    }
    assert.equal(rows.filter((row) => row.drawn).length, 1);
    assert.match((await lab.element.locator(".context").textContent()) ?? "", /^Token 1, after the $/);
  },
  ALONE,
);

pageTest(
  "a removed token keeps its row and says which stage removed it and why",
  async (lab) => {
    await lab.element.locator(".distribution tbody tr").first().waitFor();
    const first_screen = await lab.element.locator("tr[data-removed]").count();
    assert.ok(first_screen >= 1, "the cut is on the first screen");
    const removed = (await distribution(lab)).filter((row) => /removed/.test(row.final));
    assert.ok(removed.length >= 2);
    for (const row of removed) {
      const [, covered] = /^removed: top-p more likely tokens already have ([\d.]+)%$/.exec(row.final) ?? [];
      assert.ok(Number(covered) > 90, row.final);
      assert.equal(row.bars.length, 1, "no bar where nothing is left");
    }
  },
  ALONE,
);

/** @type {[setting: string, value: string, reason: RegExp, kept: RegExp][]} */
const CUTS = [
  ["top_k", "4", /^top-k: its logit -?[\d.]+ … -?[\d.]+ is below -?[\d.]+$/, /^4 left/],
  ["min_p", "0.95", /^min-p: less than 95\.0% of the most likely$/, /^[1-9] left/],
  ["temperature", "0", /^temperature 0: not the most likely$/, /^1 left/],
];

for (const [name, value, reason, kept] of CUTS) {
  pageTest(`${name} = ${value} cuts this very distribution and says so`, async (lab) => {
    await lab.settled();
    await lab.element.evaluate(
      (element, fields) => /** @type {any} */ (element).setState({ fields: { top_p: "", ...fields } }),
      { [name]: value },
    );
    const stage = lab.element.locator(`.numbers [data-stage=${name}]`);
    await eventually(async () => assert.match((await stage.locator("footer").textContent())?.trim() ?? "", kept));
    const removed = (await lab.rows()).filter((row) => row.removed);
    assert.ok(removed.length > 20);
    for (const row of removed) {
      assert.match(row.why, reason);
      assert.equal(row.final, "–");
    }
  });
}

pageTest("temperature alters the final column and leaves the model's", async (lab) => {
  await lab.settled();
  const set = (/** @type {object} */ fields) =>
    lab.element.evaluate((element, fields) => /** @type {any} */ (element).setState({ fields }), fields);
  await set({ top_p: "", temperature: "1" });
  await eventually(async () => assert.match(await lab.used(), /no stage on/));
  const neutral = await lab.rows();
  assert.deepEqual(
    neutral.map((row) => row.final),
    neutral.map((row) => row.raw),
    "nothing on, nothing changed",
  );
  await set({ temperature: "0.3" });
  await eventually(async () => assert.match(await lab.used(), /temperature = 0\.3/));
  const sharp = await eventually(async () => {
    const rows = await lab.rows();
    assert.equal(rows[0].after.length, 1);
    return rows;
  });
  assert.deepEqual(
    sharp.map((row) => [row.raw, row.logit]),
    neutral.map((row) => [row.raw, row.logit]),
  );
  assert.ok(share(sharp[0].final) > 2 * share(neutral[0].final), `${sharp[0].final} after ${neutral[0].final}`);
});

pageTest("clicking a token shows its step: its own context, its own draw", async (lab) => {
  const text = await lab.settled();
  const letters = [...text.slice(4)];
  const i = letters.findIndex((letter, at) => at > 3 && /[a-z]/.test(letter) && /[a-z]/.test(letters[at - 1]));
  await lab.element.locator(`[data-index="${i}"]`).click();
  const context = lab.element.locator("#panel .context");
  await eventually(async () =>
    assert.match((await context.textContent()) ?? "", new RegExp(`^Token ${i + 1}, after .*${letters[i - 1]}$`)),
  );
  await lab.explained();
  const [drawn] = (await lab.rows()).filter((row) => row.drawn);
  assert.ok(drawn.token.startsWith(letters[i]), drawn.token);
  const name = (await lab.element.locator(`[data-index="${i}"]`).getAttribute("aria-label")) ?? "";
  assert.equal(name, `${letters[i]}, token ${i + 1}, ${drawn.final}`, "the text and the table tell the same");
});

pageTest("u lies in the drawn token's interval, in words and in both pictures", async (lab, page) => {
  await lab.settled();
  for (const i of [0, 7, 40]) {
    await lab.element.locator(`[data-index="${i}"]`).click();
    const sentence = await eventually(async () => {
      const context = (await lab.element.locator("#panel .context").textContent()) ?? "";
      assert.match(context, new RegExp(`Token ${i + 1},`));
      await lab.isExplained();
      return (await lab.element.locator(".of-u").textContent()) ?? "";
    });
    const [, u, from, to, v] =
      /u\s=\s([\d.]+) lies in the interval of .*, ([\d.]+) to ([\d.]+):.* v\s=\s([\d.]+)\./
        .exec(sentence)
        ?.map(Number) ?? [];
    assert.ok(from <= u && u <= to && from < to && v >= 0 && v < 1, sentence);
    // Beside the columns the strip stands, below them it lies.
    for (const [width, start, size] of /** @type {const} */ ([
      [1280, "top", "height"],
      [700, "left", "width"],
    ])) {
      await page.setViewportSize({ width, height: 800 });
      const boxes = await lab.element.locator(".strip").evaluate((strip) => {
        const box = (/** @type {string} */ part) => strip.querySelector(part)?.getBoundingClientRect().toJSON();
        return { u: box(".u-mark"), drawn: box(".segment[data-drawn]"), strip: box(".segments") };
      });
      const at = boxes.u[start] + 1;
      const end = boxes.drawn[start] + boxes.drawn[size];
      assert.ok(boxes.drawn[start] - 3 <= at && at <= end + 3, `u at ${at} px, ${JSON.stringify(boxes.drawn)}`);
      assert.ok(Math.abs((boxes.drawn[start] - boxes.strip[start]) / boxes.strip[size] - from) < 0.01, sentence);
    }
    await page.setViewportSize({ width: 1280, height: 800 });
  }
});

pageTest("PyTorch's race and the greedy choice are told in their own words", async (lab) => {
  await lab.settled();
  await lab.element.evaluate((element) => /** @type {any} */ (element).setState({ fields: { rng: "torch" } }));
  const draw = lab.element.locator("#panel .of-u");
  await eventually(async () =>
    assert.match(
      (await draw.textContent()) ?? "",
      /PyTorch's race: .* For .*: [\d.]+% ÷ [\d.]+ = ([\d.]+)\. .* came second, with [\d.]+\./,
    ),
  );
  const [first, second] = [...((await draw.textContent()) ?? "").matchAll(/(?:=|with) ([\d.]+)\./g)].map((match) =>
    Number(match[1]),
  );
  assert.ok(first >= second, `${first} against ${second}`);
  assert.equal(await lab.element.locator(".u-mark").count(), 0, "a race has no u");
  await lab.setting("Temperature").fill("0");
  await eventually(async () =>
    assert.match((await draw.textContent()) ?? "", /Temperature 0: the most likely token, .*, is taken/),
  );
  assert.match((await lab.element.locator("#top_p-effect").textContent()) ?? "", /no effect: the draw is greedy/);
});

pageTest(
  "an explanation stands whole until the next one is there",
  async (lab, page) => {
    await lab.settled();
    await lab.open("more-settings");
    // Every explanation that is shown from now on, with the alert that it would give if it were of another text.
    await page.evaluate(() => {
      const seen = /** @type {any} */ (globalThis);
      const root = document.querySelector("logit-lab")?.shadowRoot;
      const words = (/** @type {string} */ part) => root?.querySelector(part)?.textContent ?? "";
      seen.shown = new Set();
      new MutationObserver(() => {
        const head = words('.numbers [data-stage="temperature"] header');
        seen.shown.add([words("#panel .context"), head, words(".of-u"), words("[role=alert]")].join(" | "));
      }).observe(/** @type {Node} */ (root), { subtree: true, childList: true, characterData: true });
    });
    await lab.setting("Seed").fill("8");
    await eventually(async () => assert.match(await lab.used(), /seed 8\./));
    await lab.setting("Temperature").fill("1.3");
    await eventually(async () => assert.match(await lab.used(), /temperature = 1\.3/));
    await lab.element.locator("#rng").selectOption("torch");
    await eventually(async () => assert.match(await lab.used(), /torch/));
    const shown = await page.evaluate(() => [.../** @type {any} */ (globalThis).shown]);
    assert.equal(shown.length, 4, shown.join("\n"));
  },
  { prepare: (page) => answerLate(page, 200) },
);

pageTest("the steps behind penalties are explained with the history they had", async (lab) => {
  await lab.settled();
  await lab.open("more-settings");
  await lab.setting("Frequency penalty").fill("2");
  await lab.setting("Random numbers").selectOption("torch");
  await eventually(async () => assert.match(await lab.used(), /frequency_penalty = 2.*torch/));
  for (const i of [5, 30, 79]) {
    await lab.element.locator(`[data-index="${i}"]`).click();
    await eventually(async () =>
      assert.match((await lab.element.locator("#panel .context").textContent()) ?? "", new RegExp(`Token ${i + 1},`)),
    );
    assert.equal(await lab.element.locator(".reasons .problem").count(), 0, "explained and drawn token agree");
  }
});

/** The rows of a column, as they are seen. @param {import("./support.js").Lab} lab @param {string} stage */
const cells = (lab, stage) =>
  lab.element.locator(`.numbers [data-stage=${stage}] .rows li`).evaluateAll((rows) =>
    rows.map((row) => ({
      fate: /** @type {HTMLElement} */ (row).dataset.fate,
      drawn: "drawn" in /** @type {HTMLElement} */ (row).dataset,
      top: row.getBoundingClientRect().top,
      bar: row.querySelector(".bar")?.getBoundingClientRect().width ?? 0,
      shown: row.querySelector(".n")?.textContent ?? "",
      word: row.querySelector(".word")?.textContent ?? "",
    })),
  );

pageTest("stages in numbers: a column for each stage in the order in force, with what each decides on", async (lab) => {
  await lab.settled();
  await lab.element.evaluate((element) =>
    /** @type {any} */ (element).setState({ fields: { top_k: "10", min_p: "0.3" } }),
  );
  const stages = ["model", "temperature", "top_k", "top_p", "min_p"];
  await eventually(async () =>
    assert.deepEqual(
      await lab.element
        .locator(".numbers [data-stage]")
        .evaluateAll((all) => all.map((one) => /** @type {HTMLElement} */ (one).dataset.stage)),
      stages,
    ),
  );
  const [model, temperature, top_k, top_p] = await Promise.all(stages.map((stage) => cells(lab, stage)));
  assert.equal(model.length, 14, "of 30 tokens as many have a label as there is room for");
  for (const [i, { top }] of model.entries()) {
    assert.equal(top, model[0].top + 20 * i, "a row is 20 px high");
    assert.equal(temperature[i].top, top, "a token keeps its height");
    assert.equal(top_k[i].top, top + (i < 10 ? 0 : 18), "what is removed drops");
    assert.equal(top_k[i].fate, i < 10 ? "kept" : "removed");
    assert.equal(top_k[i].shown, i < 10 ? `#${i + 1}` : "");
    if (i >= 10) assert.deepEqual([top_p[i].fate, top_p[i].bar], ["gone", 0]);
  }
  assert.match(
    (await lab.element.locator('.numbers [data-stage="top_k"] .why').first().textContent()) ?? "",
    /✕ rank over 10/,
  );
  const sums = top_p.filter(({ fate }) => fate === "kept").map(({ shown }) => Number(shown));
  assert.deepEqual(
    sums,
    sums.toSorted((a, b) => a - b),
    "a running sum grows",
  );
  // The numbers of the columns are those of the table.
  const rows = await lab.rows();
  for (const [i, { shown, bar }] of temperature.entries()) {
    assert.equal(shown, rows[i].after[0]);
    assert.ok(Math.abs(bar / temperature[0].bar - share(shown) / share(temperature[0].shown)) < 0.05, shown);
  }
  assert.deepEqual(
    model.map(({ shown }) => shown),
    rows.slice(0, model.length).map(({ logit }) => logit),
  );
});

pageTest("a drawn token of low rank takes the last row, and one line leads to it through all columns", async (lab) => {
  const text = await lab.settled();
  const found = await eventually(async () => {
    for (let index = 0; index < text.length - 4; index += 1) {
      const trace = await lab.element.evaluate(async (element, index) => {
        const lab = /** @type {any} */ (element);
        lab.store.dispatch({ type: "select", index });
        for (let n = 0; n < 100 && lab.store.state.step?.index !== index; n += 1)
          await new Promise((resolve) => setTimeout(resolve, 10));
        return lab.store.state.step.picture.drawn.rank;
      }, index);
      if (trace >= 14) return index;
    }
    throw new Error("no token of low rank was drawn");
  });
  await eventually(async () => {
    const model = await cells(lab, "model");
    assert.deepEqual(
      model.map(({ drawn }) => drawn),
      [...Array.from({ length: 13 }, () => false), true],
      `token ${found + 1}`,
    );
    const thread = await lab.element.locator(".thread").boundingBox();
    assert.ok(thread && Math.abs(thread.y - model[13].top) < 1);
  });
});

for (const [setting, value, why] of /** @type {const} */ ([
  ["Top-k", "5", /^top-k: its logit -?[\d.]+ … -?[\d.]+ is below -?[\d.]+$/],
  ["Top-p", "0.5", /^top-p: more likely tokens already have [\d.]+% … [\d.]+%$/],
]))
  pageTest(`all tokens: those removed by ${setting} have it said once, and every token can be reached`, async (lab) => {
    await lab.settled();
    const before = await lab.rows();
    await lab.setting(setting).fill(value);
    await eventually(async () => assert.ok((await lab.rows()).filter((row) => row.why.match(why)).length >= 15));
    const reasons = lab.element.locator(".all-tokens .reason");
    const said = await reasons.evaluateAll((cells) =>
      cells.map((cell) => ({
        n: /** @type {HTMLTableCellElement} */ (cell).rowSpan,
        why: cell.textContent?.replace(/\s+/g, " ").trim() ?? "",
      })),
    );
    assert.equal(said.filter((one) => one.why.match(why)).length, 1);
    const rows = said.reduce((sum, { n }) => sum + n, 0);
    assert.equal(rows, before.length, "every row has a reason, or that of a row above");
    assert.equal(await lab.element.locator(".all-tokens tbody button").count(), rows);
  });

pageTest("all tokens: found by their text, put into the text from the table", async (lab) => {
  await lab.settled();
  await lab.view("tokens");
  await lab.setting("Find a token").fill("q");
  await eventually(async () => assert.equal(await lab.element.locator(".all-tokens tbody tr").count(), 1));
  await lab.element.getByRole("button", { name: "Put “q” here and go on" }).click();
  await eventually(async () => assert.equal((await lab.text())[4], "q"));
  await eventually(async () => assert.match((await lab.element.locator(".all-tokens tbody").textContent()) ?? "", /✎/));
});

pageTest("50,000 tokens are a table of pages, and a token is found among them", async (lab) => {
  await lab.settled();
  await lab.element.evaluate((element) => {
    const logits = Array.from({ length: 50_000 }, (_, i) => (i === 31_415 ? 9 : -(i % 1000) / 100)).join(", ");
    /** @type {any} */ (element).setState({ model: { kind: "logits", logits } });
  });
  await lab.view("tokens");
  await eventually(async () =>
    assert.match((await lab.element.locator(".pages").textContent()) ?? "", /1 to 50 of 50,000/),
  );
  assert.match((await lab.element.locator(".all-tokens tbody tr").first().textContent()) ?? "", /31415/);
  await lab.button("Next").click();
  await eventually(async () =>
    assert.match((await lab.element.locator(".pages").textContent()) ?? "", /51 to 100 of 50,000/),
  );
  await lab.setting("Find a token").fill("4999");
  await eventually(async () =>
    assert.match((await lab.element.locator(".find [role=status]").textContent()) ?? "", /^15 tokens found/),
  );
});
