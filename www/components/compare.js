import { css, html, nothing } from "lit";
import { guard } from "lit/directives/guard.js";
import { namedIn, settingIn } from "../lib/spec-words.js";
import { placeholder } from "../river/control.js";
import { COMPARED, commonStart, FEWEST_ROWS, MOST_ROWS } from "../state/compare.js";
import { NOTEBOOKS_FOUR } from "../state/start.js";
import { contextLine } from "./context-line.js";
import { miniRiver } from "./mini-river.js";
import { opened } from "./opened.js";
import { sentence } from "./problem.js";
import { bucketOf, endsInSpace, face } from "./token-text.js";

/**
 * Two to four settings, the same random numbers: where does each text leave the others?
 *
 * @typedef {import("./context.js").Context} Context
 * @typedef {import("../state/types.js").Contender} Contender
 */

/** Tokens shown of each text: around the first that differs, otherwise from its start. */
const TOKENS_SHOWN = 120;

/**
 * @param {Context} context
 * @param {import("../element/gpt.js").PartsOfGpt | null} gpt null: on its way
 */
export const compareView = (context, gpt) =>
  html`${choiceOfComparison(context)}
  ${context.state.comparison.by === "settings" ? settingsView(context) : gpt?.models(context, (run) => textOf(run, null, context))}`;

/**
 * What is compared: settings or models.
 * @param {Context} context
 */
const choiceOfComparison = ({ state, words: { t }, send }) =>
  html`<div class="choice" role="group" aria-label=${t.compare.by}>
    ${
      /** @type {const} */ (["settings", "models"]).map(
        (by) =>
          html`<button type="button" aria-pressed=${state.comparison.by === by} @click=${() => send({ type: "compare", change: { by } })}>
          ${t.compare.other[by]}
        </button>`,
      )
    }
  </div>`;

/** @param {Context} context */
function settingsView(context) {
  const { state, words, send } = context;
  const { t } = words;
  const { rows, runs } = state.comparison;
  const tokens = runs.map((run) => ("tokens" in run ? run.tokens : []));
  const become = (/** @type {Contender[]} */ next) => send({ type: "contenders", rows: next });
  return html`${state.step ? contextLine(state.step, words) : nothing}
    <p>${t.compare.about(state.run ? String(state.run.seed ?? "") : "")}</p>
    <ol class="contenders">
      ${rows.map((row, i) => {
        const n_same = i === 0 || !tokens[i] ? null : commonStart([tokens[i - 1], tokens[i]]);
        return html`<li>
          <header>
            <h3><span class="letter">${letter(i)}</span> <span class="title">${titleOf(row, words)}</span></h3>
            ${
              rows.length > FEWEST_ROWS
                ? html`<button class="quiet" type="button" @click=${() => become(rows.filter((_, at) => at !== i))}>
                    ${t.compare.remove}<span class="spoken"> ${letter(i)}</span>
                  </button>`
                : nothing
            }
          </header>
          ${small(i, context)} ${textOf(runs[i], n_same, context)}
          <details>
            <summary>${t.settings.legend}<span class="spoken"> ${letter(i)}</span></summary>
            <div class="settings">${opened(() => COMPARED.map((setting) => field(setting, row, i, words, (typed) => become(rows.with(i, changed(row, setting.name, typed))))))}</div>
          </details>
        </li>`;
      })}
    </ol>
    <p class="throws">
      ${
        rows.length < MOST_ROWS
          ? html`<button type="button" @click=${() => become([...rows, contenderOf(state.fields, t.compare.current)])}>${t.compare.add}</button>`
          : nothing
      }
      <button type="button" @click=${() => become([...rows.slice(0, MOST_ROWS - 1), contenderOf(state.fields, t.compare.current)])}>
        ${t.compare.put}
      </button>
      <button type="button" @click=${() => become(NOTEBOOKS_FOUR)}>${t.compare.notebook}</button>
    </p>`;
}

/** The chosen token of the page's text under the settings of one row, as a small river. @param {number} i @param {Context} context */
function small(i, { state: { comparison }, words }) {
  const known = comparison.pictures[i];
  if (!known) return html`<div class="small"></div>`;
  const { run, picture } = known;
  const { t, format } = words;
  const { drawn } = picture;
  const token = drawn ? format.quoted(run.vocab[drawn.id] ?? "") : "";
  const said = drawn ? t.compare.drawn(token, format.percent(drawn.probability), format.tokens(picture.kept)) : "";
  return html`<div class="small" role="img" aria-label=${said}><svg ${miniRiver(picture, labels, words)}></svg></div>
    <p class="note">${said}</p>`;

  /** @param {number} id */
  function labels(id) {
    return run.vocab[id] ?? "";
  }
}

/** @param {number} i */
const letter = (i) => "ABCD"[i];

/** @param {Contender} row @param {string} name @param {string} typed @returns {Contender} */
const changed = (row, name, typed) => ({ name: "", fields: { ...row.fields, [name]: typed } });

/** The page's own settings as a contender. @param {import("../state/types.js").Fields} fields @param {string} name @returns {Contender} */
const contenderOf = (fields, name) => ({
  name,
  fields: Object.fromEntries(COMPARED.map((setting) => [setting.name, fields[setting.name] ?? ""])),
});

/** @param {Contender} row @param {import("./effect.js").Words} words */
function titleOf(row, { t }) {
  if (row.name) return namedIn(row, t).name;
  const set = COMPARED.filter(({ name }) => (row.fields[name] ?? "") !== "");
  return (
    set.map((setting) => `${settingIn(setting, t).label} ${row.fields[setting.name]}`).join(", ") || t.computed.neutral
  );
}

/**
 * @param {import("../state/settings.js").Setting} setting
 * @param {Contender} row
 * @param {number} i
 * @param {import("./effect.js").Words} words
 * @param {(typed: string) => void} set
 */
const field = (setting, row, i, { t }, set) =>
  html`<label
    >${settingIn(setting, t).label}
    <input
      class="field"
      type="text"
      inputmode="decimal"
      autocomplete="off"
      aria-label="${settingIn(setting, t).label}, ${letter(i)}"
      placeholder=${placeholder(setting, t)}
      .value=${row.fields[setting.name] ?? ""}
      @change=${(/** @type {Event & { target: HTMLInputElement }} */ event) => set(event.target.value)}
    />
  </label>`;

/**
 * @param {import("../state/types.js").Run | import("../state/types.js").Problem | undefined} run
 * @param {number | null} n_same how many tokens it begins with as the text above does; null: there is none above
 * @param {Context} context
 */
function textOf(run, n_same, { words: { t, format } }) {
  if (!run) return html`<p class="note contender-text">${t.status.running}</p>`;
  if (!("tokens" in run)) return html`<p class="problem">${sentence(run.message)}</p>`;
  const differs = n_same !== null && n_same < run.tokens.length;
  const from = differs && n_same >= TOKENS_SHOWN ? n_same - TOKENS_SHOWN / 2 : 0;
  const shown = run.tokens.slice(from, from + TOKENS_SHOWN);
  const left_out = run.tokens.length - from - shown.length;
  return html`<p class="contender-text" role="group" tabindex="0" aria-label=${t.text.list}>${from > 0 ? html`<span class="hidden-tokens">… ${format.earlier(from)}</span>` : nothing}${guard(
    [run, n_same],
    () => shown.map((_, at) => token(from + at)),
  )}${left_out > 0 ? html`<span class="hidden-tokens">${t.compare.more(format.whole(left_out))} …</span>` : nothing}</p>
    <p class="note">${n_same === null ? nothing : differs ? t.compare.differs(format.whole(n_same + 1)) : t.compare.same}</p>`;

  /** @param {number} i */
  function token(i) {
    const own = /** @type {import("../state/types.js").Run} */ (run);
    const { tokens, probabilities, vocab } = own;
    const text = vocab[tokens[i]];
    return html`<span
        class="token"
        data-bucket=${bucketOf(probabilities[i])}
        ?data-first=${differs && i === n_same}
        title="${format.percent(probabilities[i])}"
        >${face(text, endsInSpace(own, i - 1))}</span
      >${text.endsWith("\n") ? html`<br />` : nothing}`;
  }
}

export const compareStyles = css`
  .choice {
    display: flex;
    gap: var(--space-half);
    margin-block-end: var(--space-2);
  }
  .choice button[aria-pressed="true"] {
    border-color: var(--ink);
    background: var(--tint-2);
  }
  .contenders {
    display: grid;
    grid-template-columns: repeat(auto-fill, minmax(min(100%, calc(250 * var(--px))), 1fr));
    gap: 0 calc(24 * var(--px));
    margin: var(--space-2) 0 0;
    padding: 0;
    list-style: none;
  }
  /* What is of one kind stands at one height. */
  .contenders > li {
    display: grid;
    grid-row: span 6;
    grid-template-rows: subgrid;
    grid-template-columns: minmax(0, 1fr);
    align-content: start;
    row-gap: 0;
    min-inline-size: 0;
    margin-block-end: var(--space-3);
  }
  .contenders .letter {
    margin-inline-end: calc(4 * var(--px));
    color: var(--muted);
    font-weight: 400;
  }
  .contenders .title {
    display: inline-block;
  }
  .contenders .title::first-letter {
    text-transform: uppercase;
  }
  .contenders header {
    display: flex;
    align-items: baseline;
    justify-content: space-between;
    min-block-size: calc(32 * var(--px));
  }
  .contenders h3 {
    margin: 0;
    font: var(--head);
  }
  .small {
    block-size: calc(160 * var(--px));
  }
  .contenders details {
    margin-block-start: var(--space-1);
  }
  .settings {
    display: grid;
    gap: var(--space-half);
    color: var(--muted);
    font: var(--note);
  }
  .settings label {
    display: flex;
    align-items: center;
    justify-content: space-between;
    gap: var(--space-1);
  }
  .settings .field {
    inline-size: calc(72 * var(--px));
    min-block-size: calc(28 * var(--px));
    padding-inline: calc(6 * var(--px));
    text-align: end;
  }
  .contender-text {
    contain: content;
    max-block-size: calc(130 * var(--px));
    margin: var(--space-1) -2px 0;
    padding-inline: 2px;
    overflow-y: auto;
    font: 400 calc(18 * var(--px)) / calc(26 * var(--px)) var(--serif);
    white-space: pre-wrap;
    overflow-wrap: anywhere;
  }
  .token[data-first] {
    border-radius: 2px;
    outline: 1.5px solid var(--ink);
    background: var(--tint-2);
  }
`;
