/** The page around the element: where it shrinks to its content, where its text has another size or style, and where it is dark. */
import assert from "node:assert/strict";
import { eventually, pageTest } from "./support.js";

/** Hosts that are as wide as what they hold: the label, and the page. @type {readonly [name: string, html: string][]} */
const SHRINKING = [
  ["flex row", '<div style="display: flex"><logit-lab></logit-lab></div>'],
  [
    "flex row with a text beside it",
    '<div style="display: flex"><p style="flex: none; inline-size: 60px">Text</p><div style="flex: 1"><logit-lab></logit-lab></div></div>',
  ],
  ["flex centre", '<div style="display: flex; justify-content: center"><logit-lab></logit-lab></div>'],
  [
    "flex column, centred",
    '<div style="display: flex; flex-direction: column; align-items: center"><logit-lab></logit-lab></div>',
  ],
  ["grid centre", '<div style="display: grid; place-items: center"><logit-lab></logit-lab></div>'],
  ["inline-block", '<div style="display: inline-block"><logit-lab></logit-lab></div>'],
  ["float", '<div style="float: left"><logit-lab></logit-lab></div>'],
  ["table cell", "<table><tr><td><logit-lab></logit-lab></td></tr></table>"],
  [
    "absolute",
    '<div style="position: relative; block-size: 10px"><div style="position: absolute"><logit-lab></logit-lab></div></div>',
  ],
  ["fit-content", '<div style="inline-size: fit-content"><logit-lab></logit-lab></div>'],
  ["dialog", '<dialog open style="position: static"><logit-lab></logit-lab></dialog>'],
  [
    "reveal.js r-stack",
    '<style>.r-stack { display: grid } .r-stack > * { grid-area: 1/1; margin: auto }</style><div class="r-stack"><logit-lab></logit-lab></div>',
  ],
  ["one part, inline-block", '<div style="display: inline-block"><logit-lab view="distribution"></logit-lab></div>'],
];

for (const [name, body] of SHRINKING)
  pageTest(
    `a host that shrinks to its content leaves the lab its width: ${name}`,
    async (_, page) => {
      await page.waitForFunction(() => document.querySelector("logit-lab")?.shadowRoot?.querySelector(".ground"));
      for (const viewport of [1280, 680, 320]) {
        await page.setViewportSize({ width: viewport, height: 800 });
        // What follows the width by an observer, as the picture does, comes a frame later.
        await eventually(async () => {
          const { lab, wide } = await page.evaluate(() => ({
            lab: document.querySelector("logit-lab")?.getBoundingClientRect().width ?? 0,
            wide: document.documentElement.scrollWidth,
          }));
          const least = viewport === 320 ? 200 : 500;
          assert.ok(lab >= least && lab <= viewport, `${lab} px in a window of ${viewport}`);
          // Beside a text that keeps its 60 px, the lab may be as narrow as it can be.
          assert.ok(wide <= Math.max(viewport, 380), `${wide} px of page in a window of ${viewport}`);
        });
      }
    },
    { body },
  );

pageTest(
  "the size of the host's root changes nothing: 62.5% and 125% are as 100%",
  async (lab, page) => {
    await lab.settled();
    const sizes = () =>
      page.evaluate(() => {
        const root = /** @type {ShadowRoot} */ (document.querySelector("logit-lab")?.shadowRoot);
        return [...root.querySelectorAll("*")].map((part) => {
          const { width, height } = part.getBoundingClientRect();
          return `${part.localName}.${part.className} ${getComputedStyle(part).fontSize} ${width.toFixed(1)} × ${height.toFixed(1)}`;
        });
      });
    const before = await sizes();
    for (const size of ["62.5%", "125%"]) {
      await page.evaluate((size) => {
        document.documentElement.style.fontSize = size;
      }, size);
      assert.deepEqual(await sizes(), before, size);
    }
  },
  { body: '<div style="inline-size: 700px"><logit-lab></logit-lab></div>' },
);

/** What a page may say of its text, all of it inherited. */
const TEXT_STYLES =
  "text-transform: uppercase; letter-spacing: 3px; word-spacing: 9px; text-indent: 30px; white-space: pre; font-variant: small-caps; " +
  "text-shadow: 1px 1px red; hyphens: auto; quotes: none; tab-size: 1; font-style: italic; font-weight: 900; font-stretch: 75%; " +
  "line-height: 3; text-align: right; word-break: break-all; overflow-wrap: anywhere; line-break: anywhere; text-wrap: nowrap; " +
  "font-kerning: none; font-feature-settings: 'smcp'; list-style: none; cursor: crosshair; text-emphasis: dot; text-align-last: center; " +
  "text-underline-offset: 9px; font-size-adjust: 0.9; -webkit-text-stroke: 1px red; user-select: none; caret-color: red; color: red; " +
  "accent-color: red; border-spacing: 9px; caption-side: bottom; orphans: 5; text-rendering: geometricPrecision";

pageTest(
  "none of the host's text styles come in, whichever way its text runs",
  async (lab, page) => {
    await lab.settled();
    await page.locator("logit-lab").nth(1).scrollIntoViewIfNeeded();
    await eventually(async () =>
      assert.equal(await page.locator("logit-lab").nth(1).locator("[data-index]").count(), 80),
    );
    const differences = () =>
      page.evaluate(() => {
        const [plain, styled] = [...document.querySelectorAll("logit-lab")].map(({ shadowRoot }) => [
          .../** @type {ShadowRoot} */ (shadowRoot).querySelectorAll(".ground, .ground :not(svg *)"),
        ]);
        return plain.flatMap((part, i) => {
          const [a, b] = [getComputedStyle(part), getComputedStyle(styled[i])];
          return [...a]
            .filter((name) => !/^(?:inset.*|top|left|right|bottom)$/.test(name)) // they stand at different places of the page
            .filter((name) => a.getPropertyValue(name) !== b.getPropertyValue(name))
            .filter((name) => !/^url\(/.test(b.getPropertyValue(name))) // each picture has its own patterns
            .map((name) => `${part.localName}.${part.className}: ${name} is ${b.getPropertyValue(name)}`);
        });
      });
    await eventually(async () => assert.deepEqual((await differences()).slice(0, 10), []));
  },
  {
    body: `<div style="inline-size: 600px"><logit-lab></logit-lab></div>
      <div dir="rtl"><div style="inline-size: 600px; ${TEXT_STYLES}"><logit-lab></logit-lab></div></div>`,
  },
);

pageTest(
  "in a page that runs from right to left, “the ” still reads “the ”",
  async (lab) => {
    await lab.settled();
    const lefts = await lab.element.locator(".tokens").evaluate((box) => {
      const walker = document.createTreeWalker(box, NodeFilter.SHOW_TEXT);
      const range = document.createRange();
      const found = [];
      for (let node = walker.nextNode(); node && found.length < 3; node = walker.nextNode())
        for (const [at, character] of [...(node.nodeValue ?? "")].entries()) {
          if (character !== "the"[found.length]) continue;
          range.setStart(node, at);
          range.setEnd(node, at + 1);
          found.push(range.getBoundingClientRect().left);
        }
      return found;
    });
    assert.equal(lefts.length, 3);
    assert.deepEqual(
      lefts,
      lefts.toSorted((a, b) => a - b),
    );
  },
  { body: '<div dir="rtl"><logit-lab></logit-lab></div>' },
);

/** @param {import("playwright-core").Page} page */
const schemes = (page) =>
  page.evaluate(() => [...document.querySelectorAll("logit-lab")].map((lab) => getComputedStyle(lab).colorScheme));

pageTest(
  "the lab is dark where what is behind it is dark, whatever the page says, and follows the page",
  async (_, page) => {
    await eventually(async () =>
      assert.deepEqual(await schemes(page), ["dark", "light", "light", "dark", "dark", "light dark"]),
    );
    await page.evaluate(() => {
      document.documentElement.dataset.theme = "dark";
      /** @type {HTMLElement} */ (document.querySelector("#follows")).style.background = "#101820";
    });
    await page.evaluate(() => document.querySelector("#last")?.setAttribute("theme", "dark"));
    await eventually(async () =>
      assert.deepEqual(await schemes(page), ["dark", "light", "dark", "dark", "dark", "dark"]),
    );
    const ground = await page
      .locator("logit-lab")
      .first()
      .evaluate((lab) => getComputedStyle(lab).backgroundColor);
    const light = ground.match(/\d+/g)?.map(Number) ?? [];
    assert.ok(light.length >= 3 && light.slice(0, 3).every((part) => part < 64), `no white slab: ${ground}`);
  },
  {
    body: `<style>html, body { background: none !important }</style>
      <div style="background: #111"><logit-lab></logit-lab></div>
      <div style="background: #111"><logit-lab theme="light"></logit-lab></div>
      <div id="follows" style="background: #ffe"><p><logit-lab></logit-lab></div>
      <div style="background: oklch(0.2 0.02 250)"><logit-lab theme="auto"></logit-lab></div>
      <div style="background: #fff"><logit-lab theme="dark"></logit-lab></div>
      <div style="color-scheme: light dark"><logit-lab id="last"></logit-lab></div>`,
  },
);

for (const [view, width] of /** @type {[string, number][]} */ ([
  ["lab", 412],
  ["lab", 1280],
  ["river", 412],
  ["distribution", 412],
  ["strip", 412],
  ["stages", 412],
  ["timings", 1280],
]))
  pageTest(
    `what stands around and in the lab stays where it is while the engine comes: ${view} at ${width} px`,
    async (lab, page) => {
      await page.waitForFunction(() => /** @type {any} */ (document.querySelector("logit-lab"))?.store?.state.step);
      await page.waitForTimeout(500); // what a part still fetches
      const { shift, grown } = await page.evaluate(() => /** @type {any} */ (globalThis).layout());
      assert.ok(shift <= 0.06, `shift ${shift}`);
      assert.ok(Math.abs(grown) <= 40, `${grown} px higher than the room that was kept`);
      assert.ok(await lab.element.isVisible());
    },
    {
      viewport: { width, height: 800 },
      body: `<logit-lab view="${view}"></logit-lab><p>What stands below.</p>`,
      prepare: (page) =>
        page.addInitScript(() => {
          let shift = 0;
          let first = 0;
          const height = () => document.querySelector("logit-lab")?.getBoundingClientRect().height ?? 0;
          // Before its script has come, the element is whatever the page makes of it.
          void customElements.whenDefined("logit-lab").then(() =>
            requestAnimationFrame(() =>
              requestAnimationFrame(() => {
                first = height();
                new PerformanceObserver((list) => {
                  for (const entry of list.getEntries()) shift += Reflect.get(entry, "value");
                }).observe({ type: "layout-shift" });
              }),
            ),
          );
          Object.assign(globalThis, { layout: () => ({ shift, grown: height() - first }) });
        }),
    },
  );

pageTest(
  "on paper, a lab that has not been on a screen says so, with its prompt",
  async (lab, page) => {
    await page.emulateMedia({ media: "print" });
    await lab.element.locator(".ground").waitFor({ state: "attached" });
    const shown = await lab.element
      .locator(".ground > *")
      .evaluateAll((parts) => parts.filter((part) => part.checkVisibility()).map((part) => part.textContent?.trim()));
    assert.deepEqual(shown, ["Logit Lab, prompt “far·”: the text is drawn when this page is viewed on a screen."]);
  },
  { body: '<div style="block-size: 9000px"></div><logit-lab prompt="far "></logit-lab>' },
);
