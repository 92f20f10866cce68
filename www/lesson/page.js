/** Brings the lesson to life: cells, code, questions and checks in the places that the text has for them. */
import "../element/trusted-types.js";
import "../theme.js";
import { createLab } from "../engine/index.js";
import { BEYOND_QUESTIONS } from "./beyond-questions.js";
import { ROWS } from "./beyond-rows.js";
import { TEXTS } from "./beyond-texts.js";
import { enliven } from "./cell.js";
import { CELLS } from "./cells.js";
import { checkYourself } from "./check.js";
import { EXERCISES } from "./exercises.js";
import { showLens } from "./lens.js";
import { pose, QUESTIONS } from "./predict.js";

/** @type {Promise<import("../engine/lab.js").Lab> | null} */
let starting = null;

/** One engine for the whole page, from the first cell that is come near. */
function open() {
  starting ??= createLab({ thread: "auto", backend: "cpu" }).catch((error) => {
    starting = null;
    throw error;
  });
  return starting;
}

/** @type {Map<string, (live: Record<string, string>) => void>} */
const lenses = new Map();
for (const place of all("[data-lens]")) lenses.set(place.dataset.lens ?? "", showLens(place, place.dataset.lens ?? ""));

/** What begins once its place is near. @type {Map<HTMLElement, () => void>} */
const beginnings = new Map();
for (const place of all("[data-cell]")) {
  const cell = [...CELLS, ...EXERCISES, ...ROWS, ...TEXTS].find(({ name }) => name === place.dataset.cell);
  if (cell) beginnings.set(place, enliven(place, cell, open, lenses.get(cell.name)));
}
for (const place of all("[data-predict]")) {
  const question = [...QUESTIONS, ...BEYOND_QUESTIONS].find(({ name }) => name === place.dataset.predict);
  if (question) beginnings.set(place, pose(place, question, open));
}
for (const place of all("[data-check]")) checkYourself(place, open);
// The cells above have made room for themselves, and what the address names has moved.
if (location.hash) document.getElementById(location.hash.slice(1))?.scrollIntoView();
whenNear();
linkSymbols();

/** @param {string} selector @returns {HTMLElement[]} */
function all(selector) {
  return [.../** @type {NodeListOf<HTMLElement>} */ (document.querySelectorAll(selector))];
}

function whenNear() {
  const observer = new IntersectionObserver(
    (entries) => {
      for (const { isIntersecting, target } of entries) {
        if (!isIntersecting) continue;
        observer.unobserve(target);
        beginnings.get(/** @type {HTMLElement} */ (target))?.();
      }
    },
    { rootMargin: "60%" },
  );
  for (const place of beginnings.keys()) observer.observe(place);
}

/** A formula leads to its field, and its symbol is lit up while the field is used. */
function linkSymbols() {
  for (const link of all("a[data-field]"))
    link.addEventListener("click", (event) => {
      const field = document.getElementById(link.dataset.field ?? "");
      if (!field) return;
      event.preventDefault();
      field.scrollIntoView({ block: "center" });
      field.focus();
    });
  const mark = (/** @type {Event} */ event, /** @type {boolean} */ on) => {
    const id = event.target instanceof HTMLElement ? event.target.id : "";
    for (const symbol of all("[data-field]")) if (symbol.dataset.field === id) symbol.classList.toggle("in-use", on);
  };
  document.addEventListener("focusin", (event) => mark(event, true));
  document.addEventListener("focusout", (event) => mark(event, false));
}
