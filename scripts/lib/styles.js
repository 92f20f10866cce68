// A component's styles stand in its module as a text, with comments for those who change them. A build leaves out what no browser needs.

/** Text in css`…`, up to a template within it. */
const STYLES = /\bcss`[^`]*`/g;

/** @returns {import("vite").Plugin} */
export const smallStyles = () => ({
  name: "small-styles",
  apply: "build",
  transform: (code, id) =>
    id.includes("/www/") && code.includes("css`") ? { code: code.replace(STYLES, smaller), map: null } : null,
});

/** Without comments and the spaces at the ends of lines: no string goes over one. @param {string} styles */
const smaller = (styles) =>
  styles
    .replace(/\/\*[\s\S]*?\*\//g, "")
    .replace(/\s*\n\s*/g, "\n")
    .replace(/([{};,])\n/g, "$1");
