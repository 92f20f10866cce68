import { html, nothing } from "lit";
import { opened } from "../components/opened.js";
import { isUnderPicture, SETTINGS, settingNamed } from "../state/settings.js";
import { isLocked, namedControl } from "./control.js";

/**
 * Settings without a place under the picture: those that an author names, or all, which are folded.
 *
 * @typedef {import("../components/context.js").Context} Context
 */

/**
 * @param {Context} context
 * @param {string[] | null} controls the settings to show, by name; null: all
 * @param {(context: Context) => unknown} body all of them
 */
export function moreSettings(context, controls, body) {
  if (isLocked(context)) return nothing;
  if (controls)
    return controlsView(
      controls.filter((name) => !isOffered(name) || !isUnderPicture(settingNamed(name), context.state)),
      context,
    );
  return html`<details class="more" data-part="more-settings">
    <summary>${context.words.t.river.more_settings}</summary>
    <div class="body">${opened(() => body(context))}</div>
  </details>`;
}

/** @param {string} name */
const isOffered = (name) => SETTINGS.some((setting) => setting.name === name);

/**
 * Only the settings that are named.
 * @param {string[]} names others than the engine's are ignored
 * @param {Context} context
 */
export function controlsView(names, context) {
  const chosen = SETTINGS.filter(({ name, kind }) => names.includes(name) && kind !== "order");
  if (chosen.length === 0) return nothing;
  return html`<section class="controls" part="settings" aria-label=${context.words.t.settings.legend}>
    <div class="forms">${chosen.map((setting) => otherControl(setting, context))}</div>
  </section>`;
}

/** @param {import("../state/settings.js").Setting} setting @param {Context} context @param {boolean} [has_new] with a button for another seed */
export const otherControl = (setting, context, has_new = true) =>
  html`<div class="form">${namedControl(setting, context, setting.kind === "seed" && has_new ? newSeed(context) : nothing)}</div>`;

/** @param {Context} context */
export const newSeed = ({ words, send }) =>
  html`<button class="second new-seed" type="button" @click=${() => send({ type: "field", name: "seed", text: freshSeed() })}>
    ${words.t.settings.new_seed}
  </button>`;

/** A seed from the platform's entropy, short enough to read out. @returns {string} */
const freshSeed = () => String(crypto.getRandomValues(new Uint32Array(1))[0]);
