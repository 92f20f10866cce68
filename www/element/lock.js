/**
 * A lab that its author has locked: its fields can be read, and not be changed. What a tab asks of the reader, such as a sentence to compare
 * models by, changes nothing of the lab.
 */

const FIELDS = ":is(input, select, textarea, [contenteditable]):not(#panel *, .slowly *)";

/** What a locked field was before. */
const BEFORE = "data-before-lock";

/** @param {ParentNode} root @param {boolean} isLocked */
export function lock(root, isLocked) {
  for (const field of root.querySelectorAll(isLocked ? `${FIELDS}:not([${BEFORE}])` : `[${BEFORE}]`)) {
    const name = field.hasAttribute("contenteditable") ? "contenteditable" : "disabled";
    if (isLocked) {
      field.setAttribute(BEFORE, field.getAttribute(name) ?? "");
      field.setAttribute(name, name === "disabled" ? "" : "false");
    } else if (name === "disabled") field.removeAttribute(name);
    else field.setAttribute(name, field.getAttribute(BEFORE) ?? "");
    if (!isLocked) field.removeAttribute(BEFORE);
  }
}
