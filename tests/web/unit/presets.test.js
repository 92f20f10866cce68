/** Presets, orders and repeats. */
import assert from "node:assert/strict";
import test from "node:test";
import { ORDERS, PRESETS } from "../../../www/state/presets.js";
import { repeatedEnd } from "../../../www/state/repeats.js";
import { fieldsOfPreset, orderOf, SETTINGS, STAGES, settingNamed } from "../../../www/state/settings.js";

test("a preset sets every setting but the random numbers and where the text ends, and orders name real stages", () => {
  const kept = SETTINGS.filter(({ name, table }) => ["seed", "rng"].includes(name) || table === "loop");
  for (const name of ["max_new_tokens", "stop_strings", "block_size"]) assert.ok(kept.includes(settingNamed(name)));
  const set = SETTINGS.filter((setting) => !kept.includes(setting)).map(({ name }) => name);
  for (const preset of PRESETS) {
    const { name, sentence } = preset;
    assert.deepEqual(Object.keys(fieldsOfPreset(preset)).sort(), set.toSorted(), name);
    assert.match(sentence, /^[A-Z].*\.$/);
  }
  for (const { order } of ORDERS) assert.deepEqual(orderOf({ order }).toSorted(), STAGES.toSorted());
  assert.deepEqual(orderOf({ order: "top_p, nonsense" })[0], "top_p");
});

test("a text that goes round in circles is seen, with its shortest circle", () => {
  const text = (/** @type {string} */ letters) => [...letters].map((letter) => letter.charCodeAt(0));
  assert.deepEqual(repeatedEnd(text(`xyz${" ".repeat(40)}`)), { period: 1, times: 40 });
  assert.deepEqual(repeatedEnd(text("once upon abcabcabcabcabc")), { period: 3, times: 5 });
  assert.equal(repeatedEnd(text("abcabc")), null);
  assert.equal(repeatedEnd(text("the quick brown fox jumps over")), null);
  assert.equal(repeatedEnd([]), null);
});
