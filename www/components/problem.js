import { css, html, nothing } from "lit";
import { PART_MISSING } from "../lib/said.js";
import { MOST_NEW_TOKENS, settingNamed } from "../state/settings.js";

/**
 * What went wrong, next to what it went wrong with.
 *
 * @typedef {import("./context.js").Context} Context
 */

/**
 * @param {string} place the setting (or "prompt", "model.seed", …) this spot belongs to
 * @param {Context} context
 */
export function problemAt(place, { state: { problem }, words }) {
  if (problem?.place !== place) return nothing;
  return html`<p class="problem" id="${place}-problem" role="alert">${problemSentence(problem, words)}</p>`;
}

/** The same once more, where a setting has a second field. @param {string} place @param {Context} context */
export const problemAgain = (place, { state: { problem }, words }) =>
  problem?.place === place ? html`<p class="problem">${problemSentence(problem, words)}</p>` : nothing;

/** @param {import("../state/types.js").Problem} problem @param {import("./effect.js").Words} words */
export const problemSentence = (problem, words) => sentence(messageOf(problem, words));

/** @param {import("../state/types.js").Problem} problem @param {import("./effect.js").Words} words */
function messageOf({ place, code, message, told }, { t }) {
  if (code === "too_many_tokens") return t.problem.too_many_tokens(message, String(MOST_NEW_TOKENS));
  // What is refused stands in the field, and may be long.
  if (told?.kind === "form" && told.refusal)
    return code === "invalid_setting"
      ? t.problem.form(told.reason)
      : (t.errors[code]?.(told) ?? told.refusal.replace(/^is /, ""));
  if (!code.startsWith(LIST)) return (told && t.errors[code]?.(told)) || message;
  // The sentences come with the fields.
  const why = /** @type {keyof typeof t.lists.wrong} */ (code.slice(LIST.length));
  return t.lists ? t.lists.wrong[why](message, exampleOf(settingNamed(place), t)) : message;
}

/** That there is no text for it. @param {import("../state/types.js").Problem} problem @param {import("../lib/strings.js").Strings} t */
export function notDrawn({ place, code }, t) {
  if (place === "page") return t.status.failed_page;
  if (place === "prompt") return code === "empty_prompt" ? t.status.failed_empty : t.status.failed_prompt;
  if (code === "model_load") return t.status.failed_load;
  return place.startsWith("model.") ? t.status.failed_model : t.status.failed;
}

/** What the codes of what cannot be read in a list begin with. */
const LIST = "list_";

/** What may be typed where several things are held. @param {Pick<import("../generated/spec.js").SettingSpec, "kind">} setting @param {import("../lib/strings.js").Strings} t */
export const exampleOf = ({ kind }, t) => t.lists.example[/** @type {keyof typeof t.lists.example} */ (kind)];

/**
 * Problems that no setting is to blame for, with a way to go on.
 * @param {Context} context
 * @param {() => void} again
 */
export function pageProblem({ state: { problem }, words: { t } }, again) {
  if (problem?.place !== "page") return nothing;
  return html`<div class="problem page-problem" role="alert">
    <p>${sentence(problem.message)} ${t.problem.lost_help}</p>
    <button type="button" @click=${again}>${t.problem.again}</button>
  </div>`;
}

/**
 * In the place of what did not come.
 * @param {Context} context
 * @param {() => void} again
 */
export const missingPart = ({ words: { t } }, again) =>
  html`<div class="problem page-problem" role="alert">
    <p>${sentence(PART_MISSING)}</p>
    <button type="button" @click=${again}>${t.problem.again}</button>
  </div>`;

/** The engine writes parts of sentences; here they stand alone. A setting's name stays as it is. @param {string} message */
export function sentence(message) {
  const text = /^\w+ = /.test(message) ? message : message.charAt(0).toUpperCase() + message.slice(1);
  return /[.!?]$/.test(text) ? text : `${text}.`;
}

export const problemStyles = css`
  .problem {
    margin: 0;
    padding-inline-start: var(--space-2);
    border-inline-start: 3px solid var(--wrong);
    color: var(--wrong);
    font-size: calc(14 * var(--px));
    overflow-wrap: anywhere;
  }
  .page-problem {
    display: flex;
    flex-wrap: wrap;
    align-items: center;
    gap: var(--space-2);
  }
  .page-problem p {
    margin: 0;
    flex: 1 1 calc(320 * var(--px));
  }
`;
