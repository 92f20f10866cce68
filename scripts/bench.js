// npm run bench: times the engine natively, as wasm and on a GPU, the library in Node and the page in Chromium; prints the medians and records them.
// npm run bench -- gpt: only the model that comes with the library, natively, as wasm and through the library: speed, load and memory.
// npm run bench -- gpt2: the same for one of GPT-2's size (124 M weights).
import { mkdir, writeFile } from "node:fs/promises";
import { cpus } from "node:os";
import { relative } from "node:path";
import { command } from "./lib/command.js";
import { buildEngine } from "./lib/engine.js";
import { randomGpt2 } from "./lib/gpt2.js";
import { capture, output, root } from "./lib/run.js";
import { vulkanDrivers } from "./lib/vulkan.js";

/** @typedef {{ v: number, setting: string, median_us: number, min_us: number, n: number }} Row */
/** @typedef {Record<string, Row[]>} Places Where it ran → its rows. */
/** @typedef {{ place: string, prompt?: number, kv_cache?: boolean, read_us?: number, load_ms?: number, peak_memory_mb?: number }} GptRow */
/** @typedef {{ action: string, n_tokens: number, n: number, median_ms: number, worst_ms: number, long_tasks: number }} PageRow */
/** @typedef {{ adapter: string, v: number, b: number, way: string, median_us: number, min_us: number, n: number }} GpuRow */

const only = process.argv[2];
await command(async () => {
  if (only !== undefined && only !== "gpt" && only !== "gpt2")
    throw new Error(`there is no bench "${only}": it is gpt, gpt2, or all without a name`);
  await buildEngine({ targets: ["wasm32-wasip1"] });
  if (only !== undefined) return onlyGpt(only);
  const bench = ["bench", "--bench", "sampling"];
  /** @type {Places} */
  const places = {
    native: await rows("cargo", bench),
    wasm: await rows("cargo", [...bench, "--target", "wasm32-wasip1"]),
  };
  places.library = await rows(process.execPath, ["benches/stream.js"]);
  const gpt = await gptRows();
  const gpu = /** @type {GpuRow[]} */ (await rows("cargo", ["bench", "--bench", "gpu"], vulkanDrivers()));
  console.log(`\n${table(places)}\n`);
  console.log(`${gptTable(gpt)}\n`);
  console.log(gpu.length === 0 ? "no GPU adapter: nothing was timed on one\n" : `${gpuTable(gpu)}\n`);
  const page = /** @type {PageRow[]} */ (await rows(process.execPath, ["benches/page.js"]));
  console.log(`${pageTable(page)}\n`);
  console.log(`recorded in ${await record({ ...places, gpt, gpu, page })}`);
});

/** @param {"gpt" | "gpt2"} name the model that is shipped, or random weights in GPT-2's size */
async function onlyGpt(name) {
  const found = await gptRows(name === "gpt2" ? await randomGpt2() : undefined);
  console.log(`\n${gptTable(found)}\n`);
  console.log(`recorded in ${await record({ gpt: found }, `-${name}`)}`);
}

/**
 * The same model natively, as wasm and through the library.
 * @param {string} [file] another one than the one that is shipped
 * @returns {Promise<GptRow[]>}
 */
async function gptRows(file) {
  const bench = ["bench", "--bench", "gpt"];
  const given = file ? ["--", relative(root, file)] : [];
  const places = {
    native: await rows("cargo", [...bench, ...given]),
    wasm: await rows("cargo", [...bench, "--target", "wasm32-wasip1", ...given]),
    library: await rows(process.execPath, ["benches/gpt.js", ...(file ? [file] : [])]),
  };
  return Object.entries(places).flatMap(([place, rows]) => rows.map((row) => ({ place, ...row })));
}

/**
 * Runs a bench program, which checks its results and prints one JSON line per row.
 * @param {string} program
 * @param {string[]} args
 * @param {Record<string, string>} [env]
 * @returns {Promise<any[]>}
 */
async function rows(program, args, env) {
  console.log(`${program} ${args.join(" ")}`);
  const lines = (await output(program, args, { env })).split("\n").filter((line) => line.startsWith("{"));
  return lines.map((line) => JSON.parse(line));
}

/**
 * Medians in microseconds, one line per vocabulary size and setting; what takes less than one is also given as tokens/s.
 * @param {Places} places
 */
function table(places) {
  const names = Object.keys(places);
  const keys = new Set(names.flatMap((name) => places[name].map(({ v, setting }) => `${v}\t${setting}`)));
  const lines = [...keys].map((key) => {
    const [v, setting] = key.split("\t");
    const cells = names.map((name) => {
      const row = places[name].find((row) => row.v === Number(v) && row.setting === setting);
      return row ? shown(row.median_us) : "";
    });
    return [Number(v).toLocaleString("en"), setting, ...cells];
  });
  return aligned([["V", "setting", ...names.map((name) => `${name}, µs`)], ...lines], 1);
}

/**
 * Medians in microseconds a token: one line per vocabulary and batch, a column per way of computing.
 * @param {GpuRow[]} rows
 */
function gpuTable(rows) {
  const WAYS = ["cpu", "fused", "plain", "kernels"];
  const steps = rows.filter(({ way }) => WAYS.includes(way));
  const shapes = [...new Set(steps.map(({ v, b }) => `${v} ${b}`))].map((shape) => shape.split(" ").map(Number));
  const lines = shapes.map(([v, b]) => {
    const of = (/** @type {string} */ way) => steps.find((row) => row.v === v && row.b === b && row.way === way);
    const cells = WAYS.map(of).map((row) => (row ? shown(row.median_us) : "not resolvable"));
    return [v.toLocaleString("en"), b.toLocaleString("en"), ...cells];
  });
  const loops = rows.filter((row) => !steps.includes(row));
  const rates = loops.map(({ b, way, median_us }) => [way, `B = ${b.toLocaleString("en")}`, shown(median_us)]);
  return [
    `${rows[0].adapter}; T = 0.8, top_k = 50, top_p = 0.9; µs a token`,
    aligned([["V", "B", ...WAYS], ...lines]),
    "",
    aligned(rates, 0),
  ].join("\n");
}

/** Milliseconds to the first token and for each later one. @param {GptRow[]} rows */
function gptTable(rows) {
  const timed = rows
    .filter((row) => row.prompt !== undefined)
    .map((/** @type {any} */ row) => {
      const ms = row.ttft_ms === undefined ? [row.ttft_us / 1e3, row.decode_us / 1e3] : [row.ttft_ms, row.decode_ms];
      const [first, later] = ms;
      const cells = [first.toFixed(2), later.toFixed(3), (1e3 / later).toFixed(0)];
      return [row.place, row.kv_cache ? "with cache" : "without", String(row.prompt), ...cells];
    });
  const facts = rows
    .filter((row) => row.load_ms !== undefined)
    .map((row) => {
      const read =
        row.read_us === undefined ? "" : `, its weights are read once in ${(row.read_us / 1e3).toFixed(3)} ms`;
      return `${row.place}: loaded in ${row.load_ms} ms, at most ${row.peak_memory_mb} MB${read}`;
    });
  const head = ["GPT", "", "prompt", "first token, ms", "later, ms", "tokens/s"];
  return [aligned([head, ...timed], 1), ...facts].join("\n");
}

/** How long the page takes to answer while it writes. @param {PageRow[]} rows */
function pageTable(rows) {
  const lines = rows.map(({ action, n_tokens, n, median_ms, worst_ms, long_tasks }) => [
    action,
    ...[n_tokens, n, median_ms, worst_ms, long_tasks].map((value) => value.toLocaleString("en")),
  ]);
  return `Chromium, from a key to the next frame (8 ms steps, at least 16)\n${aligned(
    [["while the text is made", "tokens", "n", "median, ms", "worst, ms", "long tasks"], ...lines],
    0,
  )}`;
}

/**
 * @param {string[][]} lines of cells
 * @param {number} [left] the column that is not a number
 */
function aligned(lines, left) {
  const widths = lines[0].map((_, column) => Math.max(...lines.map((line) => line[column].length)));
  return lines
    .map((line) => line.map((cell, i) => (i === left ? cell.padEnd(widths[i]) : cell.padStart(widths[i]))).join("  "))
    .join("\n");
}

/** @param {number} microseconds */
function shown(microseconds) {
  if (microseconds >= 1) return microseconds.toFixed(1);
  return `${microseconds.toFixed(3)} (${(1 / microseconds).toFixed(1)} M/s)`;
}

/**
 * Writes benches/record/<date>-<machine><what>.json.
 * @param {Record<string, object[]>} places
 * @param {string} [what] behind the machine's name
 * @returns {Promise<string>} where
 */
async function record(places, what = "") {
  const [date] = new Date().toISOString().split("T");
  const cpu = cpus()[0].model.trim();
  const machine = cpu
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, "-")
    .replace(/^-|-$/g, "");
  const path = `benches/record/${date}-${machine}${what}.json`;
  const facts = {
    date,
    cpu,
    cores: cpus().length,
    os: `${process.platform} ${process.arch}`,
    node: process.versions.node,
    v8: process.versions.v8,
    rustc: capture("rustc", ["--version"]),
    revision: capture("git", ["describe", "--always", "--dirty"]),
  };
  await mkdir(`${root}/benches/record`, { recursive: true });
  // One row per line, so that two records can be compared line by line.
  const lists = Object.entries(places).map(
    ([name, rows]) => `  "${name}": [\n${rows.map((row) => `    ${JSON.stringify(row)}`).join(",\n")}\n  ]`,
  );
  const text = `${JSON.stringify(facts, null, 2).slice(0, -2)},\n${lists.join(",\n")}\n}\n`;
  await writeFile(`${root}/${path}`, text);
  return path;
}
