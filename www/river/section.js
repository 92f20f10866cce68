import { html, nothing } from "lit";
import { FEW_BEFORE, textBefore } from "../components/context-line.js";
import { restingPiece } from "../components/piece.js";
import { missingPart } from "../components/problem.js";
import { settingIn } from "../lib/spec-words.js";
import { isPromisedComing } from "../state/chosen.js";
import { isExplaining, isUnread, isWhole, tokensExpected } from "../state/lab-state.js";
import {
  isShownInRow,
  isUnderPicture,
  readNumber,
  SETTINGS,
  settingNamed,
  settingsOf,
  wholeLength,
} from "../state/settings.js";
import { stageColumns } from "./columns.js";
import { controlView, isLocked } from "./control.js";
import { moreSettings, newSeed } from "./controls.js";
import { plainHead, stageHead } from "./heads.js";
import { riverView } from "./view.js";
import { allowedBy, doesOf, effectOfStage, pictureOf } from "./words.js";

/**
 * The river on the page: what comes next in the text, as a picture, with the control of every stage under the part that it changes.
 *
 * @typedef {import("../components/context.js").Context} Context
 * @typedef {import("./columns.js").StageColumn} StageColumn
 * @typedef {{ generate: () => void, step: () => void, stop: () => void }} RunActions
 */

/**
 * @param {Context} context
 * @param {{ run: RunActions, loadViews: () => void }} actions
 * @param {string[] | null} controls the settings to show, by name; null: all
 * @param {typeof import("../element/views.js") | null | undefined} views  undefined: on their way; null: they did not come
 */
export function riverSection(context, { run, loadViews }, controls, views) {
  const { state, words } = context;
  const t = words.t.river;
  const picture = pictureOf(state);
  const columns = stageColumns(state.fields);
  const body = (/** @type {Context} */ now) =>
    views === null ? missingPart(now, loadViews) : (views?.moreBody(now) ?? nothing);
  return html`<section
    class="flow"
    part="river settings"
    aria-labelledby="river-heading"
    aria-busy=${isExplaining(state)}
    ?data-stale=${state.problem !== null || isOfAnother(state) || isUnread(state) || state.reading?.is_long}
    ${riverView(context, columns, views)}
  >
    <header class="ask">
      <h2 id="river-heading">${heading(context)}</h2>
      <p class="about">${t.about}</p>
      <p class="tally">${tally(context)}</p>
    </header>
    <div
      class="grid"
      @keydown=${(/** @type {KeyboardEvent} */ event) => views?.moveByKey(event, context)}
      @pointerdown=${(/** @type {PointerEvent} */ event) => views?.moveByPointer(event, context)}
    >
      <div class="pic" tabindex="0" role="group" aria-roledescription=${t.chart} aria-label=${t.picture} aria-describedby="readout">
        <svg aria-hidden="true" focusable="false"></svg>
        <div class="u" role="slider" tabindex="0" aria-label=${t.u} aria-valuemin="0" aria-valuemax="1" aria-orientation="vertical" hidden>
          <i class="u-dot"></i><span class="u-label"></span>
        </div>
      </div>
      ${modelColumn(picture, context)} ${columns.map((column) => stageColumn(column, controls, context))}
      ${softmaxColumn(picture, context)} ${drawColumn(context, run, controls)}
    </div>
    <div class="read">
      <p class="readout" id="readout" role="status"></p>
      <p class="ways"></p>
    </div>
    <p class="spoken moved" role="status"></p>
    ${views?.mismatch(context)} ${restingPiece(context, (now) => moreSettings(now, controls, body), String(controls), views)}
  </section>`;
}

/** Whether the picture is of another model than the text that is being drawn. @param {import("../state/types.js").LabState} state */
const isOfAnother = ({ run, step }) => run?.finish_reason === null && step !== null && run.model !== step.run.model;

/** @param {Context} context */
function heading({ state, words: { t, format } }) {
  const { step } = state;
  if (!step) return t.river.next;
  const { run, index } = step;
  if (run.model.kind === "logits") return t.river.own;
  const text = textBefore(run, index);
  if (text === "") return t.river.start;
  const place = step.drawn
    ? t.river.which(format.whole(index + 1), format.whole(Math.max(index + 1, tokensExpected(state))))
    : t.river.after;
  const end = textBefore(run, index, FEW_BEFORE);
  const quoted =
    end === text ? html`<q>${text}</q>` : html`<q class="wide-only">${text}</q><q class="tall-only">${end}</q>`;
  return html`<span title=${step.drawn ? t.river.choose : nothing}>${place} ${quoted}</span>`;
}

/** "49,152 tokens → 24 kept → 1 drawn". @param {Context} context */
function tally({ state, words: { t, format } }) {
  const picture = pictureOf(state);
  if (!picture) return nothing;
  const [tokens, ...rest] = format.tokens(picture.vocab_size).split(" ");
  return html`<b>${tokens}</b> ${rest.join(" ")}<i>→</i><b>${format.whole(picture.kept)}</b> ${t.river.kept}<i>→</i
    ><b>${format.whole(state.step?.drawn ? 1 : 0)}</b> ${t.river.drawn}`;
}

/** @param {import("./types.js").Picture | null} picture @param {Context} context */
function modelColumn(picture, { words: { t, format } }) {
  const tokens = picture ? format.tokens(picture.vocab_size) : "";
  return html`<div class="stage" data-column="model">
    ${plainHead(t.river.model, tokens)}
    <div class="under">
      <span class="stat" title=${t.river.bits_about}>${picture ? t.river.bits(format.bits(picture.stations[0].entropy)) : ""}</span>
      <p class="effect"><span class="wide-only">${t.river.entropy}</span><span class="tall-only">${tokens}</span></p>
    </div>
  </div>`;
}

/** @param {import("./types.js").Picture | null} picture @param {Context} context */
function softmaxColumn(picture, { words: { t, format } }) {
  const kept = picture ? format.tokens(picture.kept) : "";
  return html`<div class="stage" data-column="softmax">
    ${plainHead(t.river.softmax, t.river.rescale, t.river.softmax_about)}
    <div class="under">
      <span class="stat" title=${t.river.bits_about}>${picture ? t.river.bits(format.bits(picture.entropy)) : ""}</span>
      <p class="effect">
        ${picture ? html`<span class="wide-only">${t.river.entropy_kept(kept)}</span><span class="tall-only">${t.river.rescaled(kept)}</span>` : nothing}
      </p>
    </div>
  </div>`;
}

/** @param {StageColumn} column @param {string[] | null} controls @param {Context} context */
function stageColumn(column, controls, context) {
  const { key, name, spec, on } = column;
  const { state, words } = context;
  const effect = effectOfStage(name, context);
  const isTwice = !isShownInRow(name, state);
  const described = isTwice ? `${name}-effect-here` : `${name}-effect`;
  const shown = settingsOf(name).filter((setting) => (controls ? controls.includes(setting.name) : true));
  // Of a stage's settings without a place here, those that are on are shown; they stand under "More settings", too.
  const isSet = (/** @type {import("../state/settings.js").Setting} */ { name }) =>
    (state.fields[name] ?? "").trim() !== "";
  const beneath =
    shown.length > 1 ? shown.filter((setting) => isUnderPicture(setting, state) || isSet(setting)) : shown;
  return html`<div class="stage" data-column=${key} data-stage=${name} ?data-off=${!on} ?data-allows=${allowedBy(name, state) !== ""}>
    ${stageHead(spec, doesOf(name, context), context)}
    <div class="under">
      ${beneath.map((setting) => {
        const { label } = settingIn(setting, words.t);
        const isHere = isUnderPicture(setting, state);
        const place = isHere
          ? { id: setting.name, label }
          : { id: `${setting.name}-here`, label: words.t.river.here(label) };
        const which = beneath.length > 1 && !isHere ? label : undefined;
        return controlView({ setting, ...place, which, effect: effect.text, described }, context);
      })}
      <p class="effect" id=${described}>${
        effect.removed
          ? html`<span class="hatch" aria-hidden="true"></span><span><em>${effect.removed[0]}</em><span class="comma">, </span><em>${effect.removed[1]}</em></span>`
          : isToCome(state)
            ? nothing
            : effect.text
      }</p>
    </div>
  </div>`;
}

/** Whether the first picture will soon say what a stage does: until then what it would do may take more lines. @param {import("../state/types.js").LabState} state */
const isToCome = (state) => !state.step && !state.problem && !isPromisedComing(state);

/** @param {Context} context @param {RunActions} run @param {string[] | null} controls */
function drawColumn(context, run, controls) {
  const { state, words } = context;
  const { t, format } = words;
  const is_off = state.status === "loading" || state.status === "lost";
  // A text that is there at once needs no Stop.
  const isWaitedFor = state.reading !== null || state.run?.finish_reason === null;
  const runs = state.status === "playing" || (state.status === "running" && isWaitedFor);
  const drawn = pictureOf(state)?.drawn;
  const asked = wholeLength(state) ?? readNumber(settingNamed(LENGTH).start);
  const many = typeof asked === "number" && asked > 0 ? t.river.draw_many(format.whole(asked)) : t.run.generate;
  const hasSeed = !isLocked(context) && (controls === null || controls.includes(SEED));
  return html`<div class="stage" data-column="draw">
    ${plainHead(t.river.draw, counted(context) ?? (drawn ? t.river.by[drawn.kind] : t.river.not_drawn))}
    <div class="under">
      <button class="primary" type="button" aria-disabled=${is_off} @click=${run.step}>${isWhole(state) ? t.river.draw_each : t.river.draw_next}</button>
      <div class="pair">
        <button
          class="second"
          type="button"
          data-run=${runs ? "stop" : "generate"}
          aria-disabled=${is_off}
          aria-keyshortcuts=${runs ? "Escape" : "Control+Enter"}
          @click=${runs ? run.stop : run.generate}
        >${runs ? t.run.stop : many}</button>
        ${hasSeed ? newSeed(context) : nothing}
      </div>
    </div>
  </div>`;
}

/** "1,000 draws", while the picture shows how often every token was drawn. @param {Context} context @returns {string | null} */
function counted({ state: { view, many_draws, step }, words: { t, format } }) {
  const is_shown = view === "draws" && many_draws?.step.run === step?.run && many_draws?.step.index === step?.index;
  return is_shown && many_draws ? t.odds.draw(format.whole(many_draws.n)) : null;
}

const SEED = SETTINGS.find(({ kind }) => kind === "seed")?.name ?? "";
const LENGTH = "max_new_tokens";
