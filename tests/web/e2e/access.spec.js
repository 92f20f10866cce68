/** For everybody: axe, the keyboard alone, names and live regions, a phone, forced colours. */
import assert from "node:assert/strict";
import { violations } from "./axe.js";
import { eventually, pageTest } from "./support.js";

/** @param {import("./support.js").Lab} lab */
async function openEverything(lab) {
  for (const part of /** @type {const} */ (["more-settings", "model", "machine"])) await lab.open(part);
  await lab.model("counted");
  await lab.settled();
  await lab.rows();
}

/**
 * Looks at every view, with what it shows there.
 * @param {import("./support.js").Lab} lab
 * @param {(view: string) => Promise<void>} check
 */
async function everyView(lab, check) {
  /** @type {Record<import("../../../www/state/types.js").View, string>} */
  const shown = {
    stages: ".numbers",
    draws: ".facts tbody tr",
    compare: ".contender-text .token",
    timings: ".timings",
    share: "#code-llama\\.cpp",
    tokens: ".all-tokens",
  };
  for (const [view, part] of Object.entries(shown)) {
    await lab.view(/** @type {keyof typeof shown} */ (view));
    await lab.element.locator(part).first().waitFor({ state: "attached" });
    await lab.element.locator("#panel").evaluate((panel) => {
      for (const fold of panel.querySelectorAll("details")) fold.open = true;
    });
    await check(view);
  }
}

/** How long a GPU in software may take to be tried out. */
const GPU_PATIENCE_MS = 60_000;

/** Labels that do not fit where they stand; what is hidden from sight and only spoken has no room on purpose. @param {import("./support.js").Lab} lab */
const clippedLabels = (lab) =>
  lab.element.locator(".lab").evaluate((root) => {
    const isOnlySpoken = (/** @type {Element} */ part) =>
      part.closest(".spoken") !== null || getComputedStyle(part).clipPath === "inset(50%)";
    return [...root.querySelectorAll("label, h2, summary, button, th, dt, dd, .effect, .loss p, .answer p")]
      .filter((part) => part.checkVisibility() && part.scrollWidth > part.clientWidth + 1 && !isOnlySpoken(part))
      .map((part) => part.textContent?.trim());
  });

/** @type {{ colorScheme?: "light" | "dark", forcedColors?: "active" }[]} */
const LOOKS = [{ colorScheme: "light" }, { colorScheme: "dark" }, { forcedColors: "active" }];

for (const look of LOOKS) {
  const name = look.forcedColors ? "forced colours" : look.colorScheme;
  pageTest(
    `axe finds nothing, ${name}: at first, with everything open, with an error`,
    async (lab, page) => {
      await lab.settled();
      assert.deepEqual(await violations(page), []);
      await openEverything(lab);
      await everyView(lab, async (view) => assert.deepEqual(await violations(page), [], view));
      await lab.setting("Temperature").fill("-1");
      await eventually(async () => assert.equal(await lab.element.locator(".problem").count(), 1));
      assert.deepEqual(await violations(page), []);
    },
    look,
  );
}

for (const colorScheme of /** @type {const} */ (["light", "dark"])) {
  pageTest(
    `axe finds nothing, ${colorScheme}: with a GPU at work, the live check's numbers, and the notice of its loss`,
    async (lab, page) => {
      await lab.settled();
      await lab.open("machine");
      await lab.element.getByRole("radio", { name: "WebGPU" }).check();
      await lab.element.getByRole("checkbox", { name: "Live check" }).check();
      const report = lab.element.locator("[data-report]");
      await eventually(
        async () => assert.match((await report.textContent()) ?? "", /drew the same tokens/),
        GPU_PATIENCE_MS,
      );
      // The check may come before it: with the GPU that was found, and not yet asked for.
      await lab.element.getByText("WebGPU, as you chose.").waitFor({ timeout: GPU_PATIENCE_MS });
      await lab.element.evaluate((element) => /** @type {any} */ (element).lab.loseDevice());
      await lab.generate().click();
      await lab.button("Try WebGPU again").waitFor();
      assert.deepEqual(await violations(page), []);
      assert.deepEqual(await clippedLabels(lab), []);
    },
    { hasGpu: true, colorScheme, viewport: { width: 320, height: 740 } },
  );
}

for (const width of [320, 360]) {
  pageTest(
    `no sideways scroll at ${width} px, with everything open`,
    async (lab, page) => {
      await lab.settled();
      const wider = () =>
        page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);
      assert.equal(await wider(), 0);
      await openEverything(lab);
      await everyView(lab, async (view) => {
        assert.equal(await wider(), 0, view);
        assert.deepEqual(await clippedLabels(lab), [], `no label is cut off in ${view}`);
      });
    },
    { viewport: { width, height: 740 } },
  );
}

pageTest(
  "every target is at least 24 px wide and high on a phone; a token of the text is as wide as it is, and 24 px high",
  async (lab) => {
    await lab.settled();
    const small = await lab.element.locator(".lab").evaluate((root) =>
      [...root.querySelectorAll("button, input, select, textarea, summary, [role=option], .slowly")]
        .filter((part) => part.checkVisibility({ visibilityProperty: true }) && !part.matches(".slowly input"))
        .map((part) => ({
          box: part.getBoundingClientRect(),
          name: part.getAttribute("aria-label") ?? part.id ?? part.className,
          isText: part.matches(".tokens .token"),
        }))
        .filter(({ box, isText }) => box.height < 24 || (box.width < 24 && !isText))
        .map(({ box, name }) => `${name}: ${box.width} × ${box.height}`),
    );
    assert.deepEqual(small, []);
  },
  { viewport: { width: 360, height: 740 }, hasTouch: true, isMobile: true },
);

pageTest("a run with the keyboard alone", async (lab, page) => {
  const first = await lab.settled();
  const focused = () =>
    page.evaluate(() => {
      const active = /** @type {HTMLElement | null} */ (document.querySelector("logit-lab")?.shadowRoot?.activeElement);
      const outline = active ? getComputedStyle(active) : null;
      return {
        name: active?.getAttribute("aria-label") ?? active?.textContent?.trim() ?? "",
        visible: outline ? Number.parseFloat(outline.outlineWidth) >= 2 && outline.outlineStyle !== "none" : false,
      };
    });
  const tabTo = async (/** @type {RegExp} */ wanted, stops = 40) => {
    for (let i = 0; i < stops; i += 1) {
      await page.keyboard.press("Tab");
      const at = await focused();
      assert.ok(at.visible || at.name === "", `the focus is visible on ${at.name}`);
      if (wanted.test(at.name)) return at;
    }
    return assert.fail(`Tab does not lead to ${wanted}`);
  };

  await tabTo(/^prompt$/i);
  await page.keyboard.press("End");
  await page.keyboard.type("q");
  const second = await lab.changed(first);
  assert.ok(second.startsWith("the q"));

  await tabTo(/, token \d+,/);
  await page.keyboard.press("ArrowRight");
  await eventually(async () => assert.match((await focused()).name, /, token 2,/));
  await page.keyboard.press("Home");
  await eventually(async () => assert.match((await focused()).name, /, token 1,/));

  const readout = async () => (await lab.element.locator(".readout").textContent()) ?? "";
  await tabTo(/^Picture of the draw/);
  await page.keyboard.press("Home");
  await eventually(async () => assert.match(await readout(), /, rank 1: /));
  await page.keyboard.press("ArrowDown");
  await eventually(async () => assert.match(await readout(), /, rank 2: /));
  await page.keyboard.press("Escape");
  await tabTo(/^Random number u$/);
  await page.keyboard.press("Home");
  await eventually(async () => assert.match(await readout(), /, rank 1: .* You put it here/));
  await page.keyboard.press("ArrowDown");
  await eventually(async () => assert.match(await readout(), /, rank 2: .* You put it here/));

  const { name: handle } = await tabTo(/^Move temperature, stage \d+ of \d+$/);
  // Past the next stage with a column, and what stands between without one.
  const placeIn = (/** @type {string} */ name) => Number(/^Move temperature, stage (\d+) of \d+$/.exec(name)?.[1]);
  await page.keyboard.press("ArrowRight");
  await eventually(async () => assert.ok(placeIn((await focused()).name) > placeIn(handle)));
  const { name: moved } = await focused();
  assert.match((await lab.element.locator(".moved").textContent()) ?? "", /^Temperature is now stage \d+ of \d+\.$/);
  await page.keyboard.press("ArrowLeft");
  await eventually(async () => assert.ok(placeIn((await focused()).name) < placeIn(moved)));

  await tabTo(/^Temperature$/);
  await page.keyboard.press("ControlOrMeta+a");
  await page.keyboard.type("0");
  await eventually(async () => assert.match(await lab.used(), /greedy/));
  await tabTo(/^Switch Temperature off$/);
  await tabTo(/^Temperature, slider$/);
  await page.keyboard.press("ArrowRight");
  await eventually(async () => assert.match(await lab.used(), /temperature = 0\.05/));
  await page.keyboard.press("Shift+Tab");
  await page.keyboard.press("Enter");
  await eventually(async () => assert.doesNotMatch(await lab.used(), /temperature/));
  await tabTo(/^Min-p$/);
  await page.keyboard.type("0.5");
  await eventually(async () => assert.match(await lab.used(), /min_p = 0\.5/));

  await tabTo(/^Draw one by one$/);
  await page.keyboard.press("Enter");
  await lab.settled(1);
  await page.keyboard.press("Space");
  await lab.settled(2);
  await tabTo(/^New seed$/);
  await page.keyboard.press("Enter");
  await eventually(async () => assert.doesNotMatch(await lab.used(), /seed 7\./));
  await tabTo(/^Rewind to before token 2$/);
  await page.keyboard.press("Enter");
  await lab.settled(1);

  await tabTo(/^More settings$/);
  await page.keyboard.press("Enter");
  await lab.element.locator(".more .groups").waitFor();
  await tabTo(/^Repetition/);
  await page.keyboard.press("Enter");
  await lab.setting("Frequency penalty").waitFor();
  await tabTo(/^Frequency penalty$/);
  await page.keyboard.press("ControlOrMeta+a");
  await page.keyboard.type("0.5");
  await eventually(async () => assert.match(await lab.used(), /frequency_penalty = 0\.5/));
  await tabTo(/^Stages in numbers$/, 120); // past every field of More settings
  await page.keyboard.press("ArrowRight");
  assert.ok(await lab.element.locator(".all-tokens").isVisible());
});

/**
 * Where the keyboard is: its box, and those of the region and of the stage around it, each from the top of the page. Runs in the page.
 * @returns {any}
 */
function placeOfFocus() {
  const active = document.querySelector("logit-lab")?.shadowRoot?.activeElement;
  if (!active) return null;
  const boxOf = (/** @type {Element | null} */ element) => {
    if (!element) return null;
    const { left, right, top, bottom } = element.getBoundingClientRect();
    return { left, right, top: top + scrollY, bottom: bottom + scrollY };
  };
  const region = active.closest(".writing, .models, .model-details, .flow, .reasons, .place");
  const stage = active.closest(".stage");
  return {
    name: active.getAttribute("aria-label") ?? active.textContent?.trim() ?? "",
    region: { name: region?.className, ...boxOf(region) },
    // A stage with its head above the picture and its setting below it has no box of its own.
    stage: stage && { name: stage.getAttribute("data-column"), ...boxOf(stage.querySelector(".under > *")) },
    ...boxOf(active),
  };
}

for (const width of [1280, 900, 680, 390])
  pageTest(
    `Tab walks in the order in which things are seen at ${width} px`,
    async (lab, page) => {
      await lab.settled();
      const stops = [];
      for (let i = 0; i < 60; i += 1) {
        await page.keyboard.press("Tab");
        const stop = await page.evaluate(placeOfFocus);
        if (stop) stops.push(stop);
        else if (stops.length > 0) break;
      }
      const regions = new Set(stops.map(({ region }) => region.name));
      const seen = width >= 1100 ? ["writing", "models"] : ["models", "writing"];
      assert.deepEqual([...regions], [...seen, "flow", "reasons"]);
      assert.ok(new Set(stops.map(({ stage }) => stage?.name)).size >= 4, "several stages have stops");
      /** Below, or beside it further right. @param {any} a @param {any} b */
      const isNext = (a, b) => b.top >= a.bottom - 1 || (b.left >= a.right - 1 && b.bottom > a.top);
      for (const [i, stop] of stops.entries()) {
        const before = stops[i - 1];
        if (!before) continue;
        const step = `${before.name} → ${stop.name}`;
        if (before.region.name !== stop.region.name) assert.ok(isNext(before.region, stop.region), step);
        else if (before.stage && stop.stage && before.stage.name !== stop.stage.name)
          assert.ok(isNext(before.stage, stop.stage), step);
        else if (before.stage && stop.stage) assert.ok(stop.bottom > before.top, step);
      }
    },
    { viewport: { width, height: 900 } },
  );

pageTest(
  "the keyboard's place stays when text and models change places",
  async (lab, page) => {
    await lab.settled();
    const first = () =>
      lab.element
        .locator(".lab")
        .evaluate((root) => root.querySelector(".writing, .models")?.classList.contains("writing"));
    await lab.element.locator("#prompt").focus();
    for (const [width, isTextFirst] of /** @type {const} */ ([
      [1280, true],
      [900, false],
      [1280, true],
    ])) {
      await page.setViewportSize({ width, height: 900 });
      await eventually(async () => assert.equal(await first(), isTextFirst, `${width}`));
      assert.ok(await lab.element.locator("#prompt").evaluate((prompt) => prompt.matches(":focus")), `${width}`);
    }
    const part = await lab.element.evaluate(async (element) => {
      const lab = /** @type {any} */ (element);
      lab.view = "river";
      await lab.updateComplete;
      return lab.shadowRoot.querySelectorAll(".writing, .models, .model-details").length;
    });
    assert.equal(part, 0, "nothing of the whole lab is left in a part");
  },
  { viewport: { width: 900, height: 900 } },
);

pageTest("Stop keeps the focus when it has nothing left to stop", async (lab, page) => {
  await lab.settled();
  await lab.open("more-settings");
  await lab.setting("Slow motion").check();
  await lab.generate().focus();
  await page.keyboard.press("Enter");
  await lab.isUnderWay();
  await lab.button("Stop").focus();
  await page.keyboard.press("Enter");
  await eventually(async () => assert.match(await lab.status(), /Stopped/));
  assert.equal(await lab.button("Stop").count(), 0);
  assert.equal(await lab.generate().evaluate((button) => button.matches(":focus")), true, "it draws again now");
});

pageTest("a screen reader hears sentences, not tokens", async (lab, page) => {
  await lab.settled();
  await lab.open("machine");
  const live = () =>
    lab.element
      .locator(".lab")
      .evaluate((root) =>
        [...root.querySelectorAll("[role=status], [role=alert], [role=log], [aria-live]")].map((part) => [
          part.className,
          part.querySelector(".token") !== null || part.closest(".tokens") !== null,
        ]),
      );
  await eventually(async () =>
    assert.deepEqual(await live(), [
      ["loss", false],
      ["note", false],
      ["status", false],
      ["changed", false],
      ["note about-model", false],
      ["readout", false],
      ["spoken moved", false],
      ["answer", false],
      ["report", false],
    ]),
  );
  assert.match(await lab.status(), /^80 tokens drawn with seed 7\.$/);
  const option = await lab.element.locator('[role="option"]').first().getAttribute("aria-label");
  assert.match(option ?? "", /^\S.*, token 1, [\d.]+%$/);
  await lab.view("tokens");
  await lab.element.locator(".all-tokens tbody tr").first().waitFor();
  assert.equal(await lab.element.locator("#panel table caption").count(), 1);
  const buttons = lab.element.locator(".all-tokens button");
  const n = await buttons.count();
  const focused = () => buttons.evaluateAll((all) => all.findIndex((button) => button.matches(":focus")));
  await buttons.first().focus();
  for (const [key, place] of /** @type {[string, number][]} */ ([
    ["ArrowUp", 0],
    ["ArrowDown", 1],
    ["End", n - 1],
    ["ArrowUp", n - 2],
    ["Home", 0],
  ])) {
    await page.keyboard.press(key);
    assert.equal(await focused(), place, key);
  }
});

pageTest(
  "at 400 % zoom (320 × 256): nothing scrolls sideways in any view, and the keyboard's place is on the screen, in the tour too",
  async (lab, page) => {
    await lab.settled();
    const wider = () =>
      page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);
    const isSeen = () =>
      page.evaluate(() => {
        const active = document.activeElement?.shadowRoot?.activeElement ?? document.activeElement;
        const box = active?.getBoundingClientRect();
        return box !== undefined && box.bottom > 0 && box.top < innerHeight && box.right <= innerWidth + 1;
      });
    await everyView(lab, async (view) => assert.equal(await wider(), 0, view));
    await page.locator("#tour").click();
    for (let stop = 1; stop <= 5; stop += 1) {
      await eventually(async () => assert.ok(await isSeen(), `stop ${stop}`));
      assert.equal(await wider(), 0);
      await page.keyboard.press("Enter");
    }
    for (let i = 0; i < 25; i += 1) {
      await page.keyboard.press("Tab");
      assert.ok(await isSeen(), `after ${i + 1} tabs`);
    }
  },
  { viewport: { width: 320, height: 256 } },
);

for (const path of ["", "lesson.html"])
  pageTest(
    `who asked for less motion sees none: ${path || "the lab"}`,
    async (lab, page) => {
      if (path) {
        await page.locator("[data-cell=softmax]").scrollIntoViewIfNeeded();
        await page.locator("[data-cell=softmax] .found .rod").first().waitFor();
        await page.locator("#softmax-tau").fill("2");
        await page.locator("#softmax-tau").blur();
      } else {
        await lab.settled();
        await lab.element.locator("[data-index='3']").hover();
        await lab.element.locator(".peek").waitFor();
        await lab.setting("Temperature").fill("2");
      }
      const moving = await page.evaluate(() => {
        const roots = [document, ...[...document.querySelectorAll("*")].flatMap(({ shadowRoot }) => shadowRoot ?? [])];
        return roots
          .flatMap((root) => [...root.querySelectorAll("*")])
          .filter((element) => {
            const { transitionDuration, animationDuration, scrollBehavior } = getComputedStyle(element);
            const longest = Math.max(
              ...`${transitionDuration}, ${animationDuration}`.split(",").map(Number.parseFloat),
            );
            return longest > 0.01 || scrollBehavior === "smooth";
          })
          .map((element) => `${element.localName}.${element.className}`);
      });
      assert.deepEqual(moving, []);
    },
    { path, reducedMotion: "reduce" },
  );
