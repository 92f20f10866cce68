/** The page in a real Firefox, whose WebGPU is another implementation from the shaders down: wgpu and naga on Vulkan. */
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { launchFirefox } from "./browser.js";
import {
  adapterName,
  assertNotebook,
  assertSameLongText,
  assertSameRows,
  count,
  drawnBatches,
  drawnRows,
  KERNEL_ROWS,
  LONG_TEXT,
  longText,
  N_RANDOM_ROWS,
  NOTEBOOK_TEXTS,
  notebookTexts,
  onBoth,
  randomBatches,
} from "./compare.js";
import { greedyIds, linkTo, PROMPT, SMOLLM2_ADDRESS, skipsModel } from "./gpt-smollm2-file.js";
import { address, DONE, eventually, LESSONS_MODEL } from "./support.js";

/** For a whole test. Some Firefoxes look for results ten times a second only, so a step takes 100 ms. */
const TIMEOUT_MS = 300_000;
/** For one thing on the page. */
const PATIENCE_MS = 120_000;

/** @type {import("puppeteer-core").Browser} */
let browser;
/** What the browser says of its GPU. */
let adapter = "";

before(async () => {
  browser = await launchFirefox();
});
after(() => browser?.close());

/** The lab as a person sees and uses it. Everything is looked up in the page: no round trip can come between two looks. */
class FirefoxLab {
  /** @param {import("puppeteer-core").ElementHandle<Element>} element */
  constructor(element) {
    this.element = element;
  }

  /** What one element inside the lab reads. @param {string} selector */
  read(selector) {
    return this.element.evaluate(
      (lab, selector) => lab.shadowRoot?.querySelector(selector)?.textContent?.replace(/\s+/g, " ").trim() ?? "",
      selector,
    );
  }

  /** @param {string} selector */
  async click(selector) {
    const found = await this.element.$(`:scope >>> ${selector}`);
    assert.ok(found, `there is no ${selector}`);
    await found.click();
  }

  /** The whole text, prompt and new tokens. */
  text() {
    return this.element.evaluate((lab) =>
      [...(lab.shadowRoot?.querySelectorAll(".tokens :is(#prompt, .token)") ?? [])]
        .map((token) => (token.querySelector("[data-sign='↵']") ? "\n" : token.textContent))
        .join(""),
    );
  }

  /** New tokens on the page. */
  count() {
    return this.element.evaluate((lab) => lab.shadowRoot?.querySelectorAll(".tokens [data-index]").length ?? 0);
  }

  /** Waits until the first text is there, with its explanation. */
  settled() {
    return eventually(async () => {
      assert.equal(await this.count(), 80);
      assert.match(await this.read(".status"), DONE);
      return this.text();
    }, PATIENCE_MS);
  }

  /** For tests that choose a backend by themselves: the page's own look for a GPU, which sets it as well, is over. */
  async looksNoMore() {
    await this.click("details[data-part=machine] > summary");
    await this.hasLooked();
  }

  /** Waits until the page has looked for a GPU and tried it out. */
  hasLooked() {
    return eventually(async () => {
      const reason = await this.read("[data-reason]");
      assert.ok(reason !== "" && !/Looking for a GPU/.test(reason), reason);
      return reason;
    }, PATIENCE_MS);
  }
}

/**
 * A test in a page of its own. After it: no error and no warning.
 * @param {string} name
 * @param {(lab: FirefoxLab) => Promise<void>} body
 */
const firefoxTest = (name, body) =>
  firefoxPage(name, LESSONS_MODEL, async (page) => {
    adapter ||= await page.evaluate(adapterName);
    assert.notEqual(adapter, "no adapter", "Firefox has no Vulkan here: apt-get install -y mesa-vulkan-drivers");
    const element = await page.waitForSelector("logit-lab");
    assert.ok(element);
    await body(new FirefoxLab(element));
    count("webgpu", `${await browser.version()}, ${adapter}`, "page tests");
  });

/**
 * @param {string} name
 * @param {string} path
 * @param {(page: import("puppeteer-core").Page) => Promise<void>} body
 * @param {string | false} [skip] why it is left out
 */
const firefoxPage = (name, path, body, skip = /** @type {string | false} */ (false)) =>
  test(name, { timeout: TIMEOUT_MS, skip }, async () => {
    const page = await browser.newPage();
    /** @type {string[]} */
    const troubles = [];
    page.on("pageerror", (error) => troubles.push(`page error: ${error}`));
    page.on("console", (message) => {
      if (["error", "warn"].includes(message.type())) troubles.push(`console: ${message.text()}`);
    });
    try {
      await page.goto(address() + path);
      await body(page);
      assert.deepEqual(troubles, []);
    } finally {
      await page.close();
    }
  });

/** @param {string} what @param {number} n */
const compared = async (what, n) => count("webgpu", `${await browser.version()}, ${adapter}`, what, n);

firefoxTest("Firefox: the CPU writes the first text; WebGPU, when asked for, writes the same", async (lab) => {
  const text = await lab.settled();
  assert.ok(text.startsWith("the "), text);
  await lab.click("details[data-part=machine] > summary");
  assert.match(await lab.hasLooked(), /^CPU\. Small steps stay on the CPU: a call of the GPU costs \S+ ms\.$/);
  assert.match(await lab.read("[data-adapter]"), /^The GPU here( has no name in this browser|: .+)\.$/);
  await lab.click("input[value=webgpu]");
  assert.equal(await lab.hasLooked(), "WebGPU, as you chose.");
  await lab.click("#tab-timings");
  await eventually(async () => assert.match(await lab.read("#panel"), /80 tokens on WebGPU/), PATIENCE_MS);
  assert.equal(await lab.text(), text);
});

firefoxTest("Firefox: every kernel draws what the CPU draws", async (lab) => {
  await lab.settled();
  const [rows] = await onBoth(lab.element, [[drawnRows, KERNEL_ROWS]]);
  assertSameRows(rows);
  await compared("rows drawn and traced as on the CPU", KERNEL_ROWS.length);
});

firefoxTest("Firefox: random batches, to the bit", async (lab) => {
  await lab.settled();
  const [batches] = await onBoth(lab.element, [[drawnBatches, randomBatches()]]);
  assertSameRows(batches);
  await compared("random rows as on the CPU", N_RANDOM_ROWS);
});

firefoxTest("Firefox: the notebook's texts, as PyTorch printed them, drawn by WebGPU", async (lab) => {
  await lab.settled();
  await lab.looksNoMore();
  const settings = NOTEBOOK_TEXTS.map(({ kwargs }) => kwargs);
  const [texts] = await onBoth(lab.element, [[notebookTexts, settings]]);
  assertNotebook(texts);
  await compared("texts of the notebook", NOTEBOOK_TEXTS.length);
});

firefoxTest("Firefox: 10,000 characters from one seed, the loop on the device: none differs", async (lab) => {
  await lab.settled();
  await lab.looksNoMore();
  const [long] = await onBoth(lab.element, [[longText, LONG_TEXT]]);
  assertSameLongText(long);
  await compared("characters as on the CPU", LONG_TEXT);
});

firefoxTest("Firefox: a GPT on WebGPU writes what it writes on the CPU", async (lab) => {
  await lab.settled();
  await lab.looksNoMore();
  const [PROMPT, N] = ["the old man ", 24];
  const written = await lab.element.evaluate(
    async (element, prompt, max_new_tokens) => {
      const { lab } = /** @type {any} */ (element);
      const model = await lab.model({ kind: "gpt" });
      const write = async (/** @type {string} */ backend) => {
        await lab.setBackend(backend);
        const options = { model, prompt, temperature: 0, max_new_tokens, chunk: max_new_tokens };
        let end;
        for await (const step of lab.generate(options)) end = step;
        return { text: end.text, calls: end.timings.gpu?.calls ?? 0, ...lab.backend };
      };
      return { cpu: await write("cpu"), gpu: await write("webgpu") };
    },
    PROMPT,
    N,
  );
  assert.equal(written.gpu.text, written.cpu.text);
  assert.equal(written.gpu.text.length, PROMPT.length + N, written.gpu.text);
  assert.deepEqual([written.cpu.kind, written.gpu.kind, written.gpu.lost], ["cpu", "webgpu", false]);
  assert.equal(written.cpu.calls, 0);
  assert.ok(written.gpu.calls > 0 && written.gpu.calls < N, `${written.gpu.calls} calls of the device`);
  await compared("tokens of a GPT as on the CPU", N);
});

firefoxTest("Firefox: a device lost in the middle of a run: the same text, and the page says so", async (lab) => {
  const text = await lab.settled();
  await lab.click("details[data-part=machine] > summary");
  await lab.hasLooked();
  await lab.click("input[value=webgpu]");
  assert.equal(await lab.hasLooked(), "WebGPU, as you chose.");
  await lab.click("#tab-timings");
  const written = await lab.element.evaluate(async (element) => {
    const { lab } = /** @type {any} */ (element);
    const model = await lab.model({ kind: "bigram", seed: 4 });
    const write = async (/** @type {number} */ loseAt) => {
      const options = { model, prompt: "the ", seed: 9, max_new_tokens: 24, repetition_penalty: 1.1 };
      const places = [];
      for await (const step of lab.generate(options)) {
        if (step.finished) return { text: step.text, places };
        places.push(step.timings.backend);
        if (places.length === loseAt) await lab.loseDevice();
      }
    };
    const lost = await write(7);
    const { kind } = lab.backend;
    return { lost, kind, whole: await write(0) };
  });
  assert.equal(written.kind, "cpu");
  assert.deepEqual(written.lost?.places, [...Array(7).fill("webgpu"), ...Array(17).fill("cpu")]);
  assert.equal(written.lost?.text, written.whole?.text);
  await eventually(async () => assert.match(await lab.read(".loss"), /The GPU was lost\. The text stays the same\./));
  assert.equal(await lab.text(), text);
  await lab.click(".loss button");
  await eventually(async () => assert.equal(await lab.read(".loss"), ""), PATIENCE_MS);
  assert.equal(await lab.hasLooked(), "WebGPU, as you chose.");
  await eventually(async () => assert.equal(await lab.text(), text), PATIENCE_MS);
});

firefoxTest("Firefox: every view shows what it is for", async (lab) => {
  await lab.settled();
  const shown = {
    stages: ".rules tbody tr",
    draws: ".facts tbody tr",
    // The first row is greedy, which draws only spaces.
    compare: ".contenders li + li .contender-text[role=group]",
    timings: ".timings",
    share: "[data-target=pytorch]",
    tokens: ".all-tokens",
  };
  for (const [view, part] of Object.entries(shown)) {
    await lab.click(`#tab-${view}`);
    await eventually(async () => assert.notEqual(await lab.read(`#panel ${part}`), "", view), PATIENCE_MS);
  }
});

firefoxPage("Firefox: the lesson's cells are equal to PyTorch, to the last bit", "lesson.html", async (page) => {
  for (const name of ["softmax", "helpers", "filters", "model", "loop"]) {
    const cell = await page.waitForSelector(`[data-cell="${name}"]`);
    await cell?.evaluate((place) => place.scrollIntoView());
    await eventually(async () => {
      const verdict = await cell?.evaluate((place) => place.querySelector(".cell-verdict")?.textContent);
      assert.equal(verdict, "Equal to PyTorch, to the last bit.", name);
    }, PATIENCE_MS);
  }
});

/** Tokens of SmolLM2. */
const N_SMOLLM2 = 6;

firefoxPage(
  "Firefox: SmolLM2's own file, chosen and loaded on the page, writes what it writes in PyTorch",
  linkTo(N_SMOLLM2),
  async (page) => {
    const element = await page.waitForSelector("logit-lab");
    assert.ok(element);
    const lab = new FirefoxLab(element);
    await element.evaluate((lab, address) => lab.setAttribute("smollm2", address), SMOLLM2_ADDRESS);
    await eventually(() => lab.click("[data-gpt=smollm2] .loading button.primary"), PATIENCE_MS);
    const run = await eventually(async () => {
      assert.equal(await lab.count(), N_SMOLLM2);
      assert.match(await lab.read(".status"), DONE);
      return element.evaluate((lab) => {
        const { model, run } = /** @type {any} */ (lab).store.state;
        return { kind: model.kind, prompt_ids: run.prompt_ids, tokens: run.tokens, backend: run.timings.backend };
      });
    }, PATIENCE_MS);
    assert.deepEqual([run.kind, run.backend, run.prompt_ids], ["smollm2", "cpu", PROMPT.ids]);
    assert.deepEqual(run.tokens, greedyIds(N_SMOLLM2));
    assert.equal(await lab.text(), "Once upon a time there was a small town nestled between two mountains");
  },
  skipsModel(),
);

firefoxPage("Firefox: the frame page draws", "embed.html", async (page) => {
  const element = await page.waitForSelector("logit-lab");
  assert.ok(element);
  await new FirefoxLab(element).settled();
});
