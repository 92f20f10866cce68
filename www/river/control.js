import { html, nothing } from "lit";
import { live } from "lit/directives/live.js";
import { effectOf } from "../components/effect.js";
import { problemAgain, problemAt } from "../components/problem.js";
import { settingIn } from "../lib/spec-words.js";
import { isList, readStages, stageNamed } from "../state/settings.js";
import { sliderOf, typedFrom } from "../state/slider.js";
import { isSet } from "./columns.js";

/**
 * One setting: its value in a field, × to switch it off, a slider.
 *
 * @typedef {import("../state/settings.js").Setting} Setting
 * @typedef {import("../components/context.js").Context} Context
 *
 * @typedef {object} Control
 * @property {Setting} setting
 * @property {string} id         of the field
 * @property {string} label      its name for those who do not see where it stands
 * @property {string} effect     what it does now
 * @property {string} [which]    its name, where several stand together
 * @property {string} described  the id of where that is written
 */

/** Tokens of a model that is not there yet, for a slider that ends at their number. */
const SOME_TOKENS = 30;

/** @param {Control} control @param {Context} context */
export function controlView(control, context) {
  const { setting, id } = control;
  const wrong = context.state.problem?.place === setting.name;
  return html`<div class="control" data-setting=${setting.name} ?data-wide=${isWide(setting)} ?data-wrong=${wrong}>
    ${control.which ? html`<p class="which" title=${control.which}>${control.which}</p>` : nothing}
    <div class="row">
      <span class="sym" aria-hidden="true">${setting.symbol}</span>
      ${FIELDS[setting.kind]?.(control, context) ?? field(control, context)}
      ${setting.stage === "" ? nothing : switchOff(control, context)}
    </div>
    ${setting.slider ? slider(control, context) : nothing} ${(id === setting.name ? problemAt : problemAgain)(setting.name, context)}
  </div>`;
}

/** Whether its field holds more than a number. @param {Setting} setting */
const isWide = (setting) => isList(setting) || setting.kind === "form";

/** Whether the reader may change nothing. @param {Context} context */
export const isLocked = ({ author }) => author?.isReadonly === true;

/** @param {Control} control @param {Context} context */
function field({ setting, id, label, described }, context) {
  const { state, words, send } = context;
  const wrong = state.problem?.place === setting.name;
  const off = words.t.river.off;
  return html`<input
    id=${id}
    class="value"
    type="text"
    inputmode=${isList(setting) ? "text" : setting.kind === "seed" ? "numeric" : "decimal"}
    autocomplete="off"
    spellcheck="false"
    placeholder=${placeholder(setting, words.t)}
    aria-label=${label}
    ?disabled=${isLocked(context)}
    .value=${live(state.fields[setting.name])}
    aria-invalid=${wrong ? "true" : "false"}
    aria-describedby="${described} ${wrong ? `${setting.name}-problem` : ""}"
    @input=${(/** @type {InputEvent & { target: HTMLInputElement }} */ { target: { value } }) => {
      // The word that an empty field shows may be typed, too.
      if (setting.stage === "" || value === "" || !off.startsWith(value.trim().toLowerCase()))
        set(setting, value, context);
      else if (value.trim().toLowerCase() === off) set(setting, "", context);
    }}
    @change=${() => send({ type: "commit" })}
  />`;
}

/** @param {Control} control @param {Context} context */
const choice = ({ setting, id, label, described }, context) =>
  html`<select
    id=${id}
    class="value"
    aria-label=${label}
    ?disabled=${isLocked(context)}
    aria-describedby=${described}
    @change=${(/** @type {Event & { target: HTMLSelectElement }} */ { target }) => set(setting, target.value, context)}
  >
    ${setting.choices.map((name) => html`<option value=${name} ?selected=${context.state.fields[setting.name] === name}>${name}</option>`)}
  </select>`;

/**
 * A text of any length, in the letters of programs.
 * @param {Pick<Control, "setting" | "id" | "label" | "described">} control
 * @param {Context} context
 * @param {string} [hint] what it shows while it is empty
 */
export function area({ setting, id, label, described }, context, hint = placeholder(setting, context.words.t)) {
  const { state, send } = context;
  const wrong = state.problem?.place === setting.name;
  return html`<textarea
    id=${id}
    class="value"
    rows="1"
    spellcheck="false"
    autocomplete="off"
    autocapitalize="off"
    placeholder=${hint}
    aria-label=${label}
    ?disabled=${isLocked(context)}
    .value=${live(state.fields[setting.name])}
    aria-invalid=${wrong ? "true" : "false"}
    aria-describedby="${described} ${wrong ? `${setting.name}-problem` : ""}"
    @input=${(/** @type {InputEvent & { target: HTMLTextAreaElement }} */ { target }) => set(setting, target.value, context)}
    @change=${() => send({ type: "commit" })}
  ></textarea>`;
}

/** Fields that are no line of text. @type {Record<string, (control: Control, context: Context) => unknown>} */
const FIELDS = { choice, form: (control, context) => area(control, context) };

/** @param {Control} control @param {Context} context */
function switchOff({ setting, label }, context) {
  const { state, words } = context;
  const name = words.t.river.switch_off(label);
  return html`<button
    class="reset"
    type="button"
    title=${name}
    aria-label=${name}
    ?data-idle=${!isSet(setting, state.fields) || isLocked(context)}
    @click=${() => {
      set(setting, "", context);
      context.send({ type: "commit" });
    }}
  >×</button>`;
}

/** @param {Control} control @param {Context} context */
function slider({ setting, label, effect }, context) {
  const { state, words, send } = context;
  const vocab_size = state.run?.vocab.length ?? SOME_TOKENS;
  const typed = state.fields[setting.name] ?? "";
  const { min, max, step, value, idle } = sliderOf(setting, typed, vocab_size);
  const at = (/** @type {number} */ x) => `${(100 * (x - min)) / (max - min)}%`;
  const mark = idle === min || idle === max ? "" : `--idle-at: ${(idle - min) / (max - min)}`;
  return html`<input
    class="slider"
    type="range"
    min=${min}
    max=${max}
    step=${step}
    .style=${`--at: ${at(value)}; ${mark}`}
    .value=${live(String(value))}
    ?disabled=${isLocked(context)}
    aria-label=${words.t.settings.slider(label)}
    aria-valuetext="${typed || placeholder(setting, words.t)}, ${effect}"
    @input=${(/** @type {InputEvent & { target: HTMLInputElement }} */ { target }) => {
      target.style.setProperty("--at", at(Number(target.value)));
      set(setting, typedFrom(setting, target.value, vocab_size), context);
    }}
    @change=${() => send({ type: "commit" })}
  />`;
}

/** A new value; a stage that was switched off works again. @param {Setting} setting @param {string} text @param {Context} context */
export function set({ name, stage }, text, { state: { fields }, send }) {
  const off = readStages(fields.off ?? "");
  if (off.includes(stage))
    send({ type: "settings", fields: { [name]: text, off: off.filter((other) => other !== stage).join() } });
  else send({ type: "field", name, text });
}

/** What an empty field stands for. @param {Setting} setting @param {import("../lib/strings.js").Strings} t */
export function placeholder({ kind, stage, start, off, helps }, t) {
  if (kind === "seed") return t.settings.random;
  if (stage === "") return start || t.settings.none;
  if (helps) return off === null ? t.settings.none : String(off);
  return off === null || stageNamed(stage)?.filter ? t.settings.off : String(off);
}

/** A setting that belongs to no stage, or stands apart from its stage's column, with its name and what it does. @param {Setting} setting @param {Context} context @param {unknown} [also] */
export function namedControl(setting, context, also = nothing) {
  const { name, label, about } = settingIn(setting, context.words.t);
  const wrong = context.state.problem?.place === name;
  const effect = effectOf(name, context.state, context.words);
  return html`<div class="named">
    <label for=${name} title=${about}>${label}</label>
    ${controlView({ setting, id: name, label, effect, described: `${name}-effect` }, context)} ${also}
    <p class="effect" id="${name}-effect">${wrong ? nothing : effect}</p>
  </div>`;
}
