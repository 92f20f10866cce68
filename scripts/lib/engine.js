// Sets up what the engine needs and builds it.
import { needNode, needPackages, needRust } from "./need.js";
import { run } from "./run.js";

/**
 * @param {{ targets?: string[], stdout?: "inherit" | 2 }} [options] Rust targets besides the web; where the build's own lines go
 */
export async function buildEngine({ targets = [], stdout } = {}) {
  needNode();
  await needPackages();
  await needRust({ targets: ["wasm32-unknown-unknown", ...targets] });
  await run("cargo", ["xtask", "build"], { stdout });
}
