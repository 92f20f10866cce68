/** @type {any} */
export const words = { lang: "es" };
