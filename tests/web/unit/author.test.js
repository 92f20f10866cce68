/** What an author writes, without a page: values, what is wrong with them, and what events tell. */
import assert from "node:assert/strict";
import { readdir, readFile } from "node:fs/promises";
import test from "node:test";
import { plain } from "../../../www/element/events.js";
import { changeOf, NAMES, readGiven, startOf } from "../../../www/element/given.js";
import { listed } from "../../../www/element/looks.js";
import { mistakesOf } from "../../../www/element/mistakes.js";
import { nearest } from "../../../www/element/nearest.js";
import { taken } from "../../../www/element/taken.js";
import { wordsOf } from "../../../www/lib/languages.js";
import { tabs } from "../../../www/lib/strings-of-tabs.js";
import { parseLabels, parseLogits } from "../../../www/state/logits.js";
import { KINDS } from "../../../www/state/models.js";

const www = new URL("../../../www/", import.meta.url);

test("no style is told in rem, which belongs to the host", async () => {
  const names = await readdir(www, { recursive: true });
  const files = names.filter((name) => /\.(?:js|css|html)$/.test(name) && !name.startsWith("engine/pkg"));
  assert.ok(files.length > 100);
  for (const name of files) assert.doesNotMatch(await readFile(new URL(name, www), "utf8"), /[\d.]rem\b/, name);
});

test("values of any kind become the text that a field would hold", () => {
  /** @type {[name: string, value: unknown, text: string | null][]} */
  const cases = [
    ["temperature", 0.8, "0.8"],
    ["temperature", "0,8", "0,8"],
    ["seed", 2n ** 64n - 1n, "18446744073709551615"],
    ["temperature", null, null],
    ["temperature", undefined, null],
    ["order", ["top_k", "temperature"], "top_k,temperature"],
    ["kv_cache", false, "off"],
    ["kv_cache", true, "on"],
  ];
  for (const [name, value, text] of cases) assert.deepEqual(readGiven(name, value), { value: text }, name);
  for (const [name, value] of [
    ["temperature", {}],
    ["prompt", ["a"]],
    ["temperature", true],
    ["logits", ["a"]],
    ["labels", [1]],
  ])
    assert.ok("wrong" in readGiven(String(name), value), `${name}`);
});

test("logits and labels as arrays are read by the lab's own parser, to the last bit", () => {
  const logits = Float32Array.of(2, -1.5, 0.1, Number.NEGATIVE_INFINITY, 3.4028234663852886e38);
  const read = readGiven("logits", logits);
  assert.ok("value" in read);
  const parsed = parseLogits(read.value ?? "");
  assert.ok("logits" in parsed);
  assert.deepEqual(Float32Array.from(parsed.logits), logits);
  const five = { logits: parsed.logits, labels: null };
  for (const [given, labels] of /** @type {[unknown, string[]][]} */ ([
    [
      ["a", " b", 'c"', "d, e", "\n"],
      ["a", " b", 'c"', "d, e", "\n"],
    ],
    ["cat, dog, bird, fish, cow", ["cat", "dog", "bird", "fish", "cow"]],
    ["a\nb\nc, d\ne\nf", ["a", "b", "c, d", "e", "f"]],
  ])) {
    const names = readGiven("labels", given);
    assert.ok("value" in names);
    assert.deepEqual(parseLabels(names.value ?? "", five), { labels });
  }
});

test("what is given says which model it is, unless model does", () => {
  const kind = (/** @type {Record<string, string>} */ given) => startOf(given).model?.kind;
  assert.equal(kind({ logits: "1 2" }), "logits");
  assert.equal(kind({ text: "abc" }), "counted");
  assert.equal(kind({ src: "owner/name", text: "abc" }), "own-gpt");
  assert.equal(kind({ model: "bigram", text: "abc" }), "bigram");
  assert.equal(startOf({ prompt: "a" }).model, undefined);
  assert.deepEqual(startOf({ top_k: "5", prompt: "a " }), { prompt: "a ", fields: { top_k: "5" } });
  assert.deepEqual(changeOf("top_k", {}), { fields: { top_k: "" } });
  for (const name of NAMES) assert.doesNotMatch(name, /-/);
});

test("the nearest names", () => {
  assert.deepEqual(nearest("temprature", ["top-k", "temperature"]), ["temperature"]);
  assert.deepEqual(nearest("top-q", ["top-k", "top-p", "seed"]), ["top-k", "top-p"]);
  assert.deepEqual(nearest("topK", ["top_k", "top_p"]), ["top_k"]);
  assert.deepEqual(nearest("odds", ["lab", "strip", "stages"]), []);
  assert.deepEqual(nearest("", ["lab"]), []);
});

/** @param {Partial<Parameters<typeof mistakesOf>[0]>} author */
const said = (author) =>
  mistakesOf(
    { attributes: [], looks: {}, odd: {}, wrong: {}, given: {}, strings: null, ...author },
    { part: ["lab", "strip"], tabs: ["tokens", "share"] },
    wordsOf([tabs]),
  );

test("what belongs to every element, to frameworks and to us is no mistake; anything else is", () => {
  const fine = [
    "id",
    "class",
    "style",
    "slot",
    "hidden",
    "data-x",
    "aria-label",
    "onclick",
    "v-if",
    "_ngcontent-abc",
    ":x",
    "@y",
    "x-data",
  ];
  assert.deepEqual(said({ attributes: [...fine, "temperature", "top-k", "share-base", "lang", "model-seed"] }), []);
  assert.deepEqual(said({ attributes: ["temprature", "colour"] }), [
    'there is no attribute "temprature": did you mean temperature?',
    'there is no attribute "colour": custom-elements.json lists all of them',
  ]);
  assert.deepEqual(said({ odd: { model: "cuonted" } }), ['there is no model="cuonted": use counted']);
  assert.deepEqual(said({ looks: { tabs: "tokens, shar", theme: "drak", view: "lab", token: "2", lang: "de-AT" } }), [
    'there is no tabs="shar": use share',
    'there is no theme="drak": use dark',
  ]);
  assert.deepEqual(said({ given: { off: "top_k, top_q" } }), [
    'there is no off="top_q": use top_k, top_h, top_p, or top_a',
  ]);
  assert.match(
    said({ given: { off: "top_k top_p" } }).join(),
    /^there is no off="top_k top_p"/,
    "names stand between commas",
  );
  assert.deepEqual(said({ looks: { lang: "it" }, strings: { lang: "it" } }), []);
  assert.deepEqual(said({ strings: { run: { stop: "Ferma" }, tabs: { stages: 3 } } }), [
    "the property strings has unknown names, or values of the wrong kind: tabs.stages",
  ]);
});

test("lists with spaces, commas or as arrays", () => {
  assert.deepEqual(listed(" top-k, top-p  seed "), ["top-k", "top-p", "seed"]);
  assert.deepEqual(listed(["a"]), ["a"]);
  assert.deepEqual(listed(null), []);
});

test("a state is taken as getState gives it, and numbers as texts", () => {
  for (const kind of KINDS) assert.deepEqual(taken({ model: { kind } }), { model: { kind } });
  assert.deepEqual(taken({ prompt: "a", fields: { top_k: 5, seed: 7n }, forced: { 2: 5 }, goal: "all" }), {
    prompt: "a",
    fields: { top_k: "5", seed: "7" },
    forced: { 2: 5 },
    goal: "all",
  });
  assert.throws(() => taken({ fields: { seed: 2 ** 60 } }), {
    code: "invalid_setting",
    setting: "seed",
    value: 2 ** 60,
  });
});

test("what events tell can be written as JSON", () => {
  const told = plain({ seed: 2n ** 63n, p: Float32Array.of(0.5), of: [{ ids: BigInt64Array.of(1n) }], none: null });
  assert.deepEqual(told, { seed: "9223372036854775808", p: [0.5], of: [{ ids: ["1"] }], none: null });
  assert.deepEqual(JSON.parse(JSON.stringify(told)), told);
});
