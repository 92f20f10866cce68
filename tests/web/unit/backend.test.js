/** What computes: chosen, told, changed, and waited for. The GPU of these tests is a promise; real ones are in the browsers' tests. */

import assert from "node:assert/strict";
import test from "node:test";
import { adapterName } from "../../../www/engine/adapter.js";
import { BackendChoice } from "../../../www/engine/backend.js";
import { LabError } from "../../../www/engine/error.js";
import { LocalHost } from "../../../www/engine/local.js";
import { Turns } from "../../../www/engine/turns.js";
import { openFragileLab } from "./support/fragile.js";
import { collect, LESSON, openLab, refused } from "./support/index.js";

for (const thread of ["here", "worker"]) {
  test(`in Node "auto" is the CPU and says why; what is chosen stays (${thread})`, async () => {
    const lab = await openLab({ thread });
    assert.deepEqual(lab.backend, {
      kind: "cpu",
      adapter: null,
      reason: "no WebGPU here: Node has none",
      lost: false,
    });
    assert.ok(Object.isFrozen(lab.backend));
    assert.equal(await lab.setBackend("cpu"), lab.backend);
    assert.equal(lab.backend.reason, "the CPU was asked for");
    await refused(() => lab.setBackend("webgpu"), "backend_unavailable", /no WebGPU here: Node has none/);
    await refused(() => lab.setBackend("gpu"), "invalid_setting", /backend = "gpu"/, { setting: "backend" });
    assert.equal(lab.backend.reason, "the CPU was asked for", "nothing is half-changed");
    assert.equal((await lab.retryBackend()).reason, "the CPU was asked for");
    lab.dispose();
    await refused(() => lab.setBackend("cpu"), "disposed");
  });

  test(`a change is an event, told before the answer (${thread})`, async () => {
    const lab = await openLab({ thread, backend: "cpu" });
    /** @type {any[]} */
    const told = [];
    lab.addEventListener("backendchange", (/** @type {CustomEvent} */ { detail }) => told.push(detail.reason));
    const change = lab.setBackend("auto").then(() => told.push("answer"));
    await change;
    assert.deepEqual(told, ["no WebGPU here: Node has none", "answer"]);
    lab.dispose();
  });

  test(`a run goes on through a change, with its text and seed (${thread})`, async () => {
    const lab = await openLab({ thread });
    const model = await lab.model({ kind: "bigram", seed: 1 });
    const options = { model, prompt: "a", seed: 3, max_new_tokens: 12 };
    const { end } = await collect(lab.generate(options));
    let text = "";
    for await (const step of lab.generate(options)) {
      if (step.finished) assert.equal(step.text, end.text);
      else {
        text += step.text;
        assert.equal(step.timings.backend, "cpu");
        assert.equal(step.timings.gpu, undefined);
        await lab.setBackend(text.length % 2 ? "cpu" : "auto");
      }
    }
    assert.equal(text, end.new_text);
    lab.dispose();
  });

  test(`without a GPU the live check compares nothing, and losing it is nothing (${thread})`, async () => {
    const lab = await openLab({ thread });
    assert.equal(await lab.checkReport(), undefined);
    await lab.liveCheck(true);
    await lab.sample(LESSON, { seed: 1 });
    assert.deepEqual(await lab.checkReport(), { rows: 0, same_tokens: 0, same_bits: 0, largest_difference: 0 });
    await lab.liveCheck(false);
    assert.equal(await lab.checkReport(), undefined);
    await lab.loseDevice();
    assert.equal((await lab.sample(LESSON, { temperature: 0 })).tokens[0], 3);
    lab.dispose();
  });
}

test("a fresh engine after a breakdown is told what the last one was", async () => {
  const { lab, breakNext } = await openFragileLab();
  await lab.liveCheck(true);
  breakNext();
  await refused(() => lab.softmax(LESSON), "engine_lost");
  assert.equal((await lab.checkReport()).rows, 0);
  assert.match(lab.backend.reason, /Node has none/);
  lab.dispose();
});

test("a GPU has the name that the browser gives it, or is unnamed", async (t) => {
  const named = async (/** @type {object | null} */ adapter) => {
    const gpu = { requestAdapter: async () => adapter };
    Object.defineProperty(globalThis, "navigator", { value: { gpu }, configurable: true });
    return adapterName();
  };
  const before = Object.getOwnPropertyDescriptor(globalThis, "navigator");
  t.after(() => {
    if (before) Object.defineProperty(globalThis, "navigator", before);
    else Reflect.deleteProperty(globalThis, "navigator");
  });
  assert.equal(await named({ info: { vendor: "nvidia", architecture: "ampere", description: "" } }), "nvidia ampere");
  assert.equal(await named({ info: { vendor: "x", architecture: "", description: "A card" } }), "A card");
  assert.equal(await named({ info: { vendor: "", architecture: "", description: "" } }), "unnamed adapter");
  assert.equal(await named(null), null);
});

test("turns: at once when nothing is under way, else in order", async () => {
  const turns = new Turns();
  /** @type {string[]} */
  const log = [];
  assert.equal(
    turns.take(() => 1),
    1,
  );
  const gate = promise();
  const first = turns.take(() => gate.promise.then(() => log.push("first")));
  const second = turns.take(() => log.push("second"));
  const third = turns.take(() => Promise.reject(new Error("third fails")));
  const fourth = turns.take(() => log.push("fourth"));
  gate.resolve();
  await assert.rejects(async () => third, /third fails/);
  await Promise.all([first, second, fourth]);
  assert.deepEqual(log, ["first", "second", "fourth"]);
  await new Promise(setImmediate);
  assert.equal(
    turns.take(() => 5),
    5,
    "at once again",
  );
});

/** A promise and its ends. */
const promise = () => {
  /** @type {{ promise: Promise<any>, resolve: (value?: any) => void, reject: (error: unknown) => void }} */
  const ends = /** @type {any} */ ({});
  ends.promise = new Promise((resolve, reject) => Object.assign(ends, { resolve, reject }));
  return ends;
};

/** A host whose engine waits for a GPU in `sample`, and answers everything else at once. */
const waitingHost = () => {
  const gpu = [promise(), promise(), promise()];
  const state = { log: /** @type {string[]} */ ([]), version: 1, told: /** @type {any[]} */ ([]) };
  let at = 0;
  const note = (/** @type {string} */ name, /** @type {unknown} */ answer) => {
    state.log.push(name);
    return answer;
  };
  const engine = {
    get about_version() {
      return state.version;
    },
    about: () => ({ version: state.version }),
    wants_grammars: () => false,
    sample: () => note("sample", gpu[at++].promise),
    softmax: () => note("softmax", "softmax"),
    prepare: () => note("prepare", undefined),
    generate: () => note("open", { abort: () => note("abort", undefined), free: () => note("free run", undefined) }),
    model: () => ({ kind: "bigram", tokens: () => [], free: () => note("free model", undefined) }),
    free: () => note("free engine", undefined),
  };
  const host = new LocalHost(/** @type {any} */ ({ engine }), (about) => state.told.push(/** @type {any} */ (about)));
  return { host: /** @type {any} */ (host), gpu, state };
};

test("calls wait while the GPU works, and are answered in order; looking for another GPU need not wait", async () => {
  const { host, gpu, state } = waitingHost();
  const { id } = await host.call("model", {});
  const run = await host.call("open", id, {});
  state.log.length = 0;
  const first = host.call("sample", LESSON, {});
  const rest = [host.call("softmax", LESSON, {}), host.call("abort", run.id), host.call("close", run.id)];
  const second = host.call("sample", LESSON, {});
  await host.call("prepare", "auto");
  assert.deepEqual(state.log, ["sample", "prepare"]);
  state.version += 1;
  gpu[0].resolve("drawn");
  assert.equal(await first, "drawn");
  assert.deepEqual(state.told.at(-1), { version: 2 }, "news comes before the answer");
  assert.deepEqual(await Promise.all(rest), ["softmax", undefined, undefined]);
  assert.deepEqual(state.log, ["sample", "prepare", "softmax", "abort", "free run", "sample"]);
  gpu[1].resolve("drawn again");
  assert.equal(await second, "drawn again");
  assert.equal(await host.call("softmax", LESSON, {}), "softmax");
  host.dispose();
});

test("an error of the GPU is one call's; the next has its turn", async () => {
  const { host, gpu } = waitingHost();
  const first = host.call("sample", LESSON, {});
  const second = host.call("softmax", LESSON, {});
  gpu[0].reject({ code: "backend_fault", message: "the GPU failed at top_k: 3 is not 4", kernel: "top_k" });
  await refused(() => first, "backend_fault", /top_k/, { kernel: "top_k" });
  assert.equal(await second, "softmax");
});

test("dispose while the GPU works: everything is freed once, everyone is told", async () => {
  const { host, gpu, state } = waitingHost();
  await host.call("model", {});
  const calls = [host.call("sample", LESSON, {}), host.call("softmax", LESSON, {})];
  host.dispose();
  host.dispose();
  for (const call of calls) await refused(() => call, "disposed");
  assert.deepEqual(
    state.log.filter((name) => name.startsWith("free")),
    ["free model", "free engine"],
  );
  gpu[0].resolve("too late");
  await refused(() => host.call("softmax", LESSON, {}), "disposed");
});

test("a trap of another library on the page is not ours", async () => {
  /** @type {Map<string, (event: object) => void>} */
  const listeners = new Map();
  const original = globalThis.addEventListener;
  globalThis.addEventListener = /** @type {any} */ (
    (/** @type {string} */ type, /** @type {any} */ listener) => listeners.set(type, listener)
  );
  try {
    const { host, gpu } = waitingHost();
    const call = host.call("sample", LESSON, {});
    const error = new WebAssembly.RuntimeError("another library's");
    for (const listener of listeners.values()) listener({ error, reason: error });
    gpu[0].resolve("drawn");
    assert.equal(await call, "drawn");
    assert.equal(await host.call("softmax", LESSON, {}), "softmax");
  } finally {
    globalThis.addEventListener = original;
  }
});

test("an engine that is lost while the GPU works answers nobody any more, and says so", async () => {
  const { host, state } = waitingHost();
  const calls = [host.call("sample", LESSON, {}), host.call("softmax", LESSON, {})];
  host.break(new WebAssembly.RuntimeError("unreachable"));
  for (const call of calls) await refused(() => call, "engine_lost", /unreachable/);
  host.dispose();
  assert.ok(!state.log.includes("free engine"), "what died with its memory is not freed again");
});

/** @param {(method: string, ...args: any[]) => unknown} answer */
const askedHost = (answer) => {
  /** @type {any[]} */
  const calls = [];
  const call = async (/** @type {string} */ method, /** @type {any[]} */ ...args) => {
    calls.push([method, ...args]);
    return answer(method, ...args);
  };
  return { calls, host: /** @type {any} */ ({ call, dispose: () => calls.push(["dispose"]) }) };
};

const noGpu = (/** @type {string} */ method, /** @type {string} */ wish) => {
  if (method === "begin" && wish === "webgpu") throw new LabError("backend_unavailable", "no WebGPU here: test");
};

test("whoever asks last gets his way, however long the first takes", async () => {
  const gate = promise();
  const { host, calls } = askedHost((method, wish) => (method === "prepare" && wish === "auto" ? gate.promise : null));
  const choice = new BackendChoice("cpu");
  const changes = [choice.change(host, "auto"), choice.change(host, "cpu")];
  gate.resolve();
  await Promise.all(changes);
  assert.deepEqual(calls, [
    ["prefer", "auto"],
    ["prepare", "auto"],
    ["adopt"],
    ["prefer", "cpu"],
    ["prepare", "cpu"],
    ["adopt"],
  ]);
});

test("a GPU in use is not looked for again", async () => {
  const { host, calls } = askedHost((method) => method === "prefer");
  const choice = new BackendChoice("auto");
  await choice.change(host, "webgpu");
  await choice.change(host);
  assert.deepEqual(calls, [
    ["prefer", "webgpu"],
    ["prefer", "webgpu"],
  ]);
});

test("a first engine without the GPU asked for is refused; a later one goes on with what there is", async () => {
  const first = askedHost(noGpu);
  await refused(() => new BackendChoice("webgpu").apply(first.host), "backend_unavailable", /: test; use backend/);
  assert.deepEqual(first.calls, [["begin", "webgpu"], ["dispose"]]);

  const choice = new BackendChoice("webgpu");
  await choice.apply(askedHost(() => undefined).host);
  const later = askedHost(noGpu);
  await choice.apply(later.host);
  assert.deepEqual(later.calls, [
    ["begin", "webgpu"],
    ["begin", "auto"],
  ]);
});
