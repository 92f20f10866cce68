/** Which band of one picture is which of the next: a drag must not make them blink. */
import assert from "node:assert/strict";
import test from "node:test";
import { keysOf, matchBands } from "../../../www/river/match.js";

test("a token keeps its band, a tail band its first rank", () => {
  const keys = keysOf({
    id: Int32Array.of(7, 3, -1, 90, -1),
    first: Uint32Array.of(0, 1, 2, 22, 23),
    count: Uint32Array.of(1, 1, 20, 1, 30),
    logit: new Float32Array(5),
    start: new Float32Array(5),
    model_rank: new Uint32Array(5),
  });
  assert.deepEqual(keys, ["7", "3", "tail 2", "90", "tail 23"]);
});

test("bands that stay are matched wherever they stand", () => {
  const pairs = matchBands(["7", "3", "5", "tail 3"], ["3", "7", "5", "tail 3"]);
  assert.deepEqual(pairs, [
    { from: 1, to: 0 },
    { from: 0, to: 1 },
    { from: 2, to: 2 },
    { from: 3, to: 3 },
  ]);
});

test("a drawn token that leaves the tail is new, and the tail's other bands stay", () => {
  const pairs = matchBands(["7", "tail 1", "tail 21"], ["7", "tail 1", "90", "tail 9", "tail 21"]);
  assert.deepEqual(
    pairs.map(({ from }) => from),
    [0, 1, -1, -1, 2],
  );
});

test("tail bands whose ranks changed are matched by their place", () => {
  const pairs = matchBands(["7", "3", "tail 2", "tail 22"], ["7", "tail 1", "tail 21"]);
  assert.deepEqual(
    pairs.filter(({ to }) => to >= 0).map(({ from }) => from),
    [0, 2, 3],
  );
});

test("what goes stands where it stood until it is gone", () => {
  const pairs = matchBands(["9", "7", "8", "3"], ["7", "3"]);
  assert.deepEqual(pairs, [
    { from: 0, to: -1 },
    { from: 1, to: 0 },
    { from: 2, to: -1 },
    { from: 3, to: 1 },
  ]);
});

test("nothing that was there is lost, and nothing new is missing", () => {
  const before = ["1", "2", "3", "tail 3", "tail 9"];
  const after = ["4", "3", "1", "tail 3", "5", "tail 8"];
  const pairs = matchBands(before, after);
  assert.deepEqual(
    pairs.flatMap(({ to }) => (to < 0 ? [] : [to])),
    [0, 1, 2, 3, 4, 5],
  );
  assert.deepEqual(pairs.flatMap(({ from }) => (from < 0 ? [] : [from])).sort(), [0, 1, 2, 3, 4]);
});
