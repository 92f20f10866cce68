/**
 * A class that works as a function, too. Some tools compile this package to ES5 and leave the packages that it builds on as they are, and then
 * call their classes as functions, which is an error ("Class constructor … cannot be invoked without 'new'"): Docusaurus does so with a folder
 * that npm has only linked.
 * @template {abstract new (...args: any[]) => any} Class
 * @param {Class} Class
 * @returns {Class}
 */
export function callable(Class) {
  /** @this {object} @param {unknown[]} args */
  function made(...args) {
    return Reflect.construct(/** @type {any} */ (Class), args, new.target ?? this.constructor);
  }
  Object.setPrototypeOf(made, Class);
  made.prototype = Class.prototype;
  return /** @type {Class} */ (/** @type {unknown} */ (made));
}
