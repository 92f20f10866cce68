/** The views one step away: branches, stages, the long run, comparison, sharing; and the parts alone. */
import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { address, eventually, pageTest } from "./support.js";

/** @param {import("./support.js").Lab} lab @param {number} i */
const token = (lab, i) => lab.element.locator(`[data-index="${i}"]`);

/** @param {import("./support.js").Lab} lab @returns {Promise<string[]>} */
const tokens = (lab) =>
  lab.element
    .locator("[data-index]")
    .evaluateAll((all) => all.map((one) => one.getAttribute("aria-label")?.split(",")[0] ?? ""));

pageTest(
  "a token is put in place of the drawn one, the random numbers after it stay; taken back, undone, redone, rewound",
  async (lab) => {
    await lab.settled();
    const before = await tokens(lab);
    await token(lab, 10).click();
    await eventually(async () =>
      assert.match((await lab.element.locator("#panel .context").textContent()) ?? "", /Token 11,/),
    );
    await lab.rows();
    await lab.element.locator("#panel").getByRole("button", { name: "Put “o” here and go on" }).click();
    await eventually(async () => assert.equal((await tokens(lab))[10], "o"));
    assert.deepEqual((await tokens(lab)).slice(0, 10), before.slice(0, 10));
    await eventually(async () =>
      assert.match((await lab.element.locator("#panel .all-tokens").textContent()) ?? "", /o\s+✎\s+put here by you/),
    );
    assert.equal(await token(lab, 10).getAttribute("data-forced"), "");
    assert.equal(await lab.element.locator("#panel .problem").count(), 0);
    assert.match(
      (await lab.element.locator(".changed").textContent()) ?? "",
      /^Same random numbers as before\. Token 11 is the first that differs/,
    );
    const branched = await tokens(lab);
    await lab.button("Remove the forced token").click();
    await eventually(async () => assert.deepEqual(await tokens(lab), before));
    await lab.element.getByRole("button", { name: /Undo/ }).click();
    await eventually(async () => assert.deepEqual(await tokens(lab), branched));
    await lab.element.getByRole("button", { name: /Undo/ }).click();
    await eventually(async () => assert.deepEqual(await tokens(lab), before));
    await lab.element.getByRole("button", { name: /Redo/ }).click();
    await eventually(async () => assert.deepEqual(await tokens(lab), branched));
    await token(lab, 20).click();
    await lab.button("Rewind to before token 21").click();
    await eventually(async () => assert.deepEqual(await tokens(lab), branched.slice(0, 20)));
    await lab.element.getByRole("button", { name: /Undo/ }).click();
    await eventually(async () => assert.deepEqual(await tokens(lab), branched));
    await lab.element.getByRole("button", { name: /Redo/ }).click();
    await eventually(async () => assert.deepEqual(await tokens(lab), branched.slice(0, 20)));
    await lab.generate().click();
    await eventually(async () => assert.deepEqual(await tokens(lab), branched));
  },
);

pageTest(
  "the same random numbers after a change: the first token that differs is marked, or that none does",
  async (lab) => {
    await lab.settled();
    const before = await tokens(lab);
    const tabsAt = () => lab.element.locator(".tabs").evaluate((tabs) => tabs.getBoundingClientRect().top + scrollY);
    const place = await tabsAt();
    await lab.setting("Top-p").fill("0.7");
    await eventually(async () => {
      const now = await tokens(lab);
      const first = now.findIndex((text, i) => text !== before[i]);
      assert.ok(first >= 0);
      assert.equal(await token(lab, first).getAttribute("data-differs"), "");
      assert.match(
        (await lab.element.locator(".changed").textContent()) ?? "",
        new RegExp(`Token ${first + 1} is the first that differs`),
      );
    });
    assert.equal(await tabsAt(), place, "what is said pushes nothing down");
    await lab.element.getByRole("button", { name: /Undo/ }).click();
    await eventually(async () => assert.deepEqual(await tokens(lab), before));
    await lab.setting("Top-k").fill("30");
    await eventually(async () =>
      assert.match((await lab.element.locator(".changed").textContent()) ?? "", /The same 80 tokens as before/),
    );
  },
);

pageTest(
  "stages are switched off and on, moved by the mouse, by a preset order, and the engine follows",
  async (lab, page) => {
    await lab.settled();
    const used = (/** @type {RegExp} */ pattern) => eventually(async () => assert.match(await lab.used(), pattern));
    const set = (/** @type {object} */ fields) =>
      lab.element.evaluate((element, fields) => /** @type {any} */ (element).setState({ fields }), fields);
    await lab.button("Switch Top-p off").first().click();
    await used(/used: temperature = 0\.8, philox/);
    await set({ top_p: "0.9", off: "top_p" });
    await used(/used: temperature = 0\.8, philox/);
    assert.equal(await lab.setting("Top-p").inputValue(), "0.9", "its number is kept");
    await set({ off: "" });
    await used(/used: temperature = 0\.8, top_p = 0\.9/);
    await lab.open("more-settings");
    const order = lab.element.locator(".more .order");
    const handle = order.getByRole("button", { name: /^Move temperature/ });
    await order.evaluate((list) => list.scrollIntoView({ block: "center" }));
    const from = await handle.boundingBox();
    const to = await order.getByRole("button", { name: /^Move top-p/ }).boundingBox();
    assert.ok(from && to);
    await page.mouse.move(from.x + 8, from.y + 8);
    await page.mouse.down();
    await page.mouse.move(to.x + to.width, to.y + 8, { steps: 12 });
    await page.mouse.up();
    await used(/used: top_p = 0\.9, temperature = 0\.8/);
    await lab.element.getByLabel("Order of", { exact: true }).selectOption({ label: "vLLM" });
    await used(/used: temperature = 0\.8, top_p = 0\.9/);
    await set({ top_k: "20", min_p: "0.01" });
    await eventually(async () => {
      const columns = await lab.element
        .locator(".numbers [data-stage]")
        .evaluateAll((all) => all.map((one) => /** @type {HTMLElement} */ (one).dataset.stage));
      assert.deepEqual(columns, ["model", "temperature", "min_p", "top_k", "top_p"]);
    });
    await eventually(async () => {
      const systems = await lab.element
        .locator(".rules tbody tr")
        .evaluateAll((rows) => rows.map((row) => /** @type {HTMLElement} */ (row).dataset.system));
      assert.deepEqual(systems, ["notebook", "transformers", "vllm", "llama.cpp"]);
    });
  },
);

pageTest(
  "one draw a thousand times: the counts add up and fit; the probability of the text and the stationary distribution",
  async (lab) => {
    await lab.settled();
    await lab.view("draws"); // which draws a thousand times by itself
    // Both columns begin on one line.
    await eventually(async () => {
      const baselines = await lab.element.locator(".draws > section > :first-child").evaluateAll((all) =>
        all.map((one) => {
          const mark = one.appendChild(document.createElement("span"));
          mark.style.display = "inline-block";
          const { bottom } = mark.getBoundingClientRect();
          mark.remove();
          return Math.round(bottom);
        }),
      );
      assert.equal(baselines.length, 2);
      assert.equal(baselines[0], baselines[1]);
    });
    const fit = lab.element.locator(".fit");
    await eventually(async () =>
      assert.match(
        (await fit.textContent()) ?? "",
        /^Drawn 1,000 times\. χ² = [\d.]+ with 2\d degrees of freedom, p = 0\.\d+/,
      ),
    );
    await lab.button("100 draws").click();
    await eventually(async () => assert.match((await fit.textContent()) ?? "", /^Drawn 1,100 times/));
    await lab.button("1,000 draws").click();
    await eventually(async () => assert.match((await fit.textContent()) ?? "", /^Drawn 2,100 times/));
    const cells = await lab.element.locator(".facts tbody tr").first().locator("td").allTextContents();
    assert.match(cells[0], /^10⁻/);
    assert.ok(Number(cells[1]) > 100);
    assert.ok((await lab.element.locator(".histogram").last().locator("tbody tr").count()) > 5);
    await lab.setting("Temperature").fill("0");
    await eventually(async () => assert.match((await fit.textContent()) ?? "", /Not drawn again yet/));
    await lab.open("more-settings");
    await lab.setting("Presence penalty").fill("1");
    await eventually(async () =>
      assert.match((await lab.element.locator("#panel").textContent()) ?? "", /none while a penalty is on/),
    );
  },
);

pageTest("the lesson's four side by side, each with what it was set to", async (lab) => {
  await lab.settled();
  await lab.view("compare");
  const texts = lab.element.locator(".contender-text");
  await eventually(async () => assert.equal(await lab.element.locator(".contender-text .token").count(), 320));
  assert.equal(await texts.count(), 4);
  assert.equal(await texts.first().textContent(), " ".repeat(80));
  assert.equal(await texts.first().locator(".sign").count(), 79, "a space after a space is seen");
  for (const fold of await lab.element.locator(".contenders summary").all()) await fold.click();
  await lab.typesOn(lab.element.getByLabel("Temperature, A"), "1.4");
  await lab.element.getByLabel("Temperature, A").blur();
  await eventually(async () => assert.equal(await texts.first().textContent(), await texts.nth(2).textContent()));
  await lab.element.getByLabel("Top-p, B").fill("7");
  await lab.element.getByLabel("Top-p, B").blur();
  await eventually(async () =>
    assert.match((await lab.element.locator(".contenders .problem").textContent()) ?? "", /top_p = 7/i),
  );
  await lab.button("The lesson’s four").click();
  await lab.element.getByRole("button", { name: "Remove D" }).click();
  await eventually(async () => assert.equal(await texts.count(), 3));
});

pageTest("a link repeats a run token for token, with what was put in by hand", async (lab, page) => {
  await lab.settled();
  await lab.setting("Temperature").fill("1.3");
  await lab.open("more-settings");
  await lab.setting("Seed").fill("12345678901234567890");
  await token(lab, 4).click();
  await eventually(async () =>
    assert.match((await lab.element.locator("#panel .context").textContent()) ?? "", /Token 5,/),
  );
  await lab.rows();
  await lab.element.getByRole("button", { name: "Put “e” here and go on" }).click();
  await eventually(async () => assert.equal((await tokens(lab))[4], "e"));
  await lab.settled();
  const made = await tokens(lab);
  await lab.view("share");
  const link = await lab.element.locator("#link").inputValue();
  assert.match(link, /#v=1&temperature=1\.3&seed=12345678901234567890&rng=philox&force=4\.4$/);
  await eventually(async () => assert.equal(page.url(), link));
  await page.goto("about:blank");
  await page.goto(link);
  await eventually(async () => assert.deepEqual(await tokens(lab), made));
  await page.goto(`${address()}#v=1&heat=3&temperature=0`);
  await eventually(async () =>
    assert.match((await page.locator("#link-problems").textContent()) ?? "", /heat=3 is unknown/),
  );
  await eventually(async () => assert.match(await lab.used(), /greedy/));
});

pageTest("a run is saved as JSON and CSV, and copied as code", async (lab, page) => {
  await lab.settled();
  await lab.view("share");
  const [json] = await Promise.all([page.waitForEvent("download"), lab.button("Save as JSON").click()]);
  const run = JSON.parse(await readFile(await json.path(), "utf8"));
  assert.equal(run.text, (await lab.text()).replaceAll("·", " "));
  const [csv] = await Promise.all([page.waitForEvent("download"), lab.button("Save as CSV").click()]);
  assert.equal((await readFile(await csv.path(), "utf8")).split("\r\n").length, 82);
  await lab.element.locator("[data-target=vllm] > summary").click();
  assert.match(await lab.element.locator("#code-vllm").inputValue(), /temperature=0\.8/);
  await page.context().grantPermissions(["clipboard-read", "clipboard-write"]);
  await lab.element.getByRole("button", { name: "Copy: vLLM" }).click();
  await lab.element.locator("[data-target=vllm] [role=status]").getByText("Copied.").waitFor();
  assert.match(await page.evaluate(() => navigator.clipboard.readText()), /SamplingParams/);
});

pageTest(
  "pasted logits are drawn from, with their labels; what cannot be read is said where it was pasted",
  async (lab) => {
    await lab.settled();
    await lab.model("logits");
    await lab.setting("Logits").fill("tensor([[9.0, -inf, 8.0]])");
    await lab.setting("Labels, one per line").fill("yes\nno\nmaybe");
    await eventually(async () => assert.deepEqual([...new Set(await tokens(lab))].sort(), ["maybe", "yes"]));
    await eventually(async () => {
      assert.match(
        (await lab.element.locator("#panel .context").textContent()) ?? "",
        /^Token 1, from your own logits$/,
      );
    });
    await lab.setting("Logits").fill("1, 2, x");
    await eventually(async () =>
      assert.match((await lab.element.locator("#model\\.logits-problem").textContent()) ?? "", /"x" at position 3/),
    );
    await lab.setting("Logits").fill("1, 2");
    await eventually(async () =>
      assert.match((await lab.element.locator("#model\\.labels-problem").textContent()) ?? "", /3 labels for 2 logits/),
    );
    await lab.setting("Labels, one per line").fill("");
    await eventually(async () => assert.deepEqual([...new Set(await tokens(lab))].sort(), ["0", "1"]));
  },
);

pageTest("a preset sets the settings, and a text in circles is noticed", async (lab) => {
  await lab.settled();
  await lab.open("more-settings");
  await lab.button("Greedy").click();
  await eventually(async () => assert.match(await lab.used(), /used: temperature = 0 \(greedy\)/));
  await eventually(async () =>
    assert.match((await lab.element.locator(".loop").textContent()) ?? "", /in circles: a space, 80 times in a row/),
  );
  assert.equal(await lab.button("Greedy").getAttribute("aria-pressed"), "true");
  await lab.button("llama.cpp’s defaults").click();
  await eventually(async () =>
    assert.match(await lab.used(), /top_k = 40, top_p = 0\.95, min_p = 0\.05, temperature = 0\.8/),
  );
});

pageTest("every setting of the table reaches the engine under its own name", async (lab) => {
  await lab.settled();
  const { SETTINGS, isNumber } = await import("../../../www/state/settings.js");
  /** Three quarters along its slider. @param {import("../../../www/state/settings.js").Setting} setting @returns {[string, unknown]} */
  const moved = ({ slider, name }) => {
    assert.ok(slider, name);
    if ("stops" in slider) return [`${slider.stops.at(-5)}`, slider.stops.at(-5)];
    const steps = Math.round((0.75 * (Number(slider.max) - slider.min)) / slider.step);
    const value = Number((slider.min + steps * slider.step).toFixed(6));
    return [`${value}`, value];
  };
  const numbers = SETTINGS.filter((setting) => isNumber(setting) && setting.stage && setting.slider);
  /** @type {Record<string, [string, unknown]>} */
  const set = {
    ...Object.fromEntries(numbers.map((setting) => [setting.name, moved(setting)])),
    temperature: ["1.25", 1.25],
    dynatemp_range: ["0.4", 0.4],
    dynatemp_exponent: ["1.5", 1.5],
    top_k: ["7", 7],
    top_p: ["0.75", 0.75],
    seed: ["99", "99"],
    min_p: ["0.03", 0.03],
    repetition_penalty: ["1.2", 1.2],
    penalty_scope: ["output", "output"],
    dry_penalty_last_n: ["50", 50],
    logit_bias: ["e: -2, 3: 1", { 3: 1, 4: -2 }],
    bad_words_ids: [
      "on, 2 3",
      [
        [14, 13],
        [2, 3],
      ],
    ],
    sequence_bias: ["the: -1", [[[19, 7, 4], -1]]],
    suppress_tokens: ["z, 24", [25, 24]],
    begin_suppress_tokens: ["q", [16]],
    constraint: ["(.|\\n)*", { regex: "(.|\\n)*" }],
    penalty_exempt: ["a", [0]],
    penalty_window: ["20", 20],
    dry_sequence_breakers: ['"."', ["."]],
    max_new_tokens: ["33", 33],
    min_new_tokens: ["3", 3],
    max_time: ["600", 600],
    block_size: ["8", 8],
    // No token can be z.
    eos_token_id: ["z", [25]],
    stop_strings: ["zz", ["zz"]],
    rng: ["torch", "torch"],
    order: ["top_p,top_k", ["top_p", "top_k"]],
    off: ["min_p", null],
  };
  assert.deepEqual(Object.keys(set).sort(), SETTINGS.map(({ name }) => name).sort(), "no setting is left out");
  await lab.open("more-settings");
  for (const { name, kind } of SETTINGS) {
    const [typed] = set[name];
    if (kind === "order")
      await lab.element.evaluate((element, fields) => /** @type {any} */ (element).setState({ fields }), {
        [name]: typed,
      });
    else if (kind === "choice") await lab.element.locator(`#${name}`).selectOption(typed);
    else await lab.element.locator(`#${name}`).fill(typed);
  }
  await eventually(async () => {
    const reported = await lab.element.evaluate((element) => {
      const { run } = /** @type {any} */ (element).store.state;
      return { ...run.settings, seed: String(run.seed), n: run.tokens.length };
    });
    for (const [name, [, wanted]] of Object.entries(set))
      if (name === "off") assert.ok(!("min_p" in reported));
      else if (name !== "min_p") assert.deepEqual(reported[name], wanted, name);
    assert.equal(reported.n, 33);
  });
  const used =
    /top_p = 0\.75, top_k = 7, .*repetition_penalty = 1\.2, .*dry_penalty_last_n = 50, .*temperature = 1\.25 ± 0\.4 by the entropy, .*torch, seed 99/;
  await eventually(async () => assert.match(await lab.used(), used));
});

pageTest(
  "a setting's attribute and property are followed at any time, also a property set before the tag was defined",
  async (lab) => {
    const early = await lab.settled();
    await lab.open("more-settings");
    assert.equal(await lab.setting("Seed").inputValue(), "11");
    await lab.element.evaluate((element) => element.setAttribute("top-k", "1"));
    const single = await lab.changed(early);
    assert.equal(await lab.setting("Top-k").inputValue(), "1");
    await lab.element.evaluate((/** @type {any} */ element) => {
      element.top_k = null;
    });
    assert.equal(await lab.changed(single), early);
    await lab.element.evaluate((element) => element.setAttribute("prompt", "once "));
    await eventually(async () => assert.match(await lab.text(), /^once /));
  },
  { body: `<logit-lab></logit-lab><script>document.querySelector("logit-lab").seed = 11;</script>` },
);

for (const [view, part] of /** @type {[string, string][]} */ ([
  ["distribution", ".distribution"],
  ["strip", ".strip"],
  ["stages", ".numbers"],
  ["compare", ".contender-text .token"],
  ["timings", ".timings"],
]))
  pageTest(
    `the part “${view}” alone, with the settings asked for`,
    async (lab) => {
      await lab.element.locator(part).first().waitFor();
      assert.equal(await lab.element.locator("#prompt").count(), 0);
      assert.equal(await lab.element.locator(".tabs").count(), 0);
      assert.deepEqual(
        await lab.element
          .locator(".control")
          .evaluateAll((settings) => settings.map((setting) => /** @type {HTMLElement} */ (setting).dataset.setting)),
        ["temperature", "top_k"],
      );
      await lab.element.locator("#temperature").fill("0.3");
      await eventually(async () =>
        assert.equal(
          await lab.element.evaluate((element) => /** @type {any} */ (element).store.state.run.settings.temperature),
          0.3,
        ),
      );
      await lab.element.locator("slot[name=before]").waitFor({ state: "attached" });
    },
    { body: `<logit-lab view="${view}" controls="temperature, top-k"><p slot="before">Before</p></logit-lab>` },
  );

for (const view of ["distribution", "strip", "stages", "compare", "timings"])
  pageTest(
    `the part “${view}” is complete alone from 320 to 680 pixels: it says which token it is about, and nothing sticks out`,
    async (lab, page) => {
      for (const width of [320, 480, 680]) {
        await page.setViewportSize({ width, height: 800 });
        if (view !== "timings")
          await eventually(async () =>
            assert.match((await lab.element.locator(".context").first().textContent()) ?? "", /^Token 1, after the $/),
          );
        await eventually(async () => {
          const out = await lab.element.evaluate((element) => {
            const { right } = element.getBoundingClientRect();
            const all = [
              .../** @type {ShadowRoot} */ (element.shadowRoot).querySelectorAll(
                ".reasons p, .reasons td, .reasons svg",
              ),
            ];
            const wide = all.filter(
              (one) => !one.closest(".scroll, .tall svg") && one.getBoundingClientRect().right > right + 1,
            );
            return [document.documentElement.scrollWidth > innerWidth, wide.map((one) => one.outerHTML.slice(0, 120))];
          });
          assert.deepEqual(out, [false, []], `${view} at ${width} px`);
        });
      }
    },
    { body: `<logit-lab view="${view}"></logit-lab>` },
  );

pageTest("on paper the distribution is there, and Share is not", async (lab, page) => {
  await lab.settled();
  await lab.view("share");
  assert.equal(await lab.element.locator(".on-paper").count(), 0, "on the screen it is not rendered");
  await page.emulateMedia({ media: "print" });
  await eventually(async () => assert.equal(await lab.element.locator(".on-paper .distribution").isVisible(), true));
  assert.equal(await lab.element.locator("#panel").isVisible(), false);
  assert.match((await lab.element.locator(".on-paper .context").textContent()) ?? "", /^Token 1, after the $/);
  assert.ok((await page.pdf()).length > 10_000);
  await page.emulateMedia({ media: "screen" });
  await eventually(async () => assert.equal(await lab.element.locator(".on-paper").count(), 0));
});

pageTest("on paper the whole picture is there, and the whole of a long text", async (lab, page) => {
  await lab.settled();
  const before = await lab.text();
  await lab.setting("Prompt").fill("the old man sat by the sea. ".repeat(12));
  await lab.changed(before);
  const shown = () =>
    lab.element.evaluate((element) => {
      const root = /** @type {ShadowRoot} */ (element.shadowRoot);
      const widthOf = (/** @type {string} */ part) =>
        Math.max(...[...root.querySelectorAll(part)].map((one) => one.getBoundingClientRect().right));
      return {
        picture: root.querySelector(".pic > svg")?.getBoundingClientRect().width ?? 0,
        right: widthOf(".grid > .stage, .u-label"),
        cut: [...root.querySelectorAll(".tokens, #prompt")].filter((one) => one.scrollHeight > one.clientHeight + 1)
          .length,
      };
    });
  await eventually(async () => {
    const { picture, cut } = await shown();
    assert.ok(picture > 900 && cut > 0, JSON.stringify({ picture, cut }));
  });
  const onScreen = await shown();
  await page.emulateMedia({ media: "print" });
  // A4 with margins of 1 cm has 718 CSS pixels, Letter 740. A change of medium is told with the next frame.
  await eventually(async () => {
    const { picture, right, cut } = await shown();
    assert.ok(picture > 400 && right <= 700 && cut === 0, JSON.stringify({ picture, right, cut }));
  });
  await page.emulateMedia({ media: "screen" });
  await eventually(async () => assert.deepEqual(await shown(), onScreen));

  const drawn = await lab.text();
  await lab.setting("Prompt").fill("the old man sat by the sea. ".repeat(55));
  await lab.changed(drawn);
  await page.emulateMedia({ media: "print" });
  // A page of Letter has 980 CSS pixels between margins of 1 cm, and one of A4 1047.
  const end = () =>
    lab.element.locator(".flow .readout").evaluate((part) => part.getBoundingClientRect().bottom + scrollY);
  await eventually(async () =>
    assert.ok((await end()) < 980, `a picture that ends at ${await end()} px is on the second page`),
  );
});

pageTest("on paper a part has the layout that it has on a screen of that width", async (lab, page) => {
  await lab.settled();
  const layout = () =>
    lab.element.locator(".numbers").evaluate((numbers) => {
      const all = [numbers, ...numbers.querySelectorAll(".of-stage, .of-stage .labels, .crossing, .tall")];
      return all.map((one) => [
        one.className,
        getComputedStyle(one).display,
        getComputedStyle(one).gridTemplateColumns,
      ]);
    });
  for (const width of [1280, 720, 400]) {
    await page.setViewportSize({ width, height: 900 });
    await page.emulateMedia({ media: "screen" });
    const onScreen = await layout();
    await page.emulateMedia({ media: "print" });
    assert.deepEqual(await layout(), onScreen, `${width} px`);
  }
});

pageTest("of a large vocabulary, Stages shows whole words where there is room", async (lab) => {
  await lab.settled();
  await lab.element.evaluate((element) => {
    const n = 49_152;
    const cities = ["Berlin", "Hamburg", "München", "Köln"];
    const logits = Array.from({ length: n }, (_, i) => (-Math.log1p(i)).toFixed(2)).join(" ");
    const labels = Array.from({ length: n }, (_, i) => `${cities[i % 4]}${i}`).join("\n");
    /** @type {any} */ (element).setState({ model: { kind: "logits", logits, labels }, fields: { top_k: "5" } });
  });
  await lab.view("stages");
  await eventually(async () => {
    const words = await lab.element.locator(".numbers li[data-spelled] > .word").evaluateAll((all) =>
      all.map((one) => {
        const stage = one.closest(".of-stage")?.getAttribute("data-stage");
        return { stage, text: one.textContent, isWhole: one.scrollWidth <= one.clientWidth + 1 };
      }),
    );
    const textsAt = (/** @type {string} */ at) => words.filter(({ stage }) => stage === at).map(({ text }) => text);
    assert.deepEqual(textsAt("model").slice(0, 3), ["Berlin0", "Hamburg1", "München2"]);
    assert.deepEqual(textsAt("top_k").slice(0, 2), ["Hamburg5", "München6"], "what is removed is spelled there");
    assert.deepEqual(
      words.filter(({ isWhole }) => !isWhole),
      [],
    );
  });
});
