/** The state in an address: out and in again, and nothing that an address can hold breaks the page. */
import assert from "node:assert/strict";
import test from "node:test";
import { startState } from "../../../www/state/lab-state.js";
import { fromHash, toHash } from "../../../www/state/link.js";

const defaults = startState();

/** A small generator for tests, unrelated to the engine's. @param {number} seed */
function randomNumbers(seed) {
  let state = seed;
  return (/** @type {number} */ n) => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return Math.floor((state / 2 ** 32) * n);
  };
}

/** @param {ReturnType<typeof fromHash>["snapshot"]} part */
const whole = (part) => ({
  prompt: part.prompt ?? defaults.prompt,
  model: { ...defaults.model, ...part.model },
  fields: { ...defaults.fields, ...part.fields },
  forced: part.forced ?? {},
});

const TEXTS = ["", "the ", "a&b=c#d%e+f", "line\nline\ttab", "🙂 e\u0301", "%41%zz", "0.5", " "];

test("what is set comes back from the address", () => {
  const below = randomNumbers(1);
  const pick = (/** @type {readonly string[]} */ list) => list[below(list.length)];
  for (let i = 0; i < 500; i += 1) {
    const kind = /** @type {any} */ (pick(["notebook", "bigram", "counted", "logits"]));
    const made = {
      notebook: {},
      bigram: { seed: pick(TEXTS), rng: "philox" },
      counted: { text: pick(TEXTS) },
      logits: { logits: pick(TEXTS) },
    };
    const state = {
      prompt: pick(TEXTS),
      model: { ...defaults.model, kind, .../** @type {any} */ (made)[kind] },
      fields: {
        ...defaults.fields,
        temperature: pick(TEXTS),
        seed: String(below(1e9)),
        order: pick(["", "top_k,temperature"]),
      },
      forced: /** @type {Record<number, number>} */ (below(2) ? {} : { [below(80)]: below(30), 99: 0 }),
    };
    const { snapshot, problems } = fromHash(`#${toHash(state, defaults)}`);
    assert.deepEqual(problems, []);
    assert.deepEqual(whole(snapshot), state);
  }
});

test("seed and generator are always written, the rest only where it differs", () => {
  assert.equal(toHash(defaults, defaults), "v=1&seed=7&rng=philox");
  assert.deepEqual(fromHash(""), { snapshot: {}, problems: [] });
  assert.deepEqual(fromHash("#panel"), { snapshot: {}, problems: [] }, "an anchor is no link of ours");
});

test("an empty seed is written as the one that was used, and a text that is not whole with its length", () => {
  const run = /** @type {any} */ ({ seed: 18446744073709551615n });
  const fields = { ...defaults.fields, seed: "" };
  const stepped = toHash({ ...defaults, fields, run, goal: 3 }, defaults);
  assert.equal(stepped, "v=1&seed=18446744073709551615&rng=philox&tokens=3");
  assert.equal(fromHash(stepped).snapshot.goal, 3);
  assert.equal(toHash({ ...defaults, fields: { ...fields, seed: "5" }, run }, defaults), "v=1&seed=5&rng=philox");
  assert.match(fromHash("v=1&tokens=all").problems[0], /tokens=all/);
});

test("what cannot be used is named, and the rest is taken", () => {
  const { snapshot, problems } = fromHash(
    `#v=1&temperature=0.5&heat=3&rng=dice&model=llama&force=1.2_x&prompt=${"a".repeat(20_001)}&model.rng=torch`,
  );
  assert.deepEqual(snapshot.fields, { temperature: "0.5" });
  assert.equal(snapshot.model?.rng, "torch");
  assert.equal(problems.length, 5);
  for (const [i, word] of ["heat=3", "rng=dice", "model=llama", "force=1.2_x", "prompt=a"].entries())
    assert.ok(problems[i].startsWith(word), problems[i]);
  const other = fromHash("#v=2&temperature=0.5");
  assert.deepEqual(other.snapshot, {});
  assert.match(other.problems[0], /version "2"/);
});

test("no address makes it throw", () => {
  const below = randomNumbers(2);
  const parts = [
    "v=1",
    "&",
    "=",
    "%",
    "%E0%A4",
    "#",
    "force=",
    "1.2",
    "_",
    "prompt",
    "\uD800",
    "+",
    "model.",
    "seed=",
    "🙂",
    "__proto__=1",
  ];
  for (let i = 0; i < 5000; i += 1) {
    const hash = Array.from({ length: below(12) }, () => parts[below(parts.length)]).join("");
    const { snapshot } = fromHash(`v=1&${hash}`);
    assert.equal(toHash(whole(snapshot), defaults).startsWith("v=1"), true);
  }
});
