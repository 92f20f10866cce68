/** The page around the element: what hosts forbid, where they move it, and which keys must not reach them. */
import assert from "node:assert/strict";
import { eventually, pageTest } from "./support.js";

pageTest(
  "where workers are blocked, the engine runs in the page's own thread and gives the same text",
  async (lab) => {
    const text = await lab.settled();
    const place = lab.element.locator("[data-backend]");
    assert.equal(await place.getAttribute("data-thread"), "here");
    assert.match((await place.textContent()) ?? "", /in the page's own thread/);
    await lab.setting("Temperature").fill("1.2");
    await lab.changed(text);
    await lab.open("more-settings");
    await lab.button("Reset all").click();
    await eventually(async () => assert.equal(await lab.text(), text));
    await lab.setting("Slow motion").check();
    await lab.button("Draw 80").click();
    await lab.isUnderWay();
    await lab.button("Stop").click();
    await eventually(async () => assert.match(await lab.status(), /Stopped after/));
  },
  { csp: "worker-src 'none'", expected: [/worker/i] },
);

/** Holds the worker's file back. @param {import("playwright-core").Page} page @param {() => Promise<unknown>} until */
const holdWorker = (page, until) =>
  page.route(/worker[^/]*\.js/, async (route) => {
    await until();
    await route.continue().catch(() => {}); // nobody waits for it any more
  });

pageTest(
  "a slow line is no reason to leave the worker: its file may come late",
  async (lab) => {
    await lab.settled();
    assert.equal(await lab.element.locator("[data-backend]").getAttribute("data-thread"), "worker");
  },
  { prepare: (page) => holdWorker(page, () => new Promise((resolve) => setTimeout(resolve, 3000))) },
);

pageTest(
  "a worker that never says anything is given up, and the text is there all the same",
  async (lab, page) => {
    await eventually(async () => assert.match(await lab.status(), /is starting/));
    await page.clock.runFor(60_000);
    await lab.settled();
    assert.equal(await lab.element.locator("[data-backend]").getAttribute("data-thread"), "here");
  },
  {
    prepare: async (page) => {
      await page.clock.install();
      await holdWorker(page, () => new Promise(() => {}));
    },
  },
);

pageTest(
  "a strict Content-Security-Policy is enough: no inline style, no inline script, no eval",
  async (lab) => {
    await lab.settled();
    await eventually(async () => {
      const bars = await lab.element
        .locator(".numbers .bar")
        .evaluateAll((all) => all.map((bar) => bar.getBoundingClientRect().width));
      assert.ok(bars.length > 12 && Math.max(...bars) > 20, "bars have their length");
    });
  },
  {
    body: "<logit-lab></logit-lab>",
    csp: "default-src 'none'; script-src 'self' 'wasm-unsafe-eval'; style-src 'self'; connect-src 'self'; worker-src 'self'; img-src data:",
  },
);

pageTest(
  "a policy that keeps the engine's file away is told what it lacks",
  async (lab, page) => {
    const problem = lab.element.locator(".page-problem");
    await eventually(async () => assert.equal(await problem.count(), 1));
    const { origin } = new URL(page.url());
    assert.match((await problem.textContent()) ?? "", new RegExp(`its connect-src needs ${origin};`));
  },
  {
    csp: "worker-src 'none'; connect-src 'none'",
    expected: [/worker|connect-src|Fetch API cannot load|Content Security/i],
  },
);

pageTest(
  "a page that names no policy of trusted types has a lab all the same",
  async (lab) => {
    await lab.settled();
    assert.equal(
      await lab.element.evaluate(() => Object.hasOwn(Reflect.get(globalThis, "trustedTypes"), "createPolicy")),
      false,
    );
  },
  { body: "<logit-lab></logit-lab>", csp: "trusted-types 'none'", expected: [/lit-html|trusted-types/] },
);

pageTest(
  "where scripts have to hand over trusted types, Lit's policy is enough",
  async (lab) => {
    await lab.settled();
    assert.equal(await lab.element.locator("[data-backend]").getAttribute("data-thread"), "here");
  },
  {
    body: "<logit-lab></logit-lab>",
    csp: "require-trusted-types-for 'script'; trusted-types lit-html",
    expected: [/TrustedScriptURL|trusted-types/i],
  },
);

pageTest(
  "where scripts have to hand over trusted types and may make none, the lab says what the page needs",
  async (lab) => {
    const said = () => lab.element.evaluate((element) => element.shadowRoot?.textContent ?? "");
    await eventually(async () =>
      assert.match(await said(), /^Logit Lab: .*add "trusted-types lit-html" to it, or put the lab into a frame/),
    );
  },
  {
    body: "<logit-lab></logit-lab>",
    csp: "require-trusted-types-for 'script'; trusted-types 'none'",
    expected: [/TrustedHTML|TrustedScriptURL|trusted-types|logit-lab/i],
  },
);

/** @param {import("playwright-core").Page} page */
const blockWasm = (page) => page.route("**/*.wasm", (route) => route.abort());

pageTest(
  "an engine that cannot be loaded says so, keeps what was typed, and can be tried again",
  async (lab, page) => {
    const problem = lab.element.locator(".page-problem");
    await eventually(async () => assert.equal(await problem.count(), 1));
    assert.equal(await problem.getAttribute("role"), "alert");
    assert.match((await problem.textContent()) ?? "", /\w{4,}.*The prompt and the settings are kept\./s);
    assert.match(await lab.status(), /did not start/);
    await lab.setting("Prompt").fill("kept ");
    await lab.setting("Temperature").fill("1.1");
    await page.unroute("**/*.wasm");
    await lab.button("Try again").click();
    const text = await lab.settled();
    assert.ok(text.startsWith("kept "), text);
    assert.match(await lab.used(), /temperature = 1\.1/);
    assert.equal(await problem.count(), 0);
  },
  { prepare: blockWasm, expected: [/Failed to load resource|net::ERR_FAILED|wasm/i] },
);

pageTest(
  "attributes set the start; two on a page do not disturb each other",
  async (lab, page) => {
    const first = await lab.settled(20);
    assert.ok(first.startsWith("hello "), first);
    assert.match(await lab.used(), /temperature = 1\.3, top_k = 6.*torch, seed 42/);
    const second = page.locator("logit-lab").nth(1);
    await second.scrollIntoViewIfNeeded();
    await eventually(async () => assert.equal(await second.locator("[data-index]").count(), 80));
    await second.getByRole("textbox", { name: "Temperature", exact: true }).fill("0");
    await eventually(async () => assert.match((await second.locator("[data-used]").textContent()) ?? "", /greedy/));
    assert.equal(await lab.text(), first);
  },
  {
    body: `<logit-lab prompt="hello " temperature="1.3" top-k="6" top-p="" seed="42" rng="torch" max-new-tokens="20"></logit-lab>
      <logit-lab theme="dark"></logit-lab>`,
  },
);

pageTest("moved on the page it lives on; taken away and put back it starts again", async (lab, page) => {
  const text = await lab.settled();
  await page.evaluate(() => {
    const element = /** @type {HTMLElement} */ (document.querySelector("logit-lab"));
    document.body.prepend(element);
  });
  await lab.setting("Temperature").fill("1.5");
  const other = await lab.changed(text);
  await page.evaluate(async () => {
    const element = /** @type {HTMLElement} */ (document.querySelector("logit-lab"));
    element.remove();
    await new Promise((resolve) => setTimeout(resolve, 50));
    document.body.append(element);
  });
  await lab.setting("Temperature").fill("0.8");
  assert.equal(await lab.changed(other), text);
});

pageTest(
  "keys that a control of the lab uses do not reach the slides around it; Escape and Tab do",
  async (lab, page) => {
    await lab.settled();
    await page.evaluate(() => {
      const seen = /** @type {string[]} */ ([]);
      Object.assign(window, { seen });
      document.addEventListener("keydown", (event) => seen.push(event.key));
    });
    await lab.setting("Temperature, slider").focus();
    for (const key of ["ArrowRight", "Home", "Escape"]) await page.keyboard.press(key);
    await lab.element.locator('.token[aria-selected="true"]').focus();
    for (const key of ["ArrowRight", "End", "Tab"]) await page.keyboard.press(key);
    assert.deepEqual(await page.evaluate(() => /** @type {any} */ (window).seen), ["Escape", "Tab"]);
  },
);
