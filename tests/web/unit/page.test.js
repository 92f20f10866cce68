/** The page's state and words, without a page. */
import assert from "node:assert/strict";
import test from "node:test";
import { eventsOf } from "../../../www/element/events.js";
import { isExplaining, isWhole, reduce, startState, stepToExplain, wantedStep } from "../../../www/state/lab-state.js";
import { modelKey, modelSpec } from "../../../www/state/models.js";
import { problemFrom } from "../../../www/state/problems.js";
import { rowsOf, rowsToShow } from "../../../www/state/rows.js";
import { tokensOfWholeWords } from "../../../www/state/run.js";
import { engineSettings, SETTINGS, settingNamed, startFields, wantedTokens } from "../../../www/state/settings.js";
import { nearestStop, sliderOf, typedFrom } from "../../../www/state/slider.js";
import { makeStore } from "../../../www/state/store.js";
import { madeOf } from "../../../www/state/wanted.js";
import { after, runOf } from "./support/state.js";

/** @typedef {import("../../../www/state/lab-state.js").Action} Action */

test("what is typed becomes what the engine is asked for", () => {
  /** @type {[name: string, typed: string, value: unknown][]} */
  const cases = [
    ["temperature", "0.8", 0.8],
    ["temperature", " 0,5 ", 0.5],
    ["temperature", "hot", "hot"],
    ["top_k", "5", 5],
    ["top_k", "", undefined],
    ["top_k", "   ", undefined],
    ["seed", "18446744073709551615", 18446744073709551615n],
    ["seed", "-1", -1],
    ["seed", "1e20", "1e20"],
    ["top_k", "0x10", "0x10"],
    ["temperature", "−1", -1],
    ["seed", "x", "x"],
    ["rng", "torch", "torch"],
  ];
  for (const [name, typed, value] of cases) {
    assert.deepEqual(engineSettings({ [name]: typed })[name], value, `${name}: ${JSON.stringify(typed)}`);
  }
  assert.deepEqual(engineSettings(startFields()), {
    temperature: 0.8,
    top_p: 0.9,
    seed: 7n,
    max_new_tokens: 80,
    rng: "philox",
  });
  assert.throws(() => settingNamed("heat"), /no setting is called "heat": use one of temperature/);
});

test("a slider and its field mean the same value, for every position of every setting", () => {
  for (const setting of SETTINGS.filter(({ slider }) => slider !== null)) {
    const { min, max, step } = sliderOf(setting, "", 30);
    for (let i = 0; i <= Math.round((max - min) / step); i += 1) {
      const position = String(Math.round((min + i * step) * 100) / 100);
      const typed = typedFrom(setting, position, 30);
      assert.equal(
        String(sliderOf(setting, typed, 30).value),
        position,
        `${setting.name} at ${position} is ${typed || "off"}`,
      );
    }
  }
  assert.equal(typedFrom(settingNamed("top_k"), "64", 64), "", "as many as there are is off");
  assert.equal(sliderOf(settingNamed("top_k"), "500", 30).value, 30);
  assert.equal(sliderOf(settingNamed("temperature"), "hot", 30).value, 0);
  const { slider } = settingNamed("temperature");
  assert.ok(slider && "stops" in slider);
  assert.deepEqual(
    slider.stops.toSorted((a, b) => a - b),
    [...slider.stops],
  );
  assert.equal(slider.stops[nearestStop(slider.stops, 0.83)], 0.85);
});

test("Step goes on by one token, from the whole text it starts again", () => {
  const whole = after({ type: "finished", run: runOf(80) });
  assert.ok(isWhole(whole));
  assert.equal(reduce(whole, { type: "step" }).goal, 1);
  const five = reduce(reduce(whole, { type: "step" }), { type: "finished", run: runOf(5) });
  const six = reduce(five, { type: "step" });
  assert.equal(six.goal, 6);
  assert.equal(six.selected, 5, "the newest token is the one shown");
  assert.equal(reduce(six, { type: "generate" }).goal, "all");
});

test("Step begins anew after a text that came to its end by itself", () => {
  const nine = after({ type: "finished", run: runOf(80) }, { type: "rewind", index: 9 });
  const ended = reduce(nine, { type: "finished", run: runOf(10, { finish_reason: "eos" }) });
  assert.ok(isWhole(ended), "there is no next token");
  assert.equal(reduce(ended, { type: "step" }).goal, 1);
  assert.equal(reduce(ended, { type: "play" }).goal, 0);
  const stopped = reduce(nine, { type: "finished", run: runOf(9) });
  assert.ok(!isWhole(stopped));
  assert.equal(reduce(stopped, { type: "step" }).goal, 10);
});

test("Stop keeps what is there, and playing ends", () => {
  const playing = reduce(after({ type: "finished", run: runOf(80) }), { type: "play" });
  assert.deepEqual([playing.status, playing.goal], ["playing", 0]);
  const grown = reduce({ ...playing, goal: 4 }, { type: "finished", run: runOf(4) });
  assert.equal(grown.status, "playing");
  const stopped = reduce(grown, { type: "stop" });
  assert.deepEqual([stopped.status, stopped.goal, stopped.stopped], ["idle", 4, true]);
  assert.equal(reduce(stopped, { type: "play" }).goal, 4, "playing goes on where it stopped");
});

test("Stop while the prompt is read leaves nothing of the text that was to come, and keeps one that it would have gone on with", () => {
  const start = after({ type: "ready" });
  const run = runOf(5, { made_of: madeOf(start) });
  const shown = reduce(start, { type: "finished", run });
  const reading = {
    type: /** @type {const} */ ("reading"),
    reading: { read: 64, tokens: 900, again: false, is_long: true },
  };
  /** @param {Action[]} actions */
  const stopped = (...actions) =>
    [...actions, { type: "started" }, reading, { type: "stop" }].reduce(
      (state, action) => reduce(state, /** @type {Action} */ (action)),
      shown,
    );
  assert.equal(stopped({ type: "prompt", text: "another" }).goal, 0);
  assert.equal(stopped({ type: "field", name: "top_k", text: "3" }).goal, 0);
  assert.equal(stopped({ type: "generate" }).goal, 0, "another seed, another text");
  assert.equal(stopped({ type: "step" }).goal, 5);
  const grown = reduce(shown, { ...reading, reading: { ...reading.reading, again: true } });
  assert.equal(reduce(grown, { type: "stop" }).goal, 5, "a text that has begun stays");
});

test("what is read is forgotten with the next token, at the end and after an error", () => {
  const reading = after(
    { type: "started" },
    { type: "reading", reading: { read: 0, tokens: 9, again: false, is_long: false } },
  );
  assert.equal(reading.reading?.tokens, 9);
  const problem = problemFrom({ code: "engine_lost", message: "m" });
  /** @type {Action[]} */
  const ends = [
    { type: "started" },
    { type: "drew", run: runOf(1) },
    { type: "finished", run: runOf(1) },
    { type: "failed", problem },
  ];
  for (const end of ends) assert.equal(reduce(reading, end).reading, null, end.type);
});

test("the number of tokens follows the setting, and never exceeds it", () => {
  assert.equal(wantedTokens(startState()), 80);
  assert.equal(wantedTokens({ ...startState(), goal: 12 }), 12);
  const shorter = after({ type: "field", name: "max_new_tokens", text: "5" });
  assert.equal(wantedTokens({ ...shorter, goal: 12 }), 5);
  assert.equal(wantedTokens(after({ type: "field", name: "max_new_tokens", text: "" })), undefined);
});

test("a problem keeps text and settings; a run that works clears it", () => {
  const good = after({ type: "finished", run: runOf(3) }, { type: "field", name: "top_p", text: "7" });
  const problem = problemFrom({ code: "invalid_setting", message: "top_p = 7", setting: "top_p" });
  const bad = reduce(good, { type: "failed", problem });
  assert.deepEqual([bad.run, bad.fields, bad.problem?.place], [good.run, good.fields, "top_p"]);
  assert.equal(reduce(bad, { type: "finished", run: runOf(3) }).problem, null);
});

test("every error has its place", () => {
  /** @type {[error: unknown, model: import("../../../www/state/types.js").ModelChoice["kind"] | undefined, place: string][]} */
  const cases = [
    [{ code: "invalid_setting", message: "m", setting: "min_p" }, undefined, "min_p"],
    [{ code: "invalid_setting", message: "m", setting: "batch" }, undefined, "page"],
    [{ code: "invalid_setting", message: "m", setting: "block_size" }, undefined, "block_size"],
    [{ code: "invalid_setting", message: "m", setting: "seed" }, "bigram", "model.seed"],
    [{ code: "model_format", message: "m" }, "counted", "model.text"],
    [{ code: "nothing_left", message: "m" }, "logits", "model.logits"],
    [{ code: "limit_exceeded", message: "m" }, "notebook", "model.kind"],
    [{ code: "engine_lost", message: "m" }, "counted", "page"],
    [{ code: "empty_prompt", message: "m" }, undefined, "prompt"],
    ["m", undefined, "page"],
  ];
  for (const [error, model, place] of cases) {
    assert.deepEqual([problemFrom(error, model).place, problemFrom(error, model).message], [place, "m"]);
  }
});

test("a seed that cannot be used is named without a word of BigInt", () => {
  for (const value of ['"abc"', "1.5", "-1", '"18446744073709551616"']) {
    const { place, message } = problemFrom({ code: "invalid_setting", setting: "seed", value, message: "as a BigInt" });
    assert.deepEqual([place, /BigInt/.test(message)], ["seed", false]);
    assert.match(
      message,
      /^seed = \S+ is (?:not a whole number|out of range): use a whole number from 0 to 2\^64 - 1, or leave it empty$/,
    );
  }
});

test("what JavaScript or a browser throws becomes a sentence for readers", () => {
  const said = (/** @type {unknown} */ error) => problemFrom(error).message;
  for (const message of [
    "Failed to fetch dynamically imported module: https://example.org/views-1a2b.js",
    "error loading dynamically imported module: https://example.org/views-1a2b.js",
    "Importing a module script failed.",
  ])
    assert.match(
      said(new TypeError(message)),
      /^a part of this page did not load: check the connection, then try again$/,
    );
  assert.match(said(new TypeError("Cannot convert abc to a BigInt")), /^something here went wrong.*report it/);
  assert.match(said(null), /^something here went wrong/);
});

test("the step shown is the selected one, or the last of a shorter text, or the one to come", () => {
  const chosen = after({ type: "finished", run: runOf(9) }, { type: "select", index: 6 });
  assert.deepEqual(wantedStep(chosen), { index: 6, drawn: true });
  assert.deepEqual(wantedStep({ ...chosen, run: runOf(2) }), { index: 1, drawn: true });
  assert.deepEqual(wantedStep({ ...chosen, run: runOf(0) }), { index: 0, drawn: false });
});

test("Generate that brings the same text is noticed; a changed setting that does is not", () => {
  const first = after({ type: "finished", run: runOf(3) });
  const again = reduce(reduce(first, { type: "started" }), { type: "finished", run: runOf(3, { asked: 1 }) });
  assert.equal(again.repeated, true);
  const turned = reduce(reduce(again, { type: "started" }), { type: "finished", run: runOf(3, { asked: 1 }) });
  assert.equal(turned.repeated, false);
});

test("an explanation is of the text and the token that are shown, or on its way", () => {
  const run = runOf(4);
  /** @param {number} index @param {import("../../../www/state/types.js").Run} of @returns {Action} */
  const traced = (index, of = run) => ({ type: "traced", step: /** @type {any} */ ({ run: of, index, drawn: true }) });
  /** @type {[Action[], boolean][]} */
  const cases = [
    [[], false],
    [[{ type: "finished", run }], true],
    [[{ type: "finished", run }, traced(0)], false],
    [[{ type: "finished", run }, traced(0), { type: "select", index: 2 }], true],
    [[{ type: "finished", run }, { type: "select", index: 2 }, traced(2)], false],
    [[{ type: "finished", run }, traced(0), { type: "drew", run: runOf(1) }], true],
    [[{ type: "finished", run: runOf(4) }, traced(0)], true],
    [[{ type: "drew", run: { ...run, tokens: run.tokens.slice(0, 2) } }, traced(0), { type: "finished", run }], false],
    [[{ type: "select", index: 3 }, traced(0), { type: "drew", run }], true],
    [
      [
        { type: "finished", run },
        { type: "failed", problem: problemFrom("m") },
      ],
      false,
    ],
  ];
  for (const [i, [actions, due]] of cases.entries()) assert.equal(isExplaining(after(...actions)), due, `case ${i}`);
});

test("a token is explained as soon as it is drawn, and no other one in its place", () => {
  const whole = runOf(6);
  const part = (/** @type {number} */ n) => ({ ...whole, tokens: whole.tokens.slice(0, n), finish_reason: null });
  const wanted = (/** @type {number} */ selected, /** @type {import("../../../www/state/types.js").Run} */ run) =>
    stepToExplain(after({ type: "select", index: selected }, { type: "drew", run }));
  assert.equal(wanted(4, part(3)), null, "the text has still to come to it");
  assert.deepEqual(wanted(2, part(3)), { index: 2, drawn: true });
  assert.deepEqual(wanted(9, whole), { index: 5, drawn: true }, "the text has become shorter");
  assert.deepEqual(wanted(0, part(0)), { index: 0, drawn: false }, "nothing is to be drawn");
  assert.equal(stepToExplain(startState()), null);
});

test("rows are ordered by the model, and say which stage removed a token", () => {
  const stage = {
    setting: "",
    values: new Float32Array(),
    rule: "",
    mass_removed: 0,
    entropy_before: 0,
    entropy_after: 0,
    effective_vocab: 1,
    kept: 0,
  };
  /** @type {import("../../../www/state/types.js").Trace} */
  const trace = {
    vocab_size: 5,
    order: [],
    greedy: false,
    logits: Float32Array.of(0, 1, 1, 2, Number.NEGATIVE_INFINITY),
    raw_probabilities: Float32Array.of(0.125, 0.25, 0.25, 0.375, 0),
    raw_entropy: 0,
    raw_effective_vocab: 1,
    effective_vocab: 1,
    probabilities: Float32Array.of(0, 0.5, 0, 0.5, 0),
    entropy: 0,
    kept: 2,
    stages: [
      { ...stage, stage: "top_k", removed: Uint32Array.of(0), evidence: Float32Array.of(0), limit: 1 },
      { ...stage, stage: "top_p", removed: Uint32Array.of(2), evidence: Float32Array.of(0.75), limit: 0.5 },
    ],
    draw: { kind: "coin", token: 1, probability: 0.5 },
  };
  const rows = rowsOf(trace);
  assert.deepEqual(
    rows.map((row) => row.id),
    [3, 1, 2, 0, 4],
    "likeliest first, ties by id",
  );
  assert.deepEqual(
    rows.map((row) => row.removal?.stage),
    [undefined, undefined, "top_p", "top_k", "model"],
  );
  assert.deepEqual(rows[2].removal, { stage: "top_p", evidence: 0.75, limit: 0.5 });
  assert.deepEqual(
    rowsToShow(rows, 1, 1).map(({ row, skipped }) => [row.id, skipped]),
    [
      [3, 0],
      [1, 0],
      [2, 0],
      [0, 0],
    ],
    "the first, the drawn one and the two at the cut",
  );
  assert.deepEqual(
    rowsToShow(rows, 1, 0).map(({ row, skipped }) => [row.id, skipped]),
    [
      [3, 0],
      [2, 1],
      [0, 0],
    ],
  );
  const greedy = rowsOf({ ...trace, stages: [], draw: { kind: "greedy", token: 3, probability: 1 } });
  assert.deepEqual(
    greedy.map((row) => row.removal?.stage),
    [undefined, "greedy", "greedy", "greedy", "model"],
  );
});

test("equal model choices have equal keys, and only what matters counts", () => {
  const { model } = startState();
  assert.equal(modelKey(model), modelKey({ ...model, seed: "9", text: "x" }), "the lesson's weights have no settings");
  const counted = { ...model, kind: /** @type {const} */ ("counted") };
  assert.notEqual(modelKey(counted), modelKey({ ...counted, smoothing: "1" }));
  assert.deepEqual(modelSpec({ ...counted, text: "ab", smoothing: "0,5" }), {
    kind: "counted",
    text: "ab",
    smoothing: 0.5,
  });
  assert.deepEqual(modelSpec({ ...model, kind: "bigram", seed: " " }), { kind: "bigram", rng: "torch" });
});

test("public events tell what changed", () => {
  const store = makeStore(reduce, startState());
  /** @type {string[]} */
  const types = [];
  const stop = store.subscribe((state, before) => types.push(...eventsOf(state, before).map(({ type }) => type)));
  const place = { kind: "cpu", adapter: "wasm", reason: "", thread: /** @type {const} */ ("here") };
  for (const action of /** @type {Action[]} */ ([
    { type: "machinery", place, machine: startState().machine },
    { type: "ready" },
    { type: "started" },
    { type: "drew", run: runOf(1) },
    { type: "finished", run: runOf(2) },
    { type: "prompt", text: "x" },
    { type: "failed", problem: problemFrom("m") },
  ])) {
    store.dispatch(action);
  }
  stop();
  store.dispatch({ type: "prompt", text: "y" });
  assert.deepEqual(types, ["backend-change", "generate-start", "generate-end", "config-change", "error"]);
});

test("a growing text is shown by whole words, and one without spaces as it comes", () => {
  const shown = (/** @type {string[]} */ tokens) => {
    const n = tokensOfWholeWords({ tokens: tokens.map((_, i) => i), vocab: tokens });
    return tokens.slice(0, n).join("|");
  };
  assert.equal(shown([]), "");
  assert.equal(shown(["st", "ic"]), "");
  assert.equal(shown(["st", "ick", " "]), "st|ick| ");
  assert.equal(shown(["st", "ick", " ", "in"]), "st|ick| ");
  assert.equal(shown([" France", " is", " Par"]), " France| is");
  assert.equal(shown([" France", " is", " Par", "is", "."]), " France| is");
  assert.equal(shown([" is.", "\n", "It", "'s"]), " is.|\n");
  assert.equal(shown(["巴黎", "是", "法"]), "巴黎|是|法");
  const letters = [..."abcdefghijklmnopqrstuvwxyz"];
  assert.equal(shown(letters.slice(0, 24)), "");
  assert.equal(shown(letters), letters.join("|"));
  const steps = [..."once there was a stick in a small thin thing "].map((_, i, all) => shown(all.slice(0, i + 1)));
  for (const text of steps) assert.match(text.replaceAll("|", ""), /^$| $/);
});
