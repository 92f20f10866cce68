// Runs a wasm32-wasip1 program (the Rust test suite or a bench) under Node's WASI, with the repository as "/".
import { readFile } from "node:fs/promises";
import { WASI } from "node:wasi";

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
