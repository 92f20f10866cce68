/** The prompt-length plot: measured by the engine, followed, stopped, kept per backend, saved. */
import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { eventually, pageTest } from "./support.js";

/** @typedef {import("./support.js").Lab} Lab */

const LENGTHS = [16, 32, 64, 128, 256, 512, 1024, 2048];

/** The table, row by row. @param {Lab} lab @returns {Promise<string[][]>} */
const rows = (lab) =>
  lab.element
    .locator(".sweep tbody tr")
    .evaluateAll((rows) => rows.map((row) => [...row.children].map((cell) => cell.textContent?.trim() ?? "")));

/**
 * Presses the button, waits for as many columns of speeds as expected, and says what the status told in the meantime.
 * An observer reads the status: on the CPU, a measurement may be over before the test can look.
 * @param {Lab} lab @param {"Measure" | "Measure again"} button @param {number} n_series
 * @returns {Promise<string[]>}
 */
async function measure(lab, button, n_series) {
  const told = await lab.element.evaluateHandle((element) => {
    const root = /** @type {ShadowRoot} */ (element.shadowRoot);
    /** @type {string[]} */
    const told = [];
    new MutationObserver(() => {
      const text = root.querySelector("[data-sweep-status]")?.textContent?.trim();
      if (text) told.push(text);
    }).observe(root, { childList: true, characterData: true, subtree: true });
    return told;
  });
  await lab.element.getByRole("button", { name: button, exact: true }).click();
  await eventually(async () => {
    const now = await rows(lab);
    assert.deepEqual(
      now.map((row) => row.filter((cell) => cell !== "").length),
      LENGTHS.map(() => 1 + 2 * n_series),
      JSON.stringify({ now, told: await told.jsonValue() }),
    );
    assert.equal((await lab.element.locator("[data-sweep-status]").textContent())?.trim(), "");
  }, 60_000);
  return told.jsonValue();
}

pageTest(
  "the loop is measured after prompts of eight lengths, on the CPU and on WebGPU, and saved with what it ran on",
  async (lab, page) => {
    await lab.settled();
    await lab.view("timings");
    const told = await measure(lab, "Measure", 1);
    assert.ok(
      told.some((text) => /After \d+ tokens, \d of 8 …/.test(text)),
      told.join("\n"),
    );
    const numbers = await rows(lab);
    assert.deepEqual(
      numbers.map(([length]) => Number(length.replaceAll(",", ""))),
      LENGTHS,
    );
    for (const [, first, speed] of numbers) {
      assert.match(first, /^(\d.* (µs|ms|s)|below the clock)$/);
      assert.ok(Number(speed.replaceAll(",", "")) > 0, `${speed} tokens per second`);
    }
    const points = await lab.element.locator(".sweep polyline").getAttribute("points");
    assert.equal(points?.trim().split(" ").length, 8);

    await lab.open("machine");
    await lab.element.getByRole("radio", { name: "WebGPU" }).click();
    await eventually(
      async () => assert.equal(await lab.element.evaluate((e) => /** @type {any} */ (e).lab.backend.kind), "webgpu"),
      60_000,
    );
    await measure(lab, "Measure again", 2);
    assert.equal(await lab.element.locator(".sweep polyline").count(), 2);
    assert.ok((await rows(lab)).every((row) => row.length === 5));

    const downloading = page.waitForEvent("download");
    await lab.button("Save as JSON").click();
    const download = await downloading;
    assert.equal(download.suggestedFilename(), "logit-lab-timings.json");
    const saved = JSON.parse(await readFile(await download.path(), "utf8"));
    assert.ok(saved.clock_resolution_ms > 0);
    assert.deepEqual(
      saved.series.map((/** @type {any} */ { backend, points }) => [
        backend,
        points.map((/** @type {any} */ p) => p.prompt_length),
      ]),
      [
        ["cpu", LENGTHS],
        ["webgpu", LENGTHS],
      ],
    );
    assert.match(saved.series[1].adapter, /swiftshader/i);
    assert.deepEqual([saved.series[0].settings.temperature, saved.series[0].settings.seed], [0.8, "7"]);
  },
  { hasGpu: true },
);

pageTest("a measurement can be stopped, and a wrong setting says so and measures nothing", async (lab) => {
  await lab.settled();
  await lab.view("timings");
  // In one breath: on the CPU everything may be over before a mouse gets to the button.
  await lab.element.evaluate(async (element) => {
    const root = /** @type {ShadowRoot} */ (element.shadowRoot);
    const press = (/** @type {string} */ name) => {
      const buttons = [...root.querySelectorAll(".sweep button")];
      /** @type {HTMLElement} */ (buttons.find((button) => button.textContent?.trim() === name)).click();
    };
    press("Measure");
    await /** @type {any} */ (element).updateComplete;
    press("Stop");
  });
  await eventually(async () =>
    assert.equal(
      await lab.element
        .locator("[data-sweep-status]")
        .textContent()
        .then((text) => text?.trim()),
      "",
    ),
  );
  const n_points = await lab.element.locator(".sweep circle").count();
  assert.ok(n_points < LENGTHS.length, `${n_points} points`);
  await lab.setting("Top-p").fill("7");
  await lab.element.getByRole("button", { name: /^Measure/ }).click();
  await eventually(async () =>
    assert.match(
      (await lab.element.locator(".sweep .problem").textContent({ timeout: 1000 })) ?? "",
      /top_p = 7 is not valid/,
    ),
  );
});
