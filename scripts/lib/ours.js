// What the page says of our GPT before it is loaded, read from the files.
import { createHash } from "node:crypto";
import { readFile } from "node:fs/promises";
import { root } from "./run.js";

const MODEL = `${root}/www/models/prose/model.safetensors`;

/** Bytes before a safetensors header: its length. */
const PREFIX = 8;

/**
 * Puts the facts in the place of those that www/tasks/our-gpt.js has without a build.
 * @returns {import("vite").Plugin}
 */
export function factsOfOurs() {
  return {
    name: "facts-of-ours",
    enforce: "pre",
    transform: async (code, id) =>
      id.endsWith("/www/tasks/our-gpt.js")
        ? code.replace(/import report .*\n/, "").replace(/OURS = .*;/, `OURS = ${JSON.stringify(await facts())};`)
        : null,
  };
}

async function facts() {
  const file = await readFile(MODEL);
  const header = JSON.parse(file.subarray(PREFIX, PREFIX + Number(file.readBigUInt64LE())).toString());
  const { __metadata__: _, ...tensors } = header;
  const counts = Object.values(tensors).map(({ shape }) =>
    shape.reduce((/** @type {number} */ n, /** @type {number} */ m) => n * m, 1),
  );
  return {
    bytes: file.length,
    sha256: createHash("sha256").update(file).digest("hex"),
    n_weights: counts.reduce((sum, n) => sum + n, 0),
  };
}
