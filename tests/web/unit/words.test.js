/** The page's sentences and numbers, without a page. */
import assert from "node:assert/strict";
import { readdir, readFile } from "node:fs/promises";
import test from "node:test";
import { probability } from "../../../www/components/draws.js";
import { spaced } from "../../../www/components/gpt-card.js";
import { usedSentence } from "../../../www/components/place-line.js";
import { notDrawn, sentence } from "../../../www/components/problem.js";
import { isLetter } from "../../../www/components/stage-words.js";
import { statusSentence } from "../../../www/components/status.js";
import { inSentence, makeFormat, shownToken } from "../../../www/lib/format.js";
import { en } from "./support/english.js";
import { after, runOf } from "./support/state.js";

/** @typedef {import("../../../www/state/lab-state.js").Action} Action */

const format = makeFormat(en);

test("an error is a sentence, and a setting keeps its name", () => {
  assert.equal(sentence("prompt is empty: type"), "Prompt is empty: type.");
  assert.equal(sentence("top_p = 1.5 is not valid"), "top_p = 1.5 is not valid.");
});

test("what the engine says of a model has separators in its numbers, and none in its names", () => {
  assert.equal(
    spaced("862720 weights, 512 tokens, 50257 tokens", format),
    "862,720 weights, 512 tokens, 50,257 tokens",
  );
  assert.equal(spaced("gpt2_1558m.gguf", format), "gpt2_1558m.gguf");
});

test("why nothing was drawn: the prompt, the model or a setting", () => {
  const said = (/** @type {string} */ place, code = "invalid_setting") => notDrawn({ place, code, message: "m" }, en);
  assert.equal(said("prompt", "empty_prompt"), "Not drawn: the prompt is empty. Type at least one character.");
  assert.match(said("prompt", "cannot_encode"), /the prompt is not valid/);
  assert.match(said("top_p"), /one of the settings needs another value/);
  assert.match(said("model.text"), /the model’s input/);
  assert.match(said("model", "model_load"), /the model is not loaded/);
});

test("the same text again: why, with random numbers and without", () => {
  /** @param {Record<string, unknown>} settings */
  const said = (settings) => {
    const runs = [0, 1].map((asked) => runOf(2, { asked, settings }));
    const actions = /** @type {Action[]} */ (runs.flatMap((run) => [{ type: "started" }, { type: "finished", run }]));
    return statusSentence({ state: after({ type: "ready" }, ...actions), words: { t: en, format }, send: () => {} });
  };
  assert.match(said({ temperature: 0.8 }), /Same seed, same random numbers, same text/);
  assert.match(said({ temperature: 0 }), /at temperature 0 no random number is used/);
});

test("greedy: no random number is spoken of", () => {
  const run = runOf(2, { settings: { temperature: 0, rng: "philox" } });
  const step = /** @type {any} */ ({ run, trace: { stages: [], greedy: true } });
  const context = {
    state: after({ type: "ready" }, { type: "finished", run }, { type: "traced", step }),
    words: { t: en, format },
    send: () => {},
  };
  assert.equal(statusSentence(context), "2 of 80 tokens taken, each the most likely.");
  assert.equal(usedSentence(context), "The engine used: temperature = 0 (greedy).");
});

test("how far a prompt is read is said once it takes long, and so is what is read again", () => {
  const so_far = { read: 320, tokens: 1000, again: false, is_long: true };
  const said = (/** @type {Partial<typeof so_far>} */ more) =>
    statusSentence({
      state: after({ type: "ready" }, { type: "started" }, { type: "reading", reading: { ...so_far, ...more } }),
      words: { t: en, format },
      send: () => {},
    });
  assert.equal(said({}), "Reading the prompt: 320 of 1,000 tokens.");
  assert.equal(said({ again: true }), "Reading the end of the text again: 320 of 1,000 tokens.");
  assert.equal(said({ is_long: false }), "Generating.");
});

test("what Stop comes to is said at once, and not that the text goes on", () => {
  const reading = { read: 320, tokens: 1000, again: false, is_long: true };
  const said = (/** @type {Action[]} */ ...actions) =>
    statusSentence({ state: after({ type: "ready" }, ...actions), words: { t: en, format }, send: () => {} });
  const grows = /** @type {Action[]} */ ([
    { type: "finished", run: runOf(5) },
    { type: "generate" },
    { type: "started" },
    { type: "drew", run: { ...runOf(3, { asked: 1 }), finish_reason: null } },
  ]);
  assert.equal(said(...grows), "Generating.");
  assert.equal(said(...grows, { type: "stop" }, { type: "started" }), en.status.stopped("3 tokens"));
  const reads = /** @type {Action[]} */ ([
    { type: "finished", run: runOf(5) },
    { type: "prompt", text: "long" },
    { type: "started" },
    { type: "reading", reading },
  ]);
  assert.equal(said(...reads, { type: "stop" }, { type: "started" }), en.status.unread);
});

test("what the engine used is said once it has said so", () => {
  const run = runOf(2, { settings: { rng: "philox" } });
  /** @param {string[]} settings */
  const traced = (...settings) =>
    /** @type {any} */ ({ run, trace: { stages: settings.map((setting) => ({ setting })), greedy: false } });
  /** @param {Action[]} actions */
  const said = (...actions) => usedSentence({ state: after(...actions), words: { t: en, format }, send: () => {} });
  assert.equal(said(), null);
  assert.equal(said({ type: "finished", run }), null, "a text without its trace");
  assert.equal(
    said({ type: "finished", run }, { type: "traced", step: traced("temperature = 1.2", "top_k = 3") }),
    "The engine used: temperature = 1.2, top_k = 3, philox, seed 7.",
  );
  assert.equal(
    said({ type: "finished", run }, { type: "traced", step: traced() }),
    "The engine used: no stage on, philox, seed 7.",
  );
});

test("numbers and tokens as people read them", () => {
  assert.deepEqual(
    [0, 1e-9, 0.0000042, 0.00042, 0.0006, 0.054, 0.9994, 0.9996, 0.99999, 1 - 1e-9, 1].map(format.percent),
    ["0.0%", "<0.0001%", "0.00042%", "0.042%", "0.1%", "5.4%", "99.9%", ">99.9%", ">99.9%", "100.0%", "100.0%"],
  );
  assert.deepEqual([1, 1.0004, 1.04, 21.44].map(format.tokens_about), [
    "1 token",
    "1 token",
    "1.04 tokens",
    "21.4 tokens",
  ]);
  assert.deepEqual([-4, -51.2, Number.NEGATIVE_INFINITY].map(format.power_of_ten), ["10⁻⁴", "10⁻⁵¹", "0"]);
  // Of a short text a power of ten would be 100% for 50%.
  assert.deepEqual(
    [0, -0.3, -1.33, -3.9, -4, Number.NEGATIVE_INFINITY].map((log10_probability) =>
      probability({ probability: 10 ** log10_probability, log10_probability }, format),
    ),
    ["100.0%", "50.1%", "4.7%", "0.013%", "10⁻⁴", "0"],
  );
  assert.deepEqual([0, 0.0025, 0.5, 12.345, 4200].map(format.duration), [
    "0 ms",
    "2.5 µs",
    "500 µs",
    "12.3 ms",
    "4.2 s",
  ]);
  assert.deepEqual([1, 80, 2000].map(format.tokens), ["1 token", "80 tokens", "2,000 tokens"]);
  assert.deepEqual(["Top-k", "XTC", "min-p"].map(inSentence), ["top-k", "XTC", "min-p"]);
  assert.deepEqual([1, 4].map(format.degrees), ["1 degree of freedom", "4 degrees of freedom"]);
  assert.deepEqual([1, 100].map(format.times), ["once", "100 times"]);
  assert.deepEqual([1, 2].map(format.earlier), ["1 earlier token", "2 earlier tokens"]);
  assert.deepEqual([1, 2].map(format.most_likely), [
    "1 of the most likely tokens is",
    "2 of the most likely tokens are",
  ]);
  assert.equal(format.bits(-0), "0.00");
  assert.deepEqual([0, 7.45e-9, 0.0003].map(format.difference), ["0", "7.5 × 10⁻⁹", "3 × 10⁻⁴"]);
  assert.equal(format.number(Number.NEGATIVE_INFINITY), "-∞");
  assert.deepEqual([" ", "\n", "\t", "q", "\u200b", "\u0301", " a b\n", "\n\n"].map(shownToken), [
    "·",
    "↵",
    "⇥",
    "q",
    "U+200B",
    "U+0301",
    "·a b↵",
    "↵↵",
  ]);
  const bytes = ["a<0xD7>", "<0xD7>", "ש<0xD7><0x9D>b", "<0x9D>ل"];
  assert.deepEqual(bytes.map(shownToken), [
    "a<0xD7>",
    "<0xD7>",
    "ש\u2066<0xD7>\u2069\u2066<0x9D>\u2069b",
    "\u2066<0x9D>\u2069ل",
  ]);
  assert.deepEqual([" ", "q", ".", "\u200b"].map(format.spoken), ["space", "q", "full stop", "U+200B"]);
  assert.deepEqual([" ", "q", "."].map(format.quoted), ["a space", "“q”", "“.”"]);
});

test("no line goes through a single letter, which it would turn into another one", async () => {
  for (const text of ["j", " j", "ж", "🙂", "↵"]) assert.ok(isLetter(text), text);
  for (const text of ["in", " the", "jj"]) assert.ok(!isLetter(text), text);
  const www = new URL("../../../www/", import.meta.url);
  let n_rules = 0;
  for (const file of await readdir(www, { recursive: true })) {
    if (!/^(?:components|element|lesson|river)\/.*\.(?:js|css)$/.test(file)) continue;
    const source = await readFile(new URL(file, www), "utf8");
    for (const [, selectors] of source.matchAll(/([^{}]*)\{[^{}]*line-through[^{}]*\}/g)) {
      n_rules += 1;
      for (const selector of selectors.replace(/\/\*.*?\*\//gs, "").split(","))
        assert.match(selector, /:not\(\[data-letter\]\)/, `${file}: ${selector.trim()}`);
    }
  }
  assert.ok(n_rules >= 2, `${n_rules} rules`);
});
