/** What says how the lab looks, as attributes. */
export const LOOKS = Object.freeze([
  "view",
  "controls",
  "tabs",
  "tab",
  "token",
  "readonly",
  "autoload",
  "theme",
  "share-base",
  "smollm2",
]);

export const THEMES = Object.freeze(["auto", "light", "dark"]);

/** Names and values of lists. @param {unknown} given a text with spaces or commas, or an array @returns {string[]} */
export const listed = (given) =>
  (Array.isArray(given) ? given.map(String) : String(given ?? "").split(/[\s,]+/)).filter((name) => name !== "");
