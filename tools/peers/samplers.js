// node tools/peers/samplers.js: each sampler alone at V = 151,936, one thread: this library natively and as WebAssembly in Node, and llama.cpp's own, natively.
// One after the other, three rounds; the least median of each. PYTHON is an interpreter with numpy and llama-cpp-python 0.3.36.
// Each program compares its results with a reference before it times them.
import { execFileSync } from "node:child_process";
import { loadavg } from "node:os";
import { root } from "../../scripts/lib/run.js";

const V = "151936";
const ROUNDS = 3;

/** @typedef {{ setting: string, median_us: number }} Row */

const bench = ["bench", "--quiet", "--bench", "sampling"];
const SYSTEMS = {
  native: ["cargo", ...bench, "--", V],
  wasm: ["cargo", ...bench, "--target", "wasm32-wasip1", "--", V],
  "llama.cpp": [process.env.PYTHON ?? "python3", "tools/peers/samplers_llama_cpp.py", V],
};

/** The least median of each setting, by system. @type {Map<string, Map<string, number>>} */
const best = new Map(Object.keys(SYSTEMS).map((name) => [name, new Map()]));
for (let round = 0; round < ROUNDS; round++) {
  for (const [name, command] of Object.entries(SYSTEMS)) {
    const medians = /** @type {Map<string, number>} */ (best.get(name));
    for (const { setting, median_us } of rowsOf(command)) {
      // Our bench names the shape of a row only where it times both; the other rows are flat.
      const known = / (flat|peaked)$/.test(setting) ? setting : `${setting} flat`;
      medians.set(known, Math.min(median_us, medians.get(known) ?? Number.POSITIVE_INFINITY));
    }
    console.error(`round ${round + 1}, ${name}: load ${loadavg()[0].toFixed(1)}`);
  }
}

const theirs = /** @type {Map<string, number>} */ (best.get("llama.cpp"));
console.log(
  "| setting | native, µs | wasm, µs | llama.cpp, µs | llama.cpp / native | llama.cpp / wasm |\n| --- | ---: | ---: | ---: | ---: | ---: |",
);
for (const [setting, their_us] of theirs) {
  const [native_us, wasm_us] = ["native", "wasm"].map((name) => best.get(name)?.get(setting));
  if (native_us === undefined || wasm_us === undefined) continue;
  const times = [native_us, wasm_us, their_us].map((us) => us.toLocaleString("en", { maximumSignificantDigits: 3 }));
  const shares = [their_us / native_us, their_us / wasm_us].map((share) => share.toPrecision(2));
  console.log(`| ${[setting, ...times, ...shares].join(" | ")} |`);
}

/** @param {string[]} command @returns {Row[]} */
function rowsOf([program, ...args]) {
  const said = execFileSync(program, args, { cwd: root, encoding: "utf8", stdio: ["ignore", "pipe", "inherit"] });
  return said
    .split("\n")
    .filter((line) => line.startsWith("{"))
    .map((line) => JSON.parse(line));
}
