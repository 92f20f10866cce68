/** The river's section: every setting under the part of the picture that it controls, and the picture in words. */
import assert from "node:assert/strict";
import { violations } from "./axe.js";
import { DONE, eventually, pageTest } from "./support.js";

/** @param {import("./support.js").Lab} lab */
const readout = async (lab) =>
  ((await lab.element.locator(".readout").textContent()) ?? "").replace(/\s+/g, " ").trim();

/** What the store holds of the step. @param {import("./support.js").Lab} lab */
const picture = (lab) =>
  lab.element.evaluate((element) => {
    const { picture, run, index } = /** @type {any} */ (element).store.state.step;
    const [model] = picture.stations;
    return {
      drawn: picture.drawn,
      forced: picture.forced,
      kept: picture.kept,
      n_tokens: picture.vocab_size,
      index,
      text: picture.drawn && run.vocab[picture.drawn.id],
      model: picture.drawn && model.share[picture.drawn.band],
      stages: picture.stations.map((/** @type {any} */ { stage }) => stage),
      removed: picture.stations.map((/** @type {any} */ { removed }) => removed),
      mass: picture.stations.map((/** @type {any} */ { removed_mass }) => removed_mass),
    };
  });

/** @param {number} p */
const percent = (p) => `${(100 * p).toFixed(1)}%`;

/** The stages whose columns are seen, from the model on. @param {import("./support.js").Lab} lab */
const columns = (lab) =>
  lab.element
    .locator(".grid [data-stage]")
    .evaluateAll((all) =>
      all
        .filter((one) => !(/** @type {HTMLElement} */ (one).hidden))
        .map((one) => /** @type {HTMLElement} */ (one).dataset.stage),
    );

pageTest("heading, tally and readout tell what the engine told of this token", async (lab) => {
  await lab.settled();
  for (const i of [0, 7, 40]) {
    await lab.element.locator(`[data-index="${i}"]`).click();
    await lab.explained();
    const { drawn, kept, n_tokens, text, model } = await eventually(async () => {
      const now = await picture(lab);
      assert.equal(now.index, i);
      return now;
    });
    const words = await eventually(async () => {
      const words = await readout(lab);
      assert.match(words, new RegExp(`rank ${drawn.rank + 1}:`));
      return words;
    });
    if (/[a-z]/.test(text)) assert.ok(words.startsWith(`“${text}”, rank`), words);
    assert.ok(words.includes(`${percent(model)} from the model`), words);
    assert.ok(words.includes(`${percent(drawn.probability)} after softmax`), words);
    assert.ok(
      words.includes(
        `Drawn: u = ${drawn.u.toFixed(4)} lies in its interval in vocabulary order; sorted by probability, as here, that is ${drawn.v.toFixed(3)}.`,
      ),
      words,
    );
    if (/[a-z]/.test(text)) {
      const named = drawn.probability < 0.04 ? `“${text}” ` : "";
      const beside_u = await lab.element.locator(".u-label small").textContent();
      assert.equal(beside_u, `${named}${percent(drawn.probability)}`, "a band too thin for its name has it under u");
    }
    const [from, to] = drawn.rank_interval;
    assert.ok(from <= drawn.v && drawn.v < to, "v lies in the drawn token's interval by rank");
    const tally = (await lab.element.locator(".tally").textContent())?.replace(/\s+/g, " ");
    assert.equal(tally, `${n_tokens} tokens→${kept} kept→1 drawn`);
    const heading = (await lab.element.locator("#river-heading").textContent()) ?? "";
    assert.ok(heading.startsWith(`Token ${i + 1} of 80, after `), heading);
    assert.doesNotMatch(heading, /·/);
  }
});

pageTest("under each stage stands what it did in this very picture", async (lab) => {
  await lab.settled();
  await lab.setting("Top-k").fill("12");
  await eventually(async () => assert.match(await lab.used(), /top_k = 12/));
  await lab.explained();
  const { stages, removed, mass } = await picture(lab);
  for (const name of ["top_k", "top_p"]) {
    const at = stages.indexOf(name);
    const effect = (await lab.element.locator(`#${name}-effect`).textContent())?.replace(/\s+/g, " ").trim();
    assert.equal(effect, `${removed[at]} ${removed[at] === 1 ? "token" : "tokens"}, ${percent(mass[at])} removed`);
  }
  assert.match((await lab.element.locator("#temperature-effect").textContent()) ?? "", /sharper than the model/);
  assert.match((await lab.element.locator("#min_p-effect").textContent()) ?? "", /removes nothing/);
  const does = (/** @type {string} */ name) => lab.element.locator(`.grid [data-stage=${name}] .does`).textContent();
  assert.equal(await does("temperature"), "logits ÷ 0.8");
  assert.equal(await does("top_k"), "keep top 12");
  assert.equal(await does("top_p"), "keep top 90%");
  assert.equal(await does("min_p"), "off");
  await lab.setting("Top-k").fill("29");
  await lab.setting("Top-p").fill("");
  await lab.setting("Min-p").fill("0.0001");
  await eventually(async () =>
    assert.match((await lab.element.locator("#min_p-effect").textContent()) ?? "", /removes nothing here/),
  );
});

pageTest("while another model writes, the picture of the one before is marked as stale", async (lab) => {
  await lab.settled();
  const isStale = () => lab.element.locator(".flow").evaluate((flow) => flow.hasAttribute("data-stale"));
  assert.equal(await isStale(), false);
  // The first part of a text that another model is on.
  const before = await lab.element.evaluate(async (element) => {
    const { store, bench } = /** @type {any} */ (element);
    const { run } = store.state;
    const model = await bench.lab.model({ kind: "bigram", seed: 3 });
    store.dispatch({ type: "drew", run: { ...run, model, tokens: run.tokens.slice(0, 1), finish_reason: null } });
    await /** @type {any} */ (element).updateComplete;
    return run.tokens.length;
  });
  assert.equal(await isStale(), true);
  await lab.generate().click();
  await lab.settled(before);
  assert.equal(await isStale(), false);
});

pageTest("the race and the greedy choice have no u, and say how they choose", async (lab) => {
  await lab.settled();
  await lab.open("more-settings");
  await lab.setting("Random numbers").selectOption("torch");
  const race = /PyTorch's race: .* For .*: [\d.]+% ÷ [\d.]+ = ([\d.]+)\. .* came second, with ([\d.]+)\./;
  const [, first, second] = await eventually(async () => {
    const found = race.exec(await readout(lab));
    assert.ok(found, await readout(lab));
    return found;
  });
  assert.ok(Number(first) >= Number(second));
  assert.ok(await lab.element.locator(".u").isHidden(), "a race has no u");
  await lab.setting("Temperature").fill("0");
  await eventually(async () => assert.match(await readout(lab), /always taken: no random number is used/));
  assert.ok(await lab.element.locator(".u").isHidden());
  assert.match((await lab.element.locator("#top_p-effect").textContent()) ?? "", /no effect: the draw is greedy/);
});

pageTest("a band that is pressed while another picture comes is chosen when it is let go", async (lab, page) => {
  await lab.settled();
  const bands = lab.element.locator(".pic .band");
  const box = await bands.nth(1).boundingBox();
  assert.ok(box);
  await page.mouse.move(box.x + 20, box.y + Math.min(10, box.height / 2));
  await page.mouse.down();
  await lab.element.evaluate((element) => {
    /** @type {any} */ (element).temperature = 1.05;
  });
  await eventually(async () => {
    assert.equal(await lab.setting("Temperature").inputValue(), "1.05");
    await lab.isExplained();
    assert.match(await lab.status(), DONE);
  });
  await page.waitForTimeout(300);
  const paths = await bands.evaluateAll((all) => all.map((band) => band.getAttribute("d")));
  assert.ok(paths.every(Boolean), "each band is still one of its own");
  await page.mouse.up();
  await lab.element.getByRole("button", { name: /^Put “.” here$/ }).waitFor();
});

pageTest(
  "arrow keys and the pointer read other bands; one that is chosen is put into the text, and taken back",
  async (lab, page) => {
    const before = await lab.settled();
    await lab.explained();
    await lab.element.locator(".pic").focus();
    await page.keyboard.press("Home");
    await eventually(async () => assert.match(await readout(lab), /, rank 1: logit [-\d.]+, [\d.]+% from the model/));
    await page.keyboard.press("End");
    await eventually(async () => assert.match(await readout(lab), /, rank 30: .*, removed by top-p\.$/));
    await page.keyboard.press("Home");
    await page.keyboard.press("ArrowDown");
    await page.keyboard.press("Enter");
    const put = lab.element.locator(".put");
    const [, token] = /^Put “(.)” here$/.exec((await put.textContent()) ?? "") ?? [];
    await put.click();
    const after = await lab.changed(before);
    assert.equal(after[4], token);
    await eventually(async () =>
      assert.match(await readout(lab), /rank 2: .* You put it here: with u\s=\s0\.\d{4}, .* would have been drawn\./),
    );
    await lab.button("Remove the forced token").click();
    await eventually(async () => assert.equal(await lab.text(), before));
    const band = lab.element.locator(".pic svg [data-band='0']").first();
    await band.hover({ position: { x: 30, y: 6 } });
    await eventually(async () => assert.match(await readout(lab), /, rank 1: /));
  },
);

pageTest(
  "u is dragged: the band under it is shown as drawn, and comes into the text when u is let go",
  async (lab, page) => {
    const before = await lab.settled();
    await lab.explained();
    await page.evaluate(() =>
      document.querySelector("logit-lab")?.shadowRoot?.querySelector(".flow")?.scrollIntoView(),
    );
    await lab.element.locator(".pic svg [data-band='2']").dispatchEvent("click");
    await eventually(async () => assert.match(await readout(lab), /rank 3:/, "another band is chosen before"));
    const handle = lab.element.locator(".u");
    const box = await eventually(async () => {
      const box = await handle.boundingBox();
      assert.ok(box);
      return box;
    });
    const svg = await lab.element.locator(".pic svg").boundingBox();
    await page.mouse.move(box.x + 8, box.y + 22);
    await page.mouse.down();
    await page.mouse.move(box.x + 8, (svg?.y ?? 0) + 4, { steps: 8 });
    await eventually(async () => assert.match(await readout(lab), /rank 1: .* What if u were here\?/));
    assert.equal(await lab.text(), before, "the text waits until u is let go");
    await page.mouse.up();
    await lab.changed(before);
    await eventually(async () => assert.match(await readout(lab), /rank 1: .* You put it here/));
    const { drawn, forced } = await picture(lab);
    assert.equal(forced.rank, 0);
    const v = Number(await handle.getAttribute("aria-valuenow"));
    assert.ok(Math.abs(v - drawn.v) < 1e-6, "u stands again where the seed has put it");
  },
);

pageTest("a gate's cut is dragged, and its setting follows", async (lab, page) => {
  await lab.settled();
  await lab.explained();
  const grip = lab.element.locator(".pic [data-column='0:top_p']");
  // It can be held once the picture has flowed in as far as there.
  await grip.hover();
  const box = await grip.boundingBox();
  assert.ok(box);
  await page.mouse.down();
  await page.mouse.move(box.x + box.width / 2, box.y - 120, { steps: 10 });
  await page.mouse.up();
  await eventually(async () => {
    const value = Number(await lab.setting("Top-p").inputValue());
    assert.ok(value > 0.2 && value < 0.8, String(value));
    assert.match(await lab.used(), new RegExp(`top_p = ${value},`));
  });
  await lab.explained();
  const { removed, stages } = await picture(lab);
  assert.ok(removed[stages.indexOf("top_p")] > 6);
});

pageTest("columns stand in the order in force; a name is dragged to another place", async (lab, page) => {
  await lab.settled();
  assert.deepEqual(await columns(lab), ["temperature", "top_k", "top_p", "min_p"]);
  const at = async (/** @type {string} */ name) => {
    const box = await lab.element.locator(`.grid [data-move=${name}]`).boundingBox();
    assert.ok(box);
    return { x: box.x + 12, y: box.y + box.height / 2 };
  };
  const [from, to] = [await at("temperature"), await at("min_p")];
  await page.mouse.move(from.x, from.y);
  await page.mouse.down();
  await page.mouse.move(to.x + 80, to.y, { steps: 12 });
  await page.mouse.up();
  await eventually(async () => assert.deepEqual(await columns(lab), ["top_k", "top_p", "min_p", "temperature"]));
  await eventually(async () => assert.deepEqual((await picture(lab)).stages, ["model", "top_p", "temperature"]));
  await lab.open("more-settings");
  await lab.setting("Order of").selectOption({ label: "vLLM" });
  await eventually(async () => assert.deepEqual(await columns(lab), ["temperature", "min_p", "top_k", "top_p"]));
});

pageTest("a stage of More settings has a column while it is on, with its setting", async (lab) => {
  await lab.settled();
  await lab.open("more-settings");
  await lab.setting("Repetition penalty, slider").focus();
  await lab.page.keyboard.press("ArrowRight");
  await eventually(async () =>
    assert.deepEqual(await columns(lab), ["penalties", "temperature", "top_k", "top_p", "min_p"]),
  );
  assert.equal(
    await lab.page.evaluate(() =>
      document.querySelector("logit-lab")?.shadowRoot?.activeElement?.getAttribute("aria-label"),
    ),
    "Repetition penalty, slider",
    "the slider that is being moved stays where it is",
  );
  assert.equal(await lab.setting("Repetition penalty, in the picture").inputValue(), "1.05");
  await lab.button("Switch Repetition penalty, in the picture off").click();
  await eventually(async () => assert.deepEqual(await columns(lab), ["temperature", "top_k", "top_p", "min_p"]));
});

for (const [width, size] of /** @type {const} */ ([
  [1280, "wide"],
  [700, "middle"],
  [390, "tall"],
]))
  pageTest(
    `nothing moves while a setting does: ${width} px`,
    async (lab) => {
      await lab.settled();
      await lab.explained();
      const flow = lab.element.locator(".flow");
      assert.equal(await flow.getAttribute("data-size"), size);
      const places = () =>
        flow.evaluate((root) =>
          [...root.querySelectorAll("h2, h3, .value, .slider, .read, summary")]
            .filter((part) => part.checkVisibility())
            .map((part) => {
              const { left, top } = part.getBoundingClientRect();
              return [
                part.id || part.className || part.textContent?.trim(),
                Math.round(left),
                Math.round(top - root.getBoundingClientRect().top),
              ].join(" ");
            }),
        );
      await lab.setting("Top-k").fill("20");
      await lab.explained();
      const before = await places();
      for (const [setting, value] of [
        ["Temperature", "1.9"],
        ["Temperature", "0.05"],
        ["Top-p", "0.3"],
        ["Top-k", "1"],
      ]) {
        await lab.setting(setting).fill(value);
        await eventually(async () => {
          await lab.isExplained();
          assert.match(await readout(lab), /rank/);
        });
        assert.deepEqual(await places(), before, `${setting} = ${value}`);
      }
    },
    { viewport: { width, height: 900 } },
  );

pageTest(
  "only the settings that controls names can be changed, and none of a locked lab",
  async (lab) => {
    await lab.element.locator(".readout b").waitFor();
    assert.ok(await lab.setting("Temperature").isEnabled());
    assert.ok(await lab.setting("New tokens").isEnabled());
    assert.equal(await lab.element.getByLabel("Top-p", { exact: true }).and(lab.page.locator("input")).count(), 0);
    assert.equal(await lab.element.locator(".more").count(), 0);
    assert.equal(await lab.button("New seed").count(), 0);
    await lab.element.evaluate((element) => element.setAttribute("readonly", ""));
    await eventually(async () => assert.ok(await lab.setting("Temperature").isDisabled()));
    assert.ok(await lab.setting("Temperature, slider").isDisabled());
    assert.equal(await lab.element.locator(".ways button").count(), 0);
  },
  { body: '<logit-lab controls="temperature max-new-tokens"></logit-lab>' },
);

for (const width of [320, 480, 680, 1000])
  pageTest(
    `the river alone at ${width} px: complete, within its width, and sound for axe`,
    async (lab, page) => {
      await lab.element.locator(".readout b").waitFor();
      await lab.element.locator(".pic .band").first().waitFor({ state: "attached" });
      assert.match((await lab.element.locator("#river-heading").textContent()) ?? "", /^Token 1 of \d+, after /);
      const beyond = await page.evaluate(
        () => document.documentElement.scrollWidth - document.documentElement.clientWidth,
      );
      assert.equal(beyond, 0, "nothing is wider than the page");
      await lab.next().click();
      await eventually(async () => assert.match(await readout(lab), /rank/));
      assert.deepEqual(await violations(page), []);
    },
    { viewport: { width, height: 800 }, body: '<h1>One draw</h1><logit-lab view="river"></logit-lab>' },
  );

for (const width of [390, 680])
  pageTest(
    `a stage that has no column at ${width} px while it is off is set under More settings, and keeps its place there`,
    async (lab) => {
      await lab.settled();
      await eventually(async () => assert.deepEqual(await columns(lab), ["temperature", "top_k", "top_p"]));
      await lab.open("more-settings");
      const field = lab.element
        .locator("[data-form=min_p]")
        .getByLabel("Min-p", { exact: true })
        .and(lab.setting("Min-p"));
      await field.pressSequentially("0.2");
      await eventually(async () => assert.match(await lab.used(), /min_p = 0\.2/));
      await eventually(async () =>
        assert.deepEqual((await columns(lab)).sort(), ["min_p", "temperature", "top_k", "top_p"]),
      );
      assert.equal(await field.inputValue(), "0.2");
      const ids = await lab.element.evaluate(({ shadowRoot }) =>
        [...(shadowRoot?.querySelectorAll("[id]") ?? [])].map(({ id }) => id),
      );
      assert.deepEqual(ids, [...new Set(ids)], "every id once");
    },
    { viewport: { width, height: 900 } },
  );

pageTest("where Min-p has a column, it has no second field under More settings", async (lab) => {
  await lab.settled();
  await lab.open("more-settings");
  await eventually(async () => assert.ok((await columns(lab)).includes("min_p")));
  assert.equal(await lab.setting("Min-p").count(), 1);
  assert.equal(await lab.element.locator("[data-form=min_p]").count(), 0);
});

pageTest(
  "a slider stays under the pointer while it changes how long the text is",
  async (lab, page) => {
    const before = await lab.settled();
    const slider = lab.setting("Temperature, slider");
    const top = async () => (await slider.boundingBox())?.y;
    const tokens = lab.element.locator(".tokens");
    const lines = () => tokens.evaluate(({ scrollHeight, clientHeight }) => scrollHeight / clientHeight);
    const from = await slider.boundingBox();
    assert.ok(from);
    await page.mouse.move(from.x + from.width * 0.4, from.y + from.height / 2);
    await page.mouse.down();
    await page.mouse.move(from.x + from.width - 4, from.y + from.height / 2, { steps: 8 });
    await lab.changed(before);
    await lab.element.evaluate((element) =>
      /** @type {any} */ (element).store.dispatch({ type: "field", name: "max_new_tokens", text: "400" }),
    );
    await eventually(async () => assert.ok((await lines()) > 2, "the text needs more lines"));
    assert.equal(await top(), from.y);
    await page.mouse.up();
    await eventually(async () => assert.ok(((await top()) ?? 0) > from.y, "let go, the text has its room"));
  },
  { viewport: { width: 390, height: 900 } },
);
