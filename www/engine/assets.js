/** Where the engine's two other files lie. A build puts both beside the bundle and replaces this module. */

/** The engine, compiled. */
export const wasmUrl = new URL(/* @vite-ignore */ "./pkg/logitlab_bg.wasm", import.meta.url);

/** The worker's entry. */
export const workerUrl = new URL(/* @vite-ignore */ "./worker.js", import.meta.url);
