/** What the page says of measured times. */
import assert from "node:assert/strict";
import test from "node:test";
import { isNoise, timings, timingsView } from "../../../www/components/timings.js";
import { makeFormat } from "../../../www/lib/format.js";
import { startState } from "../../../www/state/lab-state.js";
import { en } from "./support/english.js";
import { runOf } from "./support/state.js";
import { partsOf } from "./support/template.js";

const words = { t: en, format: makeFormat(en) };

/** @param {object} change */
const contextWith = (change) => ({ state: { ...startState(), ...change }, words, send: () => {} });

test("median and 95th percentile are one line where they cannot be told apart", () => {
  /** @param {number} step_p95_ms */
  const said = (step_p95_ms) => {
    const times = { tokens: 80, step_p50_ms: 0.005, step_p95_ms, backend: "cpu", clock_resolution_ms: 0.005 };
    return partsOf(timings(contextWith({ run: runOf(80, { timings: /** @type {any} */ (times) }) })));
  };
  assert.ok(said(0.02).includes(en.timings.step) && said(0.02).includes(en.timings.step_p95));
  assert.ok(said(0.005).includes(en.timings.step_both));
  assert.ok(!said(0.005).includes(en.timings.step_p95));
});

test("a difference within the spread of the measurements is called none", () => {
  /** @param {number} ms of a step with a stage more */
  const said = (ms) => {
    const stages = [
      { stage: "draw", ms: 0.01, spread_ms: 0.001 },
      { stage: "temperature", ms, spread_ms: 0.001 },
    ];
    const stage_times = { rows: 8, vocab_size: 30, backend: "cpu", stages };
    const actions = { sweep: { start() {}, stop() {} }, timeStages() {} };
    return partsOf(timingsView(contextWith({ stage_times }), actions));
  };
  assert.ok(said(0.009).includes(en.stage_times.noise), "faster by noise");
  assert.ok(!said(0.009).includes("9 µs"), "a number that means nothing is not told");
  assert.ok(!said(0.02).includes(en.stage_times.noise));
  assert.ok(said(0.02).includes("20 µs"));
  assert.ok(said(0.002).includes(en.stage_times.faster), "faster by more than noise");
  assert.ok(!said(0.009).includes(en.stage_times.faster));
});

test("a stage is compared with the last one whose time is told", () => {
  const stage = (/** @type {number} */ ms) => ({ stage: /** @type {const} */ ("draw"), ms, spread_ms: 0.001 });
  const all = [stage(0.01), stage(0.0115), stage(0.013)];
  assert.deepEqual(
    all.map((_, i) => isNoise(all, i)),
    [false, true, false],
    "small steps add up",
  );
});
