import { html, nothing } from "lit";
import { live } from "lit/directives/live.js";
import { exampleOf, problemAt } from "../components/problem.js";
import { settingIn } from "../lib/spec-words.js";
import { hasAmounts, readList, writeList } from "../state/lists.js";
import { area, isLocked, set } from "./control.js";

/**
 * A setting that holds several things: what is typed, and below it every one of them, to take away, with a slider for its number.
 *
 * @typedef {import("../state/settings.js").Setting} Setting
 * @typedef {import("../components/context.js").Context} Context
 * @typedef {import("../state/lists.js").Item} Item
 */

/** How far a slider reaches, in logits. Its lower end bans the token. */
const MOST = 10;
const STEP = 0.5;

/** @param {Setting} setting @param {Context} context */
export function listControl(setting, context) {
  const { state, words } = context;
  const { name, kind } = setting;
  const { label, about } = settingIn(setting, words.t);
  const t = words.t.lists;
  const typed = state.fields[name] ?? "";
  const wrong = state.problem?.place === name;
  const read = readList(kind, typed);
  const items = "items" in read ? read.items : [];
  const become = (/** @type {Item[]} */ now) => set(setting, writeList(kind, now), context);
  return html`<div class="named list" data-setting=${name} ?data-wrong=${wrong}>
    <label for=${name}>${label}</label>
    ${area({ setting, id: name, label, described: `${name}-effect` }, context, exampleOf(setting, words.t))}
    ${problemAt(name, context)}
    ${
      items.length === 0
        ? nothing
        : html`<ul class="items" aria-label=${label}>
          ${items.map((item, i) => itemRow(item, { kind, become: (now) => become(now ? items.with(i, now) : items.toSpliced(i, 1)) }, context))}
        </ul>`
    }
    <p class="effect" id="${name}-effect">${about} ${hasAmounts(kind) ? t.with_amount : kind === "strings" ? t.texts : t.tokens}</p>
  </div>`;
}

/**
 * @param {Item} item
 * @param {{ kind: string, become: (now: Item | null) => void }} list  become: what takes its place; null: nothing
 * @param {Context} context
 */
function itemRow({ tokens, amount }, { become }, context) {
  const { words, send } = context;
  const t = words.t.lists;
  const name = typeof tokens === "string" ? words.format.quoted(tokens) : t.ids(tokens.join(" "));
  const commit = () => send({ type: "commit" });
  return html`<li class="control">
    <span class="item-name" ?data-text=${typeof tokens === "string"}>${name}</span>
    ${amount === undefined ? nothing : amountSlider(amount, name, (now) => become({ tokens, amount: now }), context)}
    <button
      class="reset"
      type="button"
      title=${t.take_away(name)}
      aria-label=${t.take_away(name)}
      ?data-idle=${isLocked(context)}
      @click=${() => {
        become(null);
        commit();
      }}
    >×</button>
  </li>`;
}

/** @param {number} amount @param {string} name @param {(amount: number) => void} become @param {Context} context */
function amountSlider(amount, name, become, context) {
  const { words, send } = context;
  const t = words.t.lists;
  const said = amount === -Infinity ? t.never : words.format.number(amount);
  const at = Math.min(Math.max(amount, -MOST), MOST);
  return html`<input
      class="slider"
      type="range"
      min=${-MOST}
      max=${MOST}
      step=${STEP}
      .style=${`--at: ${(100 * (at + MOST)) / (2 * MOST)}%; --idle-at: 0.5`}
      .value=${live(String(at))}
      ?disabled=${isLocked(context)}
      aria-label=${t.amount(name)}
      aria-valuetext=${said}
      @input=${(/** @type {InputEvent & { target: HTMLInputElement }} */ { target }) => {
        const now = Number(target.value);
        become(now === -MOST ? -Infinity : now);
      }}
      @change=${() => send({ type: "commit" })}
    />
    <output class="amount">${said}</output>`;
}
