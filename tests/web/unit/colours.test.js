// The colours: one set for the element and the pages around it, and every pair that is read on another is readable.
import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { test } from "node:test";

const www = new URL("../../../www/", import.meta.url);
const element = colours(await readFile(new URL("element/tokens.js", www), "utf8"));
const page = colours(await readFile(new URL("page.css", www), "utf8"));

/** What stands on what. The first four are read as text, the last are shapes and lines. */
const READ = /** @type {[text: string, ground: string][]} */ ([
  ...["ink", "muted", "wrong", "accent"].map((text) => [text, "paper"]),
  ...["ink", "muted"].map((text) => [text, "surface"]),
  ["ink", "water-a"],
  ["on-b", "water-b"],
  ["on-accent", "accent"],
]);
const SEEN = /** @type {[shape: string, ground: string][]} */ ([
  ["line-strong", "paper"],
  ["water-a", "paper"],
  ["water-b", "paper"],
  ["accent", "paper"],
  ["hatch", "paper"],
]);

test("the page around the element has the element's colours", () => {
  assert.ok(Object.keys(page).length >= 10);
  for (const [name, pair] of Object.entries(page)) assert.deepEqual(pair, element[name], name);
});

for (const [i, look] of ["light", "dark"].entries()) {
  test(`text is readable where it stands: ${look}`, () => {
    for (const [text, ground] of READ) {
      const ratio = contrast(element[text][i], element[ground][i]);
      assert.ok(ratio >= 4.5, `${text} on ${ground}: ${ratio.toFixed(2)}`);
    }
  });

  test(`shapes can be told from the ground: ${look}`, () => {
    for (const [shape, ground] of SEEN) {
      const ratio = contrast(element[shape][i], element[ground][i]);
      assert.ok(ratio >= 3, `${shape} on ${ground}: ${ratio.toFixed(2)}`);
    }
  });
}

/** @param {string} css @returns {Record<string, [light: string, dark: string]>} */
function colours(css) {
  const pairs = css.matchAll(/--([a-z-]+):[^;]*?light-dark\((#\w{6}), (#\w{6})\)/g);
  return Object.fromEntries([...pairs].map(([, name, light, dark]) => [name, [light, dark]]));
}

/** As WCAG 2 defines it. @param {string} one @param {string} other */
function contrast(one, other) {
  const [less, more] = [luminance(one), luminance(other)].sort((a, b) => a - b);
  return (more + 0.05) / (less + 0.05);
}

/** @param {string} colour #rrggbb */
function luminance(colour) {
  const [r, g, b] = [1, 3, 5].map((at) => {
    const share = Number.parseInt(colour.slice(at, at + 2), 16) / 255;
    return share <= 0.04045 ? share / 12.92 : ((share + 0.055) / 1.055) ** 2.4;
  });
  return 0.2126 * r + 0.7152 * g + 0.0722 * b;
}
