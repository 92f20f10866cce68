/**
 * Every `js` block of the README and of docs/ is run: what it prints is what its `// →` comments say, in order. Those of bring-your-model.md work
 * with a reader's own files, and have a test of their own.
 */

import assert from "node:assert/strict";
import { readdir, readFile } from "node:fs/promises";
import { test } from "node:test";
import { format } from "node:util";

const root = new URL("../../../", import.meta.url);
const library = new URL("www/engine/index.js", root).href;

/** A fenced block of code; the language is the first group, the code the second. */
const FENCE = /^```(\w*)\n(.*?)^```$/gms;

/** What a piece of code says it prints. @param {string} code */
const promised = (code) => Array.from(code.matchAll(/\/\/ → (.*)$/gm), ([, line]) => line);

/** What it prints. @param {string} code a module @param {string} place told apart from an equal module elsewhere */
const printed = async (code, place) => {
  const module = code.replaceAll('"logitlab"', JSON.stringify(library));
  /** @type {string[]} */
  const lines = [];
  const { log } = console;
  console.log = (...values) => lines.push(format(...values));
  try {
    await import(`data:text/javascript,${encodeURIComponent(module)}#${place}`);
  } finally {
    console.log = log;
  }
  return lines;
};

const documents = (await readdir(new URL("docs", root), { recursive: true })).filter(
  (name) => name.endsWith(".md") && name !== "bring-your-model.md",
);

for (const file of ["README.md", ...documents.map((name) => `docs/${name}`)]) {
  const text = await readFile(new URL(file, root), "utf8");
  const blocks = Array.from(text.matchAll(FENCE)).filter(([, language]) => language === "js");

  for (const { 2: code, index } of blocks) {
    const place = `${file}:${text.slice(0, index).split("\n").length}`;
    test(`example at ${place}`, async () => assert.deepEqual(await printed(code, place), promised(code)));
  }

  if (!file.startsWith("docs/stages/")) continue;
  test(`${file}: the numbers in the prose are printed by its examples`, () => {
    const examples = blocks.flatMap(([, , code]) => promised(code)).join("\n");
    assert.notEqual(examples, "", "a lesson needs an example");
    for (const [number] of text.replaceAll(FENCE, "").matchAll(/\d+\.\d{3,}/g))
      assert.ok(examples.includes(number), `no example prints ${number}`);
  });
}
