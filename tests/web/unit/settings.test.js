/** Nothing is ignored: settings in every shape are read, or refused by name; the same in this thread and in a worker. */

import assert from "node:assert/strict";
import test, { after } from "node:test";
import { collect, LESSON, openLab, refused } from "./support/index.js";

const labs = [await openLab(), await openLab({ thread: "worker" })];
after(() => labs.forEach((lab) => void lab.dispose()));

/** @param {string} name @param {(lab: any) => Promise<void>} check */
const onBoth = (name, check) => {
  for (const lab of labs) test(`${name}, ${lab.thread}`, () => check(lab));
};

/** @param {any} lab @param {object} options */
const textOf = async (lab, options) => {
  const model = await lab.model({ kind: "bigram", seed: 1 });
  const { end } = await collect(lab.generate({ model, prompt: "the ", seed: 3, max_new_tokens: 20, ...options }));
  await model.dispose();
  return end;
};

class Greedy {
  #temperature = 0;
  logit_bias = { 3: Number.NEGATIVE_INFINITY };
  get temperature() {
    return this.#temperature;
  }
  describe() {
    return "a method is no setting";
  }
}

/** @param {any} lab @param {unknown} settings */
const tokenOf = async (lab, settings) => (await lab.sample(LESSON, settings)).tokens[0];

onBoth("settings in every shape are read", async (lab) => {
  const getter = {
    get temperature() {
      return 0;
    },
  };
  const hidden = new Proxy({ temperature: 0, logit_bias: new Proxy({ 0: 1 }, {}) }, {});
  const inherited = Object.create({ temperature: 0 });
  const bare = Object.assign(Object.create(null), { temperature: 0 });
  for (const settings of [getter, hidden, inherited, bare, new Map([["temperature", 0]])])
    assert.equal(await tokenOf(lab, settings), 3);
  assert.equal(await tokenOf(lab, new Greedy()), 0, "the likeliest is banned by the field, the getter makes it greedy");
  // A private field is not inherited, so its getter throws.
  const heir = Object.create(new Greedy());
  await refused(() => tokenOf(lab, heir), "invalid_setting", /temperature cannot be read/, { setting: "temperature" });
  assert.equal(await tokenOf(lab, { temperature: new Number(0) }), 3);
  assert.equal(await tokenOf(lab, { temperature: 0, top_k: undefined, seed: null }), 3);
  const rows = [new Map([["temperature", 0]]), new Greedy()];
  assert.deepEqual([...(await lab.sample([...LESSON, ...LESSON], rows)).tokens], [3, 0]);
});

onBoth("values in every shape are read", async (lab) => {
  const greedy = { temperature: 0 };
  const ban = Number.NEGATIVE_INFINITY;
  for (const logit_bias of [
    { 3: ban },
    new Map([[3, ban]]),
    new Map([["3", ban]]),
    new Map([[3n, ban]]),
    Object.create({ 3: ban }),
  ])
    assert.equal(await tokenOf(lab, { ...greedy, logit_bias }), 0);
  const drawn = { ...greedy, presence_penalty: 9 };
  for (const output of [[3], [3n], Uint32Array.of(3), BigInt64Array.of(3n), BigUint64Array.of(3n), 3, 3n])
    for (const history of [{ output }, new Map([["output", output]]), Object.create({ output })])
      assert.equal(await tokenOf(lab, { ...drawn, history }), 0);
  const forced = (await textOf(lab, { forced_tokens: { 2: 16 } })).new_text;
  assert.equal(forced[2], "q");
  for (const forced_tokens of [new Map([[2, 16]]), new Map([[2, 16n]]), { 2: 16n }])
    assert.equal((await textOf(lab, { forced_tokens })).new_text, forced);
  const end = await textOf(lab, { eos_token_id: [4] });
  for (const eos_token_id of [4, 4n, [4n], BigInt64Array.of(4n)])
    assert.equal((await textOf(lab, { eos_token_id })).text, end.text);
  const whole = (await textOf(lab, {})).text;
  const ids = { prompt: undefined, prompt_ids: [19n, 7n, 4n, 26n] };
  assert.equal((await textOf(lab, ids)).text, whole);
  assert.equal((await textOf(lab, { ...ids, prompt_ids: BigInt64Array.from(ids.prompt_ids) })).text, whole);
});

onBoth("what cannot be read is refused by name", async (lab) => {
  const detached = Uint32Array.of(3);
  structuredClone(detached.buffer, { transfer: [detached.buffer] });
  /** @type {[object, string, RegExp][]} */
  const table = [
    [{ logit_bias: new Set([3]) }, "logit_bias", /Set \[/],
    [{ logit_bias: new Map([[3, 1]]).entries() }, "logit_bias", /Iterator/],
    [{ logit_bias: new Map([[{}, 1]]) }, "logit_bias", /use names or token ids as keys/],
    [
      {
        logit_bias: new Map(
          /** @type {any} */ ([
            [3, 1],
            ["3", 2],
          ]),
        ),
      },
      "logit_bias",
      /each key once/,
    ],
    [{ logit_bias: new Date() }, "logit_bias", /a Date/],
    [{ logit_bias: { 3: () => 1 } }, "logit_bias.3", /a function/],
    [{ history: new Date() }, "history", /a Date/],
    [{ history: new Set([3]) }, "history", /Set \[/],
    [{ history: { output: new Set([3]) } }, "history.output", /Set \[/],
    [{ history: { output: detached } }, "history.output", /handed over/],
    [{ history: { output: [-1n] } }, "history.output", /-1/],
    [{ top_k: () => 5 }, "top_k", /a function/],
    [{ top_k: Symbol("five") }, "top_k", /Symbol\(five\)/],
    [{ temperature: new Date(0) }, "temperature", /a Date/],
    [{ order: new Set(["top_k"]) }, "order", /Set \[/],
    [{ seed: Promise.resolve(1) }, "seed", /a Promise/],
  ];
  for (const [settings, setting, message] of table)
    await refused(() => lab.sample(LESSON, settings), "invalid_setting", message, { setting });
  await refused(() => textOf(lab, { stop_strings: () => "a" }), "invalid_setting", /a function/, {
    setting: "stop_strings",
  });
  await refused(() => textOf(lab, { stop_strings: new Set(["a"]) }), "invalid_setting", /Set \[/);
  await refused(() => textOf(lab, { stop_strings: [2n ** 70n] }), "invalid_setting", /stop_strings/);
  await refused(() => textOf(lab, { eos_token_id: new Set([4]) }), "invalid_setting", /Set \[/, {
    setting: "eos_token_id",
  });
  for (const [forced_tokens, message] of /** @type {[object, RegExp][]} */ ([
    [new Set([16]), /Set \[/],
    [new Date(), /a Date/],
  ]))
    await refused(() => textOf(lab, { forced_tokens }), "invalid_setting", message, { setting: "forced_tokens" });
  for (const settings of [new Set(), new Date(), [][Symbol.iterator](), () => ({}), "greedy", 3, null])
    await refused(() => lab.sample(LESSON, settings), "invalid_setting", /^settings = /, { setting: "settings" });
  await refused(() => lab.sample(LESSON, { [Symbol("top_k")]: 2 }), "unknown_setting", /Symbol\(top_k\)/);
  await refused(
    () => lab.sample(LESSON, Object.create({ topk: 2 })),
    "unknown_setting",
    /"topk": did you mean "top_k"/,
  );
  const circle = { history: {} };
  Object.assign(circle.history, { output: circle });
  await refused(() => lab.sample(LESSON, circle), "invalid_setting", /history/);
});

onBoth("each call refuses the settings of the others", async (lab) => {
  const model = await lab.model({ kind: "bigram", seed: 1 });
  const loop = [
    "max_new_tokens",
    "stop_strings",
    "eos_token_id",
    "trace",
    "block_size",
    "forced_tokens",
    "min_new_tokens",
    "max_time",
  ];
  for (const setting of loop)
    for (const call of ["sample", "trace", "rules", "timeStages"])
      await refused(() => lab[call](LESSON, { [setting]: 1 }), "unknown_setting", /: it belongs to generate/, {
        setting,
      });
  for (const setting of ["batch", "history", "step"]) {
    await refused(() => textOf(lab, { [setting]: 1 }), "unknown_setting", /: it belongs to sample/, { setting });
    await refused(() => lab.time({ model, [setting]: 1 }), "unknown_setting", /: it belongs to sample/, { setting });
    await refused(() => lab.score({ model, prompt_ids: [1], output_ids: [2], [setting]: 1 }), "unknown_setting");
    await refused(() => lab.stationary({ model, [setting]: 1 }), "unknown_setting");
  }
  await refused(() => lab.time({ model, stop_strings: "a" }), "unknown_setting", /: it belongs to generate/);
  await refused(() => lab.time({ model, max_new_tokens: 8 }), "unknown_setting", /: it belongs to generate/);
  await refused(() => lab.stationary({ model, block_size: 8 }), "unknown_setting", /: it belongs to generate/);
  await refused(() => lab.softmax(LESSON, { top_k: 2 }), "unknown_setting", /: it belongs to sample/);
  await refused(() => lab.model({ kind: "bigram", text: "abc" }), "unknown_setting", /kind: "counted"/);
  await refused(() => lab.model({ kind: "counted", text: "abc", seed: 1 }), "unknown_setting", /seed/);
  await refused(() => model.forward([1, 2], { bach: 2 }), "unknown_setting", /"bach": did you mean "batch"/);
  for (const batch of ["2", 1.5, -1, Number.NaN])
    await refused(() => model.forward([1, 2], { batch }), "invalid_setting", /batch/, { setting: "batch" });
  assert.equal((await model.forward([1, 2], new Map([["batch", 2]]))).length, 60);
  await refused(() => lab.sample(LESSON, [{ batch: 1 }]), "invalid_setting", /batch = 1.*leave it out/);
  await refused(() => lab.sample(LESSON, []), "invalid_setting", /one object per row/);
  for (const call of ["trace", "rules"])
    await refused(() => lab[call](LESSON, { batch: 5 }), "invalid_setting", /one row/, { setting: "batch" });
  await refused(() => textOf(lab, { prompt_ids: [1] }), "invalid_setting", /give one of them/);
});

onBoth("a seed beside a generator is refused, with what to do", async (lab) => {
  const generator = await lab.generator("philox", 1);
  const model = await lab.model({ kind: "bigram", seed: 1 });
  for (const [setting, value] of Object.entries({ seed: 1, rng: "philox", step: 2 })) {
    const settings = { [setting]: value };
    const advice = /leave it out: the generator .*manualSeed/;
    await refused(() => lab.sample(LESSON, settings, { generator }), "invalid_setting", advice, { setting });
    await refused(() => lab.sample(LESSON, { ...settings, generator }), "invalid_setting", advice, { setting });
    await refused(() => lab.sample(LESSON, [settings], { generator }), "invalid_setting", advice, { setting });
    await refused(() => lab.trace(LESSON, settings, { generator }), "invalid_setting", advice, { setting });
    if (setting === "step") continue;
    await refused(() => lab.time({ model, generator, ...settings }), "invalid_setting", advice, { setting });
    await refused(() => lab.model({ kind: "bigram", generator, ...settings }), "invalid_setting", advice, { setting });
    const run = () => lab.generate({ model, prompt: "a", generator, ...settings }).next();
    await refused(run, "invalid_setting", advice, { setting });
  }
  await lab.sample(LESSON, { seed: null, rng: undefined }, { generator });
});

onBoth("other systems' names and values are understood", async (lab) => {
  /** @type {[string, RegExp][]} */
  const names = [
    ["do_sample", /temperature: 0 is greedy/],
    ["repeat_last_n", /did you mean "penalty_window"/],
    ["num_beams", /no beam search/],
  ];
  for (const [name, message] of names)
    await refused(() => lab.sample(LESSON, { [name]: 1 }), "unknown_setting", message, { setting: name });
  await refused(() => lab.sample(LESSON, { max_length: 9 }), "unknown_setting", /max_new_tokens belongs to generate/);
  await refused(() => textOf(lab, { max_length: 9 }), "unknown_setting", /did you mean "max_new_tokens".*the prompt/);
  await refused(() => lab.sample(LESSON, { top_k: -1 }), "invalid_setting", /top_k = -1 .*use 0 or null/);
  await refused(() => lab.sample(LESSON, { seed: -1 }), "invalid_setting", /seed = -1 .*leave it out/);
  await refused(() => lab.sample(LESSON, { temperature: "0.7" }), "invalid_setting", /use the number 0\.7/);
});

onBoth("ids and counts that are none are refused", async (lab) => {
  const model = await lab.model({ kind: "bigram", seed: 1 });
  assert.equal(await model.decode([19n, 7n, 4n]), "the");
  for (const ids of [5, null, undefined, "the", [-1n], [1.5], [{}]])
    await refused(() => model.decode(ids), "invalid_token");
  await refused(() => lab.score({ model, prompt_ids: [1] }), "invalid_setting", /output_ids/, {
    setting: "output_ids",
  });
  for (const counts of [
    [-1, 2],
    [1.5, 2],
    ["1", 2],
  ])
    await refused(() => lab.chiSquare(counts, [0.5, 0.5]), "invalid_setting", /counts\[0\]/);
});

onBoth("a model of given logits needs no prompt", async (lab) => {
  const model = await lab.model({ kind: "logits", logits: [0, 9, 0], labels: ["a", "b", "c"] });
  const greedy = { model, temperature: 0, max_new_tokens: 3 };
  for (const prompt of [{}, { prompt: "" }, { prompt: null }, { prompt_ids: [] }])
    assert.equal((await collect(lab.generate({ ...greedy, ...prompt }))).end.new_text, "bbb");
  const held = { ...greedy, stop_strings: "b", min_new_tokens: 2 };
  const { end } = await collect(lab.generate(held));
  assert.deepEqual([end.new_text, end.finish_reason], ["bb", "stop"]);
});

onBoth("masks as other libraries write them are masks", async (lab) => {
  const lowest = [-3.4028234663852886e38, -3.3895313892515355e38];
  for (const mask of lowest) {
    const logits = [2, mask, 0, mask];
    assert.equal((await lab.sample(logits, { seed: 1 })).kept[0], 2);
    const trace = await lab.trace(logits, { temperature: 2, seed: 1 });
    assert.deepEqual([trace.kept, trace.logits[1], trace.stages[0].values[1]], [2, -Infinity, -Infinity]);
    assert.equal((await lab.rules(logits))[0].kept.length, 2);
    await refused(() => lab.sample([mask, mask]), "nothing_left");
    await refused(() => lab.model({ kind: "logits", logits: [mask, mask] }), "nothing_left");
  }
});

onBoth("rules name no ids where the sort of a system leaves the order of equals open", async (lab) => {
  const rules = await lab.rules([3, 1, 3, 1, 1, ...new Array(12).fill(-4)], { top_p: 0.85 });
  const found = rules.map((/** @type {any} */ { kept, tied }) => [[...kept], tied && [[...tied.ids], tied.kept]]);
  const open = [
    [0, 2],
    [[1, 3, 4], 1],
  ];
  assert.deepEqual(found, [[[0, 1, 2], null], open, open, open]);
});
