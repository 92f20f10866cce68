import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import test from "node:test";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { golden } from "./support/index.js";

const TIMING = /^prompt_len=( \d\d|\d{3}) elapsed=\d+\.\d{4}s tokens\/sec=\d+\.\d$/;

test("the notebook prints what PyTorch prints, its four timings apart", async () => {
  const script = fileURLToPath(new URL("../../../scripts/notebook.js", import.meta.url));
  const { stdout, stderr } = await promisify(execFile)(process.execPath, [script]);
  assert.equal(stderr, "");
  const lines = stdout.split("\n");
  const expected = (await golden("notebook_stdout.txt")).split("\n").slice(1);
  assert.equal(lines.length, expected.length);
  let n_timings = 0;
  for (const [i, line] of lines.entries()) {
    if (!TIMING.test(expected[i])) {
      assert.equal(line, expected[i]);
      continue;
    }
    n_timings += 1;
    assert.match(line, TIMING);
    assert.equal(line.slice(0, 14), expected[i].slice(0, 14));
  }
  assert.equal(n_timings, 4);
});
