/**
 * The lab as an anywidget: one file that MyST, Jupyter, Colab and marimo load.
 *
 * Every name of the lab's is a trait, with the name of its property: what the notebook sets becomes the lab's, at any time. What the lab makes
 * comes back as `result` (the detail of generate-end) and `selected` (that of select, without its trace).
 */
import "../logit-lab.js";
import { NAMES } from "../element/given.js";
import { LOOKS } from "../element/looks.js";
import { fieldOf } from "../lib/trait.js";

/**
 * The part of an anywidget's model that is used here.
 * @typedef {object} Model
 * @property {(name: string) => unknown} get
 * @property {(name: string, value: unknown) => void} set
 * @property {() => void} save_changes
 * @property {(event: string, listen: () => void) => void} on
 * @property {(event: string, listen: () => void) => void} off
 */

const TRAITS = Object.freeze([...NAMES, ...LOOKS.map((name) => name.replaceAll("-", "_")), "lang", "strings"]);

/** Properties that are called otherwise than their traits. @type {Readonly<Record<string, string>>} */
const PROPERTIES = Object.freeze({ share_base: "shareBase" });

/** @param {unknown} value */
const isGiven = (value) => value !== undefined && value !== null && value !== "";

/** @param {{ model: Model, el: HTMLElement }} cell */
function render({ model, el }) {
  const lab = document.createElement("logit-lab");
  const followers = TRAITS.map((name) => {
    const follow = () => {
      const value = model.get(name);
      const taken = !isGiven(value) ? null : NAMES.includes(name) ? fieldOf(value) : value;
      if (taken !== null || follow.isGiven) Reflect.set(lab, PROPERTIES[name] ?? name, taken);
      follow.isGiven = taken !== null;
    };
    follow.isGiven = false;
    follow();
    model.on(`change:${name}`, follow);
    return { event: `change:${name}`, follow };
  });
  const tell = (/** @type {string} */ event, /** @type {string} */ trait) =>
    lab.addEventListener(event, (happened) => {
      const { detail } = /** @type {CustomEvent} */ (happened);
      const parts = Object.keys(detail).filter((part) => part !== "trace");
      model.set(trait, Object.fromEntries(parts.map((part) => [part, detail[part]])));
      model.save_changes();
    });
  tell("generate-end", "result");
  tell("select", "selected");
  el.append(lab);
  return () => {
    for (const { event, follow } of followers) model.off(event, follow);
    lab.remove();
  };
}

export default { render };
