// The page, as `npm start` serves it and `npm run build` writes it to dist/site.
import { existsSync, readdirSync, realpathSync } from "node:fs";
import { defineConfig } from "vite";
import { factsOfOurs } from "./scripts/lib/ours.js";
import { addressOfSmollm2 } from "./scripts/lib/smollm2.js";
import { smallStyles } from "./scripts/lib/styles.js";

const root = new URL(".", import.meta.url).pathname;
const www = `${root}www`;

export default defineConfig({
  root: www,
  // Relative addresses, so that the site also works below a path.
  base: "./",
  cacheDir: `${root}target/vite`,
  // Without "development", so that `npm start` serves the same Lit as the site.
  resolve: { conditions: ["module", "browser"] },
  plugins: [engineAssets(), firstFiles(), factsOfOurs(), addressOfSmollm2(), smallStyles()],
  worker: { format: "es", plugins: () => [engineAssets()] },
  server: { fs: { allow: [root, realpathSync(`${root}node_modules`)] } },
  build: {
    outDir: `${root}dist/site`,
    emptyOutDir: true,
    assetsInlineLimit: 0,
    rolldownOptions: { input: existsSync(www) ? pages() : [] },
  },
});

function pages() {
  return readdirSync(www)
    .filter((name) => name.endsWith(".html"))
    .map((name) => `${www}/${name}`);
}

/**
 * In a build, the module that knows where the engine's files lie names the hashed copies instead.
 * @returns {import("vite").Plugin}
 */
function engineAssets() {
  return {
    name: "engine-assets",
    apply: "build",
    enforce: "pre",
    load(id) {
      if (!id.endsWith("/www/engine/assets.js")) return null;
      return `
        import wasm from "./pkg/logitlab_bg.wasm?url";
        import worker from "./worker.js?worker&url";
        import bpeWasm from "./pkg/logitlab_bpe_bg.wasm?url";
        import bpeGlue from "./pkg/logitlab_bpe.js?url";
        import grammarWasm from "./pkg/logitlab_grammar_bg.wasm?url";
        import grammarGlue from "./pkg/logitlab_grammar.js?url";
        import chatWasm from "./pkg/logitlab_chat_bg.wasm?url";
        import chatGlue from "./pkg/logitlab_chat.js?url";
        import model from "../models/prose/model.safetensors?url";
        export const wasmUrl = new URL(wasm, import.meta.url);
        export const workerUrl = new URL(worker, import.meta.url);
        export const modelUrl = new URL(model, import.meta.url);
        export const bpe = { wasmUrl: new URL(bpeWasm, import.meta.url), glueUrl: new URL(bpeGlue, import.meta.url) };
        export const grammar = { wasmUrl: new URL(grammarWasm, import.meta.url), glueUrl: new URL(grammarGlue, import.meta.url) };
        export const chat = { wasmUrl: new URL(chatWasm, import.meta.url), glueUrl: new URL(chatGlue, import.meta.url) };`;
    },
  };
}

/**
 * In a build, the lab's own page asks for the engine's file and for all of its first code before any script runs. Whoever asks again finds them.
 * @returns {import("vite").Plugin}
 */
function firstFiles() {
  return {
    name: "first-files",
    apply: "build",
    transformIndexHtml: {
      order: "post",
      handler(html, { filename, bundle = {} }) {
        if (filename !== `${www}/index.html`) return [];
        const wasm = Object.keys(bundle).find((name) => /logitlab_bg-.*\.wasm$/.test(name));
        const page = Object.values(bundle).find((file) => file.type === "chunk" && file.name === "lab-page");
        if (!wasm || !page) throw new Error("the build has no engine, or no lab-page.js");
        const code = withImports(bundle, page.fileName).filter((name) => !html.includes(name));
        return [
          ...code.map((name) => ({ rel: "modulepreload", href: `./${name}` })),
          { rel: "prefetch", href: `./${wasm}`, as: "fetch" },
        ].map((link) => ({ tag: "link", attrs: { ...link, crossorigin: true }, injectTo: "head" }));
      },
    },
  };
}

/**
 * A chunk, and all that it imports at once.
 * @param {import("vite").Rolldown.OutputBundle} bundle
 * @param {string} name
 * @param {Set<string>} [known]
 */
function withImports(bundle, name, known = new Set()) {
  const file = bundle[name];
  if (known.has(name) || file?.type !== "chunk") return [...known];
  known.add(name);
  for (const imported of file.imports) withImports(bundle, imported, known);
  return [...known];
}
