/**
 * The value of a notebook's trait or of a property as the lab takes it. An integer beyond 2^53 was rounded on its way through JSON or JavaScript, so the engine is given what it
 * refuses by name, with what to do.
 * @param {unknown} value
 */
export const fieldOf = (value) =>
  Number.isInteger(value) && !Number.isSafeInteger(value) ? `${value} (rounded on the way: pass a string)` : value;
