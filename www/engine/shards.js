/** The parts of a checkpoint as one safetensors file: their tensors one behind the other, behind one header. Or a GGUF file, which is one. */

/** @import { Host } from "./host.js" */
/** @import { Index } from "./picked.js" */
/** @import { Source } from "./readable.js" */
/** @import { Part } from "./source.js" */

import { beginning } from "./beside.js";
import { LabError } from "./error.js";
import { INDEX } from "./picked.js";
import { printed } from "./printed.js";

const PREFIX = 8;

/** So much of a text is looked through for its first letter. */
const MOST_BLANK = 4096;

/**
 * Where a part's numbers lie: in its file from `start` on, in the whole from `base` on.
 * @typedef {Part & { start: number, header: Uint8Array, base: number }} Opened
 */

/**
 * A checkpoint's header, and a way to read the bytes that it speaks of.
 * @typedef {object} Whole
 * @property {Uint8Array} header
 * @property {boolean} isGguf and the header is all that stands before the tensors
 * @property {number} size bytes, as if it were one file
 * @property {Source["read"]} read
 */

/**
 * @param {Host} host which knows what a header's length may be
 * @param {Part[]} parts
 * @param {Index} [index] which tensors they are said to hold
 * @returns {Promise<Whole>}
 */
export const join = async (host, parts, index) => {
  const gguf = parts.length === 1 ? await ggufHead(host, parts[0].source) : undefined;
  if (gguf) return { header: gguf, isGguf: true, size: parts[0].source.size, read: parts[0].source.read };
  /** @type {Opened[]} */
  const opened = [];
  let base = 0;
  for (const { name, source } of parts) {
    const { prefix, text } = await startOf(source);
    const start = PREFIX + (await named(parts, name, text, () => host.call("headerLen", prefix, source.size)));
    opened.push({ name, source, start, header: await source.read(PREFIX, start), base });
    base += source.size - start;
  }
  const [{ header, source }] = opened;
  if (opened.length === 1 && !index) return { header, isGguf: false, size: source.size, read: source.read };
  const whole = headerOf(opened, index);
  const start = PREFIX + whole.length;
  const read = (/** @type {number} */ from, /** @type {number} */ to) => {
    const at = from - start;
    const part = /** @type {Opened} */ (opened.findLast(({ base }) => base <= at));
    const shift = part.start - part.base - start;
    return part.source.read(from + shift, to + shift);
  };
  return { header: whole, isGguf: false, size: start + base, read };
};

/**
 * The first bytes, by which the engine knows what a file is, and the text that it begins with, where it is one. Those of a text may be blank: a web
 * page often begins with an empty line or a byte order mark.
 * @param {Source} source
 */
const startOf = async (source) => {
  const prefix = await source.read(0, Math.min(PREFIX, source.size));
  // The length of a header ends in zeros, which no text has.
  if (prefix.includes(0)) return { prefix, text: "" };
  const text = new TextDecoder().decode(await source.read(0, Math.min(MOST_BLANK, source.size))).trim();
  // Other bytes may be blank, too, and make nothing of what follows.
  if (text === "" || /[^\P{C}\s]|\ufffd/u.test(text.slice(0, PREFIX))) return { prefix, text: "" };
  return { prefix: new TextEncoder().encode(text.slice(0, PREFIX).padEnd(PREFIX)).slice(0, PREFIX), text };
};

/**
 * The head of a GGUF file, whose length shows only when it was read; nothing for other files.
 * @param {Host} host
 * @param {Source} source
 */
const ggufHead = async (host, source) => {
  let head = await source.read(0, Math.min(PREFIX, source.size));
  let length = await host.call("ggufLen", head, source.size);
  if (length === 0) return undefined;
  while (length > head.length) {
    head = await source.read(0, length);
    length = await host.call("ggufLen", head, source.size);
  }
  return head;
};

/**
 * A fault of a file: of one of several parts with its name, of a text with what it says.
 * @template T
 * @param {Part[]} parts
 * @param {string} name
 * @param {string} text
 * @param {() => Promise<T>} read
 */
const named = async (parts, name, text, read) => {
  try {
    return await read();
  } catch (error) {
    if (!(error instanceof LabError) || (parts.length === 1 && text === "")) throw error;
    const said = text && `the file begins ${beginning(text)}, so `;
    const part = parts.length > 1 ? `${name}: ` : "";
    throw new LabError(error.code, part + said + error.message, { ...error, cause: error, setting: "source" });
  }
};

/** The header of all of them together. @param {Opened[]} parts @param {Index} [index] */
const headerOf = (parts, index = new Map()) => {
  /** @type {Record<string, unknown>} */
  const tensors = {};
  const metadata = {};
  for (const { name, source, start, header, base } of parts) {
    const { __metadata__: texts, ...own } = parsed(header, name);
    Object.assign(metadata, texts);
    for (const [tensor, info] of Object.entries(own)) {
      const [from, to] = offsets(info, source.size - start, `${name}: ${tensor}`);
      if (Object.hasOwn(tensors, tensor)) throw unfit(`the tensor ${tensor} is in ${name}, and in another part, too`);
      tensors[tensor] = { ...info, data_offsets: [base + from, base + to] };
    }
  }
  // Of a model whose last blocks are in a part of another one nobody would miss them.
  for (const [tensor, part] of index)
    if (!Object.hasOwn(tensors, tensor))
      throw unfit(`${INDEX} says that ${printed(tensor)} is in ${printed(part)}, and no part has it`);
  return new TextEncoder().encode(JSON.stringify({ __metadata__: metadata, ...tensors }));
};

/** @param {Uint8Array} header @param {string} name @returns {Record<string, any>} */
const parsed = (header, name) => {
  const wrong = (/** @type {unknown} */ reason) =>
    unfit(`the header of ${name} is not as safetensors has it: ${reason}`);
  /** @type {unknown} */
  let said;
  try {
    said = JSON.parse(new TextDecoder().decode(header));
  } catch (error) {
    throw wrong(error);
  }
  if (typeof said === "object" && said !== null && !Array.isArray(said)) return said;
  throw wrong(`it is ${printed(said)}`);
};

/** @param {any} info of a tensor @param {number} size of the part's data @param {string} name @returns {number[]} */
const offsets = (info, size, name) => {
  const pair = info?.data_offsets;
  const [from, to] = Array.isArray(pair) ? pair : [];
  if (Number.isSafeInteger(from) && Number.isSafeInteger(to) && 0 <= from && from <= to && to <= size) return pair;
  throw unfit(`${name} lies at bytes ${JSON.stringify(pair)} of ${size}`);
};

/** @param {string} reason */
const unfit = (reason) => new LabError("model_format", `the model cannot be built: ${reason}`, { setting: "source" });
