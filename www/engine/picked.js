/** The files of one checkpoint, picked together and known by their names. Others that lie beside them are left alone. */

import { requireText } from "./beside.js";
import { invalidSetting, LabError } from "./error.js";
import { shortened } from "./printed.js";

/** How the parts of a model are called: model-00001-of-00003.safetensors. */
const PART = /^(.*)-(\d+)-of-(\d+)\.safetensors$/;

/** Weights of another kind: GGUF, and what the engine names by what is in it. */
const FOREIGN = /\.(?:bin|pt|pth|ckpt|pkl|gguf|h5|onnx|zip)$/i;

/** A whole model in one file. */
const GGUF = /\.gguf$/i;

/** What to do where no file has weights. */
const NO_WEIGHTS = "none of these holds weights: add a .safetensors file, all parts of one, or a .gguf file";

/** What is read beside them, by these names. */
const BESIDE = ["config.json", "generation_config.json", "tokenizer.json", "vocab.json", "merges.txt"];

/** The file that says which tensor lies in which part. */
export const INDEX = "model.safetensors.index.json";

/** Which tensor lies in which part. @typedef {Map<string, string>} Index */

/**
 * The weights among some files: one, or all parts of one model, in their order, and what their index says.
 * @template {{ name: string }} T
 * @param {T[]} files
 * @param {(file: T) => Promise<string>} read
 * @returns {Promise<{ weights: T[], index?: Index }>}
 * @throws {LabError} `invalid_setting`, `model_format`
 */
export const weightsAmong = async (files, read) => {
  requireOneOfEach(files.map(({ name }) => name.toLowerCase()).filter((name) => name !== ""));
  const all = files.filter(({ name }) => name.toLowerCase().endsWith(".safetensors"));
  const file = files.find(({ name }) => name.toLowerCase().endsWith(".safetensors.index.json"));
  const index = file && indexIn(await read(file));
  const names = index ? partNames(index) : namesByNumber(all.map(({ name }) => name));
  if (!names) {
    const models = [...all, ...files.filter(({ name }) => GGUF.test(name))];
    const [weights] = models.length > 0 ? models : files.filter(({ name }) => FOREIGN.test(name));
    if (weights && models.length <= 1) return { weights: [weights] };
    throw invalidSetting(
      "source",
      models.length > 1 ? models.map(({ name }) => name) : files.map(({ name }) => name || "a file without a name"),
      models.length > 1 ? `these are ${models.length} models, and one is read: leave the others out` : NO_WEIGHTS,
    );
  }
  const missing = names.filter((name) => !all.some((file) => file.name === name));
  if (missing.length > 0)
    throw invalidSetting(
      "source",
      all.map(({ name }) => name),
      `parts are missing: add ${listed(missing)}`,
    );
  return { weights: names.map((name) => /** @type {T} */ (all.find((file) => file.name === name))), index };
};

/**
 * Refuses a file that is given as a model and known to be what lies beside one.
 * @param {string} name
 * @throws {import("./error.js").LabError} `invalid_setting`
 */
export const requireWeights = (name) => {
  if (BESIDE.includes(name.toLowerCase()) || name.toLowerCase() === INDEX)
    throw invalidSetting("source", [name], NO_WEIGHTS);
};

/** Names in a sentence. @param {string[]} names */
const listed = (names) => {
  const first = names.slice(0, 3).map((name) => shortened(name, 80));
  return names.length > first.length ? `${first.join(", ")} and ${names.length - first.length} more` : first.join(", ");
};

/**
 * Which of two files of one name was meant, nobody knows. Those of a name that is not read do no harm.
 * @param {string[]} names in small letters
 * @throws {LabError} `invalid_setting`
 */
const requireOneOfEach = (names) => {
  const twice = names.find((name, i) => isRead(name) && names.indexOf(name) < i);
  if (twice === undefined) return;
  throw invalidSetting("source", twice, "two files of this name were given, so leave one of them out");
};

/** @param {string} name in small letters */
const isRead = (name) => BESIDE.includes(name) || /\.safetensors(?:\.index\.json)?$/.test(name) || FOREIGN.test(name);

/** The names of all parts, where they are numbered. @param {string[]} names @returns {string[] | undefined} */
const namesByNumber = (names) => {
  const [stem, digits, n] = PART.exec(names[0] ?? "")?.slice(1) ?? [];
  if (!stem || Number(n) > 1000) return undefined;
  const number = (/** @type {number} */ i) => String(i + 1).padStart(digits.length, "0");
  const all = Array.from({ length: Number(n) }, (_, i) => `${stem}-${number(i)}-of-${n}.safetensors`);
  return names.every((name) => all.includes(name)) ? all : undefined;
};

/** The parts that an index speaks of, in order. @param {Index} index */
export const partNames = (index) => [...new Set(index.values())].sort();

/**
 * What an index says.
 * @param {string} text of model.safetensors.index.json
 * @returns {Index}
 * @throws {LabError} `model_format`
 */
export const indexIn = (text) => {
  requireText("source", text);
  /** @type {unknown} */
  let map;
  try {
    map = JSON.parse(text).weight_map;
  } catch {}
  const pairs = typeof map === "object" && map !== null && !Array.isArray(map) ? Object.entries(map) : [];
  if (pairs.length > 0 && pairs.every(([, part]) => typeof part === "string" && part !== "")) return new Map(pairs);
  throw new LabError(
    "model_format",
    `${INDEX} names no parts: its weight_map has to say which tensor lies in which file`,
    {
      setting: "source",
    },
  );
};
