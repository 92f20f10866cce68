/** A control that is dragged over a slow model: its picture comes at once, and no text is gone on with whose settings are not wanted any more. */
import assert from "node:assert/strict";
import test, { after } from "node:test";
import { until } from "../../../www/lib/until.js";
import { reduce, startState } from "../../../www/state/lab-state.js";
import { engineSettings } from "../../../www/state/settings.js";
import { makeStore } from "../../../www/state/store.js";
import { Conductor } from "../../../www/tasks/conductor.js";
import { Explainer } from "../../../www/tasks/explainer.js";
import { openLab } from "./support/index.js";

const lab = await openLab();
after(() => lab.dispose());

/** Tokens a text has before it has to wait. */
const N_TOLD = 3;

/** An engine whose texts, after the first, stop on their way until they are let go or called off. */
function slowLab() {
  const texts = { begun: 0, called_off: 0 };
  /** @param {any} options */
  async function* generate({ chunk, ...options }) {
    texts.begun += 1;
    const isFirst = texts.begun === 1;
    const { signal } = options;
    let n = 0;
    try {
      for await (const step of lab.generate({ ...options, chunk: isFirst ? chunk : 1 })) {
        yield step;
        n += 1;
        if (!isFirst && n >= N_TOLD)
          await new Promise((go) => (signal.aborted ? go(null) : signal.addEventListener("abort", go)));
      }
    } finally {
      if (signal.aborted) texts.called_off += 1;
    }
  }
  const get = (/** @type {any} */ of, /** @type {string} */ name) =>
    name === "generate" ? generate : typeof of[name] === "function" ? of[name].bind(of) : of[name];
  const slow = new Proxy(lab, { get });
  return { slow, texts };
}

/** One that a slow text does not reach. */
const CHOSEN = 10 * N_TOLD;

/** A page whose first text is there, with a token chosen; its other texts are slow. */
async function slowPage() {
  const { slow, texts } = slowLab();
  /** @type {import("../../../www/tasks/conductor.js").Store} */
  const store = makeStore(reduce, startState());
  const shelf = /** @type {any} */ ({ get: () => null });
  const conductor = new Conductor(store, slow, shelf);
  const explainer = new Explainer(store, slow, shelf, conductor);
  store.dispatch({ type: "ready" });
  conductor.replay();
  await until(store, ({ run }) => run?.finish_reason);
  store.dispatch({ type: "select", index: CHOSEN });
  await until(store, ({ step }) => step?.index === CHOSEN);
  return {
    store,
    texts,
    set: (/** @type {string} */ text) => store.dispatch({ type: "field", name: "temperature", text }),
    isPicturedWith: (/** @type {string} */ text) =>
      until(store, ({ step }) => step?.ahead?.fields.temperature === text),
    close() {
      explainer.dispose();
      conductor.dispose();
    },
  };
}

/** The picture is what the engine says of the page as it is. @param {import("../../../www/tasks/conductor.js").Store} store */
async function isTheEngines({ state: { step, run, fields } }) {
  assert.equal(step?.index, CHOSEN);
  const { prompt_ids, tokens, seed } = /** @type {any} */ (step).run;
  const question = { model: run?.model, prompt_ids, output_ids: tokens.slice(0, CHOSEN), index: CHOSEN, seed };
  const { max_new_tokens: _, ...settings } = engineSettings(fields);
  const told = await lab.explain(/** @type {any} */ ({ ...settings, ...question, picture: true }));
  assert.ok(told.picture, "there is a picture to compare with");
  assert.deepEqual(step?.picture?.bands, told.picture.bands);
}

test("the picture follows a control back to where the text was drawn", async () => {
  const { store, texts, set, isPicturedWith, close } = await slowPage();
  const at_first = String(store.state.fields.temperature);
  store.dispatch({ type: "hold", on: true });
  set("0.5");
  await isPicturedWith("0.5");
  set(at_first);
  await isPicturedWith(at_first);
  await isTheEngines(store);
  assert.equal(texts.begun, 1, "while the control moves no text is drawn");
  close();
});

test("the picture follows while a text is on its way, and that text is called off", async () => {
  const { store, texts, set, isPicturedWith, close } = await slowPage();

  store.dispatch({ type: "hold", on: true });
  set("0.7");
  await isPicturedWith("0.7");
  assert.equal(texts.begun, 1, "while the control moves no text is drawn");

  // It rests: a text is begun, and is told of.
  store.dispatch({ type: "hold", on: false });
  await until(store, ({ run }) => run?.finish_reason === null && run.tokens.length > 0);
  assert.deepEqual([texts.begun, texts.called_off], [2, 0]);

  // It moves again: the text ends there, and the picture does not wait for it.
  store.dispatch({ type: "hold", on: true });
  set("0.5");
  await isPicturedWith("0.5");
  while (texts.called_off === 0) await new Promise((resolve) => setTimeout(resolve, 1));
  await isTheEngines(store);
  assert.equal(texts.begun, 2);

  store.dispatch({ type: "hold", on: false });
  await until(store, () => texts.begun === 3);
  assert.equal(store.state.problem, null);
  close();
});
