// node node.js: the shipped model in transformers.js and in this library, in Node. One JSON line per row.
import { cpus } from "node:os";
import { fileURLToPath } from "node:url";
import * as library from "@huggingface/transformers";
import { PROMPTS, timeLoop } from "../../benches/loop.js";
import { createLab } from "../../www/engine/index.js";
import { loopOf as ourLoop } from "./ours.js";
import { load, loopOf, VOCAB_SIZE } from "./transformers_js.js";

const place = `Node ${process.versions.node}`;
const lab = await createLab();
for (const kv_cache of [true, false]) {
  const model = await lab.model({ kind: "gpt", kv_cache });
  for (const prompt of PROMPTS)
    report({
      system: "Logit Lab, wasm",
      place,
      threads: 1,
      kv_cache,
      ...(await timeLoop(ourLoop(lab, model), VOCAB_SIZE, prompt)),
    });
}
lab.dispose();

const system = `transformers.js ${library.env.version}, ONNX Runtime`;
for (const threads of [1, cpus().length]) {
  const theirs = await load(library, fileURLToPath(new URL("../../target/peers", import.meta.url)), threads);
  for (const kv_cache of [true, false])
    for (const prompt of PROMPTS)
      report({
        system,
        place,
        threads,
        kv_cache,
        ...(await timeLoop(loopOf(library, theirs, kv_cache), VOCAB_SIZE, prompt)),
      });
}
// Its sessions keep the process alive.
process.exit();

/** @param {object} row */
function report(row) {
  console.log(JSON.stringify(row));
}
