/** The text files that lie beside weights: whether what has such a name is one, told by how it begins. */

import { LabError } from "./error.js";
import { printed } from "./printed.js";

/** Characters of a text that are told. */
const MOST_SAID = 60;

/** How a text begins. @param {string} text */
export const beginning = (text) => printed(text.slice(0, MOST_SAID));

/** What a JSON text begins with, behind what is blank; a number or a word is all of it. */
const JSON_TEXT = /^(?:[[{"]|(?:null|true|false|-?\d[\d.e+-]*)\s*$)/i;

/** Merges are lines that may begin with anything else. */
const NO_PAGE = /^(?!<(?:!|html|head)|version https:)/i;

/** By the names of a spec's settings. */
const FILES = {
  config: "config.json",
  generation_config: "generation_config.json",
  tokenizer: "tokenizer.json",
  vocab: "vocab.json",
  merges: "merges.txt",
  source: "model.safetensors.index.json",
};

/** @typedef {keyof typeof FILES} Beside */

/** What stands in the place of a file, and what to do. @type {[RegExp, string][]} */
const IN_PLACE = [
  [
    /^version https:\/\/git-lfs/,
    "a pointer of Git LFS, which stands for the file: run `git lfs pull`, or download the file",
  ],
  [/^</, "a web page: take the file itself, on the hub from /resolve/ in place of /blob/"],
];

/**
 * Refuses a text that is none of its name: a server's "Entry not found", a web page, a pointer of Git LFS.
 * @param {Beside} file
 * @param {string | undefined} text
 * @throws {LabError} `model_format`
 */
export const requireText = (file, text) => {
  const said = text?.trimStart() ?? "";
  // What is empty is told where it is read.
  if (said === "" || (file === "merges" ? NO_PAGE : JSON_TEXT).test(said)) return;
  const kind = IN_PLACE.find(([begins]) => begins.test(said))?.[1];
  const why = kind ? `so it is ${kind}` : "and has to be JSON";
  const message = `${FILES[file]} begins ${beginning(said)}, ${why}`;
  throw new LabError("model_format", message, { setting: file });
};
