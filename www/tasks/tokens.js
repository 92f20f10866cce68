import { tokensOf } from "../engine/bias.js";
import { SETTINGS } from "../generated/spec.js";
import { readList } from "../state/lists.js";
import { isList } from "../state/settings.js";

/**
 * Settings whose texts become tokens of the model.
 *
 * @typedef {import("../engine/handles.js").Model} Model
 * @typedef {import("../state/lists.js").Tokens} Tokens
 * @typedef {import("../state/lists.js").Item} Item
 */

/**
 * @param {Model} model
 * @param {Record<string, unknown>} settings lists as they were typed
 * @returns {Promise<Record<string, unknown>>}
 * @throws {import("../state/types.js").Problem} where one cannot be read, or names what the model has no token for
 */
export async function withTokens(model, settings) {
  const typed = SETTINGS.filter((setting) => isList(setting) && typeof settings[setting.name] === "string");
  const read = { ...settings };
  for (const setting of typed) {
    const { name, kind } = setting;
    const list = readList(kind, String(settings[name]));
    if ("why" in list) throw problemOf(name, list.why, list.at);
    read[name] = await SHAPES[kind](list.items, (tokens) => idsOf(model, tokens, setting));
  }
  return read;
}

/** @typedef {(tokens: Tokens) => Promise<number[]>} ToIds */

/** Kinds that name single tokens. */
const OF_ONE = ["ids", "bias"];

/** What each kind is to the engine. @type {Record<string, (items: Item[], ids: ToIds) => unknown>} */
const SHAPES = {
  strings: (items) => items.map(({ tokens }) => tokens),
  sequences: (items) => items.map(({ tokens }) => tokens),
  ids: async (items, ids) => (await Promise.all(items.map(({ tokens }) => ids(tokens)))).flat(),
  id_lists: (items, ids) => Promise.all(items.map(({ tokens }) => ids(tokens))),
  sequence_bias: (items, ids) => Promise.all(items.map(async ({ tokens, amount }) => [await ids(tokens), amount])),
  bias: async (items, ids) =>
    Object.fromEntries(await Promise.all(items.map(async ({ tokens, amount }) => [(await ids(tokens))[0], amount]))),
};

/** @param {Model} model @param {Tokens} tokens @param {Pick<import("../generated/spec.js").SettingSpec, "name" | "kind">} setting */
async function idsOf(model, tokens, { name, kind }) {
  const ids = typeof tokens === "string" ? await tokensOf(model, tokens) : tokens;
  if (ids.length === 0) throw problemOf(name, "absent", String(tokens));
  if (ids.length > 1 && OF_ONE.includes(kind)) throw problemOf(name, "several", String(tokens));
  return ids;
}

/** @param {string} place @param {"absent" | "several" | import("../state/lists.js").Why} why @param {string} at */
const problemOf = (place, why, at) => ({ place, code: `list_${why}`, message: at });
