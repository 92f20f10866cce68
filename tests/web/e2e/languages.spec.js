/** The page in every language: it is the page's or the author's, nothing is left in English, and nothing is wider than a small phone. */
import assert from "node:assert/strict";
import { LANGUAGES, loadLanguage } from "../../../www/lib/languages.js";
import { en } from "../unit/support/english.js";
import { eventually, pageTest } from "./support.js";

/** Texts of a dictionary that are more than a word. @param {object} group @returns {string[]} */
const textsOf = (group) =>
  Object.values(group).flatMap((value) =>
    typeof value === "string" ? [value] : typeof value === "object" && value !== null ? textsOf(value) : [],
  );

/** What is said in English only. */
const ENGLISH = textsOf(en).filter((text) => /\p{L}{3,} \p{L}{2,}/u.test(text));

/** What is wider than the window, and is not in something that scrolls. @param {import("playwright-core").Page} page */
const tooWide = (page) =>
  page.evaluate(() => {
    const root = /** @type {ShadowRoot} */ (document.querySelector("logit-lab")?.shadowRoot);
    const width = document.documentElement.clientWidth;
    /** @param {Element | null} part */
    const isCut = (part) => {
      for (let around = part; around; around = around.parentElement)
        if (getComputedStyle(around).overflowX !== "visible") return true;
      return false;
    };
    const found = [...root.querySelectorAll(".ground :not(svg *)")].filter(
      (part) => part.checkVisibility() && part.getBoundingClientRect().right > width + 1 && !isCut(part.parentElement),
    );
    return [
      ...found.map((part) => `${part.localName}.${part.className}: ${part.textContent?.trim().slice(0, 40)}`),
      ...(document.documentElement.scrollWidth > width
        ? [`the page scrolls to ${document.documentElement.scrollWidth}`]
        : []),
    ];
  });

/** What is cut off in the rows of the models while the file of one comes. @param {Element} element */
const cutRows = async (element) => {
  const { store } = /** @type {any} */ (element);
  const at = { stage: "download", loaded: 98.4e6, total: 98.4e6, speed: 88.8e6 };
  const cut = [];
  for (const kind of ["smollm2", "own-gpt"]) {
    store.dispatch({ type: "shelf", change: { smollm2: "x.gguf", wanted: { ...store.state.model, kind }, at } });
    await new Promise((resolve) => requestAnimationFrame(() => requestAnimationFrame(resolve)));
    const parts = [...(element.shadowRoot?.querySelectorAll(".model-row small") ?? [])];
    if (!parts.some((part) => part.textContent?.includes("88"))) cut.push(`${kind}: no speed`);
    cut.push(...parts.filter((part) => part.scrollWidth > part.clientWidth).map((part) => part.textContent));
  }
  return cut;
};

for (const lang of LANGUAGES)
  pageTest(
    `${lang}: no row of the models is cut off on a desktop and a phone, also while one comes`,
    async (lab, page) => {
      await lab.settled();
      await lab.element.evaluate((element, lang) => element.setAttribute("lang", lang), lang);
      await eventually(async () => assert.equal(await lab.element.locator(".lab").getAttribute("lang"), lang));
      await page.evaluate(() => document.fonts.ready);
      for (const width of [1280, 390]) {
        await page.setViewportSize({ width, height: 800 });
        assert.deepEqual(await lab.element.evaluate(cutRows), [], `${width} px`);
      }
    },
  );

for (const lang of LANGUAGES)
  pageTest(
    `${lang}: in a column of 680 pixels the text's key takes one line, and no stage's line is cut`,
    async (lab, page) => {
      await lab.settled();
      await page.setViewportSize({ width: 680, height: 960 });
      await lab.element.evaluate((element, lang) => element.setAttribute("lang", lang), lang);
      await eventually(async () => assert.equal(await lab.element.locator(".lab").getAttribute("lang"), lang));
      await page.evaluate(() => document.fonts.ready);
      const { height, line } = await lab.element.locator(".legend").evaluate((legend) => ({
        height: legend.getBoundingClientRect().height,
        line: Number.parseFloat(getComputedStyle(legend).lineHeight),
      }));
      assert.ok(height < 1.5 * line, `${height} px, and a line has ${line}`);
      const cut = await lab.element
        .locator(".flow .does")
        .evaluateAll((parts) =>
          parts.filter((part) => part.scrollWidth > part.clientWidth).map((part) => part.textContent),
        );
      assert.deepEqual(cut, []);
      const list = lab.element.locator(".model-rows");
      if (lang === "en")
        assert.ok(await list.evaluate((rows) => rows.scrollWidth <= rows.clientWidth), "all models are seen");
    },
  );

for (const lang of LANGUAGES)
  pageTest(
    `${lang}: every view fits a window of 320 pixels, and says everything in its language`,
    async (lab, page) => {
      await eventually(async () => assert.equal(await lab.count(), 80));
      // Names of programs are the same in every language.
      const names = textsOf(await loadLanguage(lang));
      const tabs = await lab.element.getByRole("tab").all();
      assert.ok(tabs.length > 4);
      for (const tab of tabs) {
        await tab.click();
        await lab.explained();
        const name = await tab.textContent();
        await eventually(async () => assert.deepEqual(await tooWide(page), [], `${name?.trim()}`));
        const text = await lab.element.evaluate(
          (element) => element.shadowRoot?.querySelector(".ground")?.textContent ?? "",
        );
        if (lang !== en.lang)
          assert.deepEqual(
            ENGLISH.filter((sentence) => text.includes(sentence) && !names.includes(sentence)),
            [],
          );
      }
      await lab.element.evaluate((element) => {
        for (const part of element.shadowRoot?.querySelectorAll("details") ?? []) part.open = true;
      });
      await lab.openGroups();
      await lab.element.locator("#logit_bias").fill("e: -2.5");
      await lab.element.locator(".items .slider").waitFor();
      await eventually(async () => assert.deepEqual(await tooWide(page), [], "everything open"));
    },
    { body: `<logit-lab lang="${lang}"></logit-lab>`, viewport: { width: 320, height: 800 }, isMobile: true },
  );

pageTest(
  "lang=auto speaks the page's language and follows it; sentences can be handed in",
  async (lab, page) => {
    const german = /** @type {any} */ (await loadLanguage("de"));
    const tab = lab.element.locator("#tab-share");
    await eventually(async () => assert.equal((await tab.textContent())?.trim(), german.tabs.share));
    assert.equal(await lab.element.locator(".lab").getAttribute("lang"), "de");
    await lab.explained();
    const of_u = lab.element.locator(".u-label");
    await eventually(async () => assert.match((await of_u.textContent()) ?? "", /u = 0,\d{4}/));
    await page.evaluate(() => document.documentElement.setAttribute("lang", "fr"));
    await eventually(async () => assert.equal((await tab.textContent())?.trim(), en.tabs.share));
    await eventually(async () =>
      assert.match((await of_u.textContent()) ?? "", /u = 0\.\d{4}/, "what is in the picture"),
    );
    await page.evaluate(() => {
      const element = /** @type {any} */ (document.querySelector("logit-lab"));
      element.strings = { lang: "fr", tabs: { share: "Partager" } };
    });
    await eventually(async () => assert.equal((await tab.textContent())?.trim(), "Partager"));
    assert.equal(await lab.element.locator(".lab").getAttribute("lang"), "fr");
    assert.equal((await lab.element.locator("#tab-timings").textContent())?.trim(), en.tabs.timings);
  },
  {
    body: '<logit-lab lang="auto"></logit-lab>',
    prepare: (page) =>
      page.addInitScript(() => {
        new MutationObserver((_, observer) => {
          document.documentElement?.setAttribute("lang", "de-AT");
          if (document.body) observer.disconnect();
        }).observe(document, { childList: true, subtree: true });
      }),
  },
);
