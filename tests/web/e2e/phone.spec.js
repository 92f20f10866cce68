/** On a phone: room for a finger, and nothing that lies over something else. */
import assert from "node:assert/strict";
import { pageTest } from "./support.js";

/** What a finger hits without looking twice, in CSS pixels. */
const FINGER = 44;

/** What is used all the time. Tokens are text, and a checkbox is as large as its label. */
const CONTROLS =
  "button:not(.token, .face, .handle, .reset), input:not([type=checkbox], [type=radio]), select, textarea, summary, .slowly";

const phone = { viewport: { width: 360, height: 780 }, hasTouch: true, isMobile: true };

for (const path of ["", "lesson.html"])
  pageTest(
    `a finger has room: ${path || "the lab"}`,
    async (lab, page) => {
      if (path) await page.locator("#softmax-tau").waitFor({ state: "attached" });
      else await lab.settled();
      const heights = await page.evaluate((controls) => {
        const roots = [document, ...[...document.querySelectorAll("*")].flatMap(({ shadowRoot }) => shadowRoot ?? [])];
        return roots
          .flatMap((root) => [...root.querySelectorAll(`main :is(${controls}), .lab :is(${controls})`)])
          .filter((element) => element.checkVisibility())
          .map((element) => ({
            what: `${element.localName} ${element.id} ${element.textContent?.trim().slice(0, 20)}`,
            height: element.getBoundingClientRect().height,
          }));
      }, CONTROLS);
      assert.ok(heights.length > 10, `${heights.length}`);
      assert.deepEqual(
        heights.filter(({ height }) => height < FINGER),
        [],
      );
    },
    { ...phone, path },
  );

pageTest(
  "a finger has room to call off a model that comes",
  async (lab) => {
    const cancel = lab.element.locator(".model-row .cancel");
    await cancel.waitFor();
    const box = await cancel.boundingBox();
    assert.ok(box && box.width >= FINGER && box.height >= FINGER, JSON.stringify(box));
  },
  // It never comes.
  { ...phone, path: "", prepare: (page) => page.route(/\.safetensors$/, () => {}) },
);

for (const path of ["", "lesson.html"])
  pageTest(
    `at 320 px the page's name and everything beside it stand in one line: ${path || "the lab"}`,
    async (_, page) => {
      await page.getByRole("button", { name: "Theme" }).waitFor();
      const { names, tops, right, height } = await page.locator("body > header").evaluate((header) => {
        const parts = [...header.querySelectorAll("nav > *")].filter((part) => part.checkVisibility());
        const boxes = parts.map((part) => part.getBoundingClientRect());
        return {
          names: parts.map((part) => part.textContent?.trim()),
          tops: new Set(boxes.map(({ top }) => Math.round(top))).size,
          right: Math.max(...boxes.map((box) => box.right)),
          height: header.getBoundingClientRect().height,
        };
      });
      assert.ok(names.length >= 2 && names.includes("Theme"), names.join(", "));
      assert.equal(tops, 1);
      assert.ok(right <= 320, `${right} px`);
      assert.ok(height < 2 * FINGER, `${height} px high`);
    },
    { viewport: { width: 320, height: 740 }, hasTouch: true, isMobile: true, path },
  );

pageTest(
  "the header's buttons have their room before the script shows them",
  async (lab, page) => {
    await lab.settled();
    const left = await page.locator("body > header nav").evaluate((nav) => {
      const lesson = /** @type {Element} */ (nav.querySelector("a"));
      const shown = lesson.getBoundingClientRect().left;
      for (const button of nav.querySelectorAll("button")) button.hidden = true;
      return { shown, before: lesson.getBoundingClientRect().left };
    });
    assert.equal(left.before, left.shown);
  },
  phone,
);

for (const width of [320, 360])
  pageTest(
    `at ${width} px a stage's name, its bar and its time stand side by side`,
    async (lab) => {
      await lab.settled();
      await lab.view("timings");
      await lab.button("Time the stages").click();
      const rows = lab.element.locator(".stage-times tbody tr");
      await rows.first().waitFor();
      const edges = await rows.evaluateAll((rows) =>
        rows.map((row) =>
          [...row.children].map((cell) => {
            const range = document.createRange();
            range.selectNodeContents(cell);
            const { left, right, height } = range.getBoundingClientRect();
            return { left, right, height };
          }),
        ),
      );
      assert.ok(edges.length >= 3);
      assert.equal(edges[0].length, 3, "the first stage always has a bar and a time");
      for (const cells of edges) {
        // Where the time is no news, a sentence stands in place of the bar and the time.
        for (const [i, cell] of cells.slice(1).entries())
          assert.ok(cells[i].right + 4 <= cell.left, `${cells[i].right} and ${cell.left}`);
        assert.ok(cells[cells.length - 1].right <= width, `${cells[cells.length - 1].right}`);
        const [name, , time = name] = cells;
        assert.ok(Math.max(name.height, time.height) < 30, "in one line");
      }
    },
    { viewport: { width, height: 780 } },
  );

pageTest(
  "a prompt of many capitals leaves room for what is drawn",
  async (lab) => {
    await lab.settled();
    for (const prompt of ["WHAT THE OLD MAN SAW ".repeat(5), "MW".repeat(50)]) {
      const before = await lab.text();
      await lab.setting("Prompt").fill(prompt);
      await lab.changed(before);
      const seen = await lab.element.locator(".tokens").evaluate((box) => {
        const end = box.getBoundingClientRect().bottom;
        const tokens = [...box.querySelectorAll(".token")];
        return tokens.filter((token) => token.getBoundingClientRect().bottom <= end + 2).length / tokens.length;
      });
      assert.ok(seen > 0.5, `${prompt}: ${seen} of the tokens are seen`);
    }
  },
  { viewport: { width: 320, height: 740 }, hasTouch: true, isMobile: true },
);

pageTest(
  "compared models stand under each other without gaps",
  async (lab) => {
    await lab.settled();
    await lab.view("compare");
    await lab.button("Models").click();
    await lab.element.locator("[data-contestant=counted] .token").first().waitFor();
    const gaps = await lab.element.locator(".contenders > li").evaluateAll((all) =>
      all.slice(1).map((one, i) => {
        const above = /** @type {Element} */ (all[i].lastElementChild);
        return one.getBoundingClientRect().top - above.getBoundingClientRect().bottom;
      }),
    );
    assert.equal(gaps.length, 2);
    assert.ok(
      gaps.every((gap) => gap >= 16 && gap <= 32),
      gaps.join(", "),
    );
  },
  phone,
);

for (const language of ["en", "de", "es"])
  pageTest(
    `at 320 px no number of many draws is broken, and no word touches the next: ${language}`,
    async (lab) => {
      await lab.settled();
      await lab.element.evaluate((element, language) => element.setAttribute("lang", language), language);
      await lab.view("draws");
      await lab.element.locator(".facts .number-cell").first().waitFor();
      const rows = await lab.element.locator(".facts tr, .histogram thead tr").evaluateAll((rows) =>
        rows.map((row) =>
          [...row.children].map((cell) => {
            const range = document.createRange();
            range.selectNodeContents(cell);
            const { left, right, height } = range.getBoundingClientRect();
            return { left, right, height, isNumber: cell.matches(".number-cell"), text: cell.textContent };
          }),
        ),
      );
      assert.equal(rows.length, 4);
      for (const cells of rows)
        for (const [i, cell] of cells.entries()) {
          assert.ok(!cell.isNumber || cell.height < 30, `${cell.text}: ${cell.height} px high`);
          if (i > 0) assert.ok(cells[i - 1].right + 3 <= cell.left, `${cells[i - 1].text} and ${cell.text}`);
          assert.ok(cell.right <= 320, `${cell.text}: ${cell.right}`);
        }
    },
    { viewport: { width: 320, height: 740 } },
  );
