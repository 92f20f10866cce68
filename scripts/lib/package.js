// Writes the npm package: three entries that share their chunks, one file for <script> tags, the worker, the engine, and files with
// all of it inside.
import { createHash } from "node:crypto";
import { copyFile, cp, mkdir, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { build } from "vite";
import { beforeDefinition } from "../../www/element/reserved.js";
import { buildInlined, frame } from "./inline.js";
import { elementManifest } from "./manifest.js";
import { factsOfOurs } from "./ours.js";
import { root, runBin } from "./run.js";
import { smallStyles } from "./styles.js";

const www = `${root}/www`;

/** Entries of the package: name → source file. */
const ENTRIES = {
  index: "engine/index.js",
  element: "element/logit-lab-element.js",
  define: "logit-lab.js",
};

/** Types of the tag for the templates of frameworks. */
const TEMPLATES = ["react", "vue", "svelte"];

/** The entry for those who only sample. */
const SAMPLING = { sampling: "engine/engine.js" };

/** Languages that come on request. */
const LANGUAGES = ["de", "es"];

/** What a page needs to embed the element without a bundler; the last ones are for other languages, and for those who ask for a GPT, a constraint or a chat. */
const EMBED_FILES = [
  "logit-lab.js",
  "logit-lab-views.js",
  "logit-lab-local.js",
  "worker.js",
  "logitlab_bg.wasm",
  ...LANGUAGES.map((language) => `logit-lab-${language}.js`),
  "logit-lab-gpt.js",
  "logitlab_bpe_bg.wasm",
  "logitlab_bpe.js",
  "logitlab_grammar_bg.wasm",
  "logitlab_grammar.js",
  "logitlab_chat_bg.wasm",
  "logitlab_chat.js",
  "prose.safetensors",
];

/** What else a site may want to hand out. */
const SITE_FILES = [...EMBED_FILES, "logit-lab.css", "anywidget.mjs", "standalone.html", "integrity.json"];

/** @param {string} directory */
export async function buildPackage(directory) {
  await rm(directory, { recursive: true, force: true });
  await mkdir(directory, { recursive: true });
  // With Lit left to the reader's own bundler …
  await bundle(directory, ENTRIES, { external: [/^lit($|\/)/] });
  // … and complete, for pages without one and for workers. Three things come later, each in a file of its own: what the tabs show, the engine
  // where no worker can be had, and what only a GPT needs.
  const complete = { minify: true, chunks: "logit-lab-[name].js", first: "logit-lab", plugins: [gptTogether()] };
  await bundle(directory, { "logit-lab": "logit-lab.js" }, complete);
  await bundle(directory, { worker: "engine/worker.js" }, { minify: true });
  // A build of its own, so that not even the address of a GPT's file is in it.
  await bundle(directory, SAMPLING, { chunks: "sampling-[name].js", hasGpt: false });
  for (const name of EMBED_FILES.filter((name) => name.startsWith("logitlab_")))
    await copyFile(`${www}/engine/pkg/${name}`, `${directory}/${name}`);
  await copyFile(`${www}/models/prose/model.safetensors`, `${directory}/prose.safetensors`);
  await buildInlined(directory);
  await writeFile(`${directory}/custom-elements.json`, `${JSON.stringify(await elementManifest(), null, 2)}\n`);
  await writeFile(`${directory}/logit-lab.css`, beforeDefinition());
  await writeFile(`${directory}/embed.html`, await frame());
  await writeFile(`${directory}/integrity.json`, `${JSON.stringify(await integrity(directory), null, 2)}\n`);
  await writeTypes(`${directory}/types`);
  for (const name of ["README.md", "LICENSE-MIT", "LICENSE-APACHE"])
    await copyFile(`${root}/${name}`, `${directory}/${name}`);
  await writeFile(`${directory}/package.json`, `${JSON.stringify(await manifest(), null, 2)}\n`);
}

/**
 * Lets the site serve the element to other pages, at addresses that stay.
 * @param {string} from the package
 * @param {string} to the site
 */
export async function copyEmbed(from, to) {
  for (const name of SITE_FILES) await copyFile(`${from}/${name}`, `${to}/${name}`);
}

/**
 * What a browser compares a file with: `integrity="sha384-…"`.
 * @param {string} directory
 */
async function integrity(directory) {
  const names = [...EMBED_FILES, "anywidget.mjs"];
  const hash = async (/** @type {string} */ name) =>
    `sha384-${createHash("sha384")
      .update(await readFile(`${directory}/${name}`))
      .digest("base64")}`;
  return Object.fromEntries(await Promise.all(names.map(async (name) => [name, await hash(name)])));
}

/**
 * @param {string} outDir
 * @param {Record<string, string>} entries
 * @param {{ external?: RegExp[], minify?: boolean, chunks?: string, first?: string, plugins?: import("vite").Plugin[], hasGpt?: boolean }} [options]
 */
async function bundle(
  outDir,
  entries,
  { external = [], minify = false, chunks = "[name].js", first, plugins = [], hasGpt = true } = {},
) {
  const entry = Object.fromEntries(Object.entries(entries).map(([name, path]) => [name, `${www}/${path}`]));
  await build({
    configFile: false,
    root: www,
    publicDir: false,
    logLevel: "warn",
    plugins: [siblingAssets(hasGpt), factsOfOurs(), smallStyles(), ...plugins],
    build: {
      outDir,
      emptyOutDir: false,
      target: "es2022",
      lib: { entry, formats: ["es"] },
      rolldownOptions: {
        external,
        // What a later part shares with a complete file stays in that file.
        preserveEntrySignatures: minify ? "allow-extension" : undefined,
        output: {
          minify,
          entryFileNames: "[name].js",
          chunkFileNames: chunks,
          codeSplitting: first ? wholeFirst(first) : true,
        },
      },
    },
  });
}

/**
 * Everything that is needed at first in one file. Without this Rolldown makes another one of what several later files share with it, too
 * (https://github.com/rolldown/rolldown/issues/10731); when that is mended, this can go. What reads pasted numbers lies with the tabs, and
 * so does the engine's part that computes the picture while a control is dragged.
 * @param {string} name of the entry
 */
const wholeFirst = (name) => ({
  groups: [
    { name, tags: [/** @type {const} */ ("$initial")] },
    { name: "views", test: /\/www\/(element\/views|state\/logits-spec|tasks\/(?:asides|near|tokens))\.js$/ },
  ],
});

/**
 * In the package, the engine and the worker lie beside every bundle. The marks keep this build from inlining them; they go,
 * so that the reader's bundler sees the addresses.
 * @param {boolean} hasGpt whether a GPT's files lie there, too
 * @returns {import("vite").Plugin}
 */
function siblingAssets(hasGpt) {
  return {
    name: "sibling-assets",
    enforce: "pre",
    load(id) {
      if (!id.endsWith("/www/engine/assets.js")) return null;
      return `
        export const wasmUrl = new URL(/* @vite-ignore */ "./logitlab_bg.wasm", import.meta.url);
        export const workerUrl = new URL(/* @vite-ignore */ "./worker.js", import.meta.url);
        ${hasGpt ? gptAssets : "export const modelUrl = null; export const bpe = null; export const grammar = null; export const chat = null;"}`;
    },
    renderChunk: (code) => code.replaceAll(/(new URL\(\s*)\/\* @vite-ignore \*\//g, "$1"),
  };
}

/** What only a GPT, a constraint or a chat needs. */
const gptAssets = `
        export const modelUrl = new URL(/* @vite-ignore */ "./prose.safetensors", import.meta.url);
        export const bpe = {
          wasmUrl: new URL(/* @vite-ignore */ "./logitlab_bpe_bg.wasm", import.meta.url),
          glueUrl: new URL(/* @vite-ignore */ "./logitlab_bpe.js", import.meta.url),
        };
        export const grammar = {
          wasmUrl: new URL(/* @vite-ignore */ "./logitlab_grammar_bg.wasm", import.meta.url),
          glueUrl: new URL(/* @vite-ignore */ "./logitlab_grammar.js", import.meta.url),
        };
        export const chat = {
          wasmUrl: new URL(/* @vite-ignore */ "./logitlab_chat_bg.wasm", import.meta.url),
          glueUrl: new URL(/* @vite-ignore */ "./logitlab_chat.js", import.meta.url),
        };`;

/**
 * What only a GPT needs is one file, whichever part of it is asked for first.
 * @returns {import("vite").Plugin}
 */
function gptTogether() {
  const names = [
    "element/gpt.js",
    "engine/checkpoint.js",
    "engine/chat.js",
    "tasks/compare-models.js",
    "tasks/recorded.js",
  ];
  const parts = names.map((path) => `${www}/${path}`);
  const whole = `${www}/gpt.js`;
  return {
    name: "gpt-together",
    enforce: "pre",
    async resolveDynamicImport(specifier, importer) {
      const asked = typeof specifier === "string" ? await this.resolve(specifier, importer) : null;
      return parts.includes(asked?.id ?? "") ? whole : null;
    },
    load: (id) => (id === whole ? parts.map((part) => `export * from ${JSON.stringify(part)};`).join("\n") : null),
  };
}

/**
 * Declarations from the JSDoc types. What is a declaration already is copied: the glue code's, and what JSDoc cannot say.
 * @param {string} outDir
 */
async function writeTypes(outDir) {
  await runBin("tsc", ["--project", "scripts/lib/package.tsconfig.json", "--outDir", outDir]);
  const isDeclaration = (/** @type {string} */ path) => path.endsWith(".d.ts") && !path.endsWith(".wasm.d.ts");
  for (const path of (await readdir(www, { recursive: true })).filter(isDeclaration))
    await cp(`${www}/${path}`, `${outDir}/${path}`);
}

async function manifest() {
  const { name, version, description, license, engines, dependencies } = JSON.parse(
    await readFile(`${root}/package.json`, "utf8"),
  );
  const entries = { ...ENTRIES, ...SAMPLING };
  const entry = (/** @type {keyof typeof entries} */ key) => ({
    types: `./types/${entries[key].replace(/\.js$/, ".d.ts")}`,
    default: `./${key}.js`,
  });
  return {
    name,
    version,
    description,
    license,
    type: "module",
    exports: {
      ".": entry("index"),
      "./engine": entry("sampling"),
      "./element": entry("element"),
      "./define": entry("define"),
      ...Object.fromEntries(TEMPLATES.map((name) => [`./${name}`, { types: `./types/element/${name}.d.ts` }])),
      ...Object.fromEntries(EMBED_FILES.map((name) => [`./${name}`, `./${name}`])),
      "./logit-lab.css": "./logit-lab.css",
      "./anywidget": "./anywidget.mjs",
      "./embed.html": "./embed.html",
      "./standalone.html": "./standalone.html",
      "./integrity.json": "./integrity.json",
      "./custom-elements.json": "./custom-elements.json",
      "./package.json": "./package.json",
    },
    customElements: "./custom-elements.json",
    unpkg: "./logit-lab.js",
    jsdelivr: "./logit-lab.js",
    sideEffects: [
      "./logit-lab.css",
      "./define.js",
      "./logit-lab.js",
      "./logit-lab-views.js",
      "./logit-lab-local.js",
      "./logit-lab-gpt.js",
      "./worker.js",
      "./anywidget.mjs",
    ],
    engines,
    dependencies,
  };
}
