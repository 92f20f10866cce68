import { html, nothing } from "lit";
import { problemAt } from "../components/problem.js";
import { namedIn, stageIn } from "../lib/spec-words.js";
import { ORDERS, PRESETS } from "../state/presets.js";
import {
  fieldsOfPreset,
  isShownInRow,
  KEPT_BY_PRESETS,
  orderOf,
  SETTINGS,
  settingsOf,
  stageNamed,
  startFields,
} from "../state/settings.js";
import { otherKnob } from "./controls.js";
import { stageHandle } from "./heads.js";
import { namedKnob } from "./knob.js";
import { moveByKey, moveByPointer } from "./order.js";
import { effectOfStage } from "./words.js";

/**
 * Every stage and setting that has no place under the picture, the order of the stages, and settings that have a name.
 *
 * @typedef {import("../components/context.js").Context} Context
 * @typedef {import("../generated/spec.js").StageSpec["group"]} StageGroup
 */

/** @param {Context} context */
export const moreBody = (context) => {
  const { t } = context.words;
  return html`<section aria-labelledby="stages-heading">
      <h3 id="stages-heading">${t.river.stages}</h3>
      <div class="stage-groups">${groupsOf(otherStages(context)).map(([group, names]) => stageGroup(group, names, context))}</div>
    </section>
    <section aria-labelledby="other-heading">
      <h3 id="other-heading">${t.river.other}</h3>
      <div class="forms">${OF_NO_STAGE.map((setting) => otherKnob(setting, context, false))} ${slowly(context)}</div>
    </section>
    <section aria-labelledby="order-heading">${order(context)}</section>
    <section aria-labelledby="presets-heading">${presets(context)}</section>`;
};

/** The order has a list of its own, and what is switched off is told by the stages. */
const OF_NO_STAGE = SETTINGS.filter(({ stage, kind }) => stage === "" && kind !== "order");

/** Stages without a knob under the picture. @param {Context} context */
const otherStages = ({ state }) =>
  orderOf(state.fields).filter((name) => !isShownInRow(name, state) && settingsOf(name).length > 0);

/**
 * Stages by what they are for, each group where its first stage comes.
 * @param {readonly string[]} names
 * @returns {[group: StageGroup, names: string[]][]}
 */
function groupsOf(names) {
  /** @type {Map<StageGroup, string[]>} */
  const groups = new Map();
  for (const name of names) {
    const group = /** @type {import("../generated/spec.js").StageSpec} */ (stageNamed(name)).group;
    groups.set(group, [...(groups.get(group) ?? []), name]);
  }
  return [...groups];
}

/** @param {StageGroup} group @param {readonly string[]} names @param {Context} context */
const stageGroup = (group, names, context) =>
  html`<div class="stage-group" role="group" aria-labelledby="group-${group}">
    <h4 id="group-${group}">${context.words.t.river.groups[group]}</h4>
    ${names.map((name) => stageForm(name, context))}
  </div>`;

/** @param {string} name @param {Context} context */
function stageForm(name, context) {
  const named = stageNamed(name);
  const spec = named && stageIn(named, context.words.t);
  const settings = settingsOf(name);
  const { removed, text } = effectOfStage(name, context);
  return html`<div class="form" data-form=${name} role="group" aria-labelledby="${name}-form">
    <h5 id="${name}-form">${spec?.label}</h5>
    <p class="note">${spec?.about}</p>
    ${settings.map((setting) => namedKnob(setting, context))}
    ${spec?.filter && removed ? html`<p class="effect did">${text}</p>` : nothing}
  </div>`;
}

/** Whether the text comes slowly. @param {Context} context */
const slowly = ({ state, words: { t }, send }) =>
  html`<label class="slowly" title=${t.run.slowly_hint}>
    <input
      type="checkbox"
      .checked=${state.slowly}
      @change=${(/** @type {Event & { target: HTMLInputElement }} */ { target }) => send({ type: "slowly", on: target.checked })}
    />
    ${t.run.slowly}
  </label>`;

/** @param {Context} context */
function order(context) {
  const { state, words, send } = context;
  const { t } = words;
  const now = orderOf(state.fields);
  const known = ORDERS.find((preset) => orderOf({ order: preset.order }).join() === now.join());
  return html`<h3 id="order-heading">${t.river.order}</h3>
    <p class="order-bar">
      <label for="order-of">${t.stages.order}</label>
      <select
        id="order-of"
        class="value"
        @change=${(/** @type {Event & { target: HTMLSelectElement }} */ { target }) => send({ type: "field", name: "order", text: target.value })}
      >
        ${known ? nothing : html`<option selected>${t.stages.own_order}</option>`}
        ${ORDERS.map((one) => html`<option value=${one.order} ?selected=${known === one}>${namedIn(one, t).name}</option>`)}
      </select>
      <span class="note">${known ? namedIn(known, t).sentence : t.stages.own_order_about}</span>
    </p>
    <ol
      class="order"
      @keydown=${(/** @type {KeyboardEvent} */ event) => moveByKey(event, context)}
      @pointerdown=${(/** @type {PointerEvent} */ event) => moveByPointer(event, context)}
    >
      ${now.map((name) => {
        const spec = stageNamed(name);
        return spec ? html`<li data-place>${stageHandle(spec, context)}</li>` : nothing;
      })}
    </ol>
    <p class="note">${t.river.order_about}</p>
    ${problemAt("order", context)}`;
}

/** Settings that have a name. @param {Context} context */
function presets({ state, words: { t }, send }) {
  const start = startFields();
  const isSet = (/** @type {Record<string, string>} */ fields) =>
    Object.entries(fields).every(([name, typed]) => state.fields[name] === typed);
  return html`<header>
      <h3 id="presets-heading">${t.river.presets}</h3>
      <button class="quiet" type="button" @click=${() => send({ type: "settings", fields: start })}>${t.settings.reset_all}</button>
    </header>
    <ul class="presets" data-part="presets">
      ${PRESETS.map((preset) => {
        const { name } = preset;
        const said = namedIn(preset, t);
        const fields = fieldsOfPreset(preset);
        const kept = Object.fromEntries(KEPT_BY_PRESETS.map((key) => [key, state.fields[key] ?? start[key]]));
        return html`<li>
          <button type="button" aria-pressed=${isSet(fields)} aria-describedby="preset-${name}" @click=${() => send({ type: "settings", fields: { ...kept, ...fields } })}>
            ${said.name}
          </button>
          <p class="note" id="preset-${name}">${said.sentence}</p>
        </li>`;
      })}
    </ul>
    <p class="note">${t.presets.note}</p>`;
}
