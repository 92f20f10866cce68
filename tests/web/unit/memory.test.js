/** A GPT in an engine that has little memory: what does not fit is a typed error, and whatever else the lab does goes on. */

import assert from "node:assert/strict";
import test from "node:test";
import { SLOW_VOCAB, slowWeights, wideLlama } from "../support/checkpoint.js";
import { collect, openLab, refused } from "./support/index.js";
import { openSmallLab } from "./support/small.js";

const MIB = 1 << 20;
const spec = { kind: "gpt", source: slowWeights(64), config: { n_head: 4 }, vocab: SLOW_VOCAB };
const settings = { max_new_tokens: 3, temperature: 0 };

/** @param {any} lab @param {any} model @param {any} prompt */
const written = async (lab, model, prompt) => (await collect(lab.generate({ model, prompt, ...settings }))).end.text;

test("keys and values that do not fit are refused, nobody else notices, and the memory is there again", async () => {
  const [large, lab] = [await openLab(), await openSmallLab(64 * MIB)];
  const expected = await written(large, await large.model(spec), "a fine day");
  const model = await lab.model(spec);
  const stream = await lab.generator("torch", 1);
  const other = lab.generate({ model, prompt: "the ".repeat(200), max_new_tokens: 20, seed: 1 });
  await other.next();
  // Space for 64 positions takes 128 KiB of every row.
  for (const n of [1000, 4000])
    await refused(
      () => written(lab, model, new Array(n).fill("a")),
      "limit_exceeded",
      /^kv_cache = \d+ needs more memory than there is: use less$/,
      { setting: "kv_cache" },
    );
  assert.equal(await written(lab, model, "a fine day"), expected);
  const { end } = await collect(other);
  const alone = large.generate({
    model: await large.model(spec),
    prompt: "the ".repeat(200),
    max_new_tokens: 20,
    seed: 1,
  });
  assert.equal(end.text, (await collect(alone)).end.text, "a run that was under way is read again");
  await lab.sample([1, 2], {}, { generator: stream });
  assert.deepEqual([...(await model.next([1, 2, 3]))], [...(await (await large.model(spec)).next([1, 2, 3]))]);
  lab.dispose();
  large.dispose();
});

test("what a run has left behind makes way for the next one", async () => {
  const lab = await openSmallLab(64 * MIB);
  const model = await lab.model(spec);
  for (let i = 0; i < 3; i++) {
    // Of another letter every time, so that nothing of it is known.
    const text = SLOW_VOCAB[i].repeat(5);
    // 340 rows leave 42 MiB, and beside them there is no room for 2,000 positions in one row.
    assert.equal((await written(lab, model, new Array(340).fill(text))).length, 8);
    assert.equal((await model.next(new Uint32Array(2000).fill(i))).length, SLOW_VOCAB.length);
  }
  lab.dispose();
});

test("weights that do not fit are refused, and the models before them stay", async () => {
  const lab = await openSmallLab(48 * MIB);
  const model = await lab.model(spec);
  const before = await written(lab, model, "a");
  // 12 · 8 · 512² weights, of four bytes each; and three times 16 · 300,000, which are read one after the other.
  const [gpt2, llama] = [{ source: slowWeights(512, 8) }, wideLlama(300_000)];
  for (const more of [gpt2, llama, gpt2, llama])
    await refused(
      () => lab.model({ ...spec, ...more }),
      "limit_exceeded",
      /^weights = \d+ needs more memory than there is: use less$/,
      { setting: "weights" },
    );
  assert.equal(await written(lab, model, "a"), before);
  await lab.model({ ...spec, ...wideLlama(1000) });
  lab.dispose();
});
