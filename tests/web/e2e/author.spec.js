/** What an author writes: attributes and properties at any time, mistakes, events, and what the reader may do. */
import assert from "node:assert/strict";
import { SETTINGS } from "../../../www/generated/spec.js";
import { address, eventually, pageTest } from "./support.js";

/** @param {import("playwright-core").Page} page @param {string} name @param {unknown} value */
const give = (page, name, value) =>
  page.evaluate(
    ([name, value]) => {
      Reflect.set(/** @type {object} */ (document.querySelector("logit-lab")), String(name), value);
    },
    [name, value],
  );

pageTest(
  "a model is made of attributes: logits and labels, a text, or where a GPT lies",
  async (lab, page) => {
    await lab.settled(6);
    assert.equal(await lab.text(), "cat".repeat(6));
    await page.evaluate(() => {
      const element = /** @type {HTMLElement} */ (document.querySelector("logit-lab"));
      element.removeAttribute("logits");
      element.removeAttribute("labels");
      element.setAttribute("text", "abababab");
      element.setAttribute("prompt", "a");
    });
    await eventually(async () => assert.equal(await lab.text(), "abababa"));
    await give(page, "text", null);
    await give(page, "src", "owner/name");
    await eventually(async () =>
      assert.equal(await lab.element.locator("[id='gpt.address']").inputValue(), "owner/name"),
    );
    const [model, src] = await page.evaluate(() => {
      const { model, src } = /** @type {any} */ (document.querySelector("logit-lab"));
      return [model, src];
    });
    assert.deepEqual([model, src], ["own-gpt", "owner/name"]);
  },
  {
    body: '<logit-lab logits="2.0, 1.5, 0.3" labels="cat, dog, a bird" max-new-tokens="6" smoothing="0.01" temperature="0"></logit-lab>',
  },
);

/** @param {import("./support.js").Lab} lab */
const kindOf = (lab) =>
  lab.element.evaluate((element) => {
    const { model, shelf } = /** @type {any} */ (element).store.state;
    return { drawn: model.kind, wanted: shelf.wanted?.kind ?? null };
  });

pageTest(
  "the GPT is made of an attribute: it is offered, and loaded by itself where the author wants that",
  async (lab, page) => {
    await eventually(async () => assert.deepEqual(await kindOf(lab), { drawn: "notebook", wanted: "gpt" }));
    await lab.settled();
    assert.deepEqual(await kindOf(lab), { drawn: "notebook", wanted: "gpt" });
    await page.evaluate(() => {
      const other = document.createElement("logit-lab");
      other.setAttribute("model", "gpt");
      other.setAttribute("autoload", "");
      document.querySelector("logit-lab")?.replaceWith(other);
    });
    await eventually(async () => assert.deepEqual(await kindOf(lab), { drawn: "gpt", wanted: null }));
    await lab.settled();
  },
  { body: '<logit-lab model="gpt"></logit-lab>' },
);

pageTest(
  "a model is made of the address of embed.html",
  async (lab, page) => {
    await lab.settled(6);
    assert.equal(await lab.text(), "cat".repeat(6));
    const open = (/** @type {Record<string, string>} */ given) =>
      page.goto(`${address()}embed.html?${new URLSearchParams(given)}`);
    await open({ text: "abababab", prompt: "a", smoothing: "0.01", temperature: "0", "max-new-tokens": "6" });
    await lab.settled(6);
    assert.equal(await lab.text(), "abababa");
    await open({ src: "owner/name" });
    await eventually(async () =>
      assert.equal(await lab.element.locator("[id='gpt.address']").inputValue(), "owner/name"),
    );
    await open({ model: "gpt", autoload: "" });
    await eventually(async () => assert.deepEqual(await kindOf(lab), { drawn: "gpt", wanted: null }));
  },
  { path: "embed.html?logits=2.0,1.5,0.3&labels=cat,dog,a+bird&max-new-tokens=6&temperature=0" },
);

pageTest("every setting is a live attribute and property, and null takes it back", async (lab, page) => {
  const first = await lab.settled();
  const names = await page.evaluate(() => {
    const { store } = /** @type {any} */ (document.querySelector("logit-lab"));
    return Object.keys(store.state.fields);
  });
  assert.ok(names.length >= 10, `${names}`);
  const choices = Object.fromEntries(SETTINGS.map(({ name, choices }) => [name, choices?.at(-1)]));
  const ended = await page.evaluate(
    ({ names, choices }) => {
      const element = /** @type {any} */ (document.querySelector("logit-lab"));
      return names.map((name) => {
        const start = element[name];
        const value = choices[name] ?? (name === "order" || name === "off" ? "" : "1");
        element.setAttribute(name.replaceAll("_", "-"), value);
        const by_attribute = element[name] === value && element.store.state.fields[name] === value;
        element[name] = null;
        const is_back = element[name] === start;
        element[name] = value;
        const by_property = element.store.state.fields[name] === value;
        element[name] = undefined;
        return [name, by_attribute, is_back, by_property, element[name] === start].join();
      });
    },
    { names, choices },
  );
  assert.deepEqual(
    ended,
    names.map((name) => `${name},true,true,true,true`),
  );
  await eventually(async () => assert.equal(await lab.text(), first));
  await page.evaluate(() => {
    const element = /** @type {any} */ (document.querySelector("logit-lab"));
    element.prompt = "once ";
    element.logits = Float32Array.of(1, 2);
    element.labels = ["no", "yes"];
    element.max_new_tokens = 4;
  });
  await eventually(async () => assert.match(await lab.text(), /^(?:no|yes){4}$/));
});

pageTest(
  "what is set as a property before the tag is defined counts, and reset comes back to it",
  async (lab, page) => {
    await eventually(async () => assert.match(await lab.used(), /temperature = 1\.5/));
    const text = await lab.settled(20);
    await page.evaluate(() => {
      const element = /** @type {any} */ (document.querySelector("logit-lab"));
      element.setState({ prompt: "other ", fields: { temperature: "0.1" } });
    });
    await lab.changed(text);
    await page.evaluate(() => /** @type {any} */ (document.querySelector("logit-lab")).reset());
    await eventually(async () => assert.equal(await lab.text(), text));
  },
  {
    body: "<logit-lab></logit-lab>",
    prepare: (page) =>
      page.addInitScript(() => {
        document.addEventListener("readystatechange", () => {
          const element = document.querySelector("logit-lab:not(:defined)");
          if (element) Object.assign(element, { temperature: 1.5, max_new_tokens: 20 });
        });
      }),
  },
);

pageTest(
  "what cannot be followed is said in place and on the console, with the nearest right name",
  async (lab, page) => {
    /** @type {string[]} */
    const told = [];
    page.on("console", (message) => told.push(message.text()));
    const said = () => lab.element.locator(".mistakes li").allTextContents();
    await eventually(async () =>
      assert.deepEqual(await said(), [
        'There is no attribute "temprature": did you mean temperature?',
        'There is no view="odds": use lab, river, distribution, strip, stages, compare, or timings.',
        'There is no controls="top-q": use top-k, top-p, top-h, or top-a.',
      ]),
    );
    await page.evaluate(() => {
      const element = /** @type {any} */ (document.querySelector("logit-lab"));
      for (const name of ["temprature", "view", "controls"]) element.removeAttribute(name);
      element.setAttribute("model", "gtp");
      element.rng = "tourch";
      element.prompt = {};
      element.setAttribute("lang", "fr");
      element.setAttribute("token", "0");
      element.strings = { run: { genrate: "Los" } };
    });
    await eventually(async () =>
      assert.deepEqual(await said(), [
        "The property prompt has the wrong type: use a text or a number.",
        'There is no model="gtp": use gpt.',
        'There is no rng="tourch": use torch.',
        'There is no lang="fr": use auto, en, de, or es.',
        "The property strings has unknown names, or values of the wrong kind: run.genrate.",
        'There is no token="0": use 1 for the first new token.',
      ]),
    );
    assert.ok(told.filter((text) => text.includes("<logit-lab>")).length >= 6, `${told}`);
    await page.evaluate(() => {
      const element = /** @type {any} */ (document.querySelector("logit-lab"));
      Object.assign(element, { model: null, rng: null, prompt: null, token: null, strings: null });
      element.removeAttribute("lang");
    });
    await eventually(async () => assert.deepEqual(await said(), []));
    await page.evaluate(() => {
      const element = /** @type {any} */ (document.querySelector("logit-lab"));
      element.setAttribute("off", "top-q");
      element.setAttribute("min-p", "2");
    });
    await eventually(async () =>
      assert.deepEqual(await said(), ['There is no off="top-q": use top_k, top_h, top_p, or top_a.']),
    );
    // A value that is refused stands at its control, and on the console once.
    const refused = () => told.filter((text) => text.startsWith('<logit-lab>: min-p="2": '));
    await eventually(async () => assert.match(refused().join("\n"), /use a number from 0 to 1/));
    assert.equal(refused().length, 1);
  },
  { body: '<logit-lab temprature="2" view="odds" controls="top-q"></logit-lab>', expected: [/<logit-lab>/] },
);

pageTest(
  "a state of the wrong shape is a typed error with the name and the value, and changes nothing",
  async (lab, page) => {
    const text = await lab.settled();
    /** @type {[state: unknown, name: string, message: RegExp][]} */
    const cases = [
      [null, "the state", /the state = null is not valid: use an object/],
      [{ prompt: ["a"] }, "prompt", /prompt = \["a"\] is not valid: use a text/],
      [{ temperature: 1 }, "temperature", /setState knows no "temperature": settings belong in fields/],
      [{ fields: { temprature: 1 } }, "temprature", /fields knows no "temprature": use temperature/],
      [{ fields: { top_k: { value: 3 } } }, "top_k", /top_k = \{value: 3\} is not valid/],
      [{ model: { kind: "gtp" } }, "model.kind", /model\.kind = "gtp" is not valid: use one of/],
      [{ model: { logits: [1, 2] } }, "model.logits", /model\.logits = \[1, 2\] is not valid: use a text/],
      [{ forced: { 0: "a" } }, "forced[0]", /forced\[0\] = "a" is not valid: use a token id/],
      [{ goal: "some" }, "goal", /goal = "some" is not valid: use "all" or a whole number/],
    ];
    const thrown = await page.evaluate(
      (states) =>
        states.map((state) => {
          try {
            /** @type {any} */ (document.querySelector("logit-lab")).setState(state);
            return null;
          } catch (error) {
            const { name, code, setting, message } = /** @type {any} */ (error);
            return { name, code, setting, message };
          }
        }),
      cases.map(([state]) => state),
    );
    for (const [i, [, setting, message]] of cases.entries()) {
      assert.equal(thrown[i]?.name, "LabError", `${message}`);
      assert.match(String(thrown[i]?.code), /^(invalid|unknown)_setting$/);
      assert.equal(thrown[i]?.setting, setting);
      assert.match(thrown[i]?.message, message);
    }
    assert.equal(await lab.text(), text);
  },
);

pageTest("details of events are JSON: seeds are texts, and tokens have labels", async (lab, page) => {
  await lab.settled();
  const seen = await page.evaluate(async () => {
    const element = /** @type {any} */ (document.querySelector("logit-lab"));
    const next = (/** @type {string} */ type) =>
      new Promise((resolve) =>
        element.addEventListener(
          type,
          (/** @type {CustomEvent} */ event) => resolve(JSON.parse(JSON.stringify(event.detail))),
          { once: true },
        ),
      );
    const happened = Promise.all(["config-change", "generate-start", "generate-end", "select"].map(next));
    element.seed = 2n ** 64n - 1n;
    const [config, start, end, select] = await happened;
    return { config, start, end, select };
  });
  assert.equal(seen.config.fields.seed, "18446744073709551615");
  assert.equal(seen.start.prompt, "the ");
  assert.equal(seen.end.seed, "18446744073709551615");
  assert.equal(seen.end.settings.seed, "18446744073709551615");
  assert.equal(seen.end.labels.join(""), seen.end.text.slice(4));
  assert.equal(seen.end.probabilities.length, 80);
  assert.equal(seen.select.label, seen.end.labels[seen.select.index]);
  assert.ok(seen.select.probability > 0 && seen.select.trace);
});

pageTest(
  "an author chooses tabs, the first of them and the token, and locks the rest",
  async (lab, page) => {
    const text = await lab.settled();
    assert.deepEqual(
      await lab.element
        .getByRole("tab")
        .allTextContents()
        .then((names) => names.map((name) => name.trim()).length),
      2,
    );
    assert.equal(await lab.element.locator("#tab-share").getAttribute("aria-selected"), "true");
    assert.equal(await lab.element.locator('.token[aria-selected="true"]').getAttribute("data-index"), "4");
    for (const setting of await lab.element.locator(".control :is(input, select)").all())
      assert.ok(await setting.isDisabled());
    await lab.element.locator('[data-index="7"]').click();
    await eventually(async () =>
      assert.equal(await lab.element.locator('.token[aria-selected="true"]').getAttribute("data-index"), "7"),
    );
    await page.keyboard.press("Control+z");
    await eventually(async () => assert.match((await lab.element.locator(".mistakes").textContent()) ?? "", /locked/));
    assert.equal(await lab.text(), text);
    await give(page, "readonly", false);
    await give(page, "tabs", null);
    await give(page, "tab", "tokens");
    await give(page, "token", 2);
    await eventually(async () =>
      assert.equal(await lab.element.locator('.token[aria-selected="true"]').getAttribute("data-index"), "1"),
    );
    assert.ok((await lab.element.getByRole("tab").count()) > 2);
    assert.equal(await lab.element.locator("#tab-tokens").getAttribute("aria-selected"), "true");
  },
  { body: '<logit-lab tabs="tokens share" tab="share" token="5" readonly></logit-lab>' },
);

pageTest(
  "embed.html tells the page around it what is drawn, chosen and set, and its height, as JSON knows it",
  async (_, page) => {
    await page.evaluate(() => {
      const heard = /** @type {any[]} */ ([]);
      Object.assign(window, { heard });
      addEventListener("message", ({ source, data }) => source !== window && heard.push(data));
      const frame = document.createElement("iframe");
      frame.src = "embed.html?seed=7&max-new-tokens=12&temperature=0.9";
      frame.width = "1000";
      frame.height = "900";
      document.body.replaceChildren(frame);
    });
    /** What was told last under a name. @param {string} name @returns {Promise<any>} */
    const told = (name) =>
      page.evaluate(
        (type) =>
          /** @type {any} */ (window).heard.findLast((/** @type {any} */ one) => one.type === `logit-lab:${type}`),
        name,
      );
    const lab = page.frameLocator("iframe").locator("logit-lab");
    await eventually(async () => {
      const { detail } = await told("generate-end");
      assert.equal(detail.tokens.length, 12);
      assert.equal(detail.labels.length, 12);
      assert.equal(detail.seed, "7");
      assert.equal(detail.settings.temperature, 0.9);
    });
    await lab.locator("[data-index='3']").click();
    await eventually(async () => {
      const { detail } = await told("select");
      const { tokens, labels, probabilities } = (await told("generate-end")).detail;
      assert.deepEqual(detail, { index: 3, token: tokens[3], label: labels[3], probability: probabilities[3] });
    });
    await lab.getByRole("textbox", { name: "Temperature", exact: true }).fill("1.2");
    await eventually(async () => assert.equal((await told("config-change"))?.detail.fields.temperature, "1.2"));
    assert.ok((await told("height")).height > 300);
    const heard = await page.evaluate(() => /** @type {any} */ (window).heard);
    assert.deepEqual(JSON.parse(JSON.stringify(heard)), heard);
  },
  { path: "embed.html" },
);
