/** `client.js` and `serve.js` over a channel, and what happens when one side falls silent. */

import assert from "node:assert/strict";
import test from "node:test";
import { wasmUrl } from "../../../www/engine/assets.js";
import { RemoteHost } from "../../../www/engine/client.js";
import { startHere } from "../../../www/engine/local.js";
import { serve } from "../../../www/engine/serve.js";
import { LESSON, refused, wavyLogits } from "./support/index.js";

/** Both ends of a line in this thread, with everything that passes. */
const line = () => {
  const { port1, port2 } = new MessageChannel();
  const log = {
    sent: /** @type {any[]} */ ([]),
    answered: /** @type {string[]} */ ([]),
    handedOver: /** @type {number[]} */ ([]),
    lose: (/** @type {unknown} */ _reason) => {},
  };
  const host = new RemoteHost({
    post: (message) => {
      port1.postMessage(message);
      log.sent.push(message);
    },
    listen: (onMessage, onLost) => {
      port1.onmessage = ({ data }) => onMessage(data);
      log.lose = onLost;
    },
    close: () => {
      port1.close();
      port2.close();
    },
  });
  serve({
    post: (answer, handOver) => {
      log.answered.push(Object.keys(answer).join());
      log.handedOver.push(handOver.length);
      port2.postMessage(answer, handOver);
    },
    listen: (onMessage) => {
      port2.onmessage = ({ data }) => onMessage(data);
    },
  });
  return { host, log };
};

test("one request, one answer, in order", async () => {
  const { host, log } = line();
  assert.equal(await host.ping(), "ready");
  await host.start(wasmUrl);
  const answers = await Promise.all([
    host.call("sample", LESSON, { temperature: 0 }),
    host.call("softmax", LESSON, {}),
    host.call("generator", "philox", 7n),
  ]);
  assert.equal(answers[0].tokens[0], 3);
  assert.equal(answers[1].length, 5);
  assert.equal(answers[2].seed, 7n);
  assert.deepEqual(
    log.sent.map(({ id, method }) => [id, method]),
    [
      [1, "ping"],
      [2, "start"],
      [3, "sample"],
      [4, "softmax"],
      [5, "generator"],
    ],
  );
  assert.deepEqual(log.answered, Array(5).fill("id,value"));
  host.dispose();
});

test("large arrays are handed over, small ones copied; the caller's stay", async () => {
  const { host, log } = line();
  await host.start(wasmUrl);
  const logits = wavyLogits(50_257);
  const softmax = await host.call("softmax", logits, {});
  assert.equal(softmax.length, logits.length);
  assert.equal(log.handedOver.at(-1), 1);
  const trace = await host.call("trace", logits, { top_k: 5, seed: 1 });
  assert.equal(trace.stages[0].values.length, logits.length);
  assert.ok(Number(log.handedOver.at(-1)) >= 4);
  await host.call("sample", logits, { seed: 1 });
  assert.equal(log.handedOver.at(-1), 0);
  host.dispose();
});

test("errors are plain on the line and LabErrors at its end", async () => {
  const { host, log } = line();
  await refused(() => host.call("report"), "engine_lost", /not started/);
  await host.start(wasmUrl);
  await refused(() => host.call("softmax", LESSON, { temperature: -1 }), "invalid_setting", /./, {
    setting: "temperature",
    value: "-1",
  });
  await refused(() => host.call("forward", 99, Uint32Array.of(1), 1, 8), "disposed");
  assert.equal(log.answered.at(-1), "id,error");
  host.dispose();
});

test("a request that cannot be sent is refused at once, and the line stays open", async () => {
  const { host } = line();
  await host.start(wasmUrl);
  await refused(() => host.call("sample", LESSON, { top_k: Symbol("k") }), "invalid_setting", /use numbers, strings/);
  assert.equal((await host.call("sample", LESSON, { temperature: 0 })).tokens[0], 3);
  host.dispose();
});

test("a fault of the library's own is told as such, with what was thrown, and blames no setting", async () => {
  const { host } = line();
  await host.start(wasmUrl);
  for (const at of [host, await startHere(wasmUrl)]) {
    const { id } = await at.call("generator", "philox", 1n);
    // A number of the wrong kind of object, which no program can come by.
    const told = /fault of the library \(.*encode is not a function\)/;
    await refused(() => at.call("encode", id, "a"), "internal", told, { setting: undefined });
    assert.equal((await at.call("sample", LESSON, { temperature: 0 })).tokens[0], 3);
    at.dispose();
  }
});

test("a worker that dies rejects everything, now and later", async () => {
  const { host, log } = line();
  await host.start(wasmUrl);
  const pending = [host.call("softmax", LESSON, {}), host.call("report")];
  log.lose(new Error("out of memory"));
  for (const call of pending) await refused(() => call, "engine_lost", /out of memory.*call again/);
  await refused(() => host.call("report"), "engine_lost");
  host.dispose();
});

test("after dispose", async () => {
  const { host } = line();
  const pending = host.ping();
  host.dispose();
  await refused(() => pending, "disposed");
  await refused(() => host.call("report"), "disposed");
});
