/** Chat templates through the library: texts of known templates, both threads, and templates that want too much. */
import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { after, test } from "node:test";
import { createLab } from "../../../www/engine/index.js";
import { loadChat } from "../../../www/engine/loader.js";
import { refused } from "./support/index.js";

const SMOLLM2 =
  "{% for message in messages %}{% if loop.first and messages[0]['role'] != 'system' %}{{ '<|im_start|>system\nYou are a helpful AI assistant named SmolLM, trained by Hugging Face<|im_end|>\n' }}{% endif %}{{'<|im_start|>' + message['role'] + '\n' + message['content'] + '<|im_end|>' + '\n'}}{% endfor %}{% if add_generation_prompt %}{{ '<|im_start|>assistant\n' }}{% endif %}";
const LLAMA3 =
  "{% set loop_messages = messages %}{% for message in loop_messages %}{% set content = '<|start_header_id|>' + message['role'] + '<|end_header_id|>\n\n'+ message['content'] | trim + '<|eot_id|>' %}{% if loop.index0 == 0 %}{% set content = bos_token + content %}{% endif %}{{ content }}{% endfor %}{% if add_generation_prompt %}{{ '<|start_header_id|>assistant<|end_header_id|>\n\n' }}{% endif %}";

const lab = await createLab({ thread: "here" });
const model = await lab.model({ kind: "bigram", seed: 1 });
after(() => lab.dispose());

const user = (/** @type {string} */ content) => [{ role: "user", content }];
/** @param {string} template @param {any} [messages] @param {object} [options] */
const textOf = (template, messages = user("Hi"), options = {}) => model.chatText(messages, { template, ...options });

test("the templates of SmolLM2 and Llama 3", async () => {
  assert.equal(
    await textOf(SMOLLM2, user("Hi {{ there }}")),
    "<|im_start|>system\nYou are a helpful AI assistant named SmolLM, trained by Hugging Face<|im_end|>\n<|im_start|>user\nHi {{ there }}<|im_end|>\n<|im_start|>assistant\n",
  );
  assert.equal(
    await textOf(LLAMA3, user("  Hi "), { add_generation_prompt: false, bos_token: "<|begin|>" }),
    "<|begin|><|start_header_id|>user<|end_header_id|>\n\nHi<|eot_id|>",
  );
});

/** Template and text, with one message "Hi" of a user. @type {readonly [template: string, text: string][]} */
const CASES = [
  ["a{# no text #}b", "ab"],
  ["{% if messages[0].role == 'user' %}\nyes\n{% elif true %}\nno\n{% else %}\nnor\n{% endif %}\n", "yes\n"],
  ["{% if none %}1{% elif 'use' in messages[0].role %}2{% else %}3{% endif %}", "2"],
  [
    "{% if nothing is defined %}1{% endif %}{% if messages is not defined %}2{% endif %}{% if not (x or '') %}3{% endif %}",
    "3",
  ],
  ["  {% set x = 'a' ~ 2 %}\n{{- x }}  {{ x -}}  !", "a2  a2!"],
  ["{% for m in messages %}{{ loop.index }}{{ loop.last }}{{ m['content'].strip() }}{% endfor %}", "1TrueHi"],
  ["{{ 'it\\'s' }}{{ '}}' }}", "it's}}"],
  ["{{ messages.length }}{{ messages.constructor }}|{{ messages|length }}|{{ true + 1 }}|{{ none|trim }}", "|1|2|None"],
  ["{{ strftime_now('%d %b %Y, %H:%M:%S') }}", "07 Nov 2026, 15:04:05"],
  ["{{ tools is none }}{{ tools|tojson }}", "Truenull"],
];

for (const [template, text] of CASES)
  test(JSON.stringify(template), async () => {
    assert.equal(await textOf(template, user("Hi"), { date: new Date(2026, 10, 7, 15, 4, 5) }), text);
  });

test("tools keep the order of their names, as does what a message has besides", async () => {
  const tools = [{ type: "function", function: { name: "z", a: 1 } }];
  assert.equal(await textOf("{{ tools|tojson }}", [], { tools }), JSON.stringify(tools).replaceAll(/([:,])/g, "$1 "));
  const messages = [{ role: "user", z: 1, b: [2, null], content: null }];
  assert.equal(await textOf("{{ messages }}", messages), "[{'role': 'user', 'z': 1, 'b': [2, None]}]");
});

test("an error names the chat template, its line and its piece; what the template says itself is told as such", async () => {
  for (const [template, reason] of /** @type {[string, RegExp][]} */ ([
    ["a\n\n{{ nothing.more }}", /^the chat template cannot be used: line 3, `nothing\.more`: .*`nothing` is undefined/],
    ["{{ x|nothing }}", /line 1, `nothing`: unknown filter: filter nothing is unknown/],
    ["{{ 'a'.encode() }}", /line 1, .*has no method named encode/],
    ["{% include 'x' %}", /line 1, .*unknown statement include/],
    ["{% if true %}", /line 1, .*unexpected end of input/],
    ["{% endfor %}", /line 1, .*endfor/],
    ["{{ 1 ", /line 1, /],
    ["{{ strftime_now('%Q') }}", /strftime_now has %Q, which is not understood/],
    ["{{ raise_exception('no system role') }}", /^the chat template says: no system role$/],
    ["{% macro m() %}{{ raise_exception('deep') }}{% endmacro %}{{ m() }}", /^the chat template says: deep$/],
  ]))
    await refused(() => textOf(template), "chat_template", reason);
});

test("what is given is checked by name", async () => {
  await refused(() => model.chatText(user("Hi")), "invalid_setting", /^template = undefined .* have none/);
  for (const [messages, reason] of /** @type {[any, RegExp][]} */ ([
    [undefined, /^messages = undefined is not valid: use a list of objects with role and content/],
    ["Hi", /^messages = "Hi" is not valid: use a list/],
    [["Hi"], /^messages cannot be read: messages\[0\] is a string: use an object with role and content/],
    [[{ role: "user", content: 1n }], /^messages/],
    [[{ role: "user", content: Number.NaN }], /^messages cannot be read: .*"content" is NaN, which JSON does not have/],
    [[{ role: "user", content: Float32Array.of(1) }], /^messages cannot be read: .*"content" is Float32Array \[1\]/],
    [[{ role: "user", content: new Set(["Hi"]) }], /^messages\[0\]\.content = Set \["Hi"\] is not valid/],
    [[{ role: "user", content: () => "Hi" }], /^messages\[0\]\.content = a function is not valid/],
    [[{ role: "user", content: new Date() }], /^messages\[0\]\.content = a Date is not valid/],
  ]))
    await refused(() => model.chatText(messages, { template: "x" }), "invalid_setting", reason);
  await refused(() => textOf("x", [], { add_generation_prompt: 1 }), "invalid_setting", /^add_generation_prompt = 1/);
  await refused(() => textOf("x", [], { eos_token: 2 }), "invalid_setting", /^eos_token = 2/);
  await refused(() => textOf("x", [], { date: new Date(Number.NaN) }), "invalid_setting", /^date = .* that is a time/);
  await refused(() => textOf("{{ tools }}", [], { tools: "x" }), "invalid_setting", /^tools = "x" .* a list/);
  await refused(() => textOf("x", [], { tools: [{}] }), "invalid_setting", /^tools = .* has no place for tools/);
  assert.equal(await textOf("x", [], { tools: [] }), "x");
  await refused(() => textOf("x", [], { eos_tokens: "" }), "unknown_setting", /"eos_token"/);
});

test("a message or a tool that is a Map, or an object with getters, is read", async () => {
  class Message {
    role = "user";
    get content() {
      return "Hi";
    }
  }
  const of = new Map([
    ["role", "user"],
    ["content", "Hi"],
  ]);
  for (const message of [of, new Message(), Object.create({ role: "user", content: "Hi" })])
    assert.equal(await textOf("{{ messages[0].role }}: {{ messages[0].content }}", [message]), "user: Hi");
  const tool = { parameters: new Map([["type", { deep: { deeper: { deepest: ["end"] } } }]]) };
  assert.equal(await textOf("{{ tools[0].parameters.type.deep.deeper.deepest[0] }}", [], { tools: [tool] }), "end");
});

test("a model that was disposed of makes no text of messages", async () => {
  const gone = await lab.model({ kind: "bigram", seed: 1 });
  assert.equal(await gone.chatText([], { template: "x" }), "x");
  await gone.dispose();
  await refused(() => gone.chatText([], { template: "x" }), "disposed", /model/);
});

/** A list that holds another twice, forty times over. */
const LISTS =
  "{% set ns = namespace(x=[1], y=[1]) %}{% for i in range(40) %}{% set ns.x = [ns.x, ns.x] %}{% set ns.y = [ns.y, ns.y] %}{% endfor %}";
const MEMORY = /work takes more than 1000000 steps|needs more memory or deeper nesting than there is/;
const doubled = `{% set ns = namespace(x="x") %}{% for i in range(40) %}{% set ns.x = ns.x ~ ns.x %}{% endfor %}`;
/** Templates that want too much, the limit that they are over, and its value. @type {Record<string, [template: string, limit: RegExp]>} */
const HOSTILE = {
  "a long template": ["x".repeat(300_000), /template = 300000, more than 262144 bytes/],
  "a long sum": [`{{ ${"1+".repeat(100_000)}1 }}`, /signs takes more than 400 operators in a tag/],
  "many nots": [`{{ ${"not ".repeat(50_000)}1 }}`, /signs takes more than 400/],
  "many parentheses": [`{{ ${"(".repeat(10_000)}1${")".repeat(10_000)} }}`, /more than (400|150) /],
  "many ifs": ["{% if 1 %}".repeat(10_000) + "{% endif %}".repeat(10_000), /nesting takes more than 150 levels/],
  "many elifs": [`{% if 0 %}${"{% elif 0 %}".repeat(10_000)}{% endif %}`, /branches takes more than 400/],
  "a long range": ["{% for i in range(10**9) %}x{% endfor %}", /range/],
  "loops in loops": [
    "{% for a in range(9999) %}{% for b in range(9999) %}{% endfor %}{% endfor %}",
    /work takes more than 1000000 steps/,
  ],
  "a long text": ['{{ "x" * 10**9 }}', /work takes more than 1000000 steps/],
  "a long output": ['{% for i in range(90000) %}{{ "x" * 64 }}{% endfor %}', /text = 5760000, more than 4194304 bytes/],
  "a doubled text": [doubled, /work takes more than 1000000 steps/],
  "a wide format": ["{{ '{:>1000000000}'.format('x') }}", /./],
  "a doubled list": [`${LISTS}{{ ns.x }}`, MEMORY],
  "a doubled list as a text": [`${LISTS}{{ ns.x|string|length }}`, MEMORY],
  "doubled lists side by side": [`${LISTS}{{ ns.x ~ ns.y }}`, MEMORY],
  "doubled lists compared": [`${LISTS}{{ ns.x == ns.y }}`, MEMORY],
  "doubled lists in order": [`${LISTS}{{ [ns.x, ns.y]|sort|length }}`, MEMORY],
  "a doubled list as JSON": [`${LISTS}{{ ns.x|tojson }}`, MEMORY],
  "long texts compared often": [
    "{% set x = 'a' * 2**24 %}{% set y = 'a' * 2**24 %}{% for i in range(99999) %}{% set z = x is eq y %}{% endfor %}",
    /work takes more than 1000000 steps/,
  ],
  "a long text joined often": ["{% set x = 'a' * 10**6 %}{{ ''.join([x] * 10000) }}", MEMORY],
  "a wide %": ["{{ '%1000000000s'|format('x') }}", /./],
  "a wide indent": ["{{ 'a\\nb'|indent(1000000000) }}", /./],
  "a large power": ["{{ 10 ** 10 ** 9 }}", /./],
  "many slices": ["{{ [1]|slice(1000000000)|list }}", /./],
  "a macro without end": ["{% macro m() %}{{ m() }}{% endmacro %}{{ m() }}", /nesting takes more than 120 levels/],
  "a loop without end": [
    "{% for x in [messages] recursive %}{{ loop([messages]) }}{% endfor %}",
    /nesting takes more than 120/,
  ],
  "lists in lists": [
    "{% set ns = namespace(x=[]) %}{% for i in range(60000) %}{% set ns.x = [ns.x] %}{% endfor %}{{ ns.x }}",
    /./,
  ],
};

for (const [name, [template, limit]] of Object.entries(HOSTILE))
  test(`${name} ends with an error, and the next template is read`, async () => {
    await assert.rejects(textOf(template), (/** @type {any} */ { code, message }) => {
      assert.ok(code === "limit_exceeded" || code === "chat_template", `${code} ${message}`);
      assert.match(message, limit);
      assert.ok(message.length < 700, message);
      return true;
    });
    assert.equal(await textOf("{{ messages[0].content }}"), "Hi");
    assert.equal((await model.forward([1])).length, 30, "the engine is whole");
  });

test("what once took long is read at once", async () => {
  const long = "word ".repeat(140_000);
  assert.equal(await textOf("{{ '<' + messages[0].content + '>' }}", user(long)), `<${long}>`);
  assert.equal(await textOf(`{{ ${"(".repeat(28)}0${" or 0)".repeat(28)} or 'end' }}`), "end");
});

test("where its stack ends, that is an error of the template; calls beside it have a fresh one", async () => {
  const [, [deep]] = Object.entries(HOSTILE).find(([name]) => name === "lists in lists") ?? ["", [""]];
  const calls = ["{{ 1 }}", deep, "{{ 2 }}", deep, "{{ 3 }}"].map((template) => textOf(template));
  const [first, broken, second, again, third] = await Promise.allSettled(calls);
  assert.deepEqual(
    [first, second, third].map((call) => call.status === "fulfilled" && call.value),
    ["1", "2", "3"],
  );
  for (const call of [broken, again]) {
    assert.equal(call.status === "rejected" && call.reason.code, "limit_exceeded");
    assert.match(
      String(call.status === "rejected" && call.reason.message),
      /needs more memory or deeper nesting than there is/,
    );
  }
  let breaks = 0;
  const read = await loadChat(() => {
    breaks += 1;
  });
  const input = JSON.stringify({ messages: [], add_generation_prompt: true });
  assert.equal(read("x", input, []), "x");
  assert.throws(() => read(deep, input, []), { code: "limit_exceeded" });
  assert.equal(breaks, 1);
});

for (const thread of /** @type {const} */ (["here", "worker"]))
  test(`a GGUF file's own template, in the order of the calls (${thread})`, async () => {
    const here = await createLab({ thread });
    const other = await here.model({ kind: "bigram", seed: 1 });
    const calls = Array.from({ length: 8 }, (_, i) =>
      other.chatText(user(String(i)), { template: "{{ messages[0].content }}" }),
    );
    assert.equal((await Promise.all(calls)).join(""), "01234567");
    const gguf = await readFile(new URL("../../golden/llama/gguf/small.gguf", import.meta.url));
    const plain = await here.model({ kind: "gpt", source: gguf });
    assert.equal(plain.config?.chat_template, undefined);
    await refused(() => plain.chatText(user("Hi")), "invalid_setting", /have none/);
    here.dispose();
  });
