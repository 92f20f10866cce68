// node tools/peers/smollm2.js [native,node,chromium,wllama,llama_cpp,transformers]: SmolLM2 from its GGUF file in this library and its peers, one thread each, one
// after the other: the processor's time for the first token after 6, 128 and 512, and for each later one. JSON lines, then a table. `npm run model smollm2` fetches the
// file; WLLAMA is the folder of the npm package @wllama/wllama 3.13, PYTHON an interpreter with tools/llama/requirements.txt.
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { createReadStream, existsSync, readdirSync, readFileSync, statSync } from "node:fs";
import { createServer } from "node:http";
import { loadavg } from "node:os";
import { extname } from "node:path";
import { chromium } from "playwright-core";
import { modelPath } from "../../scripts/lib/models.js";
import { needChromium } from "../../scripts/lib/need.js";
import { root } from "../../scripts/lib/run.js";
import { timeSmollm2 } from "./smollm2_loop.js";
import { ours } from "./smollm2_ours.js";

/** @typedef {import("./smollm2_loop.js").Row} Row */

const file = modelPath("smollm2");
const { ids } = JSON.parse(readFileSync(`${root}/tests/golden/llama/smollm2.json`, "utf8"));
const names = (process.argv[2] ?? "native,node,chromium,wllama,transformers").split(",");

const tell = (/** @type {Row} */ row) => console.log(JSON.stringify({ load: loadavg()[0], ...row }));

/** @type {Record<string, () => Promise<Row[]>>} */
const SYSTEMS = {
  native: async () => lines("cargo", ["bench", "--quiet", "--bench", "smollm2", "--", file]),
  node: async () => timeSmollm2(await ours(file), ids, () => process.cpuUsage().user / 1e3, tell),
  chromium: () => inChromium("ours"),
  wllama: () => inChromium("wllama"),
  llama_cpp: async () => lines(process.env.PYTHON ?? "python3", ["tools/peers/smollm2_llama_cpp.py", file]),
  transformers: async () => lines(process.env.PYTHON ?? "python3", ["tools/peers/smollm2_torch.py", file]),
};

const unknown = names.find((name) => !(name in SYSTEMS));
if (unknown) throw new Error(`there is no system "${unknown}": they are ${Object.keys(SYSTEMS).join(", ")}`);
/** @type {{ name: string, row: Row }[]} */
const rows = [];
for (const name of names) for (const row of await SYSTEMS[name]()) rows.push({ name, row });
for (const { name, row } of rows) {
  const first = rows.find((other) => other.row.prompt === row.prompt && other.row.text);
  // llama.cpp rounds activations to eight bits: after long prompts its text parts from the others' at once.
  const rounds = name === "wllama" || name === "llama_cpp";
  const n = rounds ? 12 : undefined;
  if (row.text && !(rounds && row.prompt > 6))
    assert.equal(row.text.slice(0, n), first?.row.text.slice(0, n), `${name} after ${row.prompt}`);
}
console.log(`| | tokens/s | first token after 6, ms | after 128 | after 512 |\n| --- | ---: | ---: | ---: | ---: |`);
for (const name of names) {
  const mine = rows.filter((row) => row.name === name).map(({ row }) => row);
  const firsts = [6, 128, 512].map((n) => mine.find(({ prompt }) => prompt === n)?.first_ms.toFixed(0) ?? "");
  console.log(`| ${name} | ${(1000 / mine[0].later_ms).toFixed(1)} | ${firsts.join(" | ")} |`);
}

/** @param {string} program @param {string[]} args @returns {any[]} */
function lines(program, args) {
  const said = execFileSync(program, args, {
    cwd: root,
    encoding: "utf8",
    maxBuffer: 1 << 26,
    stdio: ["ignore", "pipe", "inherit"],
  });
  return said.split("\n").flatMap((line) => (line.startsWith("{") ? [JSON.parse(line)] : []));
}

/** @param {string} library @returns {Promise<Row[]>} */
async function inChromium(library) {
  const server = createServer(({ url = "/" }, answer) => {
    const { pathname } = new URL(url, "http://localhost");
    if (pathname === "/")
      return answer
        .writeHead(200, { "content-type": "text/html" })
        .end('<!doctype html><link rel="icon" href="data:," />');
    const wllama = pathname.startsWith("/wllama/") ? process.env.WLLAMA + pathname.slice("/wllama".length) : null;
    const path = pathname === "/model.gguf" ? file : (wllama ?? `${root}${pathname}`);
    if (pathname.includes("..") || !existsSync(path)) return answer.writeHead(404).end();
    const types = /** @type {Record<string, string>} */ ({ ".js": "text/javascript", ".wasm": "application/wasm" });
    answer.writeHead(200, {
      "content-type": types[extname(path)] ?? "application/octet-stream",
      "content-length": statSync(path).size,
    });
    createReadStream(path).pipe(answer);
  });
  await new Promise((resolve) => server.listen(0, "127.0.0.1", () => resolve(undefined)));
  const { port } = /** @type {import("node:net").AddressInfo} */ (server.address());
  const browser = await chromium.launch({ executablePath: await needChromium(), args: ["--no-sandbox"] });
  try {
    const page = await browser.newPage();
    await page.goto(`http://127.0.0.1:${port}/`);
    await page.evaluate(async (library) => {
      const { [library]: make } = await import(new URL("/tools/peers/smollm2_ours.js", location.href).href);
      Object.assign(globalThis, { loop: await make(`${location.origin}/model.gguf`) });
    }, library);
    const loop = (/** @type {number[]} */ ids, /** @type {number} */ n) =>
      page.evaluate(([ids, n]) => /** @type {any} */ (globalThis).loop(ids, n), /** @type {const} */ ([ids, n]));
    return await timeSmollm2(loop, ids, cpuOfChildren, tell);
  } finally {
    await browser.close();
    server.close();
  }
}

/** The processor's time of all processes that this one has started, in ms. */
function cpuOfChildren() {
  const fields = readdirSync("/proc")
    .filter((name) => /^\d+$/.test(name))
    .flatMap((pid) => {
      try {
        return [
          [
            pid,
            ...readFileSync(`/proc/${pid}/stat`, "utf8")
              .replace(/^.*\) /, "")
              .split(" "),
          ],
        ];
      } catch {
        return []; // it has just ended
      }
    });
  const own = new Set([String(process.pid)]);
  for (let before = 0; before !== own.size; ) {
    before = own.size;
    for (const [pid, , parent] of fields) if (own.has(parent)) own.add(pid);
  }
  own.delete(String(process.pid));
  // Fields 14 and 15 of the file, in hundredths of a second.
  return fields
    .filter(([pid]) => own.has(pid))
    .reduce((sum, stat) => sum + 10 * (Number(stat[12]) + Number(stat[13])), 0);
}
