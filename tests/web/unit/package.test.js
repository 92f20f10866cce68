/** The package's doors: what its manifest promises is there. */

import assert from "node:assert/strict";
import { existsSync } from "node:fs";
import { mkdir, mkdtemp, readdir, readFile, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { after, test } from "node:test";
import { fileURLToPath } from "node:url";
import { build } from "vite";

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

const project = await mkdtemp(`${tmpdir()}/logitlab-bundle-`);
after(() => rm(project, { recursive: true, force: true }));
await mkdir(`${project}/node_modules`);
await symlink(fileURLToPath(directory), `${project}/node_modules/logitlab`);

/** The files that a bundler makes of a page with this program. @param {string} name @param {string} program */
const bundled = async (name, program) => {
  await writeFile(`${project}/index.html`, '<!doctype html><script type="module" src="./main.js"></script>');
  await writeFile(`${project}/main.js`, program);
  const outDir = `${project}/${name}`;
  await build({ configFile: false, root: project, logLevel: "warn", build: { outDir, assetsInlineLimit: 0 } });
  return readdir(outDir, { recursive: true });
};

/** What only a GPT needs. */
const OF_A_GPT = /bpe|grammar|logitlab_chat|prose|safetensors|checkpoint/;

test("a page that only samples bundles no file of a GPT's, and one with everything does", async () => {
  const program = (/** @type {string} */ door) =>
    `import { createLab } from "${door}"; globalThis.lab = await createLab();`;
  const sampling = await bundled("sampling", program("logitlab/engine"));
  assert.deepEqual(
    sampling.filter((name) => OF_A_GPT.test(name)),
    [],
  );
  assert.ok(
    sampling.some((name) => name.endsWith(".wasm")),
    `there is an engine among ${sampling}`,
  );
  const scripts = sampling.filter((name) => name.endsWith(".js") && !name.includes("worker"));
  for (const name of scripts) {
    const code = await readFile(`${project}/sampling/${name}`, "utf8");
    assert.doesNotMatch(code, /prose\.safetensors|logitlab_bpe|LitElement/, name);
  }
  const everything = await bundled("everything", program("logitlab"));
  assert.ok(
    everything.some((name) => OF_A_GPT.test(name)),
    "the filter finds such files where they are",
  );
});

test("the door for those who only sample draws, has models, and says where GPTs are", async () => {
  const { createLab } = await import(`${directory}sampling.js`);
  const lab = await createLab();
  assert.equal((await lab.sample([2, -1.5, 0.3, 4.2, -0.8], { temperature: 0 })).tokens[0], 3);
  assert.equal((await lab.model({ kind: "bigram" })).vocabSize, 30);
  await assert.rejects(lab.model({ kind: "gpt" }), { code: "model_load", message: /from "logitlab"/ });
  lab.dispose();
});
