// Sets up what the engine needs and builds it.
import { needNode, needPackages, needRust } from "./need.js";
import { run } from "./run.js";

/**
 * @param {{ targets?: string[], stdout?: "inherit" | 2, modules?: string[], isQuick?: boolean }} [options] Rust targets besides the web; where
 *   the build's own lines go; which modules, all by default; whether it is made for the first start
 */
export async function buildEngine({ targets = [], stdout, modules = [], isQuick = false } = {}) {
  needNode();
  await needPackages();
  await needRust({ targets: ["wasm32-unknown-unknown", ...targets] });
  await run("cargo", ["xtask", "build", ...(isQuick ? ["--quick"] : []), ...modules], { stdout });
}
