/** The page that compares a GPU with the CPU: on a software adapter, and where there is none. */
import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { violations } from "./axe.js";
import { eventually, pageTest } from "./support.js";

pageTest(
  "draws and tokens are the same on both, and the report can be kept",
  async (_, page) => {
    await page.getByRole("button", { name: "Compare" }).click();
    const said = page.locator("#said");
    await eventually(async () => assert.match((await said.textContent()) ?? "", /^(Equal|Not equal|Nothing)/), 240_000);
    assert.equal(await said.textContent(), "Equal: 1,000 draws and 12 tokens.");
    const saving = page.waitForEvent("download");
    await page.getByRole("button", { name: "Save as JSON" }).click();
    const report = JSON.parse(await readFile(await (await saving).path(), "utf8"));
    assert.equal(report.equal, true);
    assert.deepEqual([report.draws.n, report.draws.same_tokens, report.draws.same_bits], [1000, 1000, 1000]);
    assert.equal(report.draws.first_difference, null);
    assert.deepEqual([report.tokens.rows, report.tokens.same_tokens], [12, 12]);
    assert.ok(report.adapter && report.browser && report.version);
    assert.deepEqual(await violations(page), []);
  },
  { path: "proof.html?draws=1000&tokens=12", hasGpu: true },
);

pageTest(
  "without a GPU it says that nothing was compared",
  async (_, page) => {
    await page.getByRole("button", { name: "Compare" }).click();
    await eventually(async () =>
      assert.match((await page.locator("#said").textContent()) ?? "", /^Nothing was compared: .*(GPU|WebGPU)/),
    );
    assert.ok(await page.getByRole("button", { name: "Compare" }).isEnabled());
  },
  { path: "proof.html" },
);
