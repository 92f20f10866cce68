import { html, nothing } from "lit";
import { live } from "lit/directives/live.js";
import { opened } from "../components/opened.js";
import { problemAt } from "../components/problem.js";
import { nameOf } from "../components/stage-words.js";
import { namedIn, settingIn, stageIn } from "../lib/spec-words.js";
import { ORDERS, PRESETS } from "../state/presets.js";
import {
  fieldsOfPreset,
  isList,
  isUnderPicture,
  KEPT_BY_PRESETS,
  orderOf,
  SETTINGS,
  settingNamed,
  settingsOf,
  stageNamed,
  startFields,
} from "../state/settings.js";
import { isOn } from "./columns.js";
import { namedControl } from "./control.js";
import { stageHandle } from "./heads.js";
import { listControl } from "./list-control.js";
import { moveByKey, moveByPointer } from "./order.js";
import { effectOfStage } from "./words.js";

/**
 * Every stage and setting that has no place under the picture, the order of the stages, and settings that have a name.
 *
 * @typedef {import("../components/context.js").Context} Context
 * @typedef {import("../state/settings.js").Setting} Setting
 * @typedef {import("../generated/spec.js").StageSpec["group"]} StageGroup
 */

/** The groups that are open, also for the next lab of the page. Settings that have a name are the quickest way in. @type {Set<string>} */
const OPEN = new Set(["presets"]);

/** @param {Context} context */
export const moreBody = (context) => {
  const { t } = context.words;
  /** @type {Group[]} */
  const groups = [
    { key: "presets", name: t.more.presets, about: "", settings: [], body: () => presets(context) },
    ...groupsOf(otherStages(context)).map(([key, names]) => ({
      key,
      name: t.more.groups[key],
      about: stagesSaid(names, context),
      settings: names.flatMap((name) => elsewhere(name, context)),
      body: () => html`<div class="forms">${names.map((name) => stageForm(name, context))}</div>`,
    })),
    {
      key: "other",
      name: t.more.other,
      about: saidOf(OF_NO_STAGE, context),
      settings: OF_NO_STAGE,
      body: () => otherForms(context),
    },
    {
      key: "order",
      name: t.more.order,
      about: orderSaid(context),
      settings: [settingNamed("order")],
      body: () => order(context),
    },
  ];
  return html`<div class="groups">${groups.map((group) => fold(group, context))}</div>`;
};

/**
 * @typedef {object} Group
 * @property {string} key
 * @property {string} name
 * @property {unknown} about
 * @property {readonly Setting[]} settings  that are set in it: a mistake in one of them opens it
 * @property {() => unknown} body
 */

/** @param {Group} group @param {Context} context */
const fold = ({ key, name, about, settings, body }, { state: { problem } }) =>
  html`<details
    class="group"
    data-group=${key}
    ?open=${live(OPEN.has(key) || settings.some((setting) => setting.name === problem?.place))}
    @toggle=${(/** @type {Event & { target: HTMLDetailsElement }} */ { target }) => (target.open ? OPEN.add(key) : OPEN.delete(key))}
  >
    <summary><span class="name">${name}</span><span class="note">${about}</span></summary>
    <section aria-label=${name}>${opened(body)}</section>
  </details>`;

/** The order has a list of its own, and what is switched off is told by the stages. */
const OF_NO_STAGE = SETTINGS.filter(({ stage, kind }) => stage === "" && kind !== "order");

/** The names of stages; those that are on stand out. @param {readonly string[]} names @param {Context} context */
const stagesSaid = (names, { state, words }) =>
  names.map((name, i) => {
    const label = nameOf(name, words);
    return html`${i > 0 ? ", " : ""}${isOn(name, state.fields) ? html`<b>${label}</b>` : label}`;
  });

/** The names of settings. @param {readonly Setting[]} settings @param {Context} context */
const saidOf = (settings, { words: { t } }) => settings.map((setting) => settingIn(setting, t).label).join(", ");

/** @param {Context} context */
function otherForms(context) {
  return html`<div class="forms">
    ${OF_NO_STAGE.map((setting) => html`<div class="form">${controlOf(setting, context)}</div>`)} ${slowly(context)}
  </div>`;
}

/** @param {Setting} setting @param {Context} context */
const controlOf = (setting, context) =>
  isList(setting) ? listControl(setting, context) : namedControl(setting, context);

/** The settings of a stage without a place under the picture. @param {string} name @param {Context} context */
const elsewhere = (name, { state }) => settingsOf(name).filter((setting) => !isUnderPicture(setting, state));

/** Stages that have such settings. @param {Context} context */
const otherStages = (context) => orderOf(context.state.fields).filter((name) => elsewhere(name, context).length > 0);

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

/** @param {string} name @param {Context} context */
function stageForm(name, context) {
  const named = stageNamed(name);
  const spec = named && stageIn(named, context.words.t);
  const settings = elsewhere(name, context);
  const { removed, text } = effectOfStage(name, context);
  return html`<div class="form" data-form=${name} role="group" aria-labelledby="${name}-form">
    <h4 id="${name}-form">${spec?.label}</h4>
    <p class="note">${spec?.about}</p>
    ${settings.map((setting) => controlOf(setting, context))}
    ${spec?.filter && removed ? html`<p class="effect did">${text}</p>` : nothing}
  </div>`;
}

/** Whether the text comes slowly. @param {Context} context */
const slowly = ({ state, words: { t }, send }) =>
  html`<label class="slowly" title=${t.more.slowly_hint}>
    <input
      type="checkbox"
      .checked=${state.slowly}
      @change=${(/** @type {Event & { target: HTMLInputElement }} */ { target }) => send({ type: "slowly", on: target.checked })}
    />
    ${t.more.slowly}
  </label>`;

/** The order in force, where it has a name. @param {Context} context */
const orderSaid = ({ state, words: { t } }) => {
  const known = namedOrder(state.fields);
  return known ? namedIn(known, t).name : t.stages.own_order;
};

/** @param {import("../state/types.js").Fields} fields */
const namedOrder = (fields) =>
  ORDERS.find((preset) => orderOf({ order: preset.order }).join() === orderOf(fields).join());

/** @param {Context} context */
function order(context) {
  const { state, words, send } = context;
  const { t } = words;
  const now = orderOf(state.fields);
  const known = namedOrder(state.fields);
  return html`<p class="order-bar">
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
    <p class="note">${t.more.order_about}</p>
    ${problemAt("order", context)}`;
}

/** Settings that have a name. @param {Context} context */
function presets({ state, words: { t }, send }) {
  const start = startFields();
  const isSet = (/** @type {Record<string, string>} */ fields) =>
    Object.entries(fields).every(([name, typed]) => state.fields[name] === typed);
  return html`<ul class="presets" data-part="presets">
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
    <p class="note presets-note">
      ${t.presets.note}
      <button class="quiet" type="button" @click=${() => send({ type: "settings", fields: start })}>${t.more.reset_all}</button>
    </p>`;
}
