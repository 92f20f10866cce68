// What chromium.js runs in a page: the shipped model in this library (?logitlab, ?webgpu) or in transformers.js (?transformers). On the CPU
// it is one thread each: a page shares no memory between threads unless its server says so. Rows go to the console.
import { PROMPTS, timeLoop } from "../../benches/loop.js";
import { createLab } from "../../www/engine/index.js";
import { loopOf as ourLoop } from "./ours.js";
import { load, loopOf, VOCAB_SIZE } from "./transformers_js.js";

const place = `Chromium ${/Chrome\/(\d+)/.exec(navigator.userAgent)?.[1]}`;
try {
  const runs = { "?logitlab": ours, "?webgpu": oursOnGpu, "?transformers": theirs };
  await runs[location.search]();
  console.log("done");
} catch (error) {
  console.log(`failed: ${error instanceof Error ? error.stack : error}`);
}

async function ours() {
  const lab = await createLab({ backend: "cpu" });
  for (const kv_cache of [true, false]) {
    const model = await lab.model({ kind: "gpt", kv_cache });
    await report({ system: "Logit Lab, wasm", place, threads: 1, kv_cache }, ourLoop(lab, model));
  }
}

async function oursOnGpu() {
  const lab = await createLab({ backend: "webgpu" });
  for (const kv_cache of [true, false]) {
    const model = await lab.model({ kind: "gpt", kv_cache });
    const row = { system: `Logit Lab, WebGPU on ${lab.backend.adapter}`, place, threads: null, kv_cache };
    await report(row, ourLoop(lab, model, 64));
  }
  if (lab.backend.kind !== "webgpu") throw new Error(lab.backend.reason);
}

async function theirs() {
  const library = await import("./node_modules/@huggingface/transformers/dist/transformers.js");
  const { wasm } = library.env.backends.onnx;
  wasm.wasmPaths = new URL("./node_modules/onnxruntime-web/dist/", import.meta.url).href;
  wasm.numThreads = 1;
  const model = await load(library, new URL("../../target/peers/", import.meta.url).href, 1);
  const system = `transformers.js ${library.env.version}, ONNX Runtime Web`;
  for (const kv_cache of [true, false])
    await report({ system, place, threads: 1, kv_cache }, loopOf(library, model, kv_cache));
}

/** @param {object} row @param {import("../../benches/loop.js").Loop} loop */
async function report(row, loop) {
  for (const prompt of PROMPTS) console.log(JSON.stringify({ ...row, ...(await timeLoop(loop, VOCAB_SIZE, prompt)) }));
}
