// Runs a wasm32-wasip1 program (the Rust test suite or a bench) under Node's WASI, with the repository as "/".
import { readFile } from "node:fs/promises";
import { setFlagsFromString } from "node:v8";
import { WASI } from "node:wasi";

avoidFastCalls();
const [program, ...args] = process.argv.slice(2);
const root = new URL("..", import.meta.url).pathname;
const wasi = new WASI({
  version: "preview1",
  args: [program, ...args],
  env: { ...process.env, PWD: "/" },
  preopens: { "/": root },
  returnOnExit: true,
});
const module = await WebAssembly.compile(await readFile(program));
const instance = await WebAssembly.instantiate(module, /** @type {WebAssembly.Imports} */ (wasi.getImportObject()));
process.exitCode = wasi.start(instance);

/**
 * Node's WASI functions may collect garbage inside a V8 fast call, where that is not allowed, which corrupts the heap:
 * https://github.com/nodejs/node/issues/46777. Seen with Node 20.20: the whole suite passes and the process then ends with SIGSEGV, every
 * time; without fast calls never. Delete this when that issue is closed and the oldest supported Node has the fix.
 */
function avoidFastCalls() {
  setFlagsFromString("--no-turbo-fast-api-calls");
}
