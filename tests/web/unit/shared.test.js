/** What several hold at once is made once, and ends with the last. */
import assert from "node:assert/strict";
import test from "node:test";
import { shared } from "../../../www/lib/shared.js";

test("the first makes it, it ends with the last, and then there is another one", async () => {
  let n_made = 0;
  /** @type {number[]} */
  const ended = [];
  const hold = shared(
    async () => ++n_made,
    (made) => ended.push(made),
  );
  const [one, other] = await Promise.all([hold(), hold()]);
  assert.deepEqual([one.made, other.made], [1, 1]);
  one.release();
  one.release();
  assert.deepEqual(ended, [], "releasing twice counts once");
  other.release();
  assert.deepEqual(ended, [1]);
  assert.equal((await hold()).made, 2);
});

test("where it cannot be made all are told, and the next tries again", async () => {
  let isBroken = true;
  const hold = shared(
    async () => {
      if (isBroken) throw new Error("not now");
      return "made";
    },
    () => assert.fail("nothing was made"),
  );
  const both = await Promise.allSettled([hold(), hold()]);
  assert.deepEqual(
    both.map(({ status }) => status),
    ["rejected", "rejected"],
  );
  isBroken = false;
  assert.equal((await hold()).made, "made");
});
