// Writes what has engine and worker inside: an anywidget for notebooks, and a page that works from a disk.
import { readFile, writeFile } from "node:fs/promises";
import { build } from "vite";
import { factsOfOurs } from "./ours.js";
import { root } from "./run.js";
import { smallStyles } from "./styles.js";

const www = `${root}/www`;

/** The lines of a page that ask for the site's typefaces. */
const SITES_FONTS = `    <link rel="preload" href="./fonts/newsreader.woff2" as="font" type="font/woff2" crossorigin />
    <link rel="preload" href="./fonts/instrument-sans.woff2" as="font" type="font/woff2" crossorigin />
    <link rel="stylesheet" href="./fonts.css" />
`;

/** @param {string} directory gets `anywidget.mjs` and `standalone.html` */
export async function buildInlined(directory) {
  const wasm = dataAddress("application/wasm", await readFile(`${www}/engine/pkg/logitlab_bg.wasm`));
  // The worker is told where the engine is.
  const worker = await bundle("engine/worker.js", { wasm: "data:,", worker: "data:," });
  const inside = { wasm, worker: dataAddress("text/javascript", Buffer.from(worker)) };
  await writeFile(`${directory}/anywidget.mjs`, await bundle("embed/anywidget.js", inside));
  await writeFile(`${directory}/standalone.html`, await standalone(await bundle("start.js", inside)));
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
    export const modelUrl = null;
    export const bpe = null;
    export const grammar = null;
    export const chat = null;`;
  const result = await build({
    configFile: false,
    root: www,
    logLevel: "warn",
    plugins: [
      factsOfOurs(),
      smallStyles(),
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
  return withInside("index.html", [
    await pageStyle(),
    // Without the site's typefaces, which are as large as the engine.
    [SITES_FONTS, ""],
    ['<script type="module" src="./start.js"></script>', script(program)],
    // There is no other page on a disk.
    ['<a href="./lesson.html">Lesson</a>', ""],
  ]);
}

/** The page for an `<iframe>`, which takes the element from beside it. */
export async function frame() {
  const program = await readFile(`${www}/embed/frame.js`, "utf8");
  const beside = swap(program, 'import("../logit-lab.js")', 'import("./logit-lab.js")');
  return withInside("embed.html", [
    await pageStyle(),
    ['<script type="module" src="./embed/frame.js"></script>', script(beside)],
  ]);
}

/**
 * A page with other text in some places.
 * @param {string} name
 * @param {[from: string, to: string][]} changes
 */
async function withInside(name, changes) {
  const page = await readFile(`${www}/${name}`, "utf8");
  return changes.reduce((made, [from, to]) => swap(made, from, to), page);
}

/** @returns {Promise<[from: string, to: string]>} */
async function pageStyle() {
  const style = await readFile(`${www}/page.css`, "utf8");
  return ['<link rel="stylesheet" href="./page.css" />', `<style>\n${style}</style>`];
}

/** A string in the program must not end the element it stands in. @param {string} program */
function script(program) {
  return `<script type="module">\n${program.replaceAll("</script", "<\\/script")}</script>`;
}

/** @param {string} text @param {string} from occurs once @param {string} to */
function swap(text, from, to) {
  const parts = text.split(from);
  if (parts.length !== 2) throw new Error(`the page has not one ${from}`);
  return parts.join(to);
}
