// Runs other programs: `run` shows their output, `capture` returns it. Both throw when the program fails.
import { spawn, spawnSync } from "node:child_process";
import { fileURLToPath } from "node:url";

/** The repository. */
export const root = fileURLToPath(new URL("../..", import.meta.url)).replace(/[/\\]$/, "");

/** @typedef {{ env?: Record<string, string>, stdout?: "inherit" | 2 }} RunOptions */

/**
 * @param {string} program
 * @param {string[]} args
 * @param {RunOptions} [options] `env` is added to this program's own; `stdout: 2` sends its output to standard error
 * @returns {Promise<void>}
 */
export async function run(program, args, { env, stdout = "inherit" } = {}) {
  const stdio = /** @type {import("node:child_process").StdioOptions} */ (["inherit", stdout, "inherit"]);
  await ended(spawn(program, args, { cwd: root, env: { ...process.env, ...env }, stdio }), program, args);
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
