/** A long prompt on the page: it is said how far it is read, and Stop ends it. */
import assert from "node:assert/strict";
import { SLOW_VOCAB, slowWeights } from "../support/checkpoint.js";
import { address, eventually, pageTest } from "./support.js";

/** @typedef {import("./support.js").Lab} Lab */

const vocab = Object.fromEntries(Array.from(SLOW_VOCAB, (token, id) => [token, id]));
const json = (/** @type {string} */ name, /** @type {object} */ content) => ({
  name,
  mimeType: "application/json",
  buffer: Buffer.from(JSON.stringify(content)),
});
const files = [
  { name: "model.safetensors", mimeType: "application/octet-stream", buffer: Buffer.from(slowWeights(320, 8)) },
  json("config.json", { n_head: 5 }),
  json("vocab.json", vocab),
];
const LONG = "word ".repeat(380);
const N = "1,900";
const STOPPED = "Stopped before the prompt was read. Draw a token to read it.";

/** @param {Lab} lab */
async function loadFiles(lab) {
  await lab.settled();
  const before = await lab.text();
  await lab.model("own-gpt");
  await lab.element.locator(".drop").waitFor();
  await lab.element.getByLabel("Files", { exact: true }).setInputFiles(files);
  await eventually(() => lab.element.locator("[data-gpt-about]").waitFor({ state: "attached" }), 30_000);
  return lab.changed(before);
}

/** How large the buttons are, and where they stand beside each other: a longer prompt takes more lines above. @param {Lab} lab */
const places = (lab) =>
  lab.element.locator("[data-column=draw] button").evaluateAll((buttons) => {
    const { top } = buttons[0].getBoundingClientRect();
    return buttons.map((button) => {
      const { x, y, width, height } = button.getBoundingClientRect();
      return { x, y: y - top, width, height };
    });
  });

pageTest("it says how far the prompt is read, and Stop ends that", async (lab, page) => {
  const text = await loadFiles(lab);
  const before = await places(lab);
  await lab.setting("Prompt").fill(LONG);
  const stop = lab.element.locator("[data-run=stop]");
  await stop.waitFor();
  assert.deepEqual(await places(lab), before, "nothing moves");
  await eventually(async () =>
    assert.match(await lab.status(), new RegExp(`^Reading the prompt: [\\d,]+ of ${N} tokens\\.$`)),
  );
  const { read, tokens } = await lab.element.evaluate((element) => /** @type {any} */ (element).store.state.reading);
  assert.ok(read < tokens && tokens === 1900, `${read} of ${tokens}`);
  assert.deepEqual(await places(lab), before, "nor then");
  // What is still there is of another prompt.
  await lab.element.locator(".text[data-stale]").waitFor();
  await lab.element.locator(".flow[data-stale]").waitFor();
  await stop.click();
  await lab.generate().waitFor();
  await eventually(async () => assert.equal(await lab.status(), STOPPED));
  assert.deepEqual([await lab.count(), (await lab.text()).trim()], [0, LONG.trim()]);
  assert.notEqual(await lab.text(), text);

  await lab.setting("Prompt").fill("a word ");
  await lab.next().click();
  await eventually(async () => assert.ok((await lab.count()) === 1, "and the page goes on"));
  await lab.explained();
  assert.equal(await lab.element.locator("[data-stale]").count(), 0);
  assert.equal(new URL(page.url()).origin, new URL(address()).origin);
});

pageTest("another prompt in the middle of one takes its place at once", async (lab) => {
  await loadFiles(lab);
  await lab.setting("Prompt").fill(LONG);
  await lab.element.locator("[data-run=stop]").waitFor();
  await lab.setting("Prompt").fill("a word ");
  await lab.settled();
  assert.ok((await lab.text()).startsWith("a word "));
});

for (const [key, where] of [
  ["Enter", "on Stop"],
  ["Escape", "in the prompt"],
])
  pageTest(
    `by the keyboard alone: ${key} ${where} stops the reading, and nothing goes on behind it`,
    async (lab, page) => {
      await loadFiles(lab);
      const explained = () =>
        lab.element.evaluate((element) => /** @type {any} */ (element).store.state.step.run.prompt_ids.length);
      const before = await explained();
      const prompt = lab.setting("Prompt");
      await prompt.fill(LONG);
      const stop = lab.element.locator("[data-run=stop]");
      await stop.waitFor();
      assert.equal(await stop.getAttribute("aria-keyshortcuts"), "Escape");
      const held = key === "Enter" ? stop : prompt;
      await held.focus();
      await page.keyboard.press(key);
      await eventually(async () => assert.equal(await lab.status(), STOPPED));
      const focused = lab.element.locator(key === "Enter" ? "[data-run=generate]:focus" : "#prompt:focus");
      // The status is told in the frame in which Stop gives way to the button that draws, which has the focus then.
      await eventually(async () => assert.equal(await focused.count(), 1, "the focus stays"));
      await lab.isExplained();
      await lab.element.locator(".flow[data-stale]").waitFor();
      await page.waitForTimeout(1000);
      assert.equal(await explained(), before, "the picture stays that of the text before");

      await lab.next().click();
      // The picture comes before the token: the model reads the prompt for each, in turn.
      await eventually(async () => assert.equal(await lab.count(), 1));
      await lab.explained();
      assert.equal(await explained(), 1900);
      assert.equal(await lab.element.locator("[data-stale]").count(), 0);
    },
  );
