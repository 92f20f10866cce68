// node chromium.js: the shipped model in this library and in transformers.js, in Chromium. One JSON line per row.
import { createReadStream, existsSync } from "node:fs";
import { createServer } from "node:http";
import { extname } from "node:path";
import { chromium } from "playwright-core";
import { needChromium } from "../../scripts/lib/need.js";
import { root } from "../../scripts/lib/run.js";

/** @type {Record<string, string>} */
const TYPES = {
  ".js": "text/javascript",
  ".mjs": "text/javascript",
  ".wasm": "application/wasm",
  ".html": "text/html",
};
const PAGE =
  '<!doctype html><link rel="icon" href="data:," /><script type="module" src="/tools/peers/page.js"></script>';

const server = createServer(({ url = "/" }, response) => {
  const { pathname } = new URL(url, "http://localhost");
  const file = `${root}${pathname}`;
  if (pathname === "/") return response.writeHead(200, { "Content-Type": "text/html" }).end(PAGE);
  if (pathname.includes("..") || !existsSync(file)) return response.writeHead(404).end();
  response.writeHead(200, { "Content-Type": TYPES[extname(file)] ?? "application/octet-stream" });
  createReadStream(file).pipe(response);
});
await new Promise((resolve) => server.listen(0, "127.0.0.1", () => resolve(undefined)));
const address = /** @type {import("node:net").AddressInfo} */ (server.address());
const browser = await chromium.launch({ executablePath: await needChromium(), args: ["--no-sandbox"] });
for (const library of ["logitlab", "transformers"]) await measure(library);
await browser.close();
server.close();

/** @param {string} library */
async function measure(library) {
  const page = await browser.newPage();
  const ended = new Promise((resolve, reject) => {
    page.on("console", (message) => {
      const text = message.text();
      if (text.startsWith("{")) console.log(text);
      else if (text === "done") resolve(undefined);
      else if (text.startsWith("failed")) reject(new Error(text));
      else console.error(text);
    });
    page.on("pageerror", reject);
  });
  await page.goto(`http://127.0.0.1:${address.port}/?${library}`);
  await ended;
  await page.close();
}
