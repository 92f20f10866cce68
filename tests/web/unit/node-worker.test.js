/** A worker in Node, in processes of its own: it starts under any flag, and lets the process end. */

import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import test, { after, before } from "node:test";
import { promisify } from "node:util";

const run = promisify(execFile);
const library = new URL("../../../www/engine/index.js", import.meta.url).href;

/** A process that does not end by itself is killed after this long, and its test fails. */
const PATIENCE_MS = 30_000;

/** @param {string} body what is done with a lab that nobody disposes of */
const program = (body) => `
  import { createLab } from "${library}";
  const lab = await createLab({ thread: "worker" });
  ${body}`;

const DRAW = program("console.log((await lab.sample([2, -1.5, 0.3, 4.2, -0.8], { temperature: 0 })).tokens[0]);");

/** @param {string[]} args @param {Record<string, string>} [env] */
const node = async (args, env) => {
  const options = { timeout: PATIENCE_MS, env: { ...process.env, ...env } };
  // A test runner's child would report to it in place of printing.
  delete options.env.NODE_TEST_CONTEXT;
  const { stdout } = await run(process.execPath, args, options);
  return stdout.trim();
};

/** @type {string} */
let directory;

before(async () => {
  directory = await mkdtemp(`${tmpdir()}/logitlab-node-`);
  await writeFile(`${directory}/draw.mjs`, DRAW);
  const hook = 'if (!require("node:worker_threads").isMainThread) throw new Error("a hook in the worker");';
  await writeFile(`${directory}/hook.cjs`, hook);
});
after(() => rm(directory, { recursive: true, force: true }));

test("a process ends without dispose()", async () => {
  assert.equal(await node([`${directory}/draw.mjs`]), "3");
});

test("a process does not end while an answer is awaited", async () => {
  const body = `
    const model = await lab.model({ kind: "bigram", seed: 1 });
    let text = "";
    for await (const step of lab.generate({ model, prompt: "the ", max_new_tokens: 5000, seed: 1, chunk: 100 })) text += step.finished ? "" : step.text;
    console.log(text.length);
    const points = await lab.time({ model, prompt_lengths: [16], new_tokens: 20000 });
    console.log(points.length);`;
  await writeFile(`${directory}/long.mjs`, program(body));
  assert.equal(await node([`${directory}/long.mjs`]), "5000\n1");
});

for (const flags of [["--input-type=module"], ["--expose-gc"], ["--experimental-vm-modules"], ["--title=lab"]]) {
  test(`under ${flags[0]}`, async () => {
    assert.equal(await node([...flags, "--input-type=module", "-e", DRAW]), "3");
  });
}

test("under -r, --import, NODE_OPTIONS and --test, whose hooks are not for the worker", async () => {
  const [hook, draw] = [`${directory}/hook.cjs`, `${directory}/draw.mjs`];
  assert.equal(await node(["-r", hook, draw]), "3");
  assert.equal(await node(["--import", hook, draw]), "3");
  assert.equal(await node([draw], { NODE_OPTIONS: `--require ${hook}` }), "3");
  const report = await node(["--test", draw]);
  assert.match(report, /^# pass 1$/m);
  assert.match(report, /^# fail 0$/m);
});
