/** What a typed constraint is: its language is seen, and Enter after a regular expression is no part of it. */
import assert from "node:assert/strict";
import test from "node:test";
import { readForm } from "../../../www/state/form.js";

/** @type {[typed: string, form: ReturnType<typeof readForm>][]} */
const READ = [
  ["[a-z]+", { regex: "[a-z]+" }],
  ["[a-z]+\n", { regex: "[a-z]+" }],
  ["a\nb\n\n", { regex: "a\nb" }],
  ["a\\n", { regex: "a\\n" }],
  ['{"type": "number"}\n', { json_schema: '{"type": "number"}\n' }],
  ['root ::= "a"\n', { grammar: 'root ::= "a"\n' }],
  ["start: /a/\n", { grammar: "start: /a/\n" }],
];

for (const [typed, form] of READ) test(JSON.stringify(typed), () => assert.deepEqual(readForm(typed), form));
