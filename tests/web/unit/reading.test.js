/** Long prompts are read in slices: an abort ends a run in its prompt, and other calls, and the page, get their turn. */
import assert from "node:assert/strict";
import { after, test } from "node:test";
import { checkpointReader } from "../../../www/engine/checkpoint.js";
import { startHere } from "../../../www/engine/local.js";
import { SLOW_VOCAB, slowWeights } from "../support/checkpoint.js";
import { collect, LESSON, openLab, refused } from "./support/index.js";

const spec = /** @type {any} */ ({ kind: "gpt", source: slowWeights(256), vocab: SLOW_VOCAB, n_head: 4 });
const idsOf = (/** @type {number} */ seed, length = 1500) =>
  Array.from({ length }, (_, i) => (i * i * seed + (i % 7)) % SLOW_VOCAB.length);
const prompt_ids = idsOf(1);
const greedy = { temperature: 0, max_new_tokens: 3 };

/** A lab in each thread. @type {any[]} */
const labs = [await openLab({ thread: "here", backend: "cpu" }), await openLab({ thread: "worker", backend: "cpu" })];
after(() => {
  for (const lab of labs) lab.dispose();
});

/** What the engine writes in one call for each text. @param {number[] | number[][]} prompts */
const inOneCall = async (prompts) => {
  const host = await startHere();
  await host.call("begin", "cpu");
  const { id } = await checkpointReader(spec)(host);
  const run = await host.call("open", id, { prompt_ids: prompts, ...greedy });
  const { result } = await host.call("advance", run.id, 1000, Number.POSITIVE_INFINITY);
  host.dispose();
  return result?.rows.map(({ ids }) => Array.from(ids));
};

/**
 * Watches a run. In the middle of its prompt it asks for something else.
 * @param {any} lab
 * @param {object} options
 * @param {() => Promise<unknown> | void} [meanwhile] what is asked for
 */
const watch = async (lab, options, meanwhile = () => {}) => {
  /** @type {{ read: number, tokens: number }[]} */
  const told = [];
  /** How often the run has told of itself before the answer. */
  let n_until = Number.POSITIVE_INFINITY;
  const onProgress = (/** @type {{ read: number, tokens: number }} */ at) => {
    if (told.push(at) !== 2) return;
    void Promise.resolve(meanwhile()).then(() => {
      n_until = told.length - 2;
    });
  };
  const { steps, end } = await collect(lab.generate({ ...options, ...greedy, onProgress }));
  return { told, n_until, steps, end };
};

test("the text is the one that is drawn in one call, of one prompt and of several", async () => {
  for (const prompts of [prompt_ids, [idsOf(2, 900), idsOf(3, 5), idsOf(4, 700)]]) {
    const wanted = await inOneCall(prompts);
    for (const lab of labs) {
      const { told, steps, end } = await watch(lab, { model: await lab.model(spec), prompt_ids: prompts });
      const rows = end.rows ?? [end];
      assert.deepEqual(
        rows.map((/** @type {any} */ row) => Array.from(row.ids)),
        wanted,
      );
      assert.ok(
        steps.every(({ tokens }) => tokens.length > 0),
        "no step without a token",
      );
      const n = prompts.flat().length;
      const of_prompt = told.filter(({ tokens }) => tokens === n).map(({ read }) => read);
      assert.ok(of_prompt.length > 4, `told ${of_prompt.length} times`);
      assert.ok(of_prompt.every((read, i) => read < n && read >= (of_prompt[i - 1] ?? 0)));
      assert.ok(of_prompt[of_prompt.length - 1] > n / 2, `the last was ${of_prompt.at(-1)} of ${n}`);
    }
  }
});

test("an abort ends a run in its prompt after the slice that it came in", async () => {
  for (const lab of labs) {
    const controller = new AbortController();
    const model = await lab.model(spec);
    const { signal } = controller;
    const { told, steps, end } = await watch(lab, { model, prompt_ids, signal }, () => controller.abort());
    assert.deepEqual([told.length, steps.length], [2, 0]);
    assert.ok(told[1].read < prompt_ids.length / 2, `${told[1].read} of ${prompt_ids.length}`);
    assert.equal(end.finish_reason, "aborted");
    assert.equal(end.ids.length, prompt_ids.length);
    const again = await watch(lab, { model, prompt_ids });
    assert.deepEqual([Array.from(again.end.ids)], await inOneCall(prompt_ids), "nothing is left of it");
  }
});

test("leaving the loop ends it, too, and frees the model for others", async () => {
  for (const lab of labs) {
    const model = await lab.model(spec);
    const run = lab.generate({ model, prompt_ids, ...greedy });
    const first = run.next();
    const left = run.return();
    await Promise.all([first, left]);
    assert.ok((await model.next(prompt_ids)).length === SLOW_VOCAB.length);
  }
});

test("other calls get their turn between two slices", async () => {
  const softmax = (/** @type {any} */ lab) => lab.softmax(LESSON);
  const sample = (/** @type {any} */ lab) => lab.sample(LESSON, { seed: 1 });
  for (const lab of labs) {
    for (const call of [softmax, sample]) {
      const model = await lab.model(spec);
      const { told, n_until } = await watch(lab, { model, prompt_ids }, () => call(lab));
      assert.ok(n_until <= 2, `answered after ${n_until} more slices`);
      assert.ok(told.length > 5, `${told.length} slices`);
    }
    // Another call of the same model: what it needs is less than what the run has left.
    const model = await lab.model(spec);
    const { end, told, n_until } = await watch(lab, { model, prompt_ids }, () => model.next(idsOf(5, 9)));
    assert.ok(n_until < told.length - 2, `answered after ${n_until} of ${told.length} slices`);
    assert.deepEqual([Array.from(end.ids)], await inOneCall(prompt_ids));
  }
});

test("in this thread the event loop has its turn, too", async () => {
  const [here] = labs;
  const model = await here.model(spec);
  const turn = () => new Promise((resolve) => setTimeout(resolve, 0));
  const { told, n_until } = await watch(here, { model, prompt_ids }, turn);
  assert.ok(n_until < told.length - 2, `a timer waited for ${n_until} of ${told.length} slices`);
});

/** What reads a long context, once each. @type {[string, (lab: any, model: any, signal?: AbortSignal) => Promise<any>][]} */
const READERS = [
  ["next", (_, model, signal) => model.next(prompt_ids, { signal })],
  ["forward", (_, model, signal) => model.forward(prompt_ids, { signal })],
  ["explain", (lab, model, signal) => lab.explain({ model, prompt_ids, index: 0, seed: 1, signal })],
  ["score", (lab, model, signal) => lab.score({ model, prompt_ids, output_ids: [1, 2], signal })],
  [
    "time",
    async (lab, model, signal) => {
      const points = await lab.time({ model, prompt_lengths: [prompt_ids.length, 3], new_tokens: 2, signal });
      return points.map((/** @type {any} */ { prompt_length }) => prompt_length); // the times are never the same again
    },
  ],
];

for (const [name, read] of READERS) {
  test(`${name} reads in slices, too, and can be called off`, async () => {
    for (const lab of labs) {
      const model = await lab.model(spec);
      let isDone = false;
      const reading = read(lab, model).then((value) => {
        isDone = true;
        return value;
      });
      // Asked for after it, answered before it.
      await lab.softmax(LESSON);
      assert.equal(isDone, false);
      const value = await reading;
      assert.deepEqual(await read(lab, await lab.model(spec)), value, "the same again");
      const controller = new AbortController();
      const off = read(lab, await lab.model(spec), controller.signal);
      controller.abort(new Error("not any more"));
      await assert.rejects(off, /not any more/);
      const before = read(lab, model, AbortSignal.abort(new Error("never begun")));
      await assert.rejects(before, /never begun/, "however little there is to read");
      await lab.softmax(LESSON);
    }
  });
}

test("what is no signal, and what cannot be told anything, is refused by name", async () => {
  for (const lab of labs) {
    const model = await lab.model(spec);
    for (const read of [
      () => model.next([1], { signal: 1 }),
      () => model.forward([1], { signal: {} }),
      () => lab.explain({ model, prompt_ids: [1], index: 0, seed: 1, signal: "now" }),
      () => lab.score({ model, prompt_ids: [1], output_ids: [1], signal: 1 }),
      () => lab.time({ model, signal: 1 }),
    ])
      await refused(read, "invalid_setting", /AbortController/, { setting: "signal" });
    await refused(() => model.next([1], { sgnal: 1 }), "unknown_setting", /sgnal/);
    const run = lab.generate({ model, prompt_ids: [1], ...greedy, onProgress: 7 });
    await refused(() => collect(run), "invalid_setting", /function/, { setting: "onProgress" });
  }
});

test("a lab that is disposed of while it reads says so, in each thread", async () => {
  for (const thread of /** @type {const} */ (["here", "worker"])) {
    const lab = await openLab({ thread, backend: "cpu" });
    const onProgress = () => lab.dispose();
    await refused(() => lab.model({ ...spec, onProgress }), "disposed", /^this lab has been disposed of/);
    const other = await openLab({ thread, backend: "cpu" });
    const reading = (await other.model(spec)).next(prompt_ids);
    other.dispose();
    await refused(() => reading, "disposed", /^this lab has been disposed of/);
  }
});
