/**
 * What the page around the element looks like: its language, and whether it is light or dark. Many pages are dark without saying so by
 * `color-scheme`, and a light lab on them would be a white slab.
 */

/** From this part of white on a background is light. */
const LIGHT_FROM = 0.5;

/**
 * @param {Element} host
 * @returns {"light" | "dark" | null} null: nothing behind the element has a colour of its own, so its color-scheme is right
 */
export function schemeAround(host) {
  for (let node = parentOf(host); node; node = parentOf(node)) {
    const light = lightness(getComputedStyle(node).backgroundColor);
    if (light !== null) return light < LIGHT_FROM ? "dark" : "light";
  }
  return null;
}

/** The language of the page where the element stands; "" where it has none. @param {Element} host */
export function languageAround(host) {
  for (let node = parentOf(host); node; node = parentOf(node)) {
    const lang = node.getAttribute("lang");
    if (lang) return lang;
  }
  return "";
}

/**
 * Tells when the page may have changed its looks or its language.
 * @param {() => void} tell
 * @returns {() => void} ends it
 */
export function watchPage(tell) {
  const observer = new MutationObserver(tell);
  observer.observe(document.documentElement, { attributes: true });
  if (document.body) observer.observe(document.body, { attributes: true });
  const scheme = matchMedia("(prefers-color-scheme: dark)");
  scheme.addEventListener("change", tell);
  // A page may fade from light to dark.
  document.addEventListener("transitionend", tell);
  return () => {
    observer.disconnect();
    scheme.removeEventListener("change", tell);
    document.removeEventListener("transitionend", tell);
  };
}

/** The parent on the page, also of what stands in a shadow root or a slot. @param {Element} node @returns {Element | null} */
function parentOf(node) {
  const { parentNode } = node.assignedSlot ? { parentNode: node.assignedSlot } : node;
  return parentNode instanceof ShadowRoot ? parentNode.host : parentNode instanceof Element ? parentNode : null;
}

/** @type {CanvasRenderingContext2D | null | undefined} */
let canvas;

/**
 * How light a colour is, whichever way it is written.
 * @param {string} colour
 * @returns {number | null} from 0 to 1; null: one sees through it
 */
function lightness(colour) {
  if (colour === "transparent" || /, 0\)$|\/ 0\)$/.test(colour)) return null;
  canvas ??= Object.assign(document.createElement("canvas"), { width: 1, height: 1 }).getContext("2d", {
    willReadFrequently: true,
  });
  if (!canvas) return null;
  canvas.clearRect(0, 0, 1, 1);
  canvas.fillStyle = colour;
  canvas.fillRect(0, 0, 1, 1);
  const [red, green, blue, alpha] = canvas.getImageData(0, 0, 1, 1).data;
  return alpha < 128 ? null : (0.2126 * red + 0.7152 * green + 0.0722 * blue) / 255;
}
