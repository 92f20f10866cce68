/** A copy has line breaks where the text shows their sign. @param {ClipboardEvent} event */
export function copyText(event) {
  const box = /** @type {HTMLElement} */ (event.currentTarget);
  const root = /** @type {{ getSelection?: () => Selection | null }} */ (box.getRootNode());
  const selection = root.getSelection?.();
  const range = selection?.rangeCount ? selection.getRangeAt(0) : null;
  if (!range || !event.clipboardData || !box.contains(range.commonAncestorContainer)) return;
  const copied = range.cloneContents();
  copied.querySelector(".caret")?.remove();
  for (const sign of /** @type {NodeListOf<HTMLElement>} */ (copied.querySelectorAll(".sign:empty")))
    sign.textContent = (sign.dataset.sign ?? "").replaceAll("↵", "\n");
  event.clipboardData.setData("text/plain", copied.textContent ?? "");
  event.preventDefault();
}
