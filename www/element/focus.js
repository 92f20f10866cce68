import { SETTINGS } from "../state/settings.js";

/** Where the focus goes when what it was on goes away, or another token is chosen, and what is brought into sight. */

/** What goes away when it is answered, and where the focus goes then. @type {Record<string, string>} */
export const FOCUS_AFTER = {
  ".loss": '.token[aria-selected="true"]',
  ".contenders .loading": '.choice [aria-pressed="true"]',
  ".token": '.token[aria-selected="true"]',
  ".loading, .cancel": '.models [aria-checked="true"]',
};

/** @param {Element | null} element */
export function focusOn(element) {
  if (element instanceof HTMLElement) element.focus();
}

/** The token that was chosen when a lab was last rendered. @type {WeakMap<ShadowRoot, HTMLElement | null>} */
const followed = new WeakMap();

/**
 * Lets the focus follow to a token that has just been chosen, and keeps the newest of a long text in view. A token that is
 * pressed keeps the focus until it is chosen: the text must not scroll away under the pointer.
 * @param {ShadowRoot} root
 * @param {boolean} playing
 */
export function followSelection(root, playing) {
  const chosen = /** @type {HTMLElement | null} */ (root.querySelector('.token[aria-selected="true"]'));
  const focused = root.activeElement;
  const isOther = followed.get(root) !== chosen;
  followed.set(root, chosen);
  if (chosen && isOther && focused !== chosen && focused instanceof HTMLElement && focused.dataset.index)
    chosen.focus();
  if (!chosen || !playing) return;
  const box = chosen.closest(".tokens");
  if (box) box.scrollTop = chosen.offsetTop - box.clientHeight / 2;
}

/**
 * Where the models are a strip that scrolls, the one in force stands in its middle.
 * @param {ParentNode} root
 */
export function showModel(root) {
  const strip = root.querySelector(".model-rows");
  const row = strip?.querySelector('[aria-checked="true"]')?.parentElement;
  if (strip && row) strip.scrollLeft = row.offsetLeft - (strip.clientWidth - row.offsetWidth) / 2;
}

/**
 * Unfolds what a problem stands in.
 * @param {ParentNode} root
 * @param {import("../state/types.js").Problem | null} problem
 * @returns {boolean} whether it stands beside what it is about, or there is none
 */
export function showProblem(root, problem) {
  if (problem === null) return true;
  const shown = root.querySelector(`[id="${CSS.escape(problem.place)}-problem"], .page-problem`);
  const isSetting = SETTINGS.some(({ name }) => name === problem.place);
  const fold = shown
    ? shown.closest("details:not([open])")
    : isSetting && root.querySelector("details.more:not([open])");
  if (fold) fold.setAttribute("open", "");
  return Boolean(shown || fold);
}
