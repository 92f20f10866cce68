/** The chat template that a GGUF file carries. */

const KEY = "tokenizer.chat_template";

/** What stands behind a key whose value is a text: its type, as a u32. */
const TEXT = 8;

/**
 * @param {Uint8Array} head of a GGUF file that the engine has read and found right
 * @returns {string | undefined} as Jinja
 */
export const chatTemplateIn = (head) => {
  const key = new TextEncoder().encode(KEY);
  const view = new DataView(head.buffer, head.byteOffset, head.byteLength);
  for (let at = head.indexOf(key[0], 8); at !== -1; at = head.indexOf(key[0], at + 1)) {
    const end = at + key.length;
    // A key has its length before it, so a token of the same text is none unless it is followed by a text's type, too.
    const isKey =
      key.every((byte, i) => head[at + i] === byte) && view.getBigUint64(at - 8, true) === BigInt(key.length);
    if (!isKey || end + 12 > head.length || view.getUint32(end, true) !== TEXT) continue;
    const length = Number(view.getBigUint64(end + 4, true));
    return new TextDecoder().decode(head.subarray(end + 12, end + 12 + length));
  }
  return undefined;
};
