/**
 * A module of Node's, imported so that no bundler follows it.
 * @param {string} name
 * @returns {Promise<any>}
 */
export const nodeModule = (name) => import(/* @vite-ignore */ /* webpackIgnore: true */ name);
