/** The river's clocks: they approach, wait, and end. */
import assert from "node:assert/strict";
import test from "node:test";
import { Approach, Timer } from "../../../www/river/motion.js";

test("after 70 ms 37 % of the way are left, however many frames there were", () => {
  for (const frames of [1, 2, 7]) {
    const motion = new Approach();
    motion.start(Float64Array.of(0, 4), Float64Array.of(1, 2));
    for (let i = 0; i < frames; i++) motion.advance(70 / frames);
    assert.ok(Math.abs(motion.now[0] - (1 - 1 / Math.E)) < 1e-3);
    assert.ok(Math.abs(motion.now[1] - (2 + 2 / Math.E)) < 1e-3);
  }
});

test("a new aim goes on from what is seen", () => {
  const motion = new Approach();
  motion.start(Float64Array.of(0), Float64Array.of(1));
  motion.advance(50);
  const [seen] = motion.now;
  motion.start(motion.now, Float64Array.of(5));
  assert.equal(motion.now[0], seen);
  motion.advance(5000);
  assert.deepEqual([motion.now[0], motion.busy], [5, false]);
  motion.snap(Float64Array.of(2));
  assert.deepEqual([motion.now[0], motion.busy], [2, false]);
});

test("a timer waits, slows down, and ends at 1", () => {
  const timer = new Timer(600);
  assert.deepEqual([timer.shown, timer.busy], [1, false]);
  timer.start(100);
  timer.advance(90);
  assert.deepEqual([timer.shown, timer.busy], [0, true]);
  timer.advance(310);
  assert.ok(timer.shown > 0.5 && timer.shown < 1);
  timer.advance(310);
  assert.deepEqual([timer.shown, timer.busy], [1, false]);
  timer.start();
  timer.end();
  assert.equal(timer.busy, false);
});
