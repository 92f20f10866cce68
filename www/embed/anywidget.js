/**
 * The lab as an anywidget: one file that MyST, Jupyter, Colab and marimo load.
 *
 * What the notebook sets (`prompt`, every setting by its name, `theme`) becomes the lab's; what the lab makes comes back as `text`, `tokens`
 * and `seed`.
 */
import "../logit-lab.js";
import { fieldOf } from "../lib/trait.js";
import { SETTINGS } from "../state/settings.js";

/**
 * The part of an anywidget's model that is used here.
 * @typedef {object} Model
 * @property {(name: string) => unknown} get
 * @property {(name: string, value: unknown) => void} set
 * @property {() => void} save_changes
 * @property {(event: string, listen: () => void) => void} on
 * @property {(event: string, listen: () => void) => void} off
 */

const SETTING_NAMES = SETTINGS.map(({ name }) => name);

/** @param {unknown} value */
const isGiven = (value) => value !== undefined && value !== null && value !== "";

/** @param {{ model: Model, el: HTMLElement }} cell */
function render({ model, el }) {
  const lab = /** @type {import("../element/logit-lab-element.js").LogitLabElement} */ (
    document.createElement("logit-lab")
  );
  for (const name of ["prompt", "theme", ...SETTING_NAMES]) {
    const value = model.get(name);
    if (isGiven(value)) lab.setAttribute(name.replaceAll("_", "-"), fieldOf(value));
  }
  const followers = ["prompt", ...SETTING_NAMES].map((name) => {
    const follow = () => {
      const value = model.get(name);
      if (isGiven(value))
        lab.setState(name === "prompt" ? { prompt: String(value) } : { fields: { [name]: fieldOf(value) } });
    };
    model.on(`change:${name}`, follow);
    return { event: `change:${name}`, follow };
  });
  lab.addEventListener("generate-end", (event) => {
    const { text, tokens, seed } = /** @type {CustomEvent} */ (event).detail;
    for (const [name, value] of Object.entries({ text, tokens: [...tokens], seed: String(seed) }))
      model.set(name, value);
    model.save_changes();
  });
  el.append(lab);
  return () => {
    for (const { event, follow } of followers) model.off(event, follow);
    lab.remove();
  };
}

export default { render };
