/**
 * What went wrong, for a reader. The library's errors are sentences already; what a browser or JavaScript itself throws is none.
 *
 * @typedef {object} Told  What an error tells apart from its sentence, for other languages.
 * @property {string} setting  its name; "" for none
 * @property {string} kind     of the setting
 * @property {string} value
 * @property {string} index    of a token
 * @property {string} stage    that removed the last token; "" for none
 * @property {string} line     of its text; "" for none
 * @property {string} column   of that line
 * @property {string} refusal  what is wrong with a value, and where and why, in English
 * @property {string} reason   why alone
 */

/** How browsers say that a module did not come. */
const MODULE_MISSING =
  /dynamically imported module|Importing a module script failed|Failed to load module script|module specifier|preload CSS/i;

export const PART_MISSING = "a part of this page did not load: check the connection, then try again";
const OWN_FAULT =
  "something here went wrong that should not: reload the page, and please report it if it happens again";

/** Whether a file of the page's own did not come. @param {unknown} error */
export function isPartMissing(error) {
  const { message } = /** @type {{ message?: unknown }} */ (Object(error));
  return typeof message === "string" && MODULE_MISSING.test(message);
}

/**
 * @param {unknown} error anything that was thrown
 * @returns {string} part of a sentence, as the engine writes them: lower case, no full stop
 */
export function saidOf(error) {
  const { code, message } = /** @type {{ code?: unknown, message?: unknown }} */ (Object(error));
  if (typeof error === "string") return error;
  if (typeof code === "string" && typeof message === "string") return message;
  return isPartMissing(error) ? PART_MISSING : OWN_FAULT;
}
