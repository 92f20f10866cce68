/** What a program gives as an object, written as the text of a JSON file. */

import { printed } from "./printed.js";

/** Whether JSON has something like it: a Map, a File or bytes would be written as something else, NaN as null, a function not at all. @param {unknown} value */
export const isOfJson = (value) => {
  if (typeof value === "number") return Number.isFinite(value);
  if (typeof value !== "object" || value === null) return !["function", "symbol", "bigint"].includes(typeof value);
  return Array.isArray(value) || Object.prototype.toString.call(value) === "[object Object]";
};

/**
 * @param {unknown} value
 * @returns {string}
 * @throws {Error} where it holds what JSON has not
 */
export const jsonOf = (value) =>
  JSON.stringify(value, (name, item) => {
    if (isOfJson(item)) return item;
    throw new Error(`${name === "" ? "it" : printed(name)} is ${printed(item)}, which JSON does not have`);
  });
