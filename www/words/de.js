/** @type {any} */
export const words = { lang: "de" };
