// Runs other programs: `run` shows their output, `capture` returns it. Both throw when the program fails.
import { AsyncLocalStorage } from "node:async_hooks";
import { spawn, spawnSync } from "node:child_process";
import { fileURLToPath } from "node:url";

/** The repository. */
export const root = fileURLToPath(new URL("../..", import.meta.url)).replace(/[/\\]$/, "");

/** @typedef {{ env?: Record<string, string>, stdout?: "inherit" | 2 }} RunOptions */

/** Where the output of programs goes instead, in work that goes on beside other work. @type {AsyncLocalStorage<Buffer[]>} */
const aside = new AsyncLocalStorage();

/**
 * Does work whose programs are not heard meanwhile; gives what they said, and the error if there was one.
 * @param {() => Promise<void>} work
 * @returns {Promise<{ said: Buffer, error?: unknown }>}
 */
export async function quietly(work) {
  /** @type {Buffer[]} */
  const said = [];
  try {
    await aside.run(said, work);
    return { said: Buffer.concat(said) };
  } catch (error) {
    return { said: Buffer.concat(said), error };
  }
}

/**
 * @param {string} program
 * @param {string[]} args
 * @param {RunOptions} [options] `env` is added to this program's own; `stdout: 2` sends its output to standard error
 * @returns {Promise<void>}
 */
export async function run(program, args, { env, stdout = "inherit" } = {}) {
  const said = aside.getStore();
  const stdio = /** @type {import("node:child_process").StdioOptions} */ (
    said ? ["ignore", "pipe", "pipe"] : ["inherit", stdout, "inherit"]
  );
  const child = spawn(program, args, { cwd: root, env: { ...process.env, ...env }, stdio });
  for (const stream of said ? [child.stdout, child.stderr] : []) stream?.on("data", (part) => said?.push(part));
  await ended(child, program, args);
}

/**
 * Standard output of a program that may run for long; its messages are shown.
 * @param {string} program
 * @param {string[]} args
 * @param {{ env?: Record<string, string> }} [options] `env` is added to this program's own
 */
export async function output(program, args, { env } = {}) {
  const child = spawn(program, args, {
    cwd: root,
    env: { ...process.env, ...env },
    stdio: ["ignore", "pipe", "inherit"],
  });
  let text = "";
  child.stdout.setEncoding("utf8").on("data", (part) => {
    text += part;
  });
  await ended(child, program, args);
  return text;
}

/**
 * @param {import("node:child_process").ChildProcess} child
 * @param {string} program
 * @param {string[]} args
 * @returns {Promise<void>}
 */
function ended(child, program, args) {
  return new Promise((resolve, reject) => {
    child.on("error", (error) => reject(new Error(`cannot run ${program}: ${error.message}`)));
    child.on("close", (code, signal) => {
      if (code === 0) resolve();
      else reject(new Error(`\`${[program, ...args].join(" ")}\` ended with ${signal ?? `status ${code}`}`));
    });
  });
}

/**
 * Standard output of a program, trimmed; null if it cannot be run or fails.
 * @param {string} program
 * @param {string[]} args
 * @returns {string | null}
 */
export function capture(program, args) {
  const { status, stdout } = spawnSync(program, args, { cwd: root, encoding: "utf8", maxBuffer: 1 << 26 });
  return status === 0 ? stdout.trim() : null;
}

/**
 * Runs a program of an npm package.
 * @param {string} name
 * @param {string[]} args
 * @param {RunOptions} [options]
 */
export function runBin(name, args, options) {
  return run(`${root}/node_modules/.bin/${name}`, args, options);
}
