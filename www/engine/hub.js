/** A repository of Hugging Face's hub: safetensors with what lies beside them, or one GGUF file. */

/** @import { Files, Open, Tell } from "./source.js" */

import { download, reached } from "./download.js";
import { invalidSetting } from "./error.js";
import { INDEX, indexIn, partNames } from "./picked.js";
import { ofBlob } from "./readable.js";

/** Whole weights. */
const WEIGHTS = "model.safetensors";

/** What it is made of, and how it ends a text. */
const CONFIGS = ["config.json", "generation_config.json"];

/** A repository, and a branch, tag or commit of it. The oldest have no owner: hf:gpt2. */
const REPOSITORY = /^hf:([\w.-]+(?:\/[\w.-]+)?)(?:@(.+))?$/;

/** A GGUF file of a repository, and a branch, tag or commit. */
const FILE = /^hf:([\w.-]+\/[\w.-]+)\/([\w./-]+\.gguf)(?:@(.+))?$/i;

const HUB = "https://huggingface.co";

/** @typedef {{ cache: boolean | string, tell: Tell, signal?: AbortSignal | null }} How */

/**
 * The address of a file that a source names; null where it names a repository.
 * @param {string} source
 */
export const fileOfHub = (source) => {
  const [, repository, file, revision = "main"] = FILE.exec(source) ?? [];
  return repository ? `${HUB}/${repository}/resolve/${encodeURIComponent(revision)}/${file}` : null;
};

/** @param {string} source @param {boolean | string} cache @returns {Open} */
export const ofHub = (source, cache) => {
  const [, repository, revision = "main"] = REPOSITORY.exec(source) ?? [];
  if (!repository)
    throw invalidSetting(
      "source",
      source,
      'use "hf:owner/name", "hf:owner/name@revision" or "hf:owner/name/file.gguf", or an address for a file',
    );
  return (tell, signal) => filesOf(repository, revision, { cache, tell, signal });
};

/**
 * What a repository has: as a rule config, tokenizer and one file of weights, else the older pair of files, and parts, else one GGUF file.
 * @param {string} repository
 * @param {string} revision
 * @param {How} how
 * @returns {Promise<Files>}
 */
const filesOf = async (repository, revision, how) => {
  const root = `${HUB}/${repository}/resolve/${encodeURIComponent(revision)}`;
  /** @type {(() => Promise<void>)[]} */
  const keeps = [];
  const get = async (/** @type {string[]} */ names, isOptional = true) => {
    const wanted = names.map((name) => ({ url: `${root}/${name}`, isOptional }));
    const { files, keep } = await download(wanted, how);
    keeps.push(keep);
    return files;
  };
  const [config, generation_config, tokenizer, whole] = await get([...CONFIGS, "tokenizer.json", WEIGHTS]);
  const [listing] = whole ? [] : await get([INDEX]);
  if (!whole && !listing) return onlyGguf(root, await listed(repository, revision, how.signal), how);
  const [vocab, merges] = tokenizer ? [] : await get(["vocab.json", "merges.txt"]);
  const index = listing && indexIn(await listing.blob.text());
  const names = index ? partNames(index) : [WEIGHTS];
  const weights = whole ? [whole] : await get(names, false);
  return {
    index,
    parts: weights.map(({ blob }, i) => ({ name: names[i], source: ofBlob(blob) })),
    cached: weights.every(({ cached }) => cached),
    config: await config?.blob.text(),
    generation_config: await generation_config?.blob.text(),
    tokenizer: await tokenizer?.blob.text(),
    // One without the other says nothing.
    ...(vocab && merges && { vocab: await vocab.blob.text(), merges: await merges.blob.text() }),
    keep: async () => {
      for (const keep of keeps) await keep();
    },
  };
};

/**
 * The names of all files of a repository; none where the hub does not say.
 * @param {string} repository
 * @param {string} revision
 * @param {AbortSignal | null} [signal]
 * @returns {Promise<string[]>}
 */
const listed = async (repository, revision, signal) => {
  const url = `${HUB}/api/models/${repository}/revision/${encodeURIComponent(revision)}`;
  const answer = await reached(url, signal);
  if (!answer.ok) return [];
  const { siblings } = /** @type {{ siblings?: unknown }} */ (await answer.json());
  if (!Array.isArray(siblings)) throw new Error(`${url} does not list the repository's files`);
  return siblings.map((file) => String(file?.rfilename));
};

/**
 * @param {string} root
 * @param {string[]} names
 * @param {How} how
 * @returns {Promise<Files>}
 */
const onlyGguf = async (root, names, how) => {
  const ggufs = names.filter((name) => /\.gguf$/i.test(name));
  if (ggufs.length === 0)
    throw new Error(
      `${root}/${WEIGHTS} answered 404, and there is no ${INDEX}: it has to have safetensors or one .gguf file`,
    );
  if (ggufs.length > 1)
    throw new Error(
      `${root} has ${ggufs.length} GGUF files: name one of them, as in "hf:owner/name/file.gguf": ${ggufs.join(", ")}`,
    );
  const { files, keep } = await download([{ url: `${root}/${ggufs[0]}`, isOptional: false }], how);
  return { parts: [{ name: ggufs[0], source: ofBlob(files[0].blob) }], cached: files[0].cached, keep };
};
