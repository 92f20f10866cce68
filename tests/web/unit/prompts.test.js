/** The prompt when another model is chosen: one of ours gives way to one that suits the model, one that was typed stays. */
import assert from "node:assert/strict";
import test from "node:test";
import { promptNote } from "../../../www/components/prompt-bar.js";
import { reduce, startState } from "../../../www/state/lab-state.js";
import { modelKey } from "../../../www/state/models.js";
import { promptsFor } from "../../../www/state/prompts.js";
import { en } from "./support/english.js";
import { runWith } from "./support/state.js";
import { partsOf } from "./support/template.js";

/** A state with this prompt and both GPTs on the shelf. @param {string} prompt */
function stateWith(prompt) {
  const state = startState();
  const known = Object.fromEntries(
    /** @type {const} */ (["gpt", "smollm2"]).map((kind) => [
      modelKey({ ...state.model, kind }),
      /** @type {any} */ ({}),
    ]),
  );
  return reduce({ ...state, shelf: { ...state.shelf, known } }, { type: "prompt", text: prompt });
}

/** @param {any} state @param {any} kind */
const choose = (state, kind) => reduce(state, { type: "model", change: { kind } });

test("a prompt of ours gives way to one for whole words, and back, and undo brings it back", () => {
  const before = stateWith(promptsFor("gpt")[1]);
  const after = choose(before, "smollm2");
  assert.deepEqual([after.model.kind, after.prompt], ["smollm2", "The capital of France is"]);
  assert.equal(reduce(after, { type: "undo" }).prompt, before.prompt);
  assert.equal(choose(after, "counted").prompt, promptsFor("counted")[0]);
});

test("no prompt for whole words ends in a space, and each for letters does", () => {
  assert.deepEqual(
    promptsFor("smollm2").filter((text) => text.endsWith(" ")),
    [],
  );
  assert.deepEqual(
    promptsFor("gpt").filter((text) => !text.endsWith(" ")),
    [],
  );
});

test("a prompt that was typed, and one that suits the model, stay", () => {
  for (const prompt of ["my own words ", "", "The opposite of hot is"])
    assert.equal(choose(stateWith(prompt), "smollm2").prompt, prompt);
  assert.equal(choose(stateWith("the old man "), "bigram").prompt, "the old man ");
  assert.equal(choose(stateWith("my own words "), "gpt").prompt, "my own words ");
});

test("a recorded model has no other prompts than its own", () => {
  assert.equal(choose(stateWith("my own words "), "recorded").prompt, "The capital of France is");
  assert.equal(choose(stateWith("The opposite of hot is"), "recorded").prompt, "The opposite of hot is");
});

test("a model that is still to load leaves the prompt as it is", () => {
  const state = reduce(startState(), { type: "prompt", text: "the old man " });
  assert.equal(choose(state, "smollm2").prompt, "the old man ");
});

test("a space at the end is told of where the model's words begin with one", () => {
  const said = (/** @type {string} */ prompt, /** @type {string[]} */ vocab, /** @type {string} */ typed = prompt) => {
    const run = runWith([0], { vocab, made_of: /** @type {any} */ ({ prompt }) });
    const context = { state: { ...stateWith(typed), run }, words: { t: en, format: {} } };
    return partsOf(promptNote(/** @type {any} */ (context))).includes(en.prompt.space);
  };
  const words = ["a", " the", " "];
  assert.ok(said("My favourite season is ", words));
  assert.ok(!said("My favourite season is", words));
  assert.ok(!said("once there was a ", ["a", " ", "b"]), "letters");
  assert.ok(!said("a ", words, "a b"), "of the prompt before nothing is said");
});
