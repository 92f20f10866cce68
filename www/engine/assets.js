/** Where the engine's other files lie. A build puts them beside the bundle and replaces this module. */

/** The engine, compiled. */
export const wasmUrl = new URL(/* @vite-ignore */ "./pkg/logitlab_bg.wasm", import.meta.url);

/** The worker's entry. */
export const workerUrl = new URL(/* @vite-ignore */ "./worker.js", import.meta.url);

/** The weights of our own GPT; null where they were left out. @type {URL | null} */
export const modelUrl = new URL(/* @vite-ignore */ "../models/prose/model.safetensors", import.meta.url);

/**
 * What reads the merges of a tokenizer.json, and its glue code, for checkpoints that have one; null where they were left out.
 * @type {{ wasmUrl: URL, glueUrl: URL } | null}
 */
export const bpe = {
  wasmUrl: new URL(/* @vite-ignore */ "./pkg/logitlab_bpe_bg.wasm", import.meta.url),
  glueUrl: new URL(/* @vite-ignore */ "./pkg/logitlab_bpe.js", import.meta.url),
};

/**
 * What says which tokens a constraint allows, for those who set one; null where it was left out.
 * @type {{ wasmUrl: URL, glueUrl: URL } | null}
 */
export const grammar = {
  wasmUrl: new URL(/* @vite-ignore */ "./pkg/logitlab_grammar_bg.wasm", import.meta.url),
  glueUrl: new URL(/* @vite-ignore */ "./pkg/logitlab_grammar.js", import.meta.url),
};

/**
 * What makes a text of messages, for chats; null where it was left out.
 * @type {{ wasmUrl: URL, glueUrl: URL } | null}
 */
export const chat = {
  wasmUrl: new URL(/* @vite-ignore */ "./pkg/logitlab_chat_bg.wasm", import.meta.url),
  glueUrl: new URL(/* @vite-ignore */ "./pkg/logitlab_chat.js", import.meta.url),
};
