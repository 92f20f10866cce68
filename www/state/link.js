import { SETTINGS, settingNamed } from "./settings.js";

/**
 * The lab's state as the part of an address behind the #. A link repeats a run token for token.
 *
 * @typedef {Omit<import("./types.js").Snapshot, "run" | "length"> & { goal?: import("./types.js").LabState["goal"], run?: import("./types.js").Run | null }} Linked
 *   goal: how many tokens are shown; run: where an empty seed is taken from
 * @typedef {Omit<Partial<Linked>, "model"> & { model?: Partial<Linked["model"]> }} Part
 * @typedef {{ snapshot: Part, problems: string[] }} Read
 * @typedef {{ snapshot: Part & { fields: Record<string, string>, model: Record<string, string> }, problems: string[] }} Taken
 */

const VERSION = "1";

/** Always written, so that a link stays what it is when a default changes. */
const ALWAYS = ["seed", "rng"];

/** Longest values that are taken, in characters. */
const LONGEST = { prompt: 20_000, text: 100_000, field: 4000 };

const MODEL_FIELDS = /** @type {const} */ ([
  "seed",
  "rng",
  "text",
  "smoothing",
  "logits",
  "labels",
  "address",
  "kv_cache",
  "n_head",
  "activation",
  "ends",
  "chat",
]);
/** @type {Record<import("./types.js").ModelChoice["kind"], readonly string[]>} */
const MADE_OF = {
  notebook: [],
  bigram: ["seed", "rng"],
  counted: ["text", "smoothing"],
  logits: ["logits", "labels"],
  recorded: [],
  gpt: ["kv_cache"],
  smollm2: ["kv_cache", "ends", "chat"],
  // A file cannot be in an address: whoever opens the link has to have it.
  "own-gpt": ["address", "kv_cache", "n_head", "activation", "ends", "chat"],
};
/** @type {Readonly<Record<string, readonly string[]>>} */
const CHOICES = Object.freeze({
  ...Object.fromEntries(
    SETTINGS.filter(({ choices }) => choices.length > 0).map(({ name, choices }) => [name, choices]),
  ),
  model: Object.keys(MADE_OF),
  "model.kv_cache": ["on", "off"],
  "model.activation": ["gelu", "gelu_tanh"],
  "model.ends": ["on", "off"],
  "model.chat": ["on", "off"],
  "model.rng": settingNamed("rng").choices,
});

/**
 * @param {Linked} state
 * @param {Linked} defaults what need not be written
 * @returns {string} without the #
 */
export function toHash({ prompt, model, fields, forced, goal, run }, defaults) {
  /** @type {[string, string][]} */
  const pairs = [["v", VERSION]];
  if (prompt !== defaults.prompt) pairs.push(["prompt", prompt]);
  if (model.kind !== defaults.model.kind) pairs.push(["model", model.kind]);
  for (const name of usedBy(model.kind))
    if (model[name] !== defaults.model[name]) pairs.push([`model.${name}`, model[name]]);
  for (const { name } of SETTINGS) {
    // Without a seed the link would open as another text.
    const typed = fields[name] || (name === "seed" ? String(run?.seed ?? "") : "");
    if (ALWAYS.includes(name) || typed !== (defaults.fields[name] ?? "")) pairs.push([name, typed]);
  }
  if (typeof goal === "number") pairs.push(["tokens", String(goal)]);
  const put = Object.entries(forced).map(([index, token]) => `${index}.${token}`);
  if (put.length > 0) pairs.push(["force", put.join("_")]);
  return pairs.map(([name, value]) => `${name}=${encodeURIComponent(wellFormed(value))}`).join("&");
}

/** Which of its fields a model is made of. @param {import("./types.js").ModelChoice["kind"]} kind */
function usedBy(kind) {
  return MODEL_FIELDS.filter((name) => MADE_OF[kind].includes(name));
}

/** Half a surrogate pair cannot be in an address. @param {string} text */
const wellFormed = (text) => text.replace(/\p{Surrogate}/gu, "\uFFFD");

/**
 * @param {string} hash with or without the #
 * @returns {Read} what it holds, and what it holds that could not be used; an empty hash holds nothing
 */
export function fromHash(hash) {
  const bare = hash.replace(/^#/, "");
  if (!/(^|&)v=/.test(bare)) return { snapshot: {}, problems: [] };
  /** @type {Taken} */
  const read = { snapshot: { fields: {}, model: {} }, problems: [] };
  const pairs = bare.split("&").map((pair) => {
    const [name, ...value] = pair.split("=");
    return /** @type {[string, string]} */ ([name, decoded(value.join("="))]);
  });
  const version = pairs.find(([name]) => name === "v")?.[1];
  if (version !== VERSION)
    return {
      snapshot: {},
      problems: [`this link is of version "${version}", this page reads version ${VERSION}: nothing was taken`],
    };
  for (const [name, value] of pairs) if (name !== "v" && name !== "") take(name, value, read);
  return read;
}

/** @param {string} text */
function decoded(text) {
  try {
    return decodeURIComponent(text.replaceAll("+", "%20"));
  } catch {
    return text;
  }
}

/**
 * @param {string} name
 * @param {string} value
 * @param {Taken} read filled
 */
function take(name, value, { snapshot, problems }) {
  const shown = `${name}=${value.length > 40 ? `${value.slice(0, 40)}…` : value}`;
  const choices = Object.hasOwn(CHOICES, name) ? CHOICES[name] : null;
  const field = name.replace(/^model\./, "");
  const isSetting = SETTINGS.some((setting) => setting.name === name);
  const isModel = name.startsWith("model.") && MODEL_FIELDS.some((known) => known === field);
  const longest = name === "prompt" ? LONGEST.prompt : isModel ? LONGEST.text : LONGEST.field;
  if (choices && !choices.includes(value)) problems.push(`${shown}: use one of ${choices.join(", ")}`);
  else if (name !== "force" && value.length > longest) problems.push(`${shown} is longer than ${longest} characters`);
  else if (isSetting) snapshot.fields[name] = value;
  else if (isModel) snapshot.model[field] = value;
  else if (name === "model") snapshot.model.kind = /** @type {any} */ (value);
  else if (name === "prompt") snapshot.prompt = value;
  else if (name === "tokens" && /^\d{1,9}$/.test(value)) snapshot.goal = Number(value);
  else if (name === "force") takeForced(value, snapshot, problems);
  else problems.push(`${shown} is unknown to this page`);
}

/**
 * @param {string} value "5.17_9.3": at new token 5 the token 17, at 9 the token 3
 * @param {Part} snapshot
 * @param {string[]} problems
 */
function takeForced(value, snapshot, problems) {
  const pairs = value.split("_");
  if (pairs.length > 2000 || !pairs.every((pair) => /^\d{1,9}\.\d{1,9}$/.test(pair)))
    problems.push(`force=${value.slice(0, 40)}: use pairs like 5.17, joined by _`);
  else snapshot.forced = Object.fromEntries(pairs.map((pair) => pair.split(".").map(Number)));
}
