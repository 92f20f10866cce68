/** Prompt, settings, seed and model: each of them changes the text, and the engine reports that it used them. */
import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { eventually, pageTest } from "./support.js";

const goldens = JSON.parse(await readFile(new URL("../../golden/goldens.json", import.meta.url), "utf8"));

pageTest("a text is there at once, made by the engine in a worker", async (lab) => {
  const text = await lab.settled();
  assert.ok(text.startsWith("the "), text);
  assert.equal([...text].length, 4 + 80);
  assert.match(await lab.used(), /temperature = 0\.8, top_p = 0\.9, philox, seed 7/);
  const place = lab.element.locator("[data-backend]");
  assert.equal(await place.getAttribute("data-thread"), "worker");
  assert.match((await place.textContent()) ?? "", /CPU, in a worker\. .{10,}/);
});

pageTest("another prompt gives another text", async (lab) => {
  const before = await lab.settled();
  await lab.setting("Prompt").fill("a quick ");
  const after = await lab.changed(before);
  assert.ok(after.startsWith("a quick "), after);
});

pageTest("letters drawn after a prompt that reads from right to left stay in their own direction", async (lab) => {
  await lab.settled();
  await lab.setting("Prompt").fill("שלום עולם ");
  await eventually(async () => assert.match(await lab.text(), /^שלום עולם [a-z., \n]{60,}$/));
  // Of every two letters on one line, the later one stands to the right.
  const isInOrder = await lab.element.locator(".token").evaluateAll((tokens) => {
    const letters = tokens
      .filter((token) => /[a-z]/.test(token.textContent ?? ""))
      .map((token) => token.getBoundingClientRect());
    const pairs = letters
      .slice(1)
      .map((box, i) => [letters[i], box])
      .filter(([one, next]) => Math.abs(one.top - next.top) < 2);
    return pairs.length > 20 && pairs.every(([one, next]) => next.left > one.left);
  });
  assert.ok(isInOrder);
});

pageTest(
  "signs of bytes are whole in a text that reads from right to left, and follow each other in its direction",
  async (lab) => {
    const before = await lab.settled();
    await lab.element.evaluate((element) =>
      Object.assign(element, { logits: [3, 3, 3], labels: ["של", "<0xD7>", " ם<0x9D><0xAB>"] }),
    );
    await lab.changed(before);
    const faults = await lab.element.locator(".token").evaluateAll((tokens) => {
      /** The place of each character of a sign. @param {Node} text */
      const places = (text) =>
        Array.from(text.textContent ?? "", (_, i) => {
          const range = document.createRange();
          range.setStart(text, i);
          range.setEnd(text, i + 1);
          return range.getBoundingClientRect();
        });
      const bytes = tokens.flatMap((token) => [...token.querySelectorAll("bdi")]);
      const broken = bytes.filter((byte) => {
        const text = [...byte.childNodes].find((node) => node.nodeType === Node.TEXT_NODE && node.textContent);
        return (
          !text || !places(text).every((at, i, all) => i === 0 || (at.left > all[i - 1].left && at.top === all[0].top))
        );
      });
      const boxes = bytes.map((byte) => byte.getBoundingClientRect());
      const turned = boxes.slice(1).filter((box, i) => box.top === boxes[i].top && box.left > boxes[i].left);
      return [bytes.length > 20, broken.length, turned.length];
    });
    assert.deepEqual(faults, [true, 0, 0]);
  },
);

/** @type {[setting: string, value: string, reported: RegExp][]} */
const SETTINGS = [
  ["Temperature", "1.7", /temperature = 1\.7/],
  ["Top-k", "3", /top_k = 3/],
  ["Top-p", "0.4", /top_p = 0\.4/],
  ["Seed", "8", /seed 8\b/],
  ["Min-p", "0.6", /min_p = 0\.6/],
  ["Repetition penalty", "4", /repetition_penalty = 4/],
  ["Presence penalty", "3", /presence_penalty = 3/],
  ["Frequency penalty", "2.5", /frequency_penalty = 2\.5/],
];

pageTest("every setting changes the text, and the engine reports it", async (lab) => {
  const start = await lab.settled();
  await lab.open("more-settings");
  for (const [setting, value, reported] of SETTINGS) {
    await lab.setting(setting).fill(value);
    await lab.changed(start);
    await eventually(async () => assert.match(await lab.used(), reported));
    await lab.button("Reset all").click();
    await eventually(async () => assert.equal(await lab.text(), start));
  }
});

pageTest("the generator of random numbers and the number of tokens are settings too", async (lab) => {
  const before = await lab.settled();
  await lab.open("more-settings");
  await lab.setting("Random numbers").selectOption("torch");
  await lab.changed(before);
  await eventually(async () => assert.match(await lab.used(), /\btorch, seed 7/));
  await lab.setting("New tokens").fill("12");
  await eventually(async () => assert.equal(await lab.count(), 12));
});

pageTest("a slider does what its field does", async (lab, page) => {
  const before = await lab.settled();
  await lab.setting("Temperature, slider").focus();
  await page.keyboard.press("ArrowRight");
  assert.equal(await lab.setting("Temperature").inputValue(), "0.85");
  assert.match((await lab.setting("Temperature, slider").getAttribute("aria-valuetext")) ?? "", /^0\.85, sharper/);
  await lab.changed(before);
  await eventually(async () => assert.match(await lab.used(), /temperature = 0\.85/));
  await lab.setting("Top-k, slider").focus();
  await page.keyboard.press("Home");
  assert.equal(await lab.setting("Top-k").inputValue(), "1");
  await page.keyboard.press("End");
  assert.equal(await lab.setting("Top-k").inputValue(), "", "the far end is off");
});

pageTest("each setting is switched off alone, and all of them are reset together", async (lab) => {
  const before = await lab.settled();
  await lab.setting("Temperature").fill("2");
  await lab.setting("Top-k").fill("5");
  await lab.changed(before);
  await lab.button("Switch Temperature off").click();
  assert.equal(await lab.setting("Temperature").inputValue(), "");
  assert.equal(await lab.setting("Top-k").inputValue(), "5");
  await lab.open("more-settings");
  await lab.button("Reset all").click();
  await eventually(async () => assert.equal(await lab.text(), before));
});

pageTest("the same seed repeats the text; a new seed makes another", async (lab) => {
  const first = await lab.settled();
  await lab.button("New seed").click();
  const second = await lab.changed(first);
  assert.equal(
    await lab.element.locator(".changed").textContent(),
    "",
    "other random numbers teach nothing about a change",
  );
  await lab.open("more-settings");
  const seed = await lab.setting("Seed").inputValue();
  assert.match(seed, /^\d+$/);
  await lab.setting("Seed").fill("7");
  assert.equal(await lab.changed(second), first);
  await lab.setting("Seed").fill(seed);
  assert.equal(await lab.changed(first), second);
  await lab.generate().click();
  await eventually(async () => assert.match(await lab.status(), /Same seed, same random numbers, same text/));
  assert.equal(await lab.text(), second);
});

pageTest("without a seed the engine takes one and says which", async (lab) => {
  const before = await lab.settled();
  await lab.open("more-settings");
  await lab.setting("Seed").fill("");
  await lab.changed(before);
  const [, seed] = await eventually(async () => {
    const found = /the engine took (\d+)/.exec((await lab.element.locator("#seed-effect").textContent()) ?? "");
    assert.ok(found);
    return found;
  });
  const text = await lab.text();
  await lab.setting("Seed").fill(seed);
  await eventually(async () => assert.match(await lab.used(), new RegExp(`seed ${seed}`)));
  assert.equal(await lab.text(), text);
});

pageTest("PyTorch's numbers: the four texts that the notebook prints", async (lab) => {
  await lab.settled();
  await lab.open("more-settings");
  await lab.setting("Random numbers").selectOption("torch");
  const texts = Object.values(goldens.generated);
  assert.equal(texts.length, 4);
  for (const { kwargs, text } of texts) {
    await lab.setting("Temperature").fill(String(kwargs.temperature ?? 1));
    await lab.setting("Top-p").fill(String(kwargs.top_p ?? ""));
    await eventually(async () => assert.equal(await lab.text(), text));
  }
});

pageTest("the model is a choice: other weights, or a bigram counted from a pasted text", async (lab) => {
  const first = await lab.settled();
  await lab.model("bigram");
  const zero = await lab.changed(first);
  await lab.setting("Seed of the weights").fill("1");
  const second = await lab.changed(zero);
  await lab.setting("Generator of the weights").selectOption("philox");
  const third = await lab.changed(second);
  await lab.model("counted");
  const counted = await lab.changed(third);
  await lab.setting("Text to count").fill("ababababab");
  await lab.changed(counted);
  await lab.setting("Temperature").fill("0");
  await lab.setting("Prompt").fill("a");
  await eventually(async () => assert.equal(await lab.text(), `a${"ba".repeat(40)}`));
  await eventually(async () =>
    assert.match((await lab.element.locator(".model .note").first().textContent()) ?? "", /3 tokens/),
  );
});

pageTest("a token is chosen by a press, also where the page is rendered while it is pressed", async (lab, page) => {
  await lab.settled();
  await lab.element.evaluate((lab) => /** @type {any} */ (lab).setState({ fields: { max_new_tokens: "540" } }));
  await lab.settled(540);
  const lines = await lab.element
    .locator(".tokens")
    .evaluate((box) => box.clientHeight / Number.parseFloat(getComputedStyle(box).lineHeight));
  assert.ok(Math.abs(lines - Math.round(lines)) < 0.02, `${lines} lines: none is cut in half`);
  await lab.element.locator('.token[data-index="0"]').click();
  const last = lab.element.locator('.token[data-index="539"]');
  await last.hover();
  await page.mouse.down();
  await lab.element.evaluate(async (lab) => {
    /** @type {any} */ (lab).requestUpdate();
    await /** @type {any} */ (lab).updateComplete;
  });
  await page.mouse.up();
  await eventually(async () => assert.equal(await last.getAttribute("aria-selected"), "true"));
});
