/** Examples that are built by a tool from npm. */
import assert from "node:assert/strict";
import { cp, readFile, rm } from "node:fs/promises";
import test from "node:test";
import { copyOf, leaveAndReturn, root, serve, tool, watchedPage } from "./host.js";

test("docusaurus: webpack finds engine and worker; the lab survives the way to another page and back", async () => {
  const directory = await copyOf("docusaurus");
  await tool(
    "npm",
    ["install", "--no-audit", "--no-fund", "--no-save", "--install-links", `${root}/dist/npm`],
    directory,
  );
  await tool("npm", ["run", "build"], directory);
  const { page, isCalm } = await watchedPage(await serve(`${directory}/build`));
  await leaveAndReturn(page, "Next week", "Sampling");
  isCalm();
  await page.close();
});

test("myst: the directive becomes a widget with the file and the settings", async () => {
  const directory = await copyOf("myst");
  await cp(`${root}/dist/npm/anywidget.mjs`, `${directory}/anywidget.mjs`);
  await tool("npm", ["install", "--no-audit", "--no-fund", "--no-save"], directory);
  await rm(`${directory}/_build`, { recursive: true, force: true });
  // Its last step fetches a theme, which is not there without a net; the pages are written before.
  await tool("npx", ["myst", "build", "--site"], directory).catch(() => {});
  const { mdast } = JSON.parse(await readFile(`${directory}/_build/site/content/index.json`, "utf8"));
  const widget = mdast.children[0].children.find((/** @type {any} */ node) => node.type === "anywidget");
  assert.deepEqual(widget.model, { prompt: "the ", temperature: 1.1 });
  const file = await readFile(`${directory}/_build/site/public/${widget.esm.replace(/^\//, "")}`);
  assert.ok(file.equals(await readFile(`${root}/dist/npm/anywidget.mjs`)), "the file travels with the site");
});
