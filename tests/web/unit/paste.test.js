/** Numbers as people paste them, presets and orders. */
import assert from "node:assert/strict";
import test from "node:test";
import { KNOBS, orderOf, STAGES } from "../../../www/state/knobs.js";
import { parseLabels, parseLogits } from "../../../www/state/logits.js";
import { ORDERS, PRESETS } from "../../../www/state/presets.js";
import { repeatedEnd } from "../../../www/state/repeats.js";

const five = [2, -1.5, 0.3, 4.2, -0.8];

test("logits are read from JSON, commas, lines and printed tensors", () => {
  for (const text of [
    "[2.0, -1.5, 0.3, 4.2, -0.8]",
    "2.0 -1.5 .3 4.2 -0.8",
    "2\n-1.5\n0.3\n4.2\n-8e-1\n",
    "tensor([[ 2.0000, -1.5000,  0.3000,  4.2000, -0.8000]], device='cuda:0', grad_fn=<AddBackward0>)",
    "tensor([2.0, -1.5, 0.3, 4.2, -0.8], dtype=torch.float64)",
    "array([ 2. , -1.5,  0.3,  4.2, -0.8], dtype=float32)",
    "[[2.0, -1.5, 0.3, 4.2, -0.8]]",
  ])
    assert.deepEqual(parseLogits(text), { logits: five }, text);
  assert.deepEqual(parseLogits("1, -inf, -Infinity"), { logits: [1, -Infinity, -Infinity] });
});

test("what is no row of logits is named with its place", () => {
  for (const [text, problem] of /** @type {[string, RegExp][]} */ ([
    ["", /no numbers yet/],
    ["1, two, 3", /"two" at position 2/],
    ["1, nan", /"nan" at position 2/],
    ["1, inf", /"inf" at position 2/],
    ["[[1, 2], [3, 4]]", /2 rows/],
    ["1,5.5.5", /"5.5.5" at position 2/],
  ])) {
    const read = parseLogits(text);
    assert.ok("problem" in read && problem.test(read.problem), `${text}: ${JSON.stringify(read)}`);
  }
  assert.match(/** @type {any} */ (parseLogits("1 ".repeat(300_001))).problem, /at most 300000/);
});

test("labels are one for each logit, or none", () => {
  assert.deepEqual(parseLabels("", 3), { labels: undefined });
  assert.deepEqual(parseLabels("a\n b\n\n", 3), { labels: ["a", " b", ""] });
  assert.deepEqual(parseLabels('["x", "y"]', 2), { labels: ["x", "y"] });
  assert.match(/** @type {any} */ (parseLabels("a\nb", 3)).problem, /2 labels for 3 logits/);
});

test("a preset sets every knob but seed, random numbers and length, and orders name real stages", () => {
  const set = KNOBS.map(({ name }) => name).filter((name) => !["seed", "rng", "max_new_tokens"].includes(name));
  for (const { name, sentence, fields } of PRESETS) {
    assert.deepEqual(Object.keys(fields).sort(), set.toSorted(), name);
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
