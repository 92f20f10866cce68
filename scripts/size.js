// node scripts/size.js FILE [--budget KB]: prints a file's size, raw and compressed with brotli; fails over the budget.
import { readFile } from "node:fs/promises";
import { relative } from "node:path";
import { parseArgs } from "node:util";
import { brotliCompressSync, constants } from "node:zlib";

const { positionals, values } = parseArgs({ allowPositionals: true, options: { budget: { type: "string" } } });
const bytes = await readFile(positionals[0]);
const brotli = brotliCompressSync(bytes, { params: { [constants.BROTLI_PARAM_SIZE_HINT]: bytes.length } }).length;
const name = relative(process.cwd(), positionals[0]);
console.log(`${name}: ${kilobytes(bytes.length)} raw, ${kilobytes(brotli)} brotli`);
if (values.budget && brotli > Number(values.budget) * 1000) {
  console.error(`${name} is over its budget of ${values.budget} KB brotli`);
  process.exitCode = 1;
}

/** @param {number} n bytes */
function kilobytes(n) {
  return `${(n / 1000).toFixed(1)} KB`;
}
