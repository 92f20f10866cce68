import { isFileName } from "./files.js";
import { readNumber, readSeed, wantedTokens } from "./settings.js";

/**
 * The model the user chose, in the words of the engine.
 *
 * @typedef {import("./types.js").ModelChoice} ModelChoice
 */

/** Every kind of model. */
export const KINDS = Object.freeze(
  /** @type {const} */ (["notebook", "bigram", "counted", "logits", "recorded", "gpt", "smollm2", "own-gpt"]),
);

/**
 * The choice as text, a key: equal keys are equal models.
 * @param {ModelChoice} choice
 */
export function modelKey({ kind, seed, rng, text, smoothing, logits, labels, address, files, ...gpt }) {
  const parts = {
    notebook: [],
    bigram: [rng, seed],
    counted: [text, smoothing],
    logits: [logits, labels],
    recorded: [text],
    gpt: [gpt.kv_cache],
    smollm2: [gpt.kv_cache, gpt.ends],
    "own-gpt": [address, files, gpt.kv_cache, gpt.n_head, gpt.activation, gpt.ends],
  }[kind];
  return JSON.stringify([kind, ...parts]);
}

/**
 * The model that a state draws with. A recorded one is that of the prompt, which takes the place of the text it is made of.
 * @param {Pick<import("./types.js").LabState, "model" | "prompt">} state
 * @returns {ModelChoice}
 */
export const choiceOf = ({ model, prompt }) => (model.kind === "recorded" ? { ...model, text: prompt } : model);

/** Whether a model is a GPT, which has to be loaded first. @param {ModelChoice["kind"]} kind @returns {kind is "gpt" | "smollm2" | "own-gpt"} */
export const isGpt = (kind) => kind === "gpt" || kind === "smollm2" || kind === "own-gpt";

/**
 * SmolLM2 as a GPT from an address: the one that the site's author set.
 * @param {ModelChoice} choice
 * @param {string | null} address
 * @returns {ModelChoice} any other choice as it is
 */
export const withAddress = (choice, address) =>
  choice.kind === "smollm2"
    ? { ...choice, kind: "own-gpt", address: address ?? "", files: "", n_head: "", activation: "" }
    : choice;

/** Whether there is something of a GPT to be seen. @param {import("./types.js").LabState} state */
export const isGptAsked = ({ model, shelf, view, comparison }) =>
  isGpt((shelf.wanted ?? model).kind) || (view === "compare" && comparison.by === "models");

/** @param {ModelChoice} choice */
export const isOnShelf = (choice, /** @type {import("./types.js").ShelfState} */ { known }) =>
  Object.hasOwn(known, modelKey(choice));

/**
 * What is known of the model in force, if it is a GPT.
 * @param {import("./types.js").LabState} state
 */
export const knownGpt = ({ model, shelf }) => (isGpt(model.kind) ? (shelf.known[modelKey(model)] ?? null) : null);

/**
 * What the engine is asked for; an empty field is left to it. Logits of one's own are read by logits-spec.js.
 * @param {ModelChoice} choice
 * @param {File[]} [files] of a GPT of one's own
 * @param {string} [base] the address that a path begins at; without it a path stays one
 */
export function modelSpec({ kind, seed, rng, text, smoothing, ...gpt }, files = [], base = undefined) {
  if (kind === "gpt") return { kind, kv_cache: gpt.kv_cache === "on" };
  if (kind === "own-gpt" || kind === "smollm2")
    return { kind: "gpt", source: sourceOf(gpt.address, files, base), kv_cache: gpt.kv_cache === "on", ...saidOf(gpt) };
  if (kind === "counted") return { kind, text, ...(smoothing.trim() && { smoothing: readNumber(smoothing) }) };
  return { kind, rng, ...(seed.trim() && { seed: readSeed(seed) }) };
}

/** No token ends a text, whatever config.json says. */
const ENDLESS = Object.freeze({ eos_token_id: [] });

/** What the user says of a GPT of their own. @param {Pick<ModelChoice, "n_head" | "activation" | "ends">} choice */
const saidOf = ({ n_head, activation, ends }) => ({
  ...(n_head.trim() && { n_head: readNumber(n_head) }),
  ...(activation && { activation }),
  ...(ends === "off" && { generation_config: ENDLESS }),
});

/** A repository of Hugging Face's, as people write it. */
const REPOSITORY = /^(?:hf:|https:\/\/huggingface\.co\/)?([\w.-]+\/[\w.-]+(?:@.+)?)\/?$/;

/**
 * Where a GPT of one's own lies.
 * @param {string} address "" = in the files
 * @param {File[]} files
 * @param {string | undefined} base
 */
function sourceOf(address, files, base) {
  const typed = address.trim();
  if (typed === "") return files.length === 1 ? files[0] : files;
  const [, repository] = isFileName(typed) ? [] : (REPOSITORY.exec(typed) ?? []);
  if (repository) return `hf:${repository}`;
  return base !== undefined && !typed.startsWith("hf:") && URL.canParse(typed, base)
    ? new URL(typed, base).href
    : typed;
}

/**
 * How many tokens the GPT in force sees at once, where the text gets longer than that. From there on it reads its whole window again for every
 * token.
 * @param {import("./types.js").LabState} state
 * @returns {number | null}
 */
export function outgrownWindow(state) {
  const block_size = knownGpt(state)?.block_size;
  const n = wantedTokens(state);
  if (!block_size || typeof n !== "number") return null;
  return (state.run?.prompt_ids.length ?? 0) + n > block_size ? block_size : null;
}
