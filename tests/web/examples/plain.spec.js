/** Examples that need no tool: they are opened as they are. */
import assert from "node:assert/strict";
import { cp, readFile, writeFile } from "node:fs/promises";
import test from "node:test";
import { copyOf, hasDistribution, hasText, nWorkers, putPackage, putSite, root, serve, watchedPage } from "./host.js";

test("html: two labs on a plain page share one worker", async () => {
  const directory = await copyOf("html");
  await putPackage(`${directory}/logit-lab`);
  const { page, isCalm } = await watchedPage(await serve(directory));
  await hasText(page.locator("logit-lab").first());
  await page.locator("logit-lab").last().scrollIntoViewIfNeeded();
  await hasDistribution(page.locator("logit-lab").last());
  await nWorkers(page, 1);
  assert.equal(await page.locator("logit-lab").last().locator(".control").count(), 2, "only the settings asked for");
  await page
    .locator("logit-lab")
    .first()
    .evaluate((lab) => lab.remove());
  assert.equal(page.workers().length, 1, "the other one still needs it");
  await page
    .locator("logit-lab")
    .last()
    .evaluate((lab) => lab.remove());
  await nWorkers(page, 0);
  isCalm();
  await page.close();
});

test("iframe: the strict policy of the page holds, and the frame gets the height it asks for", async () => {
  const directory = await copyOf("iframe");
  await putSite(`${directory}/site`);
  const { page, isCalm } = await watchedPage(await serve(directory));
  await hasText(page.frameLocator("iframe").locator("logit-lab"));
  await page.waitForFunction(() => {
    const frame = document.querySelector("iframe");
    return frame?.contentDocument && Math.abs(frame.contentDocument.body.scrollHeight - frame.clientHeight) <= 1;
  });
  isCalm();
  await page.close();
});

test("sandboxed: a frame without an origin draws its text", async () => {
  const directory = await copyOf("sandboxed");
  await putSite(`${directory}/site`);
  // Without an origin neither a worker from the file nor one from a blob can be started: those attempts are noted by the browser.
  const { page, isCalm } = await watchedPage(await serve(directory), [/Failed to construct 'Worker'|worker|blob:/i]);
  await hasText(page.frameLocator("iframe").locator("logit-lab"));
  isCalm();
  await page.close();
});

test("revealjs: arrow keys on a slider change the setting, elsewhere the slide", async () => {
  const directory = await copyOf("revealjs");
  await putPackage(`${directory}/logit-lab`);
  await cp(`${root}/node_modules/reveal.js/dist`, `${directory}/reveal`, { recursive: true });
  const { page, isCalm } = await watchedPage(await serve(directory));
  await page.keyboard.press("ArrowRight");
  const lab = page.locator("logit-lab");
  await hasDistribution(lab);
  const slide = () => page.evaluate(() => /** @type {any} */ (globalThis).Reveal.getIndices().h);
  assert.equal(await slide(), 1);
  const slider = lab.getByLabel("Temperature, slider");
  const before = await slider.inputValue();
  await slider.focus();
  await page.keyboard.press("ArrowRight");
  assert.notEqual(await slider.inputValue(), before);
  assert.equal(await slide(), 1, "the slides stay");
  await slider.evaluate((slider) => slider.blur());
  await page.keyboard.press("ArrowRight");
  assert.equal(await slide(), 2);
  isCalm();
  await page.close();
});

test("quarto: its header and its raw HTML block make a page with a lab", async () => {
  const directory = await copyOf("quarto");
  await putPackage(`${directory}/logit-lab`);
  const [, header] = /text: (<script.*<\/script>)/.exec(await readFile(`${directory}/_quarto.yml`, "utf8")) ?? [];
  const [, block] = /```\{=html\}\n([\s\S]*?)\n```/.exec(await readFile(`${directory}/index.qmd`, "utf8")) ?? [];
  assert.ok(header && block, "the example has a header and a block");
  const html = `<!doctype html><title>Sampling</title><link rel="icon" href="data:,">${header}<body>${block}`;
  await writeFile(`${directory}/index.html`, html);
  const { page, isCalm } = await watchedPage(await serve(directory));
  await hasText(page.locator("logit-lab"));
  isCalm();
  await page.close();
});
