/** What the page's tests share: the built page on a free port, a real Chromium, and the lab as a person sees it. */
import assert from "node:assert/strict";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { fileURLToPath } from "node:url";
import { build, preview } from "vite";
import { launchChromium } from "./browser.js";
import { adapterName, count } from "./compare.js";

/** @typedef {import("playwright-core").Page} Page */

const configFile = fileURLToPath(new URL("../../../vite.config.js", import.meta.url));

/** What the browser itself says where there is no GPU. */
const BROWSERS_OWN = [/^console: No available adapters\.$/];

/**
 * How late every answer of the engine's worker and every script that a script asks for come in all tests, at most, in milliseconds: finds
 * what only holds on a fast machine.
 */
const LATE_MS = Number(process.env.LATE_MS ?? 0);

/** A link that names the lesson's model: without one, the page begins with a story of its own. */
export const LESSONS_MODEL = "#v=1&model=notebook";

/** The page that only defines the element. */
const ALONE = "embed.html";

/** How long the page may take for anything on a slow machine, in milliseconds. */
const PATIENCE_MS = 30_000 + 100 * LATE_MS;

/** What the status says of a text that is there. */
export const DONE = /drawn|most likely|Stopped|same text/;

/** @type {{ url: string, browsers: Map<string, Promise<import("playwright-core").Browser>> }} by what they have */
let served;
/** @type {(() => Promise<unknown>)[]} */
const closing = [];

/** Vite's settings, for building and for serving. */
const shared = /** @type {const} */ ({ configFile, logLevel: "error" });

before(async () => {
  const outDir = process.env.SITE ?? (await builtNow());
  const server = await preview({ ...shared, build: { outDir }, preview: { host: "127.0.0.1", port: 0, open: false } });
  closing.push(() => server.close());
  served = { url: server.resolvedUrls?.local[0] ?? "", browsers: new Map() };
});

/** The site as the sources are now, for as long as these tests run. */
async function builtNow() {
  const outDir = await mkdtemp(join(tmpdir(), "logitlab-e2e-"));
  closing.push(() => rm(outDir, { recursive: true }));
  await build({ ...shared, build: { outDir, emptyOutDir: true } });
  return outDir;
}

after(async () => {
  for (const close of closing.reverse()) await close();
});

/** Where the built page is served. */
export const address = () => served.url;

/**
 * @typedef {object} Setting
 * @property {{ width: number, height: number }} [viewport]
 * @property {"light" | "dark"} [colorScheme]
 * @property {"active" | "none"} [forcedColors]
 * @property {"reduce" | "no-preference"} [reducedMotion]
 * @property {boolean} [hasTouch] a finger, no mouse
 * @property {boolean} [isMobile] a phone
 * @property {string} [csp]       Content-Security-Policy of the page
 * @property {string} [body]      of a page of somebody else's, which says nothing to the lab but what stands there
 * @property {RegExp[]} [expected] console errors that belong to the test
 * @property {(page: Page) => Promise<unknown>} [prepare] before the page is opened
 * @property {boolean} [hasGpu]   WebGPU has an adapter
 * @property {boolean} [hasWindow] it paints at the pace of a screen, not every frame
 * @property {string} [path]      another page of the site, or ""; a link to the lesson's model where it is left out
 */

/**
 * A test in a page of its own. After each: no console error, no request to anyone else.
 * @param {string} name
 * @param {(lab: Lab, page: Page) => Promise<void>} body
 * @param {Setting} [setting]
 */
export function pageTest(name, body, setting = {}) {
  test(name, async () => {
    const {
      expected = [],
      prepare,
      hasGpu = false,
      hasWindow = false,
      path = setting.body ? ALONE : LESSONS_MODEL,
      ...rest
    } = setting;
    const context = await (await browserWith({ hasGpu, hasWindow })).newContext({
      viewport: { width: 1280, height: 800 },
      ...rest,
    });
    const page = await context.newPage();
    /** @type {string[]} */
    const troubles = [];
    page.on("pageerror", (error) => troubles.push(`page error: ${error.message}`));
    page.on("console", (message) => {
      if (["error", "warning"].includes(message.type())) troubles.push(`console: ${message.text()}`);
    });
    page.on("request", (request) => {
      const { protocol, origin } = new URL(request.url());
      if (protocol.startsWith("http") && origin !== new URL(served.url).origin)
        troubles.push(`request to ${request.url()}`);
    });
    try {
      await rewriteDocument(page, setting);
      if (LATE_MS > 0) await Promise.all([answerLate(page, LATE_MS), scriptsLate(page, LATE_MS)]);
      await prepare?.(page);
      await page.goto(served.url + path);
      await body(new Lab(page), page);
      assert.deepEqual(
        troubles.filter((trouble) => ![...BROWSERS_OWN, ...expected].some((pattern) => pattern.test(trouble))),
        [],
      );
      if (hasGpu) count("webgpu", await page.evaluate(adapterName), "page tests");
      else count("cpu", "no adapter", "page tests");
    } finally {
      await context.close();
    }
  });
}

/** One browser of each kind, started when first needed. @param {{ hasGpu: boolean, hasWindow: boolean }} has */
function browserWith(has) {
  const kind = JSON.stringify(has);
  const known = served.browsers.get(kind);
  if (known) return known;
  const starting = launchChromium(has);
  served.browsers.set(kind, starting);
  closing.push(async () => (await starting).close());
  return starting;
}

/** @param {Page} page @param {Setting} setting */
async function rewriteDocument(page, { csp, body }) {
  if (!csp && !body) return;
  await page.route(served.url + (body ? ALONE : ""), async (route) => {
    const response = await route.fetch();
    const html = await response.text();
    await route.fulfill({
      response,
      headers: { ...response.headers(), ...(csp ? { "content-security-policy": csp } : {}) },
      body: body ? html.replace(/<main>.*<\/main>/s, `<main>${body}</main>`) : html,
    });
  });
}

/** A reader who wants to download little. @param {Page} page before it is opened */
export const saveData = (page) =>
  page.addInitScript(() => {
    Object.defineProperty(navigator, "connection", { value: { saveData: true } });
  });

/**
 * Lets every answer of a worker come late, in order, each by another time.
 * @param {Page} page before it is opened
 * @param {number} most_ms
 */
export const answerLate = (page, most_ms) =>
  page.addInitScript((most_ms) => {
    globalThis.Worker = class extends Worker {
      #last_ms = 0;
      /** @param {Worker["onmessage"]} take */
      set onmessage(take) {
        super.onmessage = ({ data }) => {
          const now = performance.now();
          this.#last_ms = Math.max(this.#last_ms, now + Math.random() * most_ms);
          setTimeout(() => take?.call(this, /** @type {any} */ ({ data })), this.#last_ms - now);
        };
      }
    };
  }, most_ms);

/** @param {Page} page @param {number} most_ms */
const scriptsLate = (page, most_ms) =>
  page.route(/\.js$/, async (route) => {
    await new Promise((resolve) => setTimeout(resolve, Math.random() * most_ms));
    // A page that has ended in the meantime asks for nothing.
    await route.fallback().catch(() => {});
  });

/**
 * Tries until it no longer throws; the last failure counts.
 * @template T
 * @param {() => Promise<T>} check
 * @param {number} [patience_ms]
 * @returns {Promise<T>}
 */
export async function eventually(check, patience_ms = PATIENCE_MS) {
  const end = Date.now() + patience_ms;
  for (;;) {
    try {
      return await check();
    } catch (error) {
      if (Date.now() > end) throw error;
      await new Promise((resolve) => setTimeout(resolve, 40));
    }
  }
}

/** The lab as a person sees and uses it. */
export class Lab {
  /** @param {Page} page */
  constructor(page) {
    this.page = page;
    this.element = page.locator("logit-lab").first();
  }

  /** What a value is typed or chosen in, by its name. A part of the page may have the same name. @param {string} name */
  setting(name) {
    const fields = this.page.locator("input, select, textarea, [role=textbox]");
    return this.element.getByLabel(name, { exact: true }).and(fields);
  }

  /**
   * Types into a field without leaving it, while the page renders for another reason: what is typed stays.
   * @param {import("playwright-core").Locator} field
   * @param {string} text
   */
  async typesOn(field, text) {
    await field.fill(text);
    // Other words make every part render anew.
    await this.element.evaluate((element) => {
      /** @type {any} */ (element).strings = {};
      return /** @type {any} */ (element).updateComplete;
    });
    assert.equal(await field.inputValue(), text);
  }

  /** The button that draws as many tokens as the setting says: "Draw 80". */
  generate() {
    return this.element.locator("[data-run=generate]");
  }

  /** The button that draws one token: the first of a new text once this one is whole. */
  next() {
    return this.element.getByRole("button", { name: /^Draw (next token|one by one)$/ });
  }

  /** @param {string} name */
  button(name) {
    return this.element.getByRole("button", { name, exact: true });
  }

  /** @param {"more-settings" | "model" | "machine"} part */
  async open(part) {
    if (part === "model") return this.button("Details").click();
    await this.element.locator(`details[data-part=${part}] > summary`).click();
    if (part === "more-settings") await this.openGroups();
  }

  /** Unfolds every group of More settings. */
  async openGroups() {
    const groups = this.element.locator("details.group");
    await groups.first().waitFor();
    for (const group of await groups.all())
      if ((await group.getAttribute("open")) === null) await group.locator("> summary").click();
  }

  /** Chooses a model as a person does. @param {import("../../../www/state/types.js").ModelChoice["kind"]} kind */
  async model(kind) {
    const has_row = ["notebook", "counted", "gpt"].includes(kind);
    await this.element.locator(`[data-model=${has_row ? kind : "own"}] [role=radio]`).click();
    if (!has_row) await this.setting("What it is made of").selectOption(kind);
  }

  /** @param {import("../../../www/state/types.js").View} name */
  async view(name) {
    await this.element.locator(`#tab-${name}`).click();
  }

  /** The whole text, prompt and new tokens. */
  text() {
    return this.element
      .locator(".tokens")
      .evaluate((tokens) =>
        [...tokens.querySelectorAll("#prompt, .token")]
          .map((part) => (part.querySelector("[data-sign='↵']") ? "\n" : part.textContent))
          .join(""),
      );
  }

  /** New tokens on the page. */
  count() {
    return this.element.locator("[data-index]").count();
  }

  /** A slow run has drawn some of its 80 tokens. One look at a time: the text before it had them all. */
  isUnderWay() {
    return eventually(async () => {
      const n = await this.count();
      assert.ok(n > 2 && n < 80, `${n} tokens`);
    });
  }

  /** What the engine says it used. */
  async used() {
    return (await this.element.locator("[data-used]").textContent()) ?? "";
  }

  async status() {
    return (await this.element.locator(".status").textContent())?.trim() ?? "";
  }

  /** The first page of the table of all tokens: 50 rows. @returns {Promise<Row[]>} */
  async rows() {
    await this.view("tokens");
    await this.element.locator(".all-tokens tbody tr").first().waitFor();
    return this.element.locator(".all-tokens tbody tr").evaluateAll((rows) => {
      const textOf = (/** @type {Element} */ cell) => cell.textContent?.replace(/\s+/g, " ").trim() ?? "";
      let why = "";
      return rows.map((row) => {
        const reason = row.querySelector(".reason");
        if (reason) why = textOf(reason); // and that of the rows below it that have none
        const cells = [...row.children].filter((cell) => cell !== reason).map(textOf);
        const [rank, token, logit, raw, ...after] = cells;
        const final = after.pop() ?? "";
        const { drawn, removed } = /** @type {HTMLElement} */ (row).dataset;
        return { rank, token, logit, raw, after, final, why, drawn: drawn === "", removed: removed === "" };
      });
    });
  }

  /** Fails unless what is explained is the text on the page. */
  async isExplained() {
    assert.equal(await this.element.locator(".reasons").getAttribute("aria-busy"), "false");
  }

  /** Waits until what is explained is the text on the page. */
  explained() {
    return eventually(() => this.isExplained());
  }

  /**
   * Waits until the text is another one, and explained.
   * @param {string} before
   * @returns {Promise<string>} the new text
   */
  changed(before) {
    return eventually(async () => {
      // A text that is the same before and after the status was read is the one that the status is about.
      const now = await this.text();
      assert.doesNotMatch(await this.status(), /Generating|Reading|starting/);
      assert.equal(await this.text(), now);
      assert.notEqual(now, before);
      await this.isExplained();
      return now;
    });
  }

  /**
   * Waits until the first text is there and explained, and the height that was reserved for it is released.
   * @param {number} [n] tokens
   * @returns {Promise<string>}
   */
  settled(n = 80) {
    return eventually(async () => {
      assert.equal(await this.element.locator(".lab[data-waiting]").count(), 0);
      assert.equal(await this.count(), n);
      assert.match(await this.status(), DONE);
      await this.isExplained();
      return this.text();
    });
  }
}

/**
 * @typedef {{ rank: string, token: string, logit: string, raw: string, after: string[], final: string, why: string, drawn: boolean, removed: boolean }} Row
 *   after: the probability after each stage
 */
