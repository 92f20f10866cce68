/** Undo, redo, branches, and what a change did to the text. */
import assert from "node:assert/strict";
import test from "node:test";
import { firstDifference } from "../../../www/state/history.js";
import { reduce, startState } from "../../../www/state/lab-state.js";
import { after, runWith } from "./support/state.js";

/** @typedef {import("../../../www/state/lab-state.js").Action} Action */

/** @param {string} name @param {string} text @returns {Action} */
const field = (name, text) => ({ type: "field", name, text });

test("undo goes back one change, redo forward; a drag is one change", () => {
  const dragged = after(field("temperature", "1"), field("temperature", "1.1"), field("temperature", "1.2"), {
    type: "commit",
  });
  assert.equal(dragged.past.length, 1);
  const again = reduce(dragged, field("temperature", "1.3"));
  assert.equal(again.past.length, 2, "another drag is another change");
  const back = reduce(reduce(again, { type: "undo" }), { type: "undo" });
  assert.equal(back.fields.temperature, startState().fields.temperature);
  assert.equal(back.future.length, 2);
  const forth = reduce(back, { type: "redo" });
  assert.equal(forth.fields.temperature, "1.2");
  assert.deepEqual(reduce(forth, field("top_k", "3")).future, [], "a new change ends the way forward");
  const nothing = startState();
  assert.equal(reduce(nothing, { type: "undo" }), nothing);
  assert.equal(reduce(nothing, { type: "redo" }), nothing);
});

test("what is set to what it was is no change", () => {
  const start = startState();
  const same = reduce(start, {
    type: "settings",
    prompt: start.prompt,
    fields: { ...start.fields },
    model: { ...start.model },
  });
  assert.equal(same.past.length, 0);
  assert.equal(same.fields, start.fields);
});

test("a token is forced, taken back and forced again; earlier ones stay, later ones go", () => {
  const two = after({ type: "force", index: 3, token: 5 }, { type: "force", index: 9, token: 2 });
  assert.deepEqual(two.forced, { 3: 5, 9: 2 });
  assert.equal(two.selected, 9);
  assert.deepEqual(reduce(two, { type: "force", index: 4, token: 1 }).forced, { 3: 5, 4: 1 });
  assert.deepEqual(reduce(two, { type: "release", index: 9 }).forced, { 3: 5 });
  assert.deepEqual(reduce(two, { type: "undo" }).forced, { 3: 5 });
  assert.deepEqual(reduce(two, { type: "prompt", text: "other" }).forced, {}, "another text");
  assert.deepEqual(reduce(two, { type: "model", change: { kind: "bigram" } }).forced, {});
  const rewound = reduce(two, { type: "rewind", index: 4 });
  assert.deepEqual([rewound.goal, rewound.selected, rewound.stopped], [4, 3, true]);
});

test("a rewind is undone and redone, with how much of the text was shown", () => {
  const whole = after({ type: "finished", run: runWith([0, 1, 2, 0, 1]) });
  const rewound = reduce(whole, { type: "rewind", index: 2 });
  const cut = reduce(rewound, { type: "finished", run: runWith([0, 1]) });
  assert.equal(firstDifference(cut), null, "it made no token another one");
  const back = reduce(cut, { type: "undo" });
  assert.deepEqual([back.goal, back.selected, back.stopped], ["all", 0, false]);
  const again = reduce(back, { type: "redo" });
  assert.deepEqual([again.goal, again.selected, again.stopped], [2, 1, true]);
  const turned = reduce(reduce(rewound, field("top_k", "3")), { type: "undo" });
  assert.equal(turned.goal, 2, "undoing another change leaves the length");
});

test("where a change first made another token", () => {
  const first = reduce(startState(), { type: "finished", run: runWith([0, 1, 2, 0]) });
  /** @param {Action} change @param {number[]} tokens @param {object} [drawn] how */
  const difference = (change, tokens, drawn = {}) =>
    firstDifference(reduce(reduce(first, change), { type: "finished", run: runWith(tokens, drawn) }));
  const is_drawn = true;
  assert.equal(firstDifference(first), null, "nothing was changed yet");
  assert.deepEqual(difference(field("top_p", "0.5"), [0, 1, 1, 0]), { index: 2, was: 2, is: 1, is_drawn });
  assert.deepEqual(difference(field("top_k", "9"), [0, 1, 2, 0]), {
    index: 4,
    was: undefined,
    is: undefined,
    is_drawn,
  });
  assert.deepEqual(difference(field("max_new_tokens", "5"), [0, 1, 2, 0, 1]), {
    index: 4,
    was: undefined,
    is: 1,
    is_drawn,
  });
  assert.equal(difference(field("seed", "8"), [0, 2, 1, 0], { seed: 8n }), null, "other random numbers");
  assert.equal(
    difference(field("rng", "torch"), [0, 2, 1, 0], { settings: { rng: "torch" } }),
    null,
    "other random numbers",
  );
  const greedy = { settings: { temperature: 0 }, seed: 8n };
  assert.deepEqual(difference(field("temperature", "0"), [0, 0, 2, 0], greedy), {
    index: 1,
    was: 1,
    is: 0,
    is_drawn: false,
  });
});
