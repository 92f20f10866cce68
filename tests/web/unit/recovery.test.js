/** The engine breaks down; the lab does not. */

import assert from "node:assert/strict";
import test from "node:test";
import { Connection } from "../../../www/engine/connection.js";
import { engineLost } from "../../../www/engine/error.js";
import { openFragileLab } from "./support/fragile.js";
import { collect, LESSON, openLab, refused } from "./support/index.js";

test("a trap rejects with engine_lost, and the next call has a fresh engine", async () => {
  const { lab, breakNext } = await openFragileLab();
  const model = await lab.model({ kind: "bigram", rng: "torch", seed: 4 });
  const generator = await lab.generator("torch", 1);
  const expected = await model.forward([1, 2]);

  breakNext();
  await refused(() => lab.softmax(LESSON), "engine_lost", /fresh one, so call again/);
  assert.equal((await lab.sample(LESSON, { temperature: 0 })).tokens[0], 3);
  assert.deepEqual(await model.forward([1, 2]), expected, "models are made anew");
  await refused(() => lab.sample(LESSON, {}, { generator }), "engine_lost", /this generator was lost/);
  await refused(() => generator.manualSeed(1), "engine_lost");
  assert.equal((await lab.sample(LESSON, { temperature: 0 })).tokens[0], 3, "a lost generator is not a lost engine");
  const { end } = await collect(lab.generate({ model, prompt: "a", generator: await lab.generator("torch", 7) }));
  assert.equal(end.finish_reason, "length");
  await generator.dispose();
  lab.dispose();
});

test("a run that was under way is lost, and says so", async () => {
  const { lab, breakNext } = await openFragileLab();
  const model = await lab.model({ kind: "bigram", seed: 4 });
  const steps = lab.generate({ model, prompt: "a", max_new_tokens: 100 });
  await steps.next();
  breakNext();
  await refused(() => lab.softmax(LESSON), "engine_lost");
  await refused(() => steps.next(), "engine_lost");
  assert.deepEqual(await steps.next(), { value: undefined, done: true });
  assert.equal((await collect(lab.generate({ model, prompt: "a", max_new_tokens: 10 }))).steps.length, 10);
  lab.dispose();
});

test("a breakdown is one lab's: models, generators and runs of another one go on", async () => {
  const { lab: first, breakNext } = await openFragileLab();
  const second = await openLab();
  const model = await second.model({ kind: "bigram", seed: 1 });
  const generator = await second.generator("torch", 1);
  const steps = second.generate({ model, prompt: "a", max_new_tokens: 100 });
  await steps.next();
  breakNext();
  await refused(() => first.softmax(LESSON), "engine_lost");
  assert.equal((await model.forward([1])).length, 30);
  assert.equal((await second.sample(LESSON, {}, { generator })).tokens.length, 1);
  assert.equal((await steps.next()).value.finished, false);
  assert.equal((await first.sample(LESSON, { temperature: 0 })).tokens[0], 3);
  first.dispose();
  second.dispose();
});

test("what is freed after a breakdown does no harm", async () => {
  const { lab, breakNext } = await openFragileLab();
  const model = await lab.model({ kind: "bigram", seed: 1 });
  breakNext();
  await refused(() => lab.softmax(LESSON), "engine_lost");
  await model.dispose();
  lab.dispose();
});

/** Hosts made for this test: the first breaks at the second call. */
const fragile = () => {
  /** @type {any[]} */
  const hosts = [];
  const start = async () => {
    const number = hosts.length;
    const host = {
      thread: "here",
      calls: /** @type {any[]} */ ([]),
      disposed: false,
      async call(/** @type {string} */ method, /** @type {unknown[]} */ ...args) {
        this.calls.push([method, ...args]);
        if (number === 0 && this.calls.length > 1) throw engineLost("test");
        return method === "model" ? { id: 10 + number, kind: "bigram", vocab: [] } : undefined;
      },
      dispose() {
        this.disposed = true;
      },
    };
    hosts.push(host);
    return /** @type {any} */ (host);
  };
  return { hosts, start };
};

test("calls that fail together start one new engine, and handles move to it", async () => {
  const { hosts, start } = fragile();
  const connection = new Connection(await start(), start);
  const { handle } = await connection.make("model", { kind: "bigram", seed: 1 }, undefined);
  const results = await Promise.allSettled([
    connection.call("report"),
    connection.call("report"),
    connection.call("report"),
  ]);
  assert.ok(results.every((/** @type {any} */ { reason }) => reason.code === "engine_lost"));
  assert.equal(hosts[0].disposed, true);
  await Promise.all([connection.call("describe", handle), connection.call("report")]);
  assert.equal(hosts.length, 2);
  assert.deepEqual(
    hosts[1].calls.filter((/** @type {[string]} */ [method]) => method !== "report"),
    [
      ["model", { kind: "bigram", seed: 1 }, undefined],
      ["describe", 11],
    ],
  );
  connection.free(handle);
  assert.deepEqual(hosts[1].calls.at(-1), ["close", 11]);
});

test("a lab disposed of while its engine restarts gives the new one back", async () => {
  const { hosts, start } = fragile();
  const connection = new Connection(await start(), start);
  await connection.call("report");
  await assert.rejects(connection.call("report"));
  const late = refused(() => connection.call("report"), "disposed");
  connection.dispose();
  await late;
  assert.equal(hosts[1].disposed, true);
});
