import { afterPaint } from "../lib/frames.js";
import { savesData } from "../lib/saving.js";
import { startState } from "../state/lab-state.js";
import { promptsFor } from "../state/prompts.js";
import { HAS_GPT } from "./our-gpt.js";

/**
 * What the site shows to somebody who comes without a link: a text by the bigram that is counted, and by the tiny GPT as soon as that is there.
 *
 * @typedef {import("../element/logit-lab-element.js").LogitLabElement} LogitLabElement
 */

const [PROMPT] = promptsFor("gpt");

/** The models that it comes from, in turn. */
const MODELS = Object.freeze(["counted", "gpt"]);

/** What somebody changes who has begun to use the lab: from then on the text stays that of the model they see. */
const TOUCHED = /** @type {const} */ (["model", "prompt", "fields", "forced", "goal", "asked", "selected"]);

/** @param {LogitLabElement} lab */
export function beginWith(lab) {
  lab.store.dispatch({ type: "settings", prompt: PROMPT, model: { kind: "counted" }, quietly: true });
  const start = lab.store.state;
  const isUntouched = () => TOUCHED.every((key) => lab.store.state[key] === start[key]);
  if (HAS_GPT && !savesData())
    lab.addEventListener("generate-end", () => void bringGpt(lab, isUntouched), { once: true });
}

/**
 * @param {LogitLabElement} lab
 * @param {() => boolean} isUntouched nobody has used the lab meanwhile
 */
async function bringGpt({ bench, store }, isUntouched) {
  // The first text has the line and the page to itself.
  await afterPaint();
  if (!isUntouched()) return;
  await bench?.shelf.load({ kind: "gpt" }, undefined, { isOnlyLoaded: true });
  const { wanted } = store.state.shelf;
  // Nobody asked for it: where it does not come, there is nothing to tell.
  if (wanted?.kind === "gpt") store.dispatch({ type: "model", change: { kind: "counted" }, quietly: true });
  else if (isUntouched() && bench?.shelf.last("gpt"))
    store.dispatch({ type: "model", change: { kind: "gpt" }, quietly: true });
}

/**
 * Whether nobody has changed anything yet.
 * @param {ReturnType<LogitLabElement["getState"]>} state
 */
export function isFirstText({ prompt, model, fields, forced, goal }) {
  const start = startState();
  const isUnchanged = Object.entries(start.fields).every(([name, text]) => fields[name] === text);
  return (
    prompt === PROMPT &&
    MODELS.includes(model.kind) &&
    isUnchanged &&
    Object.keys(forced).length === 0 &&
    goal === "all"
  );
}
