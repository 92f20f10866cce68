// node scripts/size.js FILE… [--budget KB]: prints the files' sizes, raw and compressed with brotli; fails when their sum is over the budget.
import { readFile } from "node:fs/promises";
import { relative } from "node:path";
import { parseArgs } from "node:util";
import { brotliCompressSync, constants } from "node:zlib";

const { positionals, values } = parseArgs({ allowPositionals: true, options: { budget: { type: "string" } } });
if (positionals.length === 0) throw new Error("no file was named");
let sum = 0;
for (const path of positionals) {
  const bytes = await readFile(path);
  const brotli = brotliCompressSync(bytes, { params: { [constants.BROTLI_PARAM_SIZE_HINT]: bytes.length } }).length;
  console.log(`${nameOf(path)}: ${kilobytes(bytes.length)} raw, ${kilobytes(brotli)} brotli`);
  sum += brotli;
}
if (positionals.length > 1) console.log(`together ${kilobytes(sum)} brotli`);
if (values.budget && sum > Number(values.budget) * 1000) {
  console.error(`${positionals.map(nameOf).join(" + ")}: over the budget of ${values.budget} KB brotli`);
  process.exitCode = 1;
}

/** @param {string} path */
function nameOf(path) {
  return relative(process.cwd(), path);
}

/** @param {number} n bytes */
function kilobytes(n) {
  return `${(n / 1000).toFixed(1)} KB`;
}
