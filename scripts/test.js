// npm test [-- STEP…]: sets everything up for the tests and runs them all, or the named steps with what they build on.
import { readdirSync } from "node:fs";
import { availableParallelism } from "node:os";
import { STAGES } from "../www/generated/spec.js";
import { command } from "./lib/command.js";
import { fetchModel } from "./lib/models.js";
import * as need from "./lib/need.js";
import { quietly, root, run, runBin } from "./lib/run.js";
import { vulkanDrivers } from "./lib/vulkan.js";

/**
 * The modules' budgets in KB, compressed with brotli. The first has to arrive before the page comes alive, the second with a tokenizer.json,
 * the third with a constraint, the fourth with a chat.
 * A stage may add 3, with its kernel; the rest of the engine has 342. Seven stages and GPT-2 took 276 KB; top_h, xtc, mirostat and the dynamic temperature brought 353 to 369, adaptive-p 369 to 372; Llama, courses' checkpoints and GGUF together about 35, and on WebGPU 4 more; every key of a model's file, read or refused by name, 5; prompts read in parts 6; forced tokens judged where they are put 1; token ids of settings refused by name 1; a GPU whose kernels are compiled when work may pay there 1; an explanation that knows the model's end tokens 1; memory that cannot be had, and what a config.json says against its layout, refused by name 3; a trace in half the time 1.
 */
const MODULES = {
  logitlab: String(342 + 3 * STAGES.length),
  logitlab_bpe: "300",
  logitlab_grammar: "342",
  logitlab_chat: "220",
};

/** What the first screen needs of the element, Lit and words included. Then what comes after the first text: the tabs, what is folded, the tour,
 * what a pointer does in the picture, and what computes it while a control is dragged. */
const ELEMENT = { "logit-lab": "70", "logit-lab-views": "51" };
/** What comes where no worker can be had, with the first GPT, and with another language. */
const ON_REQUEST = ["local", "gpt", "de", "es"].map((name) => `dist/npm/logit-lab-${name}.js`);

/**
 * A step that is `single` keeps one core busy at most times. It runs beside other such steps, or beside one that takes what cores it gets:
 * of those one runs at a time. Beside one that is `alone` nothing runs, because pages are waited for. One that `waits` does so for the network and
 * the disk: it goes on beside any. A step comes when those that it `needs` have passed, and `after` others, however they ended.
 * @typedef {object} Step
 * @property {string} name
 * @property {string} what
 * @property {string[]} [needs]
 * @property {string[]} [after]
 * @property {boolean} [single]
 * @property {boolean} [alone]
 * @property {boolean} [waits]
 * @property {() => Promise<void>} run
 */

/**
 * In this order, but for what is not ready yet and what does not fit beside what is running. Most is built on the engine, so it begins. Cargo
 * compiles for one step at a time in target/, and the tests on this machine take longer than those in WebAssembly: they are compiled first.
 * @type {Step[]}
 */
const steps = [
  { name: "machine", what: "what tests use on this machine, installed where it is missing", waits: true, run: machine },
  { name: "wasm", what: "the engine for the web", single: true, run: () => run("cargo", ["xtask", "build"]) },
  { name: "clippy", what: "lints of the Rust code", run: clippy },
  { name: "docs", what: "links in the Rust documentation", run: docs },
  { name: "native", what: "Rust tests on this machine and every GPU adapter", needs: ["machine"], run: native },
  {
    name: "build",
    what: "site and npm package",
    needs: ["wasm"],
    single: true,
    run: () => run("node", ["scripts/build.js", "--no-engine"]),
  },
  { name: "wasi", what: "the Rust tests in WebAssembly with SIMD", after: ["docs", "build"], single: true, run: wasi },
  {
    name: "unit",
    what: "JavaScript tests in Node",
    needs: ["machine", "build"],
    single: true,
    run: () => nodeTests("unit", 1),
  },
  {
    name: "examples",
    what: "the examples, built by their tools and opened",
    needs: ["machine", "build"],
    single: true,
    run: examples,
  },
  { name: "format", what: "rustfmt", single: true, run: format },
  {
    name: "biome",
    what: "format and lints of the JavaScript",
    single: true,
    run: () => runBin("biome", ["check", "--error-on-warnings"]),
  },
  { name: "types", what: "tsc over JSDoc types", needs: ["wasm"], single: true, run: () => runBin("tsc", []) },
  { name: "size", what: "the size budgets of the engine's modules", needs: ["wasm"], single: true, run: size },
  { name: "weight", what: "the size budget of the element", needs: ["build"], single: true, run: weight },
  { name: "e2e", what: "the page in Chromium, Firefox and WebKit", needs: ["machine", "build"], alone: true, run: e2e },
];

/** How many steps run side by side: one more than there are cores, because a step waits now and then, for the network or for what another compiles. */
const SIDE_BY_SIDE = Math.min(3, availableParallelism() + 1);

await command(async () => {
  const chosen = choose(process.argv.slice(2));
  need.needNode();
  if (!need.canInstall()) await needPrograms();
  const rust = { targets: ["wasm32-unknown-unknown", "wasm32-wasip1"], components: ["rustfmt", "clippy"] };
  await Promise.all([need.needPackages(), need.needRust(rust)]);
  report(await runAll(chosen));
});

/** @typedef {{ state: "passed" | "FAILED" | "not run", seconds: number }} Result */

/**
 * Runs the steps: the first that is ready, a single one beside any other, and at once what waits.
 * @param {Step[]} chosen
 * @returns {Promise<Map<string, Result>>} in the order in which they ended
 */
async function runAll(chosen) {
  /** @type {Map<string, Result>} */
  const results = new Map();
  /** @type {Map<Step, Promise<void>>} */
  const running = new Map();
  const waiting = [...chosen];
  const isReady = (/** @type {Step} */ { needs = [], after = [] }) =>
    [...needs, ...after].every((name) => results.has(name) || chosen.every((step) => step.name !== name));
  const fits = (/** @type {Step} */ { single, alone, waits }) => {
    const others = [...running.keys()].filter((other) => !other.waits);
    if (waits || others.length === 0) return true;
    if (others.length === SIDE_BY_SIDE || alone || others.some((other) => other.alone)) return false;
    return single || others.every((other) => other.single);
  };
  const next = () => {
    const step = waiting.find((one) => isReady(one) && fits(one));
    if (step) waiting.splice(waiting.indexOf(step), 1);
    return step;
  };
  while (waiting.length > 0 || running.size > 0) {
    for (let step = next(); step; step = next()) {
      const begun = step;
      const done = attempt(begun, results).then((result) => {
        results.set(begun.name, result);
        running.delete(begun);
      });
      running.set(begun, done);
    }
    await Promise.race(running.values());
  }
  return results;
}

/**
 * The named steps and those they build on, in the order of the list; without names all of them.
 * @param {string[]} names
 */
function choose(names) {
  const unknown = names.find((name) => !steps.some((step) => step.name === name));
  if (unknown)
    throw new Error(`there is no step "${unknown}"; the steps are: ${steps.map(({ name }) => name).join(", ")}`);
  if (names.length === 0) return steps;
  const wanted = new Set(names);
  for (const step of steps.toReversed())
    if (wanted.has(step.name)) for (const name of step.needs ?? []) wanted.add(name);
  return steps.filter(({ name }) => wanted.has(name));
}

/**
 * What a step says is shown as it comes, that of one that is single or waits when it has ended.
 * @param {Step} step
 * @param {Map<string, Result>} results
 * @returns {Promise<Result>}
 */
async function attempt({ name, what, needs = [], single = false, waits = false, run }, results) {
  const start = performance.now();
  const lacks = needs.filter((name) => results.get(name)?.state !== "passed");
  const isPossible = lacks.length === 0;
  const title = `\n── ${name}: ${what}`;
  const isQuiet = single || waits;
  if (!isQuiet || !isPossible) console.log(title);
  if (!isPossible) {
    console.log(`not run, because ${lacks.join(" and ")} failed`);
    return { state: "not run", seconds: 0 };
  }
  const { said, error } = isQuiet
    ? await quietly(run)
    : await run().then(
        () => ({ said: "", error: undefined }),
        (error) => ({ said: "", error }),
      );
  if (isQuiet) console.log(title);
  process.stdout.write(said);
  if (error !== undefined) console.error(error instanceof Error ? error.message : error);
  return { state: error === undefined ? "passed" : "FAILED", seconds: (performance.now() - start) / 1000 };
}

/** @param {Map<string, Result>} results */
function report(results) {
  console.log("\nstep       state       seconds");
  for (const [name, { state, seconds }] of results) {
    console.log(`${name.padEnd(11)}${state.padEnd(9)}${seconds.toFixed(1).padStart(10)}`);
  }
  const passed = [...results.values()].filter(({ state }) => state === "passed").length;
  const failed = results.size - passed;
  console.log(`\n${passed} passed, ${failed} failed`);
  process.exitCode = failed === 0 ? 0 : 1;
}

/** rustfmt follows `mod` items only, and those of the stages are made by a macro: their files are named. */
async function format() {
  await run("cargo", ["fmt", "--all", "--check"]);
  const folders = readdirSync(`${root}/src/stages`, { withFileTypes: true }).filter((entry) => entry.isDirectory());
  const files = folders.flatMap(({ name }) => [`src/stages/${name}/mod.rs`, `tests/it/stages/${name}.rs`]);
  await run("rustfmt", ["--edition", "2024", "--check", ...files]);
}

async function clippy() {
  const strict = ["--", "-D", "warnings"];
  await run("cargo", ["clippy", "--locked", "--workspace", "--all-targets", ...strict]);
  await run("cargo", ["clippy", "--locked", "--lib", "--target", "wasm32-unknown-unknown", ...strict]);
}

function docs() {
  return run("cargo", ["doc", "--no-deps"], { env: { RUSTDOCFLAGS: "-D warnings" } });
}

function native() {
  return run("cargo", ["test", "--", "--show-output"], { env: vulkanDrivers() });
}

function wasi() {
  return run("cargo", ["test", "--tests", "--target", "wasm32-wasip1"]);
}

async function size() {
  for (const [name, budget] of Object.entries(MODULES))
    await run("node", ["scripts/size.js", `www/engine/pkg/${name}_bg.wasm`, "--budget", budget]);
}

async function weight() {
  for (const [name, budget] of Object.entries(ELEMENT))
    await run("node", ["scripts/size.js", `dist/npm/${name}.js`, "--budget", budget]);
  await run("node", ["scripts/size.js", ...ON_REQUEST]);
}

/** The packages that .ci/run found missing, a model where tests must have one, and what else the chosen steps drive. */
async function machine() {
  const { TEST_PACKAGES, REQUIRE_MODELS } = process.env;
  const installed = TEST_PACKAGES ? need.install(TEST_PACKAGES.split(" ")) : undefined;
  const fetched = REQUIRE_MODELS ? fetchModel("smollm2") : undefined;
  await Promise.all([installed, fetched]);
  await needPrograms();
}

/** Those that the chosen steps drive. */
async function needPrograms() {
  const names = choose(process.argv.slice(2)).map(({ name }) => name);
  if (names.includes("e2e")) await needBrowsers();
  if (names.includes("examples")) await need.needPython();
}

/** The site is that of the step "build": without it, every file of tests builds one. */
async function e2e() {
  await nodeTests("e2e", 3, { ...(await needBrowsers()), SITE: `${root}/dist/site` });
}

async function examples() {
  await nodeTests("examples", 2, { CHROMIUM: await need.needChromium() });
}

/** @returns {Promise<Record<string, string>>} where the tests find them */
async function needBrowsers() {
  const CHROMIUM = await need.needChromium();
  return { CHROMIUM, FIREFOX: await need.needFirefox(), WEBKIT_DRIVER: await need.needWebKit() };
}

/**
 * Runs the tests of one directory; an empty directory is a failure, not a success.
 * @param {string} kind
 * @param {number} concurrency files at a time
 * @param {Record<string, string>} [env]
 */
async function nodeTests(kind, concurrency, env) {
  const directory = `tests/web/${kind}`;
  const files = readdirSync(`${root}/${directory}`).filter((name) => /\.(test|spec)\.js$/.test(name));
  if (files.length === 0) throw new Error(`there are no tests in ${directory}`);
  const options = ["--test", "--test-reporter=spec", `--test-concurrency=${concurrency}`];
  await run("node", [...options, ...files.map((name) => `${directory}/${name}`)], { env });
}
