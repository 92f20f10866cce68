// Runs a wasm32-wasip1 program (the Rust test suite or a bench) under Node's WASI, with the repository as "/".
import { readFile } from "node:fs/promises";
import v8 from "node:v8";
import { WASI } from "node:wasi";

surviveGarbageCollection();
const [program, ...args] = process.argv.slice(2);
const root = new URL("..", import.meta.url).pathname;
const wasi = new WASI({
  version: "preview1",
  args: [program, ...args],
  // A panic ends the process here, so a test's output must not wait for its end.
  env: { ...process.env, PWD: "/", RUST_TEST_NOCAPTURE: "1" },
  preopens: { "/": root },
  returnOnExit: true,
});
const module = await WebAssembly.compile(await readFile(program));
const instance = await WebAssembly.instantiate(module, /** @type {WebAssembly.Imports} */ (wasi.getImportObject()));
process.exitCode = wasi.start(instance);

/**
 * Node's fast WASI calls may start a garbage collection where V8 allows none (nodejs/node#46777, open in 22.23): the process crashes,
 * often after the program's last line. The test suite did so on every run on Node 20.20; with ordinary calls it never does, and is as
 * fast. To be deleted when the issue is closed in the oldest Node that is supported.
 */
function surviveGarbageCollection() {
  v8.setFlagsFromString("--no-turbo-fast-api-calls");
}
