// The page, as `npm start` serves it and `npm run build` writes it to dist/site.
import { existsSync, readdirSync, realpathSync } from "node:fs";
import { defineConfig } from "vite";
import { factsOfOurs } from "./scripts/lib/ours.js";
import { addressOfSmollm2 } from "./scripts/lib/smollm2.js";

const root = new URL(".", import.meta.url).pathname;
const www = `${root}www`;

export default defineConfig({
  root: www,
  // Relative addresses, so that the site also works below a path.
  base: "./",
  cacheDir: `${root}target/vite`,
  // Without "development", so that `npm start` serves the same Lit as the site.
  resolve: { conditions: ["module", "browser"] },
  plugins: [engineAssets(), enginePrefetch(), factsOfOurs(), addressOfSmollm2()],
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
        import model from "../models/prose/model.safetensors?url";
        export const wasmUrl = new URL(wasm, import.meta.url);
        export const workerUrl = new URL(worker, import.meta.url);
        export const modelUrl = new URL(model, import.meta.url);
        export const bpe = { wasmUrl: new URL(bpeWasm, import.meta.url), glueUrl: new URL(bpeGlue, import.meta.url) };
        export const grammar = { wasmUrl: new URL(grammarWasm, import.meta.url), glueUrl: new URL(grammarGlue, import.meta.url) };`;
    },
  };
}

/**
 * In a build, the lab's own page asks for the engine's file before any script runs. The worker asks again, and finds it.
 * @returns {import("vite").Plugin}
 */
function enginePrefetch() {
  return {
    name: "engine-prefetch",
    apply: "build",
    transformIndexHtml: {
      order: "post",
      handler(_html, { filename, bundle }) {
        if (filename !== `${www}/index.html`) return [];
        const wasm = Object.keys(bundle ?? {}).find((name) => /logitlab_bg-.*\.wasm$/.test(name));
        if (!wasm) throw new Error("the build has no engine");
        const attrs = { rel: "prefetch", href: `./${wasm}`, as: "fetch", crossorigin: true };
        return [{ tag: "link", attrs, injectTo: "head" }];
      },
    },
  };
}
