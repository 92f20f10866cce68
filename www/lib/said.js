/**
 * What went wrong, for a reader. The library's errors are sentences already; what a browser or JavaScript itself throws is none.
 */

/** How browsers say that a module did not come. */
const MODULE_MISSING =
  /dynamically imported module|Importing a module script failed|Failed to load module script|module specifier|preload CSS/i;

const PART_MISSING = "a part of this page did not load: check the connection, then try again";
const OWN_FAULT =
  "something here went wrong that should not: reload the page, and please report it if it happens again";

/**
 * @param {unknown} error anything that was thrown
 * @returns {string} part of a sentence, as the engine writes them: lower case, no full stop
 */
export function saidOf(error) {
  const { code, message } = /** @type {{ code?: unknown, message?: unknown }} */ (Object(error));
  if (typeof error === "string") return error;
  if (typeof code === "string" && typeof message === "string") return message;
  return typeof message === "string" && MODULE_MISSING.test(message) ? PART_MISSING : OWN_FAULT;
}
