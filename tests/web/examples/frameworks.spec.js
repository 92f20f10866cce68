/** Pages of React, Vue and Svelte that change a setting of the lab and hear what was chosen in it. */
import assert from "node:assert/strict";
import { mkdir, rm, symlink } from "node:fs/promises";
import test from "node:test";
import { copyOf, PATIENCE_MS, root, serve, tool, watchedPage } from "./host.js";

for (const name of ["react", "vue", "svelte"])
  test(`${name}: the page sets the temperature as a property, and hears every choice`, async () => {
    const directory = await copyOf(name);
    await mkdir(`${directory}/node_modules`, { recursive: true });
    await rm(`${directory}/node_modules/logitlab`, { force: true });
    await symlink(`${root}/dist/npm`, `${directory}/node_modules/logitlab`);
    await tool(process.execPath, [`${root}/node_modules/vite/bin/vite.js`, "build", "--base", "./"], directory);
    const { page, isCalm } = await watchedPage(await serve(`${directory}/dist`));
    const lab = page.locator("logit-lab");
    const [tokens, said] = [lab.locator(".token[data-index]"), page.locator("output")];
    await tokens.nth(19).waitFor({ timeout: PATIENCE_MS });
    await said.filter({ hasText: /^\d+: “.+”, seed 7$/su }).waitFor();
    assert.equal(await lab.getByRole("tab").count(), 2);
    const text = await lab.evaluate((element) => /** @type {any} */ (element).store.state.run.text);
    await page.getByLabel("Temperature").first().fill("0");
    await page.waitForFunction((before) => {
      const { temperature, store } = /** @type {any} */ (document.querySelector("logit-lab"));
      return temperature === "0" && store.state.run.text !== before && store.state.run.tokens.length === 20;
    }, text);
    const label = await lab.evaluate((element) => {
      const { run } = /** @type {any} */ (element).store.state;
      return run.vocab[run.tokens[11]];
    });
    await tokens.nth(11).click();
    await said.filter({ hasText: `11: “${label.trim()}` }).waitFor();
    isCalm();
    await page.close();
  });
