// Records what SmolLM2 says after the prompts of www/state/recorded.js: www/models/smollm2/rows.bin.
//
//   npm run model smollm2
//   node tools/llama/recorded.js ~/.cache/logitlab/SmolLM2-135M-Instruct.Q4_1.gguf www/models/smollm2/rows.bin
//
// The file is gzip of: the length of what follows up to the rows (u32, little endian); one line of JSON, { prompts: [{ text, ids }] }; the text of
// every token, a line each, with \\ for a backslash and \n for a new line; then all logits of all prompts as f16, first every upper byte, then
// every lower one. No number is left out or rounded further.
import { writeFile } from "node:fs/promises";
import { gzipSync } from "node:zlib";
import { createLab } from "../../www/engine/index.js";
import { RECORDED_PROMPTS } from "../../www/state/recorded.js";

const [source, out] = process.argv.slice(2);
const lab = await createLab();
const model = await lab.model({ kind: "gpt", source });
const [prompts, numbers] = [[], []];
for (const text of RECORDED_PROMPTS) {
  const { ids } = await model.encode(text);
  prompts.push({ text, ids: Array.from(ids) });
  numbers.push(...(await model.next(ids)));
}
const lines = model.vocab.map((text) => text.replaceAll("\\", "\\\\").replaceAll("\n", "\\n"));
const head = Buffer.from([JSON.stringify({ prompts }), ...lines].join("\n"));
const length = Buffer.alloc(4);
length.writeUInt32LE(head.length);
const halves = numbers.map(toHalf);
const planes = [halves.map((half) => half >> 8), halves.map((half) => half & 0xff)];
const file = gzipSync(Buffer.concat([length, head, ...planes.map((plane) => Buffer.from(plane))]), { level: 9 });
await writeFile(out, file);
console.log(`${out}: ${file.length} bytes, ${prompts.length} rows of ${model.vocabSize}`);
lab.dispose();

/** The nearest f16, of two the even one, of a number that is one. @param {number} number */
function toHalf(number) {
  const [bits] = new Uint32Array(Float32Array.of(number).buffer);
  const [sign, exponent, mantissa] = [(bits >>> 31) << 15, ((bits >>> 23) & 0xff) - 112, bits & 0x7fffff];
  if (exponent >= 31) throw new Error(`${number} is beyond f16`);
  if (exponent <= 0) return sign | roundHalfEven(Math.abs(number) * 2 ** 24);
  return sign | roundHalfEven((exponent << 10) + mantissa / 2 ** 13);
}

/** @param {number} x not negative */
function roundHalfEven(x) {
  const below = Math.floor(x);
  const rest = x - below;
  return below + (rest > 0.5 || (rest === 0.5 && below % 2 === 1) ? 1 : 0);
}
