/** The package's doors: what its manifest promises is there. */

import assert from "node:assert/strict";
import { existsSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { test } from "node:test";

const directory = new URL("../../../dist/npm/", import.meta.url);
const { exports: doors } = JSON.parse(await readFile(new URL("package.json", directory), "utf8"));

test("every door leads to a file", () => {
  for (const [name, door] of Object.entries(doors)) {
    const files = typeof door === "string" ? [door] : Object.values(door);
    for (const file of files) assert.ok(existsSync(new URL(file, directory)), `${name} is ${file}`);
  }
});

test("what a site takes along can be found by name", () => {
  for (const name of ["embed.html", "standalone.html", "integrity.json", "anywidget", "custom-elements.json"])
    assert.ok(doors[`./${name}`], name);
});
