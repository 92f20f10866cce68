import { SETTINGS } from "../generated/spec.js";
import { isList } from "../state/settings.js";

/** Settings that name tokens by their texts, which only a model knows. */
const LISTS = SETTINGS.filter(isList);

/**
 * What the engine is told.
 * @param {import("../engine/handles.js").Model} model
 * @param {Record<string, unknown>} settings lists as they were typed
 * @returns {Promise<Record<string, unknown>>} the same object, where no list was typed
 * @throws {import("../state/types.js").Problem} where one cannot be read, or names what the model has no token for
 */
export async function told(model, settings) {
  if (!LISTS.some(({ name }) => typeof settings[name] === "string")) return settings;
  return (await import("./tokens.js")).withTokens(model, settings);
}
