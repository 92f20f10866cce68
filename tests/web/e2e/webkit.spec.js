/** WebKit on Linux has no WebGPU: the lab draws on the CPU, and draws the same text. Driven by the W3C's WebDriver protocol. */
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { existsSync } from "node:fs";
import test, { after, before } from "node:test";
import { address, eventually, LESSONS_MODEL } from "./support.js";

const driverPath = process.env.WEBKIT_DRIVER ?? "/usr/bin/WebKitWebDriver";
const INSTALL = "apt-get install -y webkit2gtk-driver xvfb xauth, or set WEBKIT_DRIVER";

/** How long WebKit may take for anything, in milliseconds. */
const PATIENCE_MS = 60_000;

/** The browser of the driver's package, which needs a screen. */
const CAPABILITIES = { alwaysMatch: { "webkitgtk:browserOptions": { args: ["--automation"] } } };

/** @type {import("node:child_process").ChildProcess} */
let driver;
let session = "";
const port = 20_000 + (process.pid % 20_000);

/**
 * One command of the protocol.
 * @param {string} method
 * @param {string} path
 * @param {object} [body]
 * @returns {Promise<any>}
 */
async function command(method, path, body) {
  const response = await fetch(`http://127.0.0.1:${port}/session${path}`, {
    method,
    ...(body ? { body: JSON.stringify(body), headers: { "content-type": "application/json" } } : {}),
  });
  const { value } = await response.json();
  if (value?.error) throw new Error(`${path}: ${value.error}: ${value.message}`);
  return value;
}

/** @param {string} script the body of a function of the lab, `lab`, and its shadow root, `root` */
const inPage = (script) =>
  command("POST", `/${session}/execute/sync`, {
    script: `const lab = document.querySelector("logit-lab"); const root = lab.shadowRoot; ${script}`,
    args: [],
  });

before(async () => {
  assert.ok(existsSync(driverPath), `no WebKitWebDriver at ${driverPath}: ${INSTALL}`);
  driver = spawn("xvfb-run", ["-a", driverPath, `--port=${port}`], { stdio: "ignore", detached: true });
  driver.on("error", (error) => assert.fail(`${error.message}: ${INSTALL}`));
  session = await eventually(
    async () => (await command("POST", "", { capabilities: CAPABILITIES })).sessionId,
    PATIENCE_MS,
  );
});

after(async () => {
  await command("DELETE", `/${session}`).catch(() => {});
  if (driver.pid) process.kill(-driver.pid);
});

const text = () =>
  inPage(`return [...root.querySelectorAll(".token[data-index]")].map((token) => token.textContent).join("")`);

test("WebKit: the first text, a setting, every view, and no trouble", async () => {
  await command("POST", `/${session}/url`, { url: address() + LESSONS_MODEL });
  await inPage(`globalThis.troubles = []; addEventListener("error", ({ message }) => troubles.push(message));`);
  await eventually(
    async () => assert.equal(await inPage(`return root.querySelectorAll("[data-index]").length`), 80),
    PATIENCE_MS,
  );
  const first = await text();
  assert.match(first, /^xvaf/, "the text of every browser");
  await eventually(
    async () =>
      assert.match(await inPage(`return root.querySelector("[data-backend]").textContent`), /^CPU.*No WebGPU/s),
    PATIENCE_MS,
  );
  await inPage(`lab.setState({ fields: { temperature: "0" } })`);
  await eventually(async () => assert.match(await text(), /^ {80}$/), PATIENCE_MS);
  await inPage(`lab.setState({ fields: { temperature: "0.8" } })`);
  await eventually(async () => assert.equal(await text(), first), PATIENCE_MS);
  for (const view of ["tokens", "draws", "compare", "timings", "share", "stages"]) {
    await inPage(`root.querySelector("#tab-${view}").click()`);
    await eventually(async () => assert.equal(await inPage(`return root.querySelector("#panel").dataset.view`), view));
  }
  assert.deepEqual(await inPage(`return troubles`), []);
  console.log(`# ${await inPage("return navigator.userAgent")}: page tests`);
});
