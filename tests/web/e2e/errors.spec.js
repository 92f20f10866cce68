/** What goes wrong is said next to its cause, nothing is lost, and a good value goes on. */
import assert from "node:assert/strict";
import { eventually, pageTest } from "./support.js";

/** @type {[setting: string, bad: string, says: RegExp][]} */
const BAD_VALUES = [
  ["Temperature", "-1", /temperature = -1 is not valid: use a number/i],
  ["Temperature", "hot", /temperature = "hot" is not valid: use a number/i],
  ["Top-k", "2.5", /top_k = 2\.5 is not valid/i],
  ["Top-k", "-3", /top_k = -3 is not valid/i],
  ["Top-p", "1.5", /top_p = 1\.5 is not valid/i],
  ["Seed", "18446744073709551616", /seed = 18446744073709551616 is out of range/],
  ["Seed", "-1", /seed = -1 is out of range.*leave it empty/],
  ["Min-p", "2", /min_p = 2 is not valid/i],
  ["Repetition penalty", "0", /repetition_penalty = 0 is not valid/i],
  ["New tokens", "0", /max_new_tokens = 0 is not valid/i],
  ["New tokens", "1000000", /max_new_tokens = 1000000 is more than this page shows: use 2000 or fewer/i],
];

pageTest("a bad value is refused next to its setting, and a good one goes on", async (lab) => {
  const before = await lab.settled();
  await lab.open("more-settings");
  for (const [setting, bad, says] of BAD_VALUES) {
    const others = await otherFields(lab, setting);
    const field = lab.setting(setting);
    const good = await field.inputValue();
    await field.fill(bad);
    const problem = field.locator("xpath=ancestor::*[@data-setting]").locator(".problem");
    await eventually(async () => assert.match((await problem.textContent({ timeout: 1000 })) ?? "", says));
    assert.equal(await problem.getAttribute("role"), "alert");
    assert.equal(await field.getAttribute("aria-invalid"), "true");
    assert.ok((await field.getAttribute("aria-describedby"))?.includes((await problem.getAttribute("id")) ?? "?"));
    assert.equal(await field.inputValue(), bad, "what was typed stays");
    assert.equal(await lab.text(), before, "the text stays");
    assert.deepEqual(await otherFields(lab, setting), others, "the other settings stay");
    assert.match(await lab.status(), /Not drawn/);
    await field.fill(good);
    await eventually(async () => assert.equal(await lab.element.locator(".problem").count(), 0, setting));
    assert.equal(await field.getAttribute("aria-invalid"), "false");
    await eventually(async () => assert.equal(await lab.text(), before));
  }
});

/** @param {import("./support.js").Lab} lab @param {string} setting */
const otherFields = (lab, setting) =>
  Promise.all([
    lab.setting("Prompt").textContent(),
    ...["Temperature", "Top-k", "Top-p", "Seed"]
      .filter((name) => name !== setting)
      .map((name) => lab.setting(name).inputValue()),
  ]);

pageTest("a problem behind a closed fold opens it", async (lab, page) => {
  await lab.settled();
  await page.evaluate(() =>
    /** @type {any} */ (document.querySelector("logit-lab")).setState({ fields: { min_p: "9" } }),
  );
  await eventually(async () => assert.ok(await lab.element.getByText(/min_p = 9 is not valid/i).isVisible()));
});

pageTest("an empty prompt asks for a character", async (lab) => {
  const before = await lab.settled();
  await lab.setting("Prompt").fill("");
  const problem = lab.element.locator("#prompt-problem");
  await eventually(async () =>
    assert.match((await problem.textContent()) ?? "", /prompt is empty: type at least one character/i),
  );
  assert.equal(await lab.text(), before.slice("the ".length), "what was drawn stays");
  await lab.setting("Prompt").fill("the ");
  await eventually(async () => assert.equal(await problem.count(), 0));
  assert.equal(await lab.settled(), before);
});

pageTest("a text with nothing to count, and a bad smoothing, are said next to their fields", async (lab) => {
  const before = await lab.settled();
  await lab.model("counted");
  const counted = await lab.changed(before);
  await lab.open("model");
  await lab.setting("Text to count").fill("");
  await eventually(async () =>
    assert.match((await lab.element.locator(".model .problem").textContent()) ?? "", /text is empty/i),
  );
  assert.equal(await lab.text(), counted);
  await lab.setting("Text to count").fill("abc");
  await eventually(async () => assert.equal(await lab.element.locator(".problem").count(), 0));
  await lab.setting("Smoothing").fill("0");
  await eventually(async () =>
    assert.match((await lab.element.locator(".model .problem").textContent()) ?? "", /smoothing/i),
  );
  await lab.setting("Smoothing").fill("0.5");
  await eventually(async () => assert.equal(await lab.element.locator(".problem").count(), 0));
});

/** @type {[prompt: string, becomes: string, note: RegExp][]} */
const PROMPTS = [
  [
    "<script>alert(1)</script>",
    " script alert     script ",
    /8 characters are not in the vocabulary and became spaces/,
  ],
  ["<img src=x onerror=alert(1)>", " img src x onerror alert    ", /are not in the vocabulary/],
  ["hi 👩‍👧 שלום", "hi        ", /are not in the vocabulary/],
  ["Zoë", "zo ", /1 character is not in the vocabulary and became a space/],
  ["THE ", "the ", /^\s*$/],
];

pageTest("a prompt is only text, whatever it holds", async (lab, page) => {
  await lab.settled();
  page.on("dialog", () => assert.fail("a prompt ran as code"));
  for (const [prompt, becomes, note] of PROMPTS) {
    await lab.setting("Prompt").fill(prompt);
    const used = () => lab.element.evaluate((element) => String(/** @type {any} */ (element).store.state.run.text));
    await eventually(async () => assert.ok((await used()).startsWith(becomes), await used()));
    await eventually(async () => assert.match((await lab.element.locator("#prompt-note").textContent()) ?? "", note));
    assert.equal(await lab.element.locator(".tokens script, .tokens img").count(), 0);
    assert.equal(await lab.setting("Prompt").textContent(), prompt);
  }
});

pageTest("a prompt of a million characters is taken and its end is shown", async (lab, page) => {
  await lab.settled();
  await page.evaluate(() =>
    /** @type {any} */ (document.querySelector("logit-lab")).setState({ prompt: `${"a".repeat(999_999)}q` }),
  );
  const box = () =>
    lab.setting("Prompt").evaluate((element) => ({
      n: element.textContent?.length,
      lines: Math.round(element.clientHeight / Number.parseFloat(getComputedStyle(element).lineHeight)),
      left: element.scrollHeight - element.scrollTop - element.clientHeight,
    }));
  await eventually(async () => {
    const { n, lines, left } = await box();
    assert.ok(n === 1_000_000 && lines <= 3 && left < 2, JSON.stringify({ n, lines, left }));
  });
  await eventually(async () =>
    assert.match((await lab.element.locator("#panel .context").textContent()) ?? "", /after …a+q$/),
  );
});

/** Prompts that would take the whole room of the text, were they shown whole. */
const LONG_PROMPTS = [161, 700, 2000].map((n) => "it was the best of times ".repeat(n).slice(0, n));
LONG_PROMPTS.push("a\nb\n".repeat(10), "漢字".repeat(80));

/** @param {import("./support.js").Lab} lab */
const placesOf = (lab) =>
  lab.element.locator(".tokens").evaluate((box) => {
    const [prompt, first] = ["#prompt", "[data-index='0']"].map(
      (one) => /** @type {Element} */ (box.querySelector(one)),
    );
    const [around, at] = [box, first].map((one) => one.getBoundingClientRect());
    const line = Number.parseFloat(getComputedStyle(box).lineHeight);
    return {
      lines: Math.round(prompt.getBoundingClientRect().height / line),
      left: prompt.scrollHeight - prompt.scrollTop - prompt.clientHeight,
      is_drawn_in_sight: around.top <= at.top && at.bottom <= around.bottom,
    };
  });

pageTest("however long a prompt is, what is drawn after it is in sight, and so is its end", async (lab, page) => {
  await lab.settled();
  /** @param {string} prompt */
  const isShown = (prompt) =>
    eventually(async () => {
      assert.equal(await lab.setting("Prompt").textContent(), prompt);
      const found = await placesOf(lab);
      const { lines, left, is_drawn_in_sight } = found;
      assert.ok(is_drawn_in_sight && lines <= 3 && left < 2, `${prompt.slice(0, 30)}: ${JSON.stringify(found)}`);
    });
  for (const width of [1280, 320]) {
    await page.setViewportSize({ width, height: 800 });
    for (const prompt of LONG_PROMPTS) {
      await lab.element.evaluate((element, prompt) => /** @type {any} */ (element).setState({ prompt }), prompt);
      await isShown(prompt);
    }
  }
  const few = LONG_PROMPTS[0].slice(0, 160);
  await lab.element.evaluate((element, prompt) => /** @type {any} */ (element).setState({ prompt }), few);
  await eventually(async () => {
    assert.equal(
      await lab.setting("Prompt").evaluate((box) => getComputedStyle(box).display),
      "inline",
      "a part of the text",
    );
    assert.ok((await placesOf(lab)).is_drawn_in_sight);
  });
  await lab.element.evaluate((element, prompt) => {
    const other = document.createElement("logit-lab");
    other.setAttribute("prompt", prompt);
    element.replaceWith(other);
  }, LONG_PROMPTS[1]);
  await isShown(LONG_PROMPTS[1]);
});
