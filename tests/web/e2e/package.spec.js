/** The npm package as a stranger gets it: packed, installed into an empty project, imported by Node and bundled by Vite. */
import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { after, before, test } from "node:test";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { build, preview } from "vite";
import { launchChromium } from "./browser.js";
import { count } from "./compare.js";

const run = promisify(execFile);
const source = fileURLToPath(new URL("../../../dist/npm", import.meta.url));

/** @type {string} an empty project that has the package */
let project;

/** @param {string[]} args */
const npm = (...args) => {
  const script = process.env.npm_execpath;
  return script ? run(process.execPath, [script, ...args], { cwd: project }) : run("npm", args, { cwd: project });
};

before(async () => {
  project = await mkdtemp(`${tmpdir()}/logitlab-project-`);
  const { stdout } = await npm("pack", source, "--silent");
  await writeFile(`${project}/package.json`, JSON.stringify({ name: "stranger", private: true, type: "module" }));
  await npm("install", `./${stdout.trim()}`, "--no-audit", "--no-fund", "--prefer-offline");
});

after(() => rm(project, { recursive: true, force: true }));

test("a plain Node script imports the library and draws", async () => {
  await writeFile(
    `${project}/draw.js`,
    `import { createLab } from "logitlab";
     const lab = await createLab();
     const { tokens } = await lab.sample([2, -1.5, 0.3, 4.2, -0.8], { temperature: 0 });
     console.log(tokens[0], typeof customElements);
     lab.dispose();`,
  );
  const { stdout } = await run(process.execPath, ["draw.js"], { cwd: project });
  assert.equal(stdout.trim(), "3 undefined");
});

test("Vite bundles the element with its worker and its engine, and the page draws", async () => {
  await writeFile(
    `${project}/index.html`,
    `<!doctype html><html lang="en"><title>A stranger</title><link rel="icon" href="data:,">
     <script type="module" src="./main.js"></script><logit-lab seed="3"></logit-lab></html>`,
  );
  await writeFile(`${project}/main.js`, `import "logitlab/define";`);
  await build({ configFile: false, root: project, logLevel: "warn" });
  const site = await preview({
    configFile: false,
    root: project,
    preview: { port: 0, host: "127.0.0.1" },
    logLevel: "silent",
  });
  const browser = await launchChromium();
  try {
    const page = await browser.newPage();
    /** @type {string[]} */
    const troubles = [];
    page.on("pageerror", (error) => troubles.push(error.message));
    page.on("response", (response) => {
      if (!response.ok()) troubles.push(`${response.status()} ${response.url()}`);
    });
    await page.goto(
      `http://127.0.0.1:${/** @type {import("node:net").AddressInfo} */ (site.httpServer.address()).port}/`,
    );
    await page.locator("logit-lab [role=status]", { hasText: "80 tokens drawn with seed 3." }).waitFor();
    const thread = await page.locator("logit-lab").evaluate((element) => /** @type {any} */ (element).lab.thread);
    assert.equal(thread, "worker");
    assert.deepEqual(troubles, []);
    count("cpu", "no adapter", "artifacts");
  } finally {
    await browser.close();
    await site.close();
  }
});
