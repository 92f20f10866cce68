/** Chat templates: the texts that Jinja makes of them, and what is refused by name. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { chatText } from "../../../www/lib/chat-template.js";

const SMOLLM2 =
  "{% for message in messages %}{% if loop.first and messages[0]['role'] != 'system' %}{{ '<|im_start|>system\nYou are a helpful AI assistant named SmolLM, trained by Hugging Face<|im_end|>\n' }}{% endif %}{{'<|im_start|>' + message['role'] + '\n' + message['content'] + '<|im_end|>' + '\n'}}{% endfor %}{% if add_generation_prompt %}{{ '<|im_start|>assistant\n' }}{% endif %}";
const QWEN2 =
  "{% for message in messages %}{% if loop.first and messages[0]['role'] != 'system' %}{{ '<|im_start|>system\\nYou are a helpful assistant.<|im_end|>\\n' }}{% endif %}{{'<|im_start|>' + message['role'] + '\\n' + message['content'] + '<|im_end|>' + '\\n'}}{% endfor %}{% if add_generation_prompt %}{{ '<|im_start|>assistant\\n' }}{% endif %}";
const LLAMA3 =
  "{% set loop_messages = messages %}{% for message in loop_messages %}{% set content = '<|start_header_id|>' + message['role'] + '<|end_header_id|>\n\n'+ message['content'] | trim + '<|eot_id|>' %}{% if loop.index0 == 0 %}{% set content = bos_token + content %}{% endif %}{{ content }}{% endfor %}{% if add_generation_prompt %}{{ '<|start_header_id|>assistant<|end_header_id|>\n\n' }}{% endif %}";

const user = (/** @type {string} */ content) => [{ role: "user", content }];

test("the templates of SmolLM2, Qwen2 and Llama 3", () => {
  assert.equal(
    chatText(SMOLLM2, user("Hi {{ there }}")),
    "<|im_start|>system\nYou are a helpful AI assistant named SmolLM, trained by Hugging Face<|im_end|>\n<|im_start|>user\nHi {{ there }}<|im_end|>\n<|im_start|>assistant\n",
  );
  assert.equal(
    chatText(QWEN2, [{ role: "system", content: "Be brief." }, ...user("Hi")]),
    "<|im_start|>system\nBe brief.<|im_end|>\n<|im_start|>user\nHi<|im_end|>\n<|im_start|>assistant\n",
  );
  assert.equal(
    chatText(LLAMA3, user("  Hi ")),
    "<|start_header_id|>user<|end_header_id|>\n\nHi<|eot_id|><|start_header_id|>assistant<|end_header_id|>\n\n",
  );
});

/** Template and text, with one message "Hi" of a user. @type {readonly [template: string, text: string][]} */
const CASES = [
  ["a{# no text #}b", "ab"],
  ["{% if messages[0].role == 'user' %}\nyes\n{% elif true %}\nno\n{% else %}\nnor\n{% endif %}\n", "yes\n"],
  ["{% if none %}1{% elif 'use' in messages[0].role %}2{% else %}3{% endif %}", "2"],
  [
    "{% if tools is defined %}1{% endif %}{% if messages is not defined %}2{% endif %}{% if not (x or '') %}3{% endif %}",
    "3",
  ],
  ["  {% set x = 'a' ~ 2 %}\n{{- x }}  {{ x -}}  !", "a2  a2!"],
  ["{% for m in messages %}{{ loop.index }}{{ loop.last }}{{ m['content'].strip() }}{% endfor %}", "1TrueHi"],
  ["{{ 'it''s' }}".replace("''", "\\'"), "it's"],
];

for (const [template, text] of CASES)
  test(JSON.stringify(template), () => assert.equal(chatText(template, user("Hi")), text));

test("what is not understood is refused by name, and a template's own complaint is told", () => {
  for (const [template, reason] of /** @type {[string, RegExp][]} */ ([
    ["{% macro x() %}{% endmacro %}", /\{% macro x\(\) %\}, which is not understood/],
    ["{{ messages | length }}", /the filter "length"/],
    ["{{ x.split('a') }}", /\.split\(…\)/],
    ["{{ strftime_now('%d') }}", /strftime_now\(…\)/],
    ["{% for m in messages if m %}{% endfor %}", /for m in messages if m/],
    ["{{ messages[1:] }}", /":" where \] belongs/],
    ["{% if true %}", /without its end/],
    ["{% endfor %}", /endfor %\} too many/],
    ["{{ 1 ", /\{\{ without its end/],
    ["{{ raise_exception('no system role') }}", /says: no system role/],
    ["{% for m in bos_token %}{% endfor %}", /bos_token, which is no list/],
  ]))
    assert.throws(() => chatText(template, user("Hi")), reason, template);
});
