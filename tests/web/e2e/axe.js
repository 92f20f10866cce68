/** axe-core in a page, every rule of it. */
import { readFile } from "node:fs/promises";
import { createRequire } from "node:module";

const axe = await readFile(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");

/** Every rule of axe, the best practices included. @param {import("playwright-core").Page} page */
export async function violations(page) {
  await page.evaluate(axe);
  return page.evaluate(async () => {
    const { violations } = await /** @type {any} */ (window).axe.run(document, {
      rules: { "target-size": { enabled: true }, "color-contrast-enhanced": { enabled: false } },
    });
    return violations.map((/** @type {any} */ violation) => ({
      rule: violation.id,
      where: violation.nodes.map((/** @type {any} */ node) => [node.target.flat().join(" "), node.failureSummary]),
    }));
  });
}
