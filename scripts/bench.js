// npm run bench: times the engine natively and as wasm, and the library in Node; prints the medians and records them.
import { mkdir, writeFile } from "node:fs/promises";
import { cpus } from "node:os";
import { command } from "./lib/command.js";
import { buildEngine } from "./lib/engine.js";
import { capture, output, root } from "./lib/run.js";

/** @typedef {{ v: number, setting: string, median_us: number, min_us: number, n: number }} Row */
/** @typedef {Record<string, Row[]>} Places Where it ran → its rows. */

await command(async () => {
  await buildEngine({ targets: ["wasm32-wasip1"] });
  const bench = ["bench", "--bench", "sampling"];
  /** @type {Places} */
  const places = {
    native: await rows("cargo", bench),
    wasm: await rows("cargo", [...bench, "--target", "wasm32-wasip1"]),
  };
  places.library = await rows(process.execPath, ["benches/stream.js"]);
  console.log(`\n${table(places)}\n`);
  console.log(`recorded in ${await record(places)}`);
});

/**
 * Runs a bench program, which checks its results and prints one JSON line per row.
 * @param {string} program
 * @param {string[]} args
 * @returns {Promise<Row[]>}
 */
async function rows(program, args) {
  console.log(`${program} ${args.join(" ")}`);
  const lines = (await output(program, args)).split("\n").filter((line) => line.startsWith("{"));
  if (lines.length === 0) throw new Error(`\`${program} ${args.join(" ")}\` printed no rows`);
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
  const all = [["V", "setting", ...names.map((name) => `${name}, µs`)], ...lines];
  const widths = all[0].map((_, column) => Math.max(...all.map((line) => line[column].length)));
  return all
    .map((line) => line.map((cell, i) => (i === 1 ? cell.padEnd(widths[i]) : cell.padStart(widths[i]))).join("  "))
    .join("\n");
}

/** @param {number} microseconds */
function shown(microseconds) {
  if (microseconds >= 1) return microseconds.toFixed(1);
  return `${microseconds.toFixed(3)} (${(1 / microseconds).toFixed(1)} M/s)`;
}

/**
 * Writes benches/record/<date>-<machine>.json.
 * @param {Places} places
 * @returns {Promise<string>} where
 */
async function record(places) {
  const [date] = new Date().toISOString().split("T");
  const cpu = cpus()[0].model.trim();
  const machine = cpu
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, "-")
    .replace(/^-|-$/g, "");
  const path = `benches/record/${date}-${machine}.json`;
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
