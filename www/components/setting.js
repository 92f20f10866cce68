import { css, html, nothing } from "lit";
import { live } from "lit/directives/live.js";
import { stageNamed } from "../state/settings.js";
import { sliderOf, typedFrom } from "../state/slider.js";
import { effectOf } from "./effect.js";
import { problemAt } from "./problem.js";

/**
 * One setting: a field for any value, a slider for quick ones, what it does now, and what is wrong with it, if anything.
 *
 * @typedef {import("../state/settings.js").Setting} Setting
 * @typedef {import("./context.js").Context} Context
 */

/**
 * @param {Setting} setting
 * @param {Context} context
 */
export function settingView(setting, context) {
  const { state, words } = context;
  const wrong = state.problem?.place === setting.name;
  return html`<div class="knob" data-knob=${setting.name} ?data-wrong=${wrong}>
    <label for=${setting.name} title=${setting.about}>${setting.label}</label>
    ${setting.kind === "choice" ? choice(setting, context) : field(setting, context)}
    ${setting.kind === "seed" ? newSeedButton(context) : nothing} ${setting.slider ? slider(setting, context) : nothing}
    <div class="under">
      <p class="effect" id="${setting.name}-effect">${wrong ? nothing : effectOf(setting.name, state, words)}</p>
      ${resetButton(setting, context)}
    </div>
    ${problemAt(setting.name, context)}
  </div>`;
}

/** @param {Setting} setting @param {Context} context */
function field(setting, { state, words, send }) {
  const wrong = state.problem?.place === setting.name;
  return html`<input
    id=${setting.name}
    class="field"
    type="text"
    inputmode=${setting.kind === "seed" ? "numeric" : "decimal"}
    autocomplete="off"
    spellcheck="false"
    placeholder=${placeholder(setting, words.t)}
    .value=${live(state.fields[setting.name])}
    aria-invalid=${wrong ? "true" : "false"}
    aria-describedby="${setting.name}-effect ${wrong ? `${setting.name}-problem` : ""}"
    @input=${(/** @type {InputEvent & { target: HTMLInputElement }} */ event) =>
      send({ type: "field", name: setting.name, text: event.target.value })}
    @change=${() => send({ type: "commit" })}
  />`;
}

/** @param {Setting} setting @param {Context} context */
function choice(setting, { state, send }) {
  return html`<select
    id=${setting.name}
    class="field"
    aria-describedby="${setting.name}-effect"
    @change=${(/** @type {Event & { target: HTMLSelectElement }} */ event) =>
      send({ type: "field", name: setting.name, text: event.target.value })}
  >
    ${setting.choices.map(
      (name) => html`<option value=${name} ?selected=${state.fields[setting.name] === name}>${name}</option>`,
    )}
  </select>`;
}

/** @param {Setting} setting @param {Context} context */
function slider(setting, { state, words, send }) {
  const vocab_size = state.run?.vocab.length ?? 30;
  const { min, max, step, value } = sliderOf(setting, state.fields[setting.name], vocab_size);
  const said = state.fields[setting.name] || words.t.settings.off;
  return html`<input
    class="slider"
    type="range"
    min=${min}
    max=${max}
    step=${step}
    .value=${live(String(value))}
    aria-label=${words.t.settings.slider(setting.label)}
    aria-valuetext="${said}, ${effectOf(setting.name, state, words)}"
    @input=${(/** @type {InputEvent & { target: HTMLInputElement }} */ event) =>
      send({ type: "field", name: setting.name, text: typedFrom(setting, event.target.value, vocab_size) })}
    @change=${() => send({ type: "commit" })}
  />`;
}

/** @param {Setting} setting @param {Context} context */
function resetButton(setting, { state, words, send }) {
  const label = words.t.settings.reset(setting.label, setting.start || placeholder(setting, words.t));
  return html`<button
    class="quiet reset"
    type="button"
    title=${label}
    aria-label=${label}
    ?data-idle=${state.fields[setting.name] === setting.start}
    @click=${() => send({ type: "field", name: setting.name, text: setting.start })}
  >
    ↺
  </button>`;
}

/** @param {Context} context */
const newSeedButton = ({ words, send }) =>
  html`<button class="new-seed" type="button" @click=${() => send({ type: "field", name: "seed", text: freshSeed() })}>
    ${words.t.settings.new_seed}
  </button>`;

/** A seed from the platform's entropy, short enough to read out. @returns {string} */
const freshSeed = () => String(crypto.getRandomValues(new Uint32Array(1))[0]);

/** What an empty field stands for. @param {Setting} setting @param {import("../lib/strings.js").Strings} t */
export function placeholder({ kind, stage, start, off }, t) {
  if (kind === "seed") return t.settings.random;
  if (stage === "") return start;
  return off === null || stageNamed(stage)?.filter ? t.settings.off : String(off);
}

export const settingStyles = css`
  .knob {
    display: grid;
    grid-template-columns: minmax(0, 1fr) auto;
    align-content: start;
    align-items: center;
    column-gap: var(--space-1);
  }
  .knob label {
    font-weight: 600;
    line-height: 1.25;
  }
  .knob .field {
    inline-size: calc(68 * var(--px));
    text-align: end;
    font-variant-numeric: tabular-nums;
  }
  .knob[data-knob="seed"] {
    grid-template-columns: auto minmax(0, 1fr);
  }
  .knob[data-knob="seed"] .field {
    inline-size: 100%;
  }
  .knob select.field {
    inline-size: calc(128 * var(--px));
    text-align: start;
  }
  .knob .slider,
  .knob .new-seed,
  .knob .under,
  .knob .problem {
    grid-column: 1 / -1;
  }
  .knob .under {
    display: flex;
    justify-content: space-between;
    gap: var(--space-half);
  }
  .knob .new-seed {
    margin-block: var(--space-half);
    min-block-size: calc(32 * var(--px));
    padding-block: 0;
  }
  /* Room for what it usually says, so that a change of one setting does not move what stands below. */
  .knob .effect {
    min-block-size: 2lh;
    padding-block-start: 2px;
  }
  .knob .reset {
    flex: none;
    min-inline-size: calc(24 * var(--px));
    min-block-size: calc(24 * var(--px));
    padding: 0;
    line-height: 1;
  }
  .reset[data-idle] {
    visibility: hidden;
  }
  .slider {
    appearance: none;
    inline-size: 100%;
    block-size: calc(24 * var(--px));
    margin: 0;
    background: transparent;
    cursor: pointer;
  }
  .slider::-webkit-slider-runnable-track {
    block-size: 4px;
    border-radius: 2px;
    background: var(--line-strong);
  }
  .slider::-moz-range-track {
    block-size: 4px;
    border-radius: 2px;
    background: var(--line-strong);
  }
  .slider::-webkit-slider-thumb {
    appearance: none;
    inline-size: 18px;
    block-size: 18px;
    margin-block-start: -7px;
    border: 2px solid var(--paper);
    border-radius: 50%;
    background: var(--ink);
    box-shadow: 0 0 0 1px var(--ink);
  }
  .slider::-moz-range-thumb {
    inline-size: 14px;
    block-size: 14px;
    border: 2px solid var(--paper);
    border-radius: 50%;
    background: var(--ink);
    box-shadow: 0 0 0 1px var(--ink);
  }
  @container logit-lab (inline-size < 896px) {
    .knob label {
      font-size: calc(13 * var(--px));
    }
    .knob {
      column-gap: var(--space-half);
    }
    .knob .effect {
      min-block-size: 3lh;
    }
    .knob .field {
      inline-size: calc(48 * var(--px));
      padding-inline: calc(4 * var(--px));
      font-size: calc(14 * var(--px));
    }
    .knob[data-knob="seed"] .field {
      inline-size: 100%;
    }
    .knob select.field {
      grid-column: 1 / -1;
      inline-size: 100%;
    }
  }
  @media (forced-colors: active) {
    .slider {
      appearance: auto;
    }
  }
`;
