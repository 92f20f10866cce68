// node run.js: the shipped model in this library and in its peers, one after the other on this machine; prints a table and records it in
// benches/record. PYTHON is the interpreter that has requirements.txt.
import assert from "node:assert/strict";
import { mkdir, writeFile } from "node:fs/promises";
import { cpus, loadavg } from "node:os";
import { PROMPTS } from "../../benches/loop.js";
import { buildEngine } from "../../scripts/lib/engine.js";
import { capture, output, root, run } from "../../scripts/lib/run.js";

/** @typedef {{ system: string, place: string, threads: number, kv_cache: boolean } & import("../../benches/loop.js").LoopRow} PeerRow */

const python = process.env.PYTHON ?? "python3";
await buildEngine();
await run(python, ["tools/peers/export.py"]);
const bench = ["bench", "--bench", "gpt"];
await run("cargo", [...bench, "--no-run"]);
const load = loadavg().map((load) => Number(load.toFixed(2)));

const rows = [...native(await lines("cargo", bench))];
for (const [program, script] of [
  [process.execPath, "node.js"],
  [process.execPath, "chromium.js"],
  [python, "torch_loop.py"],
])
  rows.push(...(await lines(program, [`tools/peers/${script}`])));
checkTokens(rows);
console.log(table(rows));
console.log(`recorded in ${await record(rows)}`);

/** @param {string} program @param {string[]} args @returns {Promise<any[]>} what it prints as JSON lines */
async function lines(program, args) {
  const text = await output(program, args);
  return text
    .split("\n")
    .filter((line) => line.startsWith("{"))
    .map((line) => JSON.parse(line));
}

/** Rows of benches/gpt.rs, which has checked its tokens itself. @param {any[]} rows @returns {PeerRow[]} */
function native(rows) {
  return rows
    .filter((row) => PROMPTS.includes(row.prompt))
    .map(({ prompt, kv_cache, ttft_us, decode_us, n }) => ({
      ...{ system: "Logit Lab, native", place: "CPU", threads: 1, kv_cache, prompt },
      ...{ ttft_ms: ttft_us / 1e3, decode_ms: decode_us / 1e3, n, tokens: [] },
    }));
}

/** All have written the same. @param {PeerRow[]} rows */
function checkTokens(rows) {
  const written = rows.filter(({ tokens }) => tokens.length > 0);
  for (const { system, prompt, tokens } of written) {
    const first = written.find((row) => row.prompt === prompt);
    assert.deepEqual(tokens, first?.tokens, `${system} after a prompt of ${prompt} tokens`);
  }
}

/** A line per system, place, threads and cache: TTFT and time per later token at each prompt. @param {PeerRow[]} rows */
function table(rows) {
  const keyOf = (/** @type {PeerRow} */ row) =>
    `${row.system} | ${row.place} | ${row.threads} | ${row.kv_cache ? "yes" : "no"}`;
  const all = [...new Set(rows.map(keyOf))].map((key) => {
    const cells = PROMPTS.map((prompt) => rows.find((row) => keyOf(row) === key && row.prompt === prompt));
    return `| ${key} | ${cells.map((row) => `${row?.ttft_ms.toFixed(2)} | ${row?.decode_ms.toFixed(3)}`).join(" | ")} |`;
  });
  return [
    `| system | place | threads | cache |${PROMPTS.map((prompt) => ` ${prompt}: first | later |`).join("")}`,
    ...all,
  ].join("\n");
}

/** @param {PeerRow[]} rows @returns {Promise<string>} where */
async function record(rows) {
  const [date] = new Date().toISOString().split("T");
  const cpu = cpus()[0].model.trim();
  const path = `benches/record/${date}-${cpu.toLowerCase().replace(/[^a-z0-9]+/g, "-")}-peers.json`;
  const facts = {
    ...{
      date,
      cpu,
      cores: cpus().length,
      load,
      os: `${process.platform} ${process.arch}`,
      node: process.versions.node,
    },
    ...{ rustc: capture("rustc", ["--version"]), revision: capture("git", ["describe", "--always", "--dirty"]) },
  };
  const list = rows.map(({ tokens: _, ...row }) => `    ${JSON.stringify(row)}`).join(",\n");
  await mkdir(`${root}/benches/record`, { recursive: true });
  await writeFile(`${root}/${path}`, `${JSON.stringify(facts, null, 2).slice(0, -2)},\n  "rows": [\n${list}\n  ]\n}\n`);
  return path;
}
