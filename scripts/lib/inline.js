// Writes what has engine and worker inside: an anywidget for notebooks, and a page that works from a disk.
import { readFile, writeFile } from "node:fs/promises";
import { build } from "vite";
import { factsOfOurs } from "./ours.js";
import { root } from "./run.js";

const www = `${root}/www`;

/** @param {string} directory gets `anywidget.mjs` and `standalone.html` */
export async function buildInlined(directory) {
  const wasm = dataAddress("application/wasm", await readFile(`${www}/engine/pkg/logitlab_bg.wasm`));
  // The worker is told where the engine is.
  const worker = await bundle("engine/worker.js", { wasm: "data:,", worker: "data:," });
  const inside = { wasm, worker: dataAddress("text/javascript", Buffer.from(worker)) };
  await writeFile(`${directory}/anywidget.mjs`, await bundle("embed/anywidget.js", inside));
  await writeFile(`${directory}/standalone.html`, await standalone(await bundle("lab-page.js", inside)));
}

/** @param {string} type @param {Buffer} bytes */
function dataAddress(type, bytes) {
  return `data:${type};base64,${bytes.toString("base64")}`;
}

/**
 * One module with everything in it.
 * @param {string} entry
 * @param {{ wasm: string, worker: string }} addresses
 */
async function bundle(entry, { wasm, worker }) {
  const addresses = `
    export const wasmUrl = new URL(${JSON.stringify(wasm)});
    export const workerUrl = new URL(${JSON.stringify(worker)});
    // Megabytes that few need.
    export const gpt = null;
    export const bpe = null;`;
  const result = await build({
    configFile: false,
    root: www,
    logLevel: "warn",
    plugins: [
      factsOfOurs(),
      {
        name: "inside",
        enforce: "pre",
        load: (/** @type {string} */ id) => (id.endsWith("/www/engine/assets.js") ? addresses : null),
      },
    ],
    build: {
      write: false,
      target: "es2022",
      lib: { entry: `${www}/${entry}`, formats: ["es"] },
      rolldownOptions: { output: { minify: true, codeSplitting: false } },
    },
  });
  const [output] = Array.isArray(result) ? result : [result];
  if (!("output" in output) || output.output.length !== 1) throw new Error(`${entry} did not become one file`);
  return output.output[0].code;
}

/**
 * The page with its style and its program inside.
 * @param {string} program
 */
async function standalone(program) {
  const page = await readFile(`${www}/index.html`, "utf8");
  const style = await readFile(`${www}/page.css`, "utf8");
  // A string in the program must not end the element it stands in.
  const script = `<script type="module">\n${program.replaceAll("</script", "<\\/script")}</script>`;
  const changes = [
    ['<link rel="stylesheet" href="./page.css" />', `<style>\n${style}</style>`],
    ['<script type="module" src="./lab-page.js"></script>', script],
    // There is no other page on a disk.
    ['<a href="./lesson.html">The lesson<span class="roomy">: sampling from scratch</span></a>', ""],
  ];
  return changes.reduce((made, [from, to]) => swap(made, from, to), page);
}

/** @param {string} text @param {string} from occurs once @param {string} to */
function swap(text, from, to) {
  const parts = text.split(from);
  if (parts.length !== 2) throw new Error(`www/index.html has not one ${from}`);
  return parts.join(to);
}
