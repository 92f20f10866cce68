/** The package's declarations, as a strict TypeScript program meets them. */

import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { cp, mkdir, mkdtemp, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { after, before, test } from "node:test";
import { fileURLToPath } from "node:url";

const root = fileURLToPath(new URL("../../..", import.meta.url));

/** What the package's types build on, and the frameworks whose templates know the tag. */
const LIBRARIES = [
  ...["@types/node", "lit", "lit-html", "lit-element", "@lit", "undici-types"],
  ...["@types/react", "csstype", "svelte", "vue", "@vue"],
];

/** @type {string} an empty project that has the package */
let project;

before(async () => {
  project = await mkdtemp(`${tmpdir()}/logitlab-types-`);
  await mkdir(`${project}/node_modules/@types`, { recursive: true });
  await writeFile(`${project}/package.json`, '{ "type": "module" }');
  // Copied, so that nothing is found beside it that a stranger has not.
  await cp(`${root}/dist/npm`, `${project}/node_modules/logitlab`, { recursive: true });
  for (const name of LIBRARIES) await symlink(`${root}/node_modules/${name}`, `${project}/node_modules/${name}`);
  await cp(`${root}/tests/web/types`, project, { recursive: true });
});
after(() => rm(project, { recursive: true, force: true }));

/**
 * What tsc says of a program; nothing if it compiles.
 * @param {string} file
 * @param {Record<string, unknown>} options
 */
const complaints = async (file, options) => {
  const compilerOptions = { strict: true, noEmit: true, skipLibCheck: false, target: "es2022", types: [], ...options };
  const config = `${project}/tsconfig.json`;
  await writeFile(config, JSON.stringify({ compilerOptions, files: [file] }));
  const tsc = `${root}/node_modules/typescript/bin/tsc`;
  const { stdout, stderr, status } = spawnSync(process.execPath, [tsc, "--project", config], { encoding: "utf8" });
  return status === 0 ? "" : `${stdout}${stderr}`;
};

const RESOLUTIONS = [
  { module: "preserve", moduleResolution: "bundler" },
  { module: "node16", moduleResolution: "node16" },
  { module: "nodenext", moduleResolution: "nodenext" },
];

for (const resolution of RESOLUTIONS) {
  const name = resolution.moduleResolution;
  test(`strict, ${name}: without lib.dom, with Node's types, with neither, with lib.dom`, async () => {
    assert.equal(await complaints("library.ts", { ...resolution, lib: ["es2022"], types: ["node"] }), "");
    assert.equal(await complaints("library.ts", { ...resolution, lib: ["es2022"] }), "");
    assert.equal(await complaints("library.ts", { ...resolution, lib: ["es2022", "dom"] }), "");
  });

  test(`strict, ${name}: the element`, async () => {
    assert.equal(await complaints("element.ts", { ...resolution, lib: ["es2022", "dom", "dom.iterable"] }), "");
  });
}

test("strict: the tag in the templates of React, Svelte and Vue", async () => {
  const options = { ...RESOLUTIONS[0], lib: ["es2022", "dom", "dom.iterable"], jsx: "preserve", skipLibCheck: true };
  assert.equal(await complaints("frameworks.tsx", options), "");
});
