/** The lesson: readable before anything runs, every cell equal to PyTorch, questions, checks, and for everybody. */
import assert from "node:assert/strict";
import { violations } from "./axe.js";
import { eventually, pageTest } from "./support.js";

/** @typedef {import("playwright-core").Page} Page */

const path = "lesson.html";

/** @param {Page} page @param {string} name */
async function cell(page, name) {
  const place = page.locator(`[data-cell="${name}"]`);
  await place.scrollIntoViewIfNeeded();
  return place;
}

/** @param {Page} page @param {string} name @param {RegExp} wanted */
async function says(page, name, wanted) {
  const place = await cell(page, name);
  await eventually(async () => assert.match((await place.locator(".cell-verdict").textContent()) ?? "", wanted));
  return place;
}

/** Scrolls through the page, so that every cell has begun. @param {Page} page */
async function readThrough(page) {
  for (const place of await page.locator("[data-cell], [data-predict], [data-check]").all())
    await place.scrollIntoViewIfNeeded();
  for (const name of ["loop", "repetition", "repeats"])
    await page.locator(`[data-cell="${name}"] .found tbody tr`).nth(1).waitFor();
  await page.locator("#check-text").waitFor();
}

const EQUAL = /^Equal to PyTorch, to the last bit\.$/;

pageTest(
  "with the notebook's inputs every cell is equal to PyTorch, to the last bit",
  async (_, page) => {
    for (const name of ["softmax", "helpers", "filters", "model", "loop"]) await says(page, name, EQUAL);
    for (const tau of ["0.7", "2"]) {
      await page.locator("#softmax-tau").fill(tau);
      await page.locator("#softmax-tau").blur();
      await says(page, "softmax", EQUAL);
    }
  },
  { path },
);

pageTest(
  "a changed input changes the result, and the notebook's value makes way; one button brings it back",
  async (_, page) => {
    const place = await says(page, "softmax", EQUAL);
    const before = await place.locator(".found tbody").textContent();
    await page.locator("#softmax-tau").fill("1.3");
    await page.locator("#softmax-tau").blur();
    await says(page, "softmax", /no value for these inputs/);
    assert.notEqual(await place.locator(".found tbody").textContent(), before);
    await place.getByRole("button", { name: "The notebook’s values" }).click();
    await says(page, "softmax", EQUAL);
    assert.equal(await place.locator(".found tbody").textContent(), before);
    await page.locator("#softmax-tau").fill("-1");
    await page.locator("#softmax-tau").blur();
    await eventually(async () =>
      assert.match((await place.locator(".cell-problem").textContent()) ?? "", /temperature = -1/),
    );
    const loop = await says(page, "loop", EQUAL);
    await page.locator("#loop-seed").fill("8");
    await page.locator("#loop-seed").blur();
    await says(page, "loop", /no value for these inputs/);
    assert.equal(await loop.locator(".found tbody tr").count(), 4);
  },
  { path },
);

pageTest(
  "a cell that cannot run says why in a plain sentence, and keeps no verdict of an earlier result",
  async (_, page) => {
    /** @type {[cell: string, field: string, typed: string, problem: RegExp][]} */
    const cases = [
      ["softmax", "tau", "0", /^temperature = 0/],
      ["softmax", "tau", "", /^Type a number: temperature is empty\.$/],
      ["softmax", "tau", "hot", /^temperature = hot is not a number/],
      ["softmax", "logits", "", /^There are no numbers yet/],
      ["softmax", "logits", "2, , 3", /^There is no number at position 2/],
      ["softmax", "logits", "-inf -inf", /^Every token is masked/],
      ["softmax", "logits", "1e39, 1", /beyond float32/],
      ["helpers", "seed", "abc", /^seed = abc is not a whole number: use a whole number from 0 to 2\^64 - 1\.$/],
      ["helpers", "seed", "1.5", /^seed = 1.5 is not a whole number/],
      ["helpers", "seed", "", /^Type a whole number: seed is empty\.$/],
      ["filters", "k", "", /^Type a number: top_k is empty\.$/],
      ["loop", "n", "1e9", /^max_new_tokens = 1e9 is not a whole number: use a whole number from 1 to 2000\.$/],
    ];
    for (const [name, field, typed, problem] of cases) {
      const place = await says(page, name, EQUAL);
      await page.locator(`#${name}-${field}`).fill(typed);
      await page.locator(`#${name}-${field}`).blur();
      await eventually(async () =>
        assert.match(((await place.locator(".cell-problem").textContent()) ?? "").trim(), problem),
      );
      assert.equal(((await place.locator(".cell-verdict").textContent()) ?? "").trim(), "", `${name}: ${typed}`);
      assert.equal(await place.locator(".found table").count(), 0, "no result of other inputs");
      await place.getByRole("button", { name: "The notebook’s values" }).click();
    }
    await says(page, "softmax", EQUAL);
    await page
      .locator("#softmax-logits")
      .fill("tensor([[ 2.0000, -1.5000,  0.3000,  4.2000, -0.8000]], device='cuda:0')");
    await page.locator("#softmax-logits").blur();
    await says(page, "softmax", EQUAL);
    await page.locator("#softmax-tau").fill("0.68");
    await page.locator("#softmax-tau").blur();
    await says(page, "softmax", /no value for these inputs/);
  },
  { path },
);

pageTest(
  "the exercises run: another model's logits, four settings, an end, a penalty, times",
  async (_, page) => {
    const own = await cell(page, "own-model");
    await eventually(async () =>
      assert.match((await own.locator(".found tbody").textContent()) ?? "", /next token\s+[0-4]/),
    );
    const four = await cell(page, "four");
    await eventually(async () => assert.equal(await four.locator(".found tbody tr").count(), 4));
    const eos = await cell(page, "eos");
    await eventually(async () =>
      assert.match((await eos.locator(".found tbody").textContent()) ?? "", /\.'.*finish_reason\s+eos/s),
    );
    const repetition = await cell(page, "repetition");
    await eventually(async () => {
      const [without, with_penalty] = await repetition.locator(".found td.ours").allTextContents();
      assert.match(without, /^'the {81}'$/);
      assert.ok(new Set(with_penalty).size > 5, with_penalty);
    });
    for (const name of ["timing", "ttft"]) {
      const place = await cell(page, name);
      await place.locator("button.primary").click();
      await eventually(async () => assert.match((await place.locator(".found tbody").textContent()) ?? "", /\d/));
    }
  },
  { path },
);

/** How many letters each rule of a cell keeps. @param {import("playwright-core").Locator} place */
const counts = async (place) =>
  (await place.locator(".found .strip-of p").allTextContents()).map((text) =>
    Number(/keeps (\d+) of 28/.exec(text)?.[1]),
  );

/** The letters that a rule removed, likeliest first. @param {import("playwright-core").Locator} place @param {number} i */
const gone = async (place, i) =>
  (await place.locator(".found .strip-of").nth(i).locator(".gone").allTextContents()).map((text) => text.trim());

pageTest(
  "beyond top-p, cuts: by entropy the first letter may go, by deviation the temperature does not matter, XTC cuts the head",
  async (_, page) => {
    const entropy = await cell(page, "entropy");
    await eventually(async () => assert.equal((await counts(entropy)).length, 4));
    assert.ok((await gone(entropy, 1)).includes("t"), "typical lets the most likely letter go");
    for (const rule of [0, 2, 3]) assert.ok(!(await gone(entropy, rule)).includes("t"), String(rule));
    const [, , open] = await counts(entropy);
    await page.locator("#entropy-after").selectOption("h");
    await eventually(async () =>
      assert.equal((await counts(entropy))[2], 1, "eta's bar is higher where the model is sure"),
    );
    assert.ok(open > 1);
    const deviation = await cell(page, "deviation");
    await eventually(async () => assert.equal((await counts(deviation)).length, 2));
    const [p, sigma] = await counts(deviation);
    await page.locator("#deviation-temperature").fill("4");
    await page.locator("#deviation-temperature").blur();
    await eventually(async () => assert.ok((await counts(deviation))[0] > p));
    assert.equal((await counts(deviation))[1], sigma);
    const exclude = await cell(page, "exclude");
    await eventually(async () => assert.deepEqual(await gone(exclude, 0), ["t", "a", "l", "i", "n"]));
    assert.deepEqual(await gone(exclude, 1), []);
    assert.ok(Number(await exclude.locator(".found td.ours").textContent()) > 20);
  },
  { path },
);

pageTest(
  "beyond top-p, texts: mirostat meets its goal, loops end, a pattern is kept, and a wrong one is said",
  async (_, page) => {
    const values = async (/** @type {import("playwright-core").Locator} */ place) =>
      place.locator(".found td.ours").allTextContents();
    const feedback = await cell(page, "feedback");
    await eventually(async () => {
      const [without, led] = (await values(feedback)).map(Number.parseFloat);
      assert.ok(without > 3 && Math.abs(led - 2) < 0.2, `${without} ${led}`);
    });
    const repeats = await cell(page, "repeats");
    await eventually(async () => assert.equal((await values(repeats)).length, 4));
    const [greedy, penalised, ngrams, dry] = await values(repeats);
    assert.match(greedy, /^'(the ){21}'$/);
    assert.equal(penalised, greedy);
    for (const text of [ngrams, dry]) assert.doesNotMatch(text, /(the ){3}/);
    const grammar = await cell(page, "grammar");
    const fits = /^'(the|a) (old|young) (man|woman) (sat|ran)\.'$/;
    await eventually(async () => assert.match((await values(grammar))[0] ?? "", fits));
    const [text, alone, held] = await values(grammar);
    assert.ok(Number.parseFloat(held) < Number.parseFloat(alone) / 3, `${held} of ${alone}`);
    const told = await grammar
      .locator(".found .strip-bars > span")
      .evaluateAll((bars) => bars.map((bar) => bar.getAttribute("title") ?? ""));
    assert.equal(told.length, text.length - 2);
    const taken = told.reduce((sum, letter) => sum + Number(/ (\d+\.\d\d)/.exec(letter)?.[1]), 0);
    assert.ok(Math.abs(taken - (Number.parseFloat(alone) - Number.parseFloat(held))) < 0.2, `${taken} bits taken away`);
    assert.equal(told.filter((letter) => letter.includes("one of 2")).length, 4, told.join("; "));
    await page.locator("#grammar-temperature").fill("5");
    await page.locator("#grammar-temperature").blur();
    await eventually(async () => assert.notEqual((await values(grammar))[2] ?? held, held));
    assert.match((await values(grammar))[0], fits);
    await page.locator("#grammar-regex").fill("(a|");
    await page.locator("#grammar-regex").blur();
    await eventually(async () =>
      assert.match((await grammar.locator(".cell-problem").textContent()) ?? "", /^constraint = /),
    );
    await grammar.getByRole("button", { name: "The first values" }).click();
    await eventually(async () => assert.equal((await values(grammar))[2], held));
    assert.equal(((await grammar.locator(".cell-verdict").textContent()) ?? "").trim(), "");
  },
  { path },
);

/** What a learner may paste, and what should be said. @type {[string, string, RegExp][]} */
const PASTED = [
  ["softmax-1.0", "[0.0971, 0.002932, 0.017738, 0.876325, 0.005905]", /^Equal\./],
  ["softmax-0.7", "tensor([4.1181e-02, 2.7747e-04, 3.6306e-03, 9.5416e-01, 7.5425e-04])", /^Equal\. All 5/],
  ["softmax-1.0", "tensor([0.0971, 0.0029, 0.0177, 0.8763, 0.0059])", /^Equal\./],
  [
    "softmax-1.0",
    "tensor([[0.0971, 0.0029]], device='cuda:0', grad_fn=<SoftmaxBackward0>)",
    /There are 2 values, and 5/,
  ],
  ["softmax-1.0", "tensor([[-2.3320, -5.8320, -4.0320, -0.1320, -5.1320]])", /log_softmax/],
  ["softmax-1.0", "tensor([0.0971, ..., 0.0059])", /^Not read\. .*torch\.set_printoptions\(threshold=/],
  ["softmax-0.7", "[0.161395, 0.013927, 0.0491, 0.752843, 0.022734]", /multiplied by tau/],
  ["softmax-2.0", "[0.0971, 0.002932, 0.017738, 0.876325, 0.005905]", /temperature was not used/],
  ["softmax-1.0", "[nan, 0, 0, nan, 0]", /maximum not subtracted/],
  ["top-k", "[0.90025, 0.099751]", /^Equal\./],
  ["top-k", "[0.876325, 0.0971]", /Not renormalised/],
  ["top-k", "[0.884138, 0.097965, 0.017897]", /k is off by one: three/],
  ["top-p", "[3, 0]", /^Equal\./],
  ["top-p", "[3]", /token that crosses p was dropped/],
  ["top-p", "[0, 3]", /another order/],
  ["top-p", "top-p p=0.9 kept tokens: [3, 0, 2]", /One token too many/],
  [
    "text-temperature 0.8",
    "'the quy dvued lnecheto dpywbtse.p.ermht,nbcebjywbnkfj.a\\nh,kbxxeqpxxy gbbbguhqxhq xoe'",
    /^Equal\./,
  ],
  [
    "text-temperature 0.8",
    "the quyjmgukdwlnechetoxdpywbtsu.p.gekct,nbcebjywbnkfj.a\nh,kbxjeqpxxy ubbbguhqxhq xoe",
    /text of “temperature 1\.4”/,
  ],
];

pageTest(
  "check yourself finds what is equal, and each planted mistake",
  async (_, page) => {
    await page.locator("[data-check]").scrollIntoViewIfNeeded();
    await page.locator("#check-text").waitFor();
    for (const [task, pasted, wanted] of PASTED) {
      await page.locator("#check-task").selectOption(task);
      await page.locator("#check-text").fill(pasted);
      await page.getByRole("button", { name: "Check", exact: true }).click();
      await eventually(async () =>
        assert.match(
          ((await page.locator("[data-check] .cell-verdict").textContent()) ?? "").trim(),
          wanted,
          `${task}: ${pasted}`,
        ),
      );
    }
  },
  { path },
);

pageTest(
  "an answer is chosen first, then the engine's truth is shown",
  async (_, page) => {
    /** @type {Record<string, [wrong: string, truth: RegExp]>} */
    const questions = {
      "predict-temperature": ["it grows", /^No: it shrinks\./],
      "predict-top-p": ["more", /^No: fewer\. 1:/],
      "predict-top-k": ["3", /^No: 4\./],
      "predict-seed": ["never", /^No: always\./],
      "predict-entropy": ["keep it", /^No: remove it\. The entropy here is 3\.70 bits/],
      "predict-deviation": ["both", /^No: only top-p\. 20 and 8\./],
      "predict-exclude": ["only the most likely one", /^No: those from 0\.05 up/],
      "predict-feedback": ["less surprising", /^No: more surprising\./],
      "predict-repeats": ["end it", /^No: nothing\./],
      "predict-grammar": ["now and then", /^No: never\. 20 of 20/],
    };
    for (const [name, [wrong, truth]] of Object.entries(questions)) {
      const place = page.locator(`[data-predict="${name}"]`);
      const answer = place.getByRole("button", { name: wrong, exact: true });
      // What is above it may grow and push it out of sight before it is there.
      await eventually(async () => {
        await place.scrollIntoViewIfNeeded();
        assert.ok(await answer.isVisible(), name);
      });
      assert.equal(((await place.locator(".reveal").textContent()) ?? "").trim(), "");
      await answer.click();
      await eventually(async () => assert.match(((await place.locator(".reveal").textContent()) ?? "").trim(), truth));
    }
  },
  { path },
);

pageTest(
  "a formula leads to its field by the keyboard, its symbol is lit while the field is used; the code shows live values",
  async (_, page) => {
    await says(page, "softmax", EQUAL);
    await page.locator("#softmax a[data-field]").first().focus();
    await page.keyboard.press("Enter");
    assert.equal(await page.evaluate(() => document.activeElement?.id), "softmax-tau");
    assert.equal(await page.locator("#softmax mi.in-use").count(), 3);
    await page.keyboard.press("ControlOrMeta+a");
    await page.keyboard.type("2");
    await page.keyboard.press("Tab");
    await says(page, "softmax", EQUAL);
    assert.equal(await page.locator(".in-use").count(), 0);
    const lens = page.locator('[data-lens="softmax"]');
    assert.match((await lens.locator("code").textContent()) ?? "", /max = 4\.2[\s\S]*0\.619166/);
    await lens.getByRole("button", { name: "WGSL" }).click();
    assert.match((await lens.locator("code").textContent()) ?? "", /row_max_key/);
  },
  { path },
);

pageTest(
  "the text is there without the engine",
  async (_, page) => {
    assert.ok(await page.getByRole("heading", { name: "2. Stable softmax" }).isVisible());
    await (await cell(page, "softmax")).locator(".cell-problem").waitFor();
  },
  {
    path,
    expected: [/Failed to load resource/, /wasm/i],
    prepare: (page) => page.route("**/*.wasm", (route) => route.abort()),
  },
);

for (const look of /** @type {const} */ ([
  { colorScheme: "light" },
  { colorScheme: "dark" },
  { forcedColors: "active" },
]))
  pageTest(
    `axe finds nothing in the lesson, ${Object.values(look)[0]}`,
    async (_, page) => {
      await readThrough(page);
      assert.deepEqual(await violations(page), []);
    },
    { path, ...look },
  );

pageTest(
  "the lesson does not scroll sideways at 320 px, which is 1280 px at 400 %",
  async (_, page) => {
    await readThrough(page);
    assert.equal(
      await page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth),
      0,
    );
  },
  { path, viewport: { width: 320, height: 740 } },
);
