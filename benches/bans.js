// What many bans, a trace and other kinds of arrays cost through the library, in Node and in this thread. One JSON line per row, as benches/sampling.rs prints them;
// results are checked before they are timed.
import assert from "node:assert/strict";
import { createLab } from "../www/engine/index.js";

const REPEATS = 101;
const V = 50_257;
const BANS = 40_000;

const lab = await createLab({ thread: "here", backend: "cpu" });
await measureBans();
await measureTrace();
await measureKinds();
lab.dispose();

/** Of 50,257 tokens 40,000 are banned, as a text may not hold them. */
async function measureBans() {
  const logits = hilly();
  const ids = Array.from({ length: BANS }, (_, i) => (i * 7919) % V);
  const map = new Map(ids.map((id) => [id, Number.NEGATIVE_INFINITY]));
  assert.equal(map.size, BANS);
  const columns = { ids: Uint32Array.from(ids), values: new Float64Array(BANS).fill(Number.NEGATIVE_INFINITY) };
  const forms = { none: undefined, columns, "an object": Object.fromEntries(map), "a Map": map, pairs: [...map] };
  for (const [form, logit_bias] of Object.entries(forms)) {
    const left = logits.map((x, id) => (logit_bias && map.has(id) ? Number.NEGATIVE_INFINITY : x));
    let step = 0;
    for (; step < 64; step++) {
      const got = await lab.sample(logits, { logit_bias, seed: 7, step });
      const want = await lab.sample(left, { seed: 7, step });
      assert.deepEqual([got.tokens[0], got.kept[0]], [want.tokens[0], want.kept[0]]);
      assert.equal(got.kept[0], logit_bias ? V - BANS : V);
    }
    report(`${BANS} bans: ${form}`, await repeat(() => lab.sample(logits, { logit_bias, seed: 7, step: step++ })));
  }
}

/** Temperature, top_k and top_p, with all that happened. */
async function measureTrace() {
  const logits = hilly();
  for (const settings of [{ temperature: 0.8 }, { temperature: 0.8, top_k: 50, top_p: 0.9 }]) {
    const options = { ...settings, seed: 7 };
    const { tokens, kept } = await lab.sample(logits, options);
    const trace = await lab.trace(logits, options);
    assert.deepEqual([trace.draw.token, trace.kept], [tokens[0], kept[0]]);
    assert.equal(trace.stages.length, Object.keys(settings).length);
    const sum = trace.probabilities.reduce((sum, p) => sum + p, 0);
    assert.ok(Math.abs(sum - 1) < 1e-5, `the probabilities sum to ${sum}`);
    const setting = Object.entries(settings)
      .map(([name, value]) => `${name} ${value}`)
      .join(" + ");
    report(`lab.trace ${setting}`, await repeat(() => lab.trace(logits, options)));
  }
}

/** The same logits in the arrays that programs have them in. */
async function measureKinds() {
  const logits = hilly();
  const kinds = {
    "a Float32Array": logits,
    "a Float64Array": Float64Array.from(logits),
    "an Array": Array.from(logits),
  };
  const want = await lab.sample(logits, { seed: 7 });
  for (const [kind, given] of Object.entries(kinds)) {
    assert.deepEqual(await lab.sample(given, { seed: 7 }), want);
    report(`lab.sample of ${kind}`, await repeat(() => lab.sample(given, { seed: 7 })));
  }
}

/** Logits without a pattern that a sampler could profit from: no two neighbours alike, a few far above the rest. */
function hilly() {
  return Float32Array.from({ length: V }, (_, i) => 8 * Math.sin(i * i * 0.7) ** 9 + Math.cos(i * 1.3));
}

/** Microseconds a call, sorted. @param {() => Promise<unknown>} work */
async function repeat(work) {
  const times = [];
  for (let i = 0; i < REPEATS; i++) {
    const start = performance.now();
    await work();
    times.push((performance.now() - start) * 1000);
  }
  return times.sort((a, b) => a - b);
}

/** @param {string} setting @param {number[]} times sorted */
function report(setting, times) {
  const [median_us, min_us] = [times[times.length >> 1], times[0]];
  console.log(JSON.stringify({ v: V, setting, median_us, min_us, n: times.length }));
}
