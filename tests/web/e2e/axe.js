/** axe-core in a page, every rule of it. */
import { readFile } from "node:fs/promises";
import { createRequire } from "node:module";

const axe = await readFile(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");

/**
 * A drawn token is as large as its letters: WCAG 2.5.8 exempts what stands in a line of text. axe sees no line where all of it can be pressed.
 * @param {{ id: string, nodes: { target: any[] }[] }} violation
 */
const isOfText = ({ id, nodes }) =>
  id === "target-size" && nodes.every(({ target }) => /\[data-index="\d+"\]$/.test(target.flat().at(-1)));

/** Every rule of axe, the best practices included. @param {import("playwright-core").Page} page */
export async function violations(page) {
  await page.evaluate(axe);
  const found = await page.evaluate(async () => {
    const { violations } = await /** @type {any} */ (window).axe.run(document, {
      rules: { "target-size": { enabled: true }, "color-contrast-enhanced": { enabled: false } },
    });
    return violations;
  });
  return found
    .filter((/** @type {any} */ violation) => !isOfText(violation))
    .map((/** @type {any} */ violation) => ({
      rule: violation.id,
      where: violation.nodes.map((/** @type {any} */ node) => [node.target.flat().join(" "), node.failureSummary]),
    }));
}
