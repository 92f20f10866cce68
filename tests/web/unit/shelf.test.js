/** GPTs that are loaded: what calls a loading off, and what is said of that. */
import assert from "node:assert/strict";
import test from "node:test";
import { reduce, startState } from "../../../www/state/lab-state.js";
import { makeStore } from "../../../www/state/store.js";
import { Shelf } from "../../../www/tasks/shelf.js";

/** A lab whose models never come. */
const lab = /** @type {any} */ ({
  model: (/** @type {{ signal: AbortSignal }} */ { signal }) =>
    new Promise((_, reject) => signal.addEventListener("abort", () => reject(signal.reason))),
});

test("a loading that was cancelled is said to have changed nothing; one that another model took the place of is not", async () => {
  const store = makeStore(reduce, startState());
  const shelf = new Shelf(store, lab);
  const cancelled = shelf.load({ kind: "gpt" });
  assert.equal(store.state.shelf.wanted?.kind, "gpt");
  shelf.cancel();
  await cancelled;
  assert.deepEqual([store.state.shelf.at, store.state.shelf.cancelled], [null, true]);

  const replaced = shelf.load();
  assert.equal(store.state.shelf.cancelled, false);
  store.dispatch({ type: "model", change: { kind: "counted" } });
  await replaced;
  assert.deepEqual([store.state.shelf.at, store.state.shelf.cancelled], [null, false]);
  shelf.dispose();
});
