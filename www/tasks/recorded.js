import { LabError } from "../engine/error.js";
import { toLogits } from "../engine/logits.js";
import { RECORDED } from "./our-smollm2.js";

/**
 * SmolLM2's logits after five prompts, as tools/llama/recorded.js has written them. After a drawn token there are none.
 *
 * @typedef {import("../engine/handles.js").Model} Model
 * @typedef {{ text: string, ids: number[], logits: Float32Array }} Row
 * @typedef {{ vocab: string[], rows: Row[] }} Recorded
 */

/** The file, once it was asked for. @type {Promise<Recorded> | null} */
let file = null;

/**
 * The engine's model of given logits, which reads the one prompt that they follow.
 * @param {import("../engine/lab.js").Lab} lab
 * @param {string} prompt
 * @returns {Promise<Model>}
 */
export async function recordedModel(lab, prompt) {
  file ??= fetched();
  const { vocab, rows } = await file.catch((error) => {
    file = null; // the next one tries again
    throw error;
  });
  const row = rows.find(({ text }) => text === prompt);
  if (!row) throw { place: "prompt", code: "cannot_encode", message: NO_ROW };
  const model = await lab.model({ kind: "logits", logits: row.logits, labels: vocab });
  const encode = async () => ({ ids: Uint32Array.from(row.ids), replaced: 0 });
  return Object.assign(model, { kind: /** @type {any} */ ("recorded"), encode });
}

/** The engine's sentences are English, and so is this one, which stands in their place. */
const NO_ROW = "nothing was recorded after this prompt: choose one of the five under Model, or load SmolLM2";

/** @returns {Promise<Recorded>} */
async function fetched() {
  const answer = await fetch(RECORDED ?? "").catch((error) => {
    throw new LabError("model_load", `the recorded rows could not be loaded: ${error.message}`, { cause: error });
  });
  if (!answer.ok || !answer.body)
    throw new LabError("model_load", `the recorded rows could not be loaded: the server answered ${answer.status}`);
  return readRecorded(await new Response(answer.body.pipeThrough(new DecompressionStream("gzip"))).arrayBuffer());
}

/**
 * @param {ArrayBuffer} buffer
 * @returns {Recorded}
 */
export function readRecorded(buffer) {
  const length = new DataView(buffer).getUint32(0, true);
  const head = new TextDecoder().decode(new Uint8Array(buffer, 4, length)).split("\n");
  const [first, ...lines] = head;
  const vocab = lines.map((line) => line.replace(/\\(.)/g, (_, sign) => (sign === "n" ? "\n" : sign)));
  const planes = new Uint8Array(buffer, 4 + length);
  const n = planes.length / 2;
  const halves = Uint16Array.from({ length: n }, (_, i) => (planes[i] << 8) | planes[n + i]);
  const numbers = toLogits(halves, { dtype: "float16" });
  const rows = JSON.parse(first).prompts.map(
    (/** @type {{ text: string, ids: number[] }} */ prompt, /** @type {number} */ i) => ({
      ...prompt,
      logits: numbers.slice(i * vocab.length, (i + 1) * vocab.length),
    }),
  );
  return { vocab, rows };
}
