// The manifest of the element for editors: what is written by hand, and an attribute and a property for every setting.
import { readFile } from "node:fs/promises";
import { SETTINGS } from "../../www/state/settings.js";

/** @typedef {import("../../www/state/settings.js").Setting} Setting */

const BY_HAND = new URL("../../www/element/custom-elements.json", import.meta.url);

/** The attribute after which those of the settings stand. */
const AFTER = "prompt";

/** custom-elements.json as it is shipped. */
export async function elementManifest() {
  const manifest = JSON.parse(await readFile(BY_HAND, "utf8"));
  const [element] = manifest.modules[0].declarations;
  const at = element.attributes.findIndex((/** @type {{ name: string }} */ { name }) => name === AFTER) + 1;
  element.attributes.splice(at, 0, ...SETTINGS.map(attribute));
  element.members.push(...SETTINGS.map(property));
  return manifest;
}

/** @param {Setting} setting */
const attribute = (setting) => ({
  name: setting.name.replaceAll("_", "-"),
  type: { text: typeOf(setting) },
  description: setting.about,
  fieldName: setting.name,
});

/** @param {Setting} setting */
const property = ({ name, about }) => ({
  kind: "field",
  name,
  type: { text: "string | number | bigint | null" },
  description: about,
});

/** @param {Setting} setting */
function typeOf({ kind, choices }) {
  if (choices.length > 0) return choices.map((choice) => `"${choice}"`).join(" | ");
  if (kind === "order") return "string";
  return kind === "count" || kind === "seed" ? "integer" : "number";
}
