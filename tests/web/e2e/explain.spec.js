/** One question, one call: what a tick of a slider and a hover ask of the engine, and that text and explanations do not wait for each other. */
import assert from "node:assert/strict";
import { eventually, pageTest } from "./support.js";

/** @typedef {import("playwright-core").Page} Page */
/** @typedef {import("./support.js").Lab} Lab */

/** Notes the name of every call of the engine's worker. @param {Page} page */
const countCalls = (page) =>
  page.addInitScript(() => {
    const seen = /** @type {any} */ (globalThis);
    seen.calls = [];
    const { postMessage } = Worker.prototype;
    Worker.prototype.postMessage = function (/** @type {any} */ message, /** @type {any} */ ...rest) {
      if (message?.method) seen.calls.push(message.method);
      return postMessage.call(this, message, ...rest);
    };
  });

/** Asks nothing new: on a slow machine one question about a long text is answered in slices. */
const NEXT_SLICE = "goOn";

/** The calls since the last time. @param {Page} page @returns {Promise<string[]>} */
const calls = (page) => page.evaluate(() => /** @type {any} */ (globalThis).calls.splice(0));

/** Waits until a slider's tick is all done: nothing has been asked for a while. @param {Lab} lab @param {Page} page */
async function quiet(lab, page) {
  await lab.settled();
  await page.waitForTimeout(300);
}

/** @type {Record<string, { calls: Record<string, number>, open: (lab: Lab) => Promise<void> }>} */
const VIEWS = {
  tokens: {
    calls: { open: 1, advance: 1, explain: 1 },
    open: async (lab) => {
      await lab.view("tokens");
      await lab.element.locator(".all-tokens tbody tr").first().waitFor();
    },
  },
  stages: {
    calls: { open: 1, advance: 1, explain: 1, rules: 1 },
    open: async (lab) => {
      await lab.view("stages");
      await lab.element.locator(".rules tbody tr").first().waitFor();
    },
  },
  draws: {
    calls: { open: 1, advance: 1, explain: 1, score: 1, stationary: 1 },
    open: async (lab) => {
      await lab.view("draws");
      await lab.element.locator(".facts tbody tr").first().waitFor();
    },
  },
};

for (const [view, { calls: wanted, open }] of Object.entries(VIEWS)) {
  pageTest(
    `a tick of a slider asks the engine at most five times: ${view}`,
    async (lab, page) => {
      await lab.settled();
      await open(lab);
      await quiet(lab, page);
      await lab.setting("Temperature, slider").focus();
      await calls(page);
      await page.keyboard.press("ArrowRight");
      await quiet(lab, page);
      const found = (await calls(page)).filter((name) => name !== NEXT_SLICE);
      const counts = Object.fromEntries(Object.keys(wanted).map((name) => [name, 0]));
      for (const name of found) counts[name] = (counts[name] ?? 0) + 1;
      assert.deepEqual(counts, wanted);
      assert.ok(found.length <= 5);
    },
    { prepare: countCalls },
  );
}

pageTest(
  "a hover asks the engine once, one over the chosen token not at all",
  async (lab, page) => {
    await quiet(lab, page);
    await calls(page);
    await lab.element.locator('.token[data-index="60"]').hover();
    await lab.element.locator('.peek[data-at="60"]').waitFor();
    assert.deepEqual(await calls(page), ["explain"]);
    await lab.element.locator('.token[data-index="0"]').hover();
    await lab.element.locator('.peek[data-at="0"]').waitFor();
    assert.deepEqual(await calls(page), []);
  },
  { prepare: countCalls },
);

/** Notes in which order the page learns things. @param {Page} page */
const watchState = (page) =>
  page.evaluate(() => {
    const seen = /** @type {any} */ (globalThis);
    seen.told = [];
    const { store } = /** @type {any} */ (document.querySelector("logit-lab"));
    store.subscribe((/** @type {any} */ state, /** @type {any} */ before) => {
      if (state.step !== before.step)
        seen.told.push(`step ${state.step.index} of ${state.run.finish_reason ?? "a part"}`);
      if (state.peek !== before.peek)
        seen.told.push(`peek ${state.peek.index} of ${state.run.finish_reason ?? "a part"}`);
      if (state.run !== before.run && state.run.finish_reason) seen.told.push("whole");
    });
  });

pageTest(
  "a long text of a GPT and what explains it do not wait for each other, and the page says why the text is slow",
  async (lab, page) => {
    await lab.settled();
    await lab.element.evaluate((lab) => /** @type {any} */ (lab).bench.shelf.load({ kind: "gpt" }));
    await eventually(async () =>
      assert.equal(await lab.element.evaluate((lab) => /** @type {any} */ (lab).store.state.model.kind), "gpt"),
    );
    await lab.settled();
    await watchState(page);
    await lab.element.locator('.token[data-index="40"]').click();
    await lab.open("more-settings");
    await lab.setting("New tokens").fill("540");
    await eventually(async () => assert.match(await lab.status(), /^Generating\. This GPT sees 512 tokens at once\./));
    const effect = lab.element.locator("#max_new_tokens-effect");
    assert.match((await effect.textContent()) ?? "", /slow after 512 tokens/);
    await eventually(async () => assert.ok((await lab.count()) > 100));
    await lab.element.locator('.token[data-index="20"]').hover();
    await lab.element.locator('.peek[data-at="20"]').waitFor();
    await lab.settled(540);
    const told = await page.evaluate(() => /** @type {any} */ (globalThis).told);
    const end = told.lastIndexOf("whole");
    for (const first of ["step 40 of a part", "peek 20 of a part"])
      assert.ok(told.indexOf(first) !== -1 && told.indexOf(first) < end, `${first} in ${told}`);
    assert.equal(told.filter((/** @type {string} */ event) => event.startsWith("step 40")).length, 2, String(told));
    // Beyond the window: a hover asks once, and what is told is of the token under the pointer.
    const last = lab.element.locator('.token[data-index="539"]');
    await page.mouse.move(0, 0);
    await last.scrollIntoViewIfNeeded();
    await page.waitForTimeout(300);
    await calls(page);
    await last.hover();
    const peek = lab.element.locator('.peek[data-at="539"]');
    await peek.waitFor();
    assert.deepEqual(await calls(page), ["explain"]);
    const put = await lab.element.evaluate((element) => {
      const { run } = /** @type {any} */ (element).store.state;
      return run.probabilities[539];
    });
    assert.match((await peek.locator(".put").textContent()) ?? "", new RegExp(`${(100 * put).toFixed(1)}%`));
    // The last token and one in the middle.
    for (const index of [539, 300]) {
      await lab.element.locator(`.token[data-index="${index}"]`).click();
      await eventually(async () =>
        assert.match(
          (await lab.element.locator("#panel .context").textContent()) ?? "",
          new RegExp(`^\\s*Token ${index + 1},`),
        ),
      );
      assert.equal(
        await lab.element.locator(".reasons .problem").count(),
        0,
        "the explanation comes to the token drawn",
      );
    }
  },
  { prepare: countCalls },
);

pageTest("with another setting the picture comes before the text, and is the text's own", async (lab, page) => {
  await lab.settled();
  await lab.element.evaluate((lab) => {
    const seen = /** @type {any} */ (globalThis);
    const { store } = /** @type {any} */ (lab);
    seen.told = [];
    lab.addEventListener("select", () => seen.told.push({ what: "select" }));
    store.subscribe((/** @type {any} */ state, /** @type {any} */ before) => {
      const { step, run } = state;
      if (step !== before.step)
        seen.told.push({
          what: step.ahead ? "ahead" : "step",
          temperature: step.settings.temperature,
          entropy: step.picture.entropy,
          drawn: step.picture.drawn.id,
        });
      if (run !== before.run && run.finish_reason) seen.told.push({ what: "text", drawn: run.tokens[state.selected] });
    });
  });
  for (const value of ["1.4", "0.6"]) {
    await lab.setting("Temperature").fill(value);
    await eventually(async () => assert.match(await lab.used(), new RegExp(`temperature = ${value}`)));
    await lab.explained();
    const { told, ahead, step, text } = await eventually(async () => {
      const told = await page.evaluate(() => /** @type {any} */ (globalThis).told);
      const [ahead, step, text] = ["ahead", "step", "text"].map((what) =>
        told.findLastIndex((/** @type {any} */ event) => event.what === what),
      );
      assert.ok(ahead !== -1 && ahead < text && ahead < step, JSON.stringify(told));
      return { told, ahead, step, text };
    });
    assert.deepEqual({ ...told[step], what: "" }, { ...told[ahead], what: "" });
    assert.equal(told[text].drawn, told[ahead].drawn);
    assert.equal(told[ahead].temperature, Number(value));
    const n_told = told.filter((/** @type {any} */ { what }) => what === "select").length;
    assert.equal(n_told, 1, "the page around it hears of the token once, when the text is there");
    await page.evaluate(() => /** @type {any} */ (globalThis).told.splice(0));
  }
});

pageTest(
  "a slider that is dragged is pictured in the frame of its input, and the worker is not asked",
  async (lab, page) => {
    await lab.settled();
    const before = await lab.text();
    const slider = lab.setting("Temperature, slider");
    const box = await slider.boundingBox();
    assert.ok(box);
    const at = (/** @type {number} */ share) =>
      page.mouse.move(box.x + share * box.width, box.y + box.height / 2, { steps: 1 });
    // For each input: whether its picture is there when the browser is about to paint.
    await lab.element.evaluate((element) => {
      const seen = /** @type {any} */ (globalThis);
      seen.frames = [];
      // On a busy machine two inputs are further apart than 150 ms, and the slider would count as one that rests.
      const later = setTimeout;
      seen.setTimeout = (/** @type {() => void} */ call, ms = 0) => later(call, ms === 150 ? 60_000 : ms);
      const { store, shadowRoot } = /** @type {any} */ (element);
      shadowRoot.addEventListener(
        "input",
        () =>
          requestAnimationFrame(() => {
            const { fields, step } = store.state;
            seen.frames.push(step.ahead?.fields.temperature === fields.temperature);
          }),
        { capture: true },
      );
    });
    await at(0.5);
    await page.mouse.down();
    // The first inputs are the worker's, until the engine in the page's thread has come.
    let share = 0.3;
    await eventually(async () => {
      await calls(page);
      share = share < 0.7 ? share + 0.03 : 0.3;
      await at(share);
      await page.waitForTimeout(50);
      assert.deepEqual(await calls(page), []);
    });
    await page.evaluate(() => {
      /** @type {any} */ (globalThis).frames = [];
    });
    const frames = () => page.evaluate(() => /** @type {any} */ (globalThis).frames);
    for (const [i, share] of [0.2, 0.5, 0.65, 0.45, 0.6].entries()) {
      await at(share);
      await eventually(async () => assert.equal((await frames()).length, i + 1));
    }
    assert.deepEqual(await calls(page), [], "the worker has nothing to do");
    assert.deepEqual(await frames(), Array(5).fill(true));
    // What is shown is what the worker's engine says.
    const [shown, told] = await lab.element.evaluate(async (element) => {
      const { bench, store } = /** @type {any} */ (element);
      const { run, index, picture, settings } = store.state.step;
      const { history: _, ...made_with } = settings;
      const { model, prompt_ids, seed } = run;
      const question = { ...made_with, seed, model, prompt_ids, output_ids: run.tokens.slice(0, index), index };
      const told = (await bench.lab.explain({ ...question, picture: true, columns: false })).picture;
      const plain = (/** @type {any} */ { bands, probability, drawn }) => [[...bands.id], [...probability], drawn.id];
      return [plain(picture), plain(told)];
    });
    assert.deepEqual(shown, told);
    await page.mouse.up();
    await lab.changed(before);
    assert.ok((await calls(page)).includes("open"), "the text is drawn once the slider is let go");
  },
  { prepare: countCalls },
);
