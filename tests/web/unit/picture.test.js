/** A step as bands: what an explanation says in a few dozen numbers a stage. The numbers themselves are checked in tests/it/picture.rs. */
import assert from "node:assert/strict";
import test, { after } from "node:test";
import { openLab, refused, wavyLogits } from "./support/index.js";

const lab = await openLab();
const inWorker = await openLab({ thread: "worker" });
after(() => {
  lab.dispose();
  inWorker.dispose();
});

const bigram = await lab.model({ kind: "bigram", seed: 3 });
const QUESTION = { model: bigram, prompt_ids: [4, 1, 2], output_ids: [7], index: 0, seed: 7 };
const SETTINGS = { temperature: 0.8, top_k: 12, top_p: 0.9, presence_penalty: 1.5, logit_bias: { 5: 3, 6: -Infinity } };

/** The names of what is in an answer. @param {object} answer */
const names = (answer) => Object.keys(answer).sort();

test("a picture has a number of every kind for every band, in typed arrays", async () => {
  const { picture } = await lab.explain({ ...QUESTION, ...SETTINGS, picture: 10, named_ids: [8] });
  const { bands, stations, probability, drawn } = picture;
  const n = bands.first.length;
  const kinds = {
    first: Uint32Array,
    count: Uint32Array,
    id: Int32Array,
    logit: Float32Array,
    start: Float32Array,
    model_rank: Uint32Array,
  };
  assert.deepEqual(names(bands), names(kinds));
  for (const [name, kind] of Object.entries(kinds)) {
    assert.ok(bands[name] instanceof kind, name);
    assert.equal(bands[name].length, n, name);
  }
  assert.deepEqual(
    stations.map((/** @type {any} */ { stage }) => stage),
    ["model", "bias", "penalties", "temperature", "top_k", "top_p"],
  );
  for (const station of stations) {
    assert.ok(station.share instanceof Float32Array && station.share.length === n, station.stage);
    assert.ok(station.left instanceof Uint32Array && station.left.length === n, station.stage);
    assert.ok(station.order === null || (station.order instanceof Uint32Array && station.order.length === n));
  }
  assert.ok(stations[0].order instanceof Uint32Array, "the bias moves a token up");
  assert.equal(stations.at(-1).order, null);
  assert.ok(probability instanceof Float32Array && probability.length === n);
  assert.equal(picture.vocab_size, 30);
  assert.ok(bands.id.includes(8) && bands.id.includes(drawn.id), "named and drawn tokens have bands of their own");
  const tail = bands.id.indexOf(-1);
  assert.ok(tail >= 10 && Number.isNaN(bands.logit[tail]) && bands.model_rank[tail] === bands.first[tail]);
  assert.equal(bands.id[drawn.band], drawn.id);
  assert.equal(bands.first[drawn.band], drawn.rank);
  assert.equal(picture.forced, null);
});

test("the picture is of the step that is explained, and stands beside it", async () => {
  for (const settings of [{}, SETTINGS, { temperature: 0 }, { rng: "torch", top_k: 5 }]) {
    const { picture, ...plain } = await lab.explain({ ...QUESTION, ...settings, picture: true });
    assert.deepEqual(await lab.explain({ ...QUESTION, ...settings }), plain);
    const { draw, stages, entropy, kept, raw_entropy } = plain;
    const { drawn } = picture;
    assert.deepEqual([drawn.id, drawn.kind, drawn.probability], [draw.token, draw.kind, draw.probability]);
    assert.deepEqual([drawn.u, drawn.interval], [draw.position ?? null, draw.interval ?? null]);
    assert.equal(drawn.v === null, draw.kind !== "coin");
    assert.deepEqual([picture.entropy, picture.kept], [entropy, kept]);
    const entropies = [raw_entropy, ...stages.map((/** @type {any} */ stage) => stage.entropy_after)];
    const seen = picture.stations.map((/** @type {any} */ station) => station.entropy);
    assert.deepEqual(seen.slice(0, entropies.length), entropies);
  }
});

test("without columns an answer is the same but for what is as long as the vocabulary", async () => {
  for (const settings of [{}, SETTINGS, { temperature: 0 }, { rng: "torch", top_k: 5 }]) {
    const question = { ...QUESTION, ...settings, picture: true, rules: true };
    const whole = await lab.explain(question);
    const brief = await lab.explain({ ...question, columns: false });
    const { after: _, logits, probabilities, raw_probabilities, stages, ...rest } = whole;
    assert.deepEqual(
      [logits, probabilities, raw_probabilities].map((column) => column.length),
      [30, 30, 30],
    );
    const short = stages.map((/** @type {any} */ { values, removed, evidence, ...stage }) => stage);
    assert.deepEqual(brief, { ...rest, stages: short });
    assert.deepEqual(await lab.explain({ ...question, columns: true }), whole);
  }
});

test("a large vocabulary is a few dozen bands, and a worker hands them over whole", async () => {
  const logits = wavyLogits(50_257);
  const asked = { index: 0, seed: 3, temperature: 0.7, top_p: 0.9, picture: true, columns: false };
  const [one, other] = [lab, inWorker].map(async (/** @type {any} */ lab) => {
    const model = await lab.model({ kind: "logits", logits });
    const answers = [await lab.explain({ ...asked, model }), await lab.explain({ ...asked, model })];
    assert.deepEqual(answers[0], answers[1]);
    return answers[0];
  });
  assert.deepEqual(await one, await other);
  const { bands, stations } = (await one).picture;
  assert.ok(bands.first.length < 95, `${bands.first.length} bands`);
  assert.equal(
    bands.count.reduce((/** @type {number} */ sum, /** @type {number} */ n) => sum + n, 0),
    50_257,
  );
  assert.equal(stations[0].kept, 50_257);
});

test("drawn is what a seed or a generator decides, and the largest logit without either", async () => {
  const next = { ...QUESTION, output_ids: [], picture: true };
  const { seed: _, ...seedless } = next;
  assert.equal((await lab.explain(seedless)).picture.drawn, null);
  assert.notEqual((await lab.explain(next)).picture.drawn, null);
  assert.equal((await lab.explain({ ...seedless, temperature: 0 })).picture.drawn.kind, "greedy");
  const generator = await lab.generator("philox", 7);
  const { drawn } = (await lab.explain({ ...seedless, generator })).picture;
  assert.deepEqual(drawn, (await lab.explain(next)).picture.drawn);
});

test("a token put in by hand stands beside the one that was drawn", async () => {
  const { picture } = await lab.explain({ ...QUESTION, forced_tokens: { 0: 7 }, picture: 1 });
  const { forced, drawn, bands } = picture;
  assert.equal(forced.id, 7);
  assert.equal(bands.id[forced.band], 7);
  assert.equal(bands.first[forced.band], forced.rank);
  assert.notEqual(drawn.id, 7);
});

test("the last context belongs to its model: another one, and none after it was disposed of", async () => {
  const other = await lab.model({ kind: "bigram", seed: 4 });
  const before = await lab.explain(QUESTION);
  const others = await lab.explain({ ...QUESTION, model: other });
  assert.notDeepEqual(others.logits, before.logits);
  assert.deepEqual(await lab.explain(QUESTION), before);
  assert.deepEqual(await lab.explain({ ...QUESTION, model: other }), others);
  await other.dispose();
  await refused(() => lab.explain({ ...QUESTION, model: other }), "disposed");
  const { logits } = await lab.explain({ ...QUESTION, temperature: 0.5 });
  assert.deepEqual(logits, before.logits);
});

test("options of a picture that mean nothing are refused by name", async () => {
  for (const picture of [0, -1, 1.5, "yes", [60], Number.NaN])
    await refused(() => lab.explain({ ...QUESTION, picture }), "invalid_setting", /^picture = /, {
      setting: "picture",
    });
  await refused(() => lab.explain({ ...QUESTION, columns: 0 }), "invalid_setting", /^columns = 0/);
  await refused(() => lab.explain({ ...QUESTION, named_ids: [1] }), "invalid_setting", /^named_ids .*picture/);
  const named = (/** @type {unknown} */ named_ids) => () => lab.explain({ ...QUESTION, picture: true, named_ids });
  await refused(named([30]), "invalid_token", /30/);
  await refused(named([-1]), "invalid_token", /-1/);
  await refused(named(7), "invalid_token", /7 is no list/);
  const nothing = { picture: null, columns: null, named_ids: null };
  assert.deepEqual(await lab.explain({ ...QUESTION, ...nothing }), await lab.explain(QUESTION));
  assert.deepEqual(await lab.explain({ ...QUESTION, picture: false }), await lab.explain(QUESTION));
});
