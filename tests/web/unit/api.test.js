/**
 * The tables of docs/api.md and docs/webgpu.md name what the library has, and nothing else. They are written by hand: a sentence says more than
 * a type does. So their names are compared with those of the code.
 */

import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { test } from "node:test";
import * as library from "../../../www/engine/index.js";

const read = (/** @type {string} */ path) => readFile(new URL(`../../../${path}`, import.meta.url), "utf8");

const documents = (await read("docs/api.md")) + (await read("docs/webgpu.md"));

/** The first cells of the tables of a text. @param {string} text */
const firstCells = (text) => Array.from(text.matchAll(/^\| (.*?) \|/gm), ([, cell]) => cell);

/** The rows below a head that begins so. @param {string} text @param {string} head */
const tableBelow = (text, head) => {
  const from = text.indexOf(`\n| ${head} |`);
  assert.ok(from >= 0, `no table begins with ${head}`);
  const rows = text.slice(from + 1).split("\n\n", 1)[0];
  return firstCells(rows).slice(2);
};

/** What stands in backticks. @param {string} text */
const quoted = (text) => Array.from(text.matchAll(/`"?(\w+)"?`/g), ([, name]) => name);

/** Names of calls and of other members in the first cells: `lab.sample(…)` is sample. @param {string} text */
const membersOfLab = (text) =>
  firstCells(text).flatMap((cell) => Array.from(cell.matchAll(/\blab\.(\w+)/g), ([, name]) => name));

/** The properties of a type of specs.js. @param {string} name */
const propertiesOf = async (name) => {
  const source = await read("www/engine/specs.js");
  const [, block] = source.match(new RegExp(`@typedef \\{object\\} ${name}\\b(.*?)\\*/`, "s")) ?? [];
  assert.ok(block, `there is no type ${name}`);
  return Array.from(block.matchAll(/@property \{.*\} \[?(\w+)/g), ([, property]) => property);
};

/** @param {{ prototype: object }} type */
const methodsOf = ({ prototype }) => Object.getOwnPropertyNames(prototype).filter((name) => name !== "constructor");

test("every member of a lab has its line, and every line its member", () => {
  assert.deepEqual(membersOfLab(documents).sort(), methodsOf(library.Lab).sort());
});

test("the members of models and generators are named", () => {
  const named = new Set(quoted(documents).concat(Array.from(documents.matchAll(/\.(\w+)\(/g), ([, name]) => name)));
  const members = [...methodsOf(library.Model), ...methodsOf(library.Generator)];
  assert.ok(members.length >= 8, `${members}`);
  for (const name of members) assert.ok(named.has(name), `docs/api.md does not name ${name}`);
});

test("the options of a GPT are those of its type", async () => {
  const options = tableBelow(documents, "option").flatMap(quoted);
  const properties = (await propertiesOf("GptSpec")).filter((name) => name !== "kind");
  assert.deepEqual(options.sort(), properties.sort());
});

test("the options of the other models are those of their types", async () => {
  const rows = documents.split("\n").filter((line) => /^\| `"(bigram|counted|logits)"`/.test(line));
  const said = rows.flatMap((row) => quoted(row.split("|")[3]));
  const types = await Promise.all(["BigramSpec", "CountedSpec", "LogitsSpec"].map(propertiesOf));
  const properties = types.flat().filter((name) => name !== "kind");
  assert.deepEqual(said.sort(), properties.sort());
});

test("the codes of errors are those of their type", async () => {
  const source = await read("www/engine/error.js");
  const union = source.slice(0, source.indexOf("ErrorCode\n"));
  const codes = Array.from(union.matchAll(/"([a-z_]+)"/g), ([, code]) => code);
  assert.ok(codes.length > 10, `${codes}`);
  assert.deepEqual(tableBelow(documents, "code").flatMap(quoted).sort(), codes.sort());
});
