import { html, nothing } from "lit";
import { folded } from "../components/folded.js";
import { modelList } from "../components/model-list.js";
import { piece, restingPiece } from "../components/piece.js";
import { missingPart, pageProblem } from "../components/problem.js";
import { promptProblem } from "../components/prompt-bar.js";
import { machineSummary } from "../components/status.js";
import { tabs } from "../components/tabs.js";
import { textNotes } from "../components/text-notes.js";
import { tokenText } from "../components/token-text.js";
import { shownToken } from "../lib/format.js";
import { controlsView } from "../river/controls.js";
import { riverSection } from "../river/section.js";
import { isExplaining } from "../state/lab-state.js";

/**
 * Which components stand where: on the page of the whole lab, and on that of one part.
 *
 * @typedef {import("../components/context.js").Context} Context
 * @typedef {import("../state/types.js").View} View
 *
 * @typedef {object} Actions  What the buttons do.
 * @property {{ generate: () => void, step: () => void, stop: () => void }} run
 * @property {import("../components/machine.js").MachineActions} machine
 * @property {{ start: () => void, stop: () => void }} sweep
 * @property {{ draw: (n: number) => void, stop: () => void }} resampler
 * @property {() => void} timeStages
 * @property {() => void} loadViews
 * @property {() => void} again
 *
 * @typedef {typeof import("./views.js")} Views
 *
 * @typedef {object} Given
 * @property {Actions} actions
 * @property {Views | null | undefined} views  undefined: on their way; null: they did not come
 * @property {import("./gpt.js").PartsOfGpt | null} gpt  null: not asked for, or on its way
 * @property {string[] | null} controls  the settings to show; null: all
 * @property {string | null} shareBase
 * @property {boolean} isPrinted  the page goes on paper now
 * @property {number} nParts  how many parts of the page are there: text and models, the picture, what stands below it
 * @property {import("../components/model-list.js").ModelActions} models
 * @property {boolean} isModelOpen  what the model in force is made of is shown
 * @property {import("../components/tour.js").Tour} tour
 */

/** What `view` can name: the whole lab, or one part of it. */
export const PARTS = Object.freeze(["lab", "river", "distribution", "strip", "stages", "compare", "timings"]);

/** @param {Context} context @param {Given} given */
export function labPage(context, given) {
  const { t } = context.words;
  const { actions, gpt, isModelOpen, models, views } = given;
  return frame(
    context,
    html`<section class="writing" part="text" aria-label=${t.text.heading}>
        ${restingPiece(context, (now) => html`${views?.lossNotice(now, actions.machine)} ${tokenText(now, actions.run, views)} ${promptProblem(now)} ${textNotes(now, views)}`, actions, views)}
      </section>
      ${restingPiece(context, (now) => modelList(now, models, isModelOpen), models, isModelOpen)}
      <section class="model-details" id="model-details" aria-label=${t.model.details} ?hidden=${!isModelOpen}>${isModelOpen && views ? piece(context, (now) => views.modelPanel(now, gpt), gpt) : nothing}</section>
      ${pageProblem(context, actions.again)} ${given.nParts > 1 ? belowText(context, given) : nothing}`,
    { part: "lab", isComing: given.views === undefined },
  );
}

/** The picture, and what stands below it. @param {Context} context @param {Given} given */
const belowText = (context, given) => {
  const { actions, controls, nParts, views } = given;
  return html`${piece(context, (now) => riverSection(now, actions, controls, views), actions, String(controls), views)}
      ${nParts > 2 ? belowPicture(context, given) : nothing}`;
};

/** The tabs, and what computes. @param {Context} context @param {Given} given */
const belowPicture = (context, given) => {
  const { t } = context.words;
  const { actions, gpt, tour, views } = given;
  return html`<section class="reasons" aria-label=${t.tabs.label} aria-busy=${isExplaining(context.state)}>
        ${restingPiece(context, (now) => tabs(now, () => viewOf(now.state.view, now, given)), actions, views, gpt, given.shareBase)}
        ${given.isPrinted ? html`<section class="on-paper">${viewOf("distribution", context, given)}</section>` : nothing}
        ${restingPiece(context, (now) => folded("machine", machineSummary(now), () => views?.machinePanel(now, actions.machine)), actions, views)}
      </section>
      ${views ? restingPiece(context, views.placeLine) : nothing} ${views?.tourCard(context, tour)}`;
};

/**
 * A view that comes later: where it did not come, the reason and a way to go on.
 * @param {View | "distribution" | "strip"} view
 * @param {Context} context
 * @param {Given} given
 */
function viewOf(view, context, given) {
  if (given.views) return later(view, given.views, context, given);
  return given.views === null ? missingPart(context, given.actions.loadViews) : nothing;
}

/**
 * A view that came later.
 * @param {View | "distribution" | "strip"} view
 * @param {Views} views
 * @param {Context} context
 * @param {Given} given
 */
function later(view, views, context, given) {
  const { compareView, distributionView, drawPart, drawsView, shareView, stagesView, timingsView, tokensView } = views;
  const { actions, gpt, shareBase } = given;
  const made = {
    distribution: () => distributionView(context),
    strip: () => drawPart(context),
    stages: () => stagesView(context),
    tokens: () => tokensView(context),
    draws: () => drawsView(context, actions.resampler),
    compare: () => compareView(context, gpt),
    timings: () => timingsView(context, actions),
    share: () => shareView(context, shareBase),
  };
  return made[view]();
}

/**
 * One part of the lab, for a page that has its own words around it.
 * @param {string} part
 * @param {Context} context
 * @param {Given} given
 */
export function partPage(part, context, given) {
  const { actions, controls } = given;
  if (part === "river")
    return frame(
      context,
      html`${pageProblem(context, actions.again)} ${riverSection(context, actions, controls, given.views)}`,
      { part },
    );
  const view = /** @type {View | "distribution" | "strip"} */ (part);
  return frame(
    context,
    html`${pageProblem(context, actions.again)} ${controls ? controlsView(controls, context) : nothing}
      <section class="reasons" part="panel" aria-label=${context.words.t.part[part]} aria-busy=${isExplaining(context.state)}>${viewOf(view, context, given)}</section>`,
    { part, isComing: given.views === undefined || isComparing(part, context.state) },
  );
}

/**
 * @param {Context} context
 * @param {unknown} body
 * @param {{ part: string, isComing?: boolean }} is  isComing: what shows the part has not come yet
 */
const frame = ({ state, words: { t, format }, send }, body, { part, isComing = false }) =>
  html`<slot name="before"></slot>
    <div class="sizer" aria-hidden="true">${Array.from({ length: part === "lab" ? 5 : 3 }, () => html`<i></i>`)}</div>
    <div class="ground" dir=${t.dir}>
      ${state.status === "loading" && !state.run ? html`<p class="unseen">${t.unseen(format.quoted(state.prompt))}</p>` : nothing}
      <div class="lab ${part === "lab" ? "" : "one-part"}" data-waiting=${state.step && !isComing ? nothing : part} ?data-long-tokens=${hasLongTokens(state)} lang=${t.lang} @keydown=${(/** @type {KeyboardEvent} */ event) => keys(event, send)}>${body}</div>
    </div>
    <slot name="after"></slot>`;

/**
 * Tokens that are no single characters: with more of them than there are bytes most are parts of words, and labels may be words.
 * @param {import("../state/types.js").LabState} state
 */
const hasLongTokens = ({ run }) => run !== null && isOfLongTokens(run.vocab);

/** What is known of a vocabulary. @type {WeakMap<readonly string[], boolean>} */
const LONG = new WeakMap();

/** @param {readonly string[]} vocab */
function isOfLongTokens(vocab) {
  const is_long = LONG.get(vocab) ?? (vocab.length > 256 || vocab.some((text) => shownToken(text).length > 4));
  LONG.set(vocab, is_long);
  return is_long;
}

/**
 * Ctrl+Z and Ctrl+Y take back and repeat, but not in a field, which has its own undo. Keys that a control of ours uses must not turn the
 * slides of the page around it.
 * @param {KeyboardEvent} event
 * @param {Context["send"]} send
 */
function keys(event, send) {
  const control =
    event.target instanceof Element
      ? event.target.closest("input, textarea, select, summary, button, [contenteditable]")
      : null;
  const redo = event.key.toLowerCase() === "y" || (event.shiftKey && event.key.toLowerCase() === "z");
  if ((event.ctrlKey || event.metaKey) && (redo || event.key.toLowerCase() === "z") && !isText(control)) {
    event.preventDefault();
    event.stopPropagation();
    send({ type: redo ? "redo" : "undo" });
  } else if (control && event.key !== "Escape" && event.key !== "Tab") {
    event.stopPropagation();
  }
}

/** @param {Element | null} control */
const isText = (control) =>
  control?.matches("textarea, [contenteditable], input:not([type=range], [type=checkbox], [type=radio])");

/** Whether the texts that are compared are still on their way. @param {string} part @param {import("../state/types.js").LabState} state */
const isComparing = (part, { comparison }) => part === "compare" && comparison.runs.length === 0;
