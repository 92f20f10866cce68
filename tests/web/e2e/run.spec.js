/** Generate, Step and Stop, at once and token by token. */
import assert from "node:assert/strict";
import { eventually, pageTest } from "./support.js";

pageTest("Step draws one token of the very run that Generate draws whole", async (lab) => {
  const whole = await lab.settled();
  assert.equal(await lab.next().textContent(), "Draw one by one", "after a whole text it begins another one");
  for (const n of [1, 2, 3]) {
    await lab.next().click();
    assert.equal(await lab.settled(n), whole.slice(0, 4 + n));
    assert.equal(await lab.element.locator('.token[aria-selected="true"]').getAttribute("data-index"), String(n - 1));
    await eventually(async () =>
      assert.match((await lab.element.locator("#panel .context").textContent()) ?? "", new RegExp(`Token ${n}, after`)),
    );
  }
  assert.equal(await lab.next().textContent(), "Draw next token");
  await lab.generate().click();
  assert.equal(await lab.settled(), whole);
});

pageTest("Stop in the middle keeps what is there; Step and Generate go on from it", async (lab) => {
  const whole = await lab.settled();
  await lab.open("more-settings");
  await lab.setting("Slow motion").check();
  await lab.generate().click();
  await eventually(async () => {
    const n = await lab.count();
    assert.ok(n >= 3 && n < 80, `${n} tokens`);
  });
  await lab.button("Stop").click();
  const n = await eventually(async () => {
    const found = /Stopped after (\d+) tokens/.exec(await lab.status());
    assert.ok(found, await lab.status());
    return Number(found[1]);
  });
  await new Promise((resolve) => setTimeout(resolve, 600));
  assert.equal(await lab.text(), whole.slice(0, 4 + n), "nothing more is drawn after Stop");
  await lab.next().click();
  assert.equal(await lab.settled(n + 1), whole.slice(0, 4 + n + 1));
  await lab.setting("Slow motion").uncheck();
  await lab.generate().click();
  assert.equal(await lab.settled(), whole);
});

pageTest("a setting changed while the text grows is obeyed at once, and the text grows on", async (lab) => {
  const whole = await lab.settled();
  await lab.open("more-settings");
  await lab.setting("Slow motion").check();
  await lab.generate().click();
  await eventually(async () => assert.ok((await lab.count()) < 80));
  await lab.setting("Seed").fill("8");
  await eventually(async () => {
    const text = await lab.text();
    assert.ok(text.length > 10 && !whole.startsWith(text), text);
  });
  const before = await lab.count();
  await eventually(async () => assert.ok((await lab.count()) > before));
  await lab.button("Stop").click();
});

pageTest("a long text: it is whole, it can be stopped, and the page answers meanwhile", async (lab, page) => {
  await lab.settled();
  await lab.open("more-settings");
  await lab.setting("New tokens").fill("2000");
  await lab.settled(2000);
  await page.evaluate(() => {
    const element = /** @type {any} */ (document.querySelector("logit-lab"));
    element.generate();
    element.stop();
  });
  await eventually(async () => assert.doesNotMatch(await lab.status(), /Generating/));
  await lab.next().click();
  assert.ok((await lab.settled(1)).startsWith("the "));
});

pageTest("sliders dragged faster than the engine answers end in the text of the last position", async (lab, page) => {
  await lab.settled();
  const slider = lab.setting("Temperature, slider");
  await slider.focus();
  for (let i = 0; i < 30; i += 1) await page.keyboard.press(i < 20 ? "ArrowRight" : "ArrowLeft");
  const value = await lab.setting("Temperature").inputValue();
  await eventually(async () =>
    assert.match(await lab.used(), new RegExp(`temperature = ${value.replace(".", "\\.")},`)),
  );
  const text = await lab.settled();
  await lab.open("more-settings");
  await lab.button("Reset all").click();
  await lab.changed(text);
  await lab.setting("Temperature").fill(value);
  await eventually(async () => assert.equal(await lab.text(), text));
});

pageTest("timings are those of the engine: first token, decode, steps, sampling and model apart", async (lab) => {
  await lab.settled();
  await lab.view("timings");
  const timings = Object.fromEntries(
    await lab.element
      .locator(".timings > div")
      .evaluateAll((rows) =>
        rows.map((row) => [row.querySelector("dt")?.textContent ?? "", row.querySelector("dd")?.textContent ?? ""]),
      ),
  );
  // The clock may not tell the two apart.
  const isOne = "One step, median and 95th percentile alike" in timings;
  assert.deepEqual(Object.keys(timings), [
    "Time to first token",
    "Time of all later tokens",
    "Tokens per second",
    "Tokens per second, after the first",
    ...(isOne ? ["One step, median and 95th percentile alike"] : ["One step, median", "One step, 95th percentile"]),
    "Time in the model",
    "Time in sampling",
  ]);
  for (const [name, value] of Object.entries(timings))
    assert.match(value, /^([\d.,]+( (µs|ms|s))?|below the clock)$/, name);
  assert.match((await lab.element.locator("#panel").textContent()) ?? "", /The clock here ticks every [\d.]+ (µs|ms)/);
});

pageTest("methods, state and events of the element", async (lab, page) => {
  const whole = await lab.settled();
  const seen = await page.evaluate(async () => {
    const element = /** @type {any} */ (document.querySelector("logit-lab"));
    /** @type {Record<string, any>} */
    const seen = {};
    for (const type of ["config-change", "generate-start", "generate-end", "error"]) {
      element.addEventListener(type, (/** @type {CustomEvent} */ event) => {
        seen[type] = { bubbles: event.bubbles, ...event.detail, seed: String(event.detail.seed) };
      });
    }
    const next = (/** @type {string} */ type) =>
      new Promise((resolve) => element.addEventListener(type, resolve, { once: true }));
    await element.ready;
    const started = next("generate-end");
    element.setState({ prompt: "a ", fields: { max_new_tokens: "5" } });
    await started;
    const failed = next("error");
    element.setState({ fields: { top_p: "7" } });
    await failed;
    return { seen, state: element.getState() };
  });
  assert.equal(seen.seen["generate-end"].text.length, 2 + 5);
  assert.equal(seen.seen["generate-end"].finish_reason, "length");
  assert.equal(seen.seen["generate-end"].seed, "7");
  assert.equal(seen.seen["generate-start"].bubbles, true);
  assert.equal(seen.seen["config-change"].fields.top_p, "7");
  assert.equal(seen.seen.error.code, "invalid_setting");
  assert.equal(seen.seen.error.bubbles, false);
  assert.equal(seen.state.prompt, "a ");
  await page.evaluate(() => /** @type {any} */ (document.querySelector("logit-lab")).reset());
  assert.equal(await lab.settled(), whole, "reset brings back the first text");
});

pageTest("a slow run goes on after Stop, and after some Steps, however often", async (lab) => {
  await lab.settled();
  const goesOn = async (/** @type {number} */ from) => {
    await lab.generate().click();
    await eventually(async () => {
      const n = await lab.count();
      assert.ok(n > from + 1 && n < 80, `${n} tokens after ${from}`);
    });
  };
  await lab.open("more-settings");
  await lab.setting("Slow motion").check();
  await goesOn(0);
  for (let round = 0; round < 2; round += 1) {
    await lab.button("Stop").click();
    await eventually(async () => assert.match(await lab.status(), /Stopped after/));
    await goesOn(await lab.count());
  }
  await lab.button("Stop").click();
  await lab.setting("Slow motion").uncheck();
  await lab.generate().click();
  await lab.settled();
  for (const n of [1, 2, 3, 4]) {
    await lab.next().click();
    await lab.settled(n);
  }
  await lab.setting("Slow motion").check();
  await goesOn(4);
  await lab.button("Stop").click();
});

pageTest("a rewind can be undone", async (lab) => {
  const whole = await lab.settled();
  await lab.element.locator('.token[data-index="9"]').click();
  await lab.button("Rewind to before token 10").click();
  await lab.settled(9);
  await lab.button("Undo").click();
  assert.equal(await lab.settled(), whole);
  await lab.button("Redo").click();
  assert.equal(await lab.settled(9), whole.slice(0, 4 + 9));
});
