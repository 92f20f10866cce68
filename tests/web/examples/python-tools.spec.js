/** Examples that are built by a tool from PyPI. */
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { existsSync } from "node:fs";
import { cp } from "node:fs/promises";
import test, { after } from "node:test";
import { copyOf, hasText, leaveAndReturn, PATIENCE_MS, putPackage, root, serve, tool, watchedPage } from "./host.js";

const venv = `${root}/target/examples/venv`;

/** Tools from PyPI, in an environment of their own that stays. @param {string[]} packages */
async function pip(...packages) {
  if (!existsSync(`${venv}/bin/pip`)) await tool("python3", ["-m", "venv", venv], root);
  await tool(`${venv}/bin/pip`, ["install", "--quiet", "--disable-pip-version-check", ...packages], root);
}

test("mkdocs: the lab draws, goes with its page, and comes back, without a reload", async () => {
  await pip("mkdocs-material==9.8.1");
  const directory = await copyOf("mkdocs");
  await putPackage(`${directory}/docs/logit-lab`);
  const address = await serve(`${directory}/site`);
  await tool(`${venv}/bin/mkdocs`, ["build", "--quiet", "--strict"], directory, { SITE_URL: address });
  const { page, isCalm } = await watchedPage(address);
  await leaveAndReturn(page, "Next week", "Sampling");
  isCalm();
  await page.close();
});

test("jupyter: in JupyterLab the widget takes its settings from Python and gives its text back", async () => {
  await pip("jupyterlab==4.6.6", "anywidget==0.11.0", "ipykernel");
  const directory = await copyOf("jupyter");
  await cp(`${root}/dist/npm/anywidget.mjs`, `${directory}/anywidget.mjs`);
  const address = await startJupyter(directory);
  // JupyterLab itself asks for news and writes its own warnings.
  const { page } = await watchedPage(`${address}lab/tree/lesson.ipynb?reset`);
  await page.getByText("Python 3 (ipykernel) | Idle").waitFor({ timeout: PATIENCE_MS });
  await page.locator(".jp-Notebook .jp-CodeCell").first().click();
  await page.keyboard.press("Shift+Enter");
  const lab = page.locator("logit-lab");
  await hasText(lab);
  assert.match((await lab.locator("[data-used]").textContent()) ?? "", /temperature = 1\.2, top_p = 0\.9/);
  await page.close();
});

/** @param {string} directory @returns {Promise<string>} its address, once it answers */
async function startJupyter(directory) {
  const options = ["--no-browser", "--allow-root", "--IdentityProvider.token=", "--ServerApp.port=0", "--ip=127.0.0.1"];
  const server = spawn(`${venv}/bin/jupyter`, ["lab", ...options], { cwd: directory });
  after(() => void server.kill());
  let said = "";
  return new Promise((resolve, reject) => {
    server.stderr.on("data", (bytes) => {
      said += bytes;
      const found = /http:\/\/127\.0\.0\.1:\d+\//.exec(said);
      if (found) resolve(found[0]);
    });
    server.on("exit", () => reject(new Error(`JupyterLab ended:\n${said.slice(-2000)}`)));
  });
}
