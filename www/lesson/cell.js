import { html, nothing, render } from "lit";
import { progress } from "../components/gpt-card.js";
import { sentence } from "../components/problem.js";
import { makeFormat } from "../lib/format.js";
import { saidOf } from "../lib/said.js";
import { en } from "../lib/strings.js";
import { enOfGpt } from "../lib/strings-of-gpt.js";

/**
 * A live cell: inputs, what the engine makes of them, and PyTorch's value beside it where the notebook has one.
 *
 * @typedef {import("../engine/lab.js").Lab} Lab
 *
 * @typedef {object} Input
 * @property {string} name
 * @property {string} label
 * @property {string} start   the notebook's value
 * @property {{ min: number, max: number, step: number }} [range]  with a slider
 * @property {readonly [string, string][]} [choices]  value and label
 * @property {boolean} [wide]
 *
 * @typedef {object} Line
 * @property {string} name
 * @property {string} ours
 * @property {string | null} golden   PyTorch's; null: the notebook has none for these inputs
 * @property {boolean | string} [equal]   or how far apart they are
 *
 * @typedef {object} Result
 * @property {[string, string, string, string]} head  column titles: name, ours, PyTorch's ("" if nothing is compared), verdict
 * @property {Line[]} lines
 * @property {unknown} [after]  what else there is to show
 * @property {Record<string, string>} [live]  values for the code beside the cell
 *
 * @typedef {import("../state/types.js").Loading} Loading
 *
 * @typedef {object} Watch  Hears how far a model is on its way, and can call it off.
 * @property {(at: Loading) => void} onProgress
 * @property {AbortSignal} signal
 *
 * @typedef {object} Cell
 * @property {string} name
 * @property {Input[]} inputs
 * @property {boolean} [isBeyond]  the notebook has nothing like it
 * @property {string} [button]   the cell runs when this is pressed, not by itself
 * @property {Result} like       a result as long as any: it keeps the room, unseen, whatever the font
 * @property {(lab: Lab, values: Record<string, string>, watch: Watch) => Promise<Result>} run
 */

const format = makeFormat(en);

/** The column titles of most cells. @type {Result["head"]} */
export const HEAD = ["", "This engine", "PyTorch", ""];

/**
 * Puts a cell in its place on the page, with its inputs and the room that it needs.
 * @param {HTMLElement} place
 * @param {Cell} cell
 * @param {() => Promise<Lab>} open
 * @param {(live: Record<string, string>) => void} [tell] hears the values for the code beside it
 * @returns {() => void} brings it to life
 */
export function enliven(place, cell, open, tell = () => {}) {
  let values = startValues(cell);
  /** The inputs of the last result. */
  let ran = { ...values };
  /** @type {Result | null} */
  let result = null;
  let problem = "";
  let busy = false;
  let cancelled = false;
  /** @type {Loading | null} */
  let at = null;
  let stop = new AbortController();
  let turn = 0;

  async function run() {
    turn += 1;
    const mine = turn;
    const used = { ...values };
    stop = new AbortController();
    const onProgress = (/** @type {Loading} */ progress) => {
      if (mine !== turn) return;
      at = isRead(progress) ? null : progress;
      show();
    };
    [busy, cancelled, problem] = [true, false, ""];
    show();
    try {
      const found = await cell.run(await open(), used, { onProgress, signal: stop.signal });
      if (mine !== turn) return;
      [result, ran] = [found, used];
      if (found.live) tell(found.live);
    } catch (error) {
      if (mine !== turn) return;
      cancelled = error instanceof Error && error.name === "AbortError";
      // The inputs go with the result that is shown.
      if (cancelled) values = { ...ran };
      else {
        [result, problem] = [null, sentence(saidOf(error))];
        tell({});
      }
    }
    [busy, at] = [false, null];
    show();
  }

  function show() {
    const isOld = result !== null && Object.entries(ran).some(([name, value]) => values[name] !== value);
    const now = { values, result, problem, busy, cancelled, at, isOld };
    render(cellView(cell, now, { change, run, cancel: () => stop.abort() }), place);
  }

  /** @param {string} name @param {string} value */
  function change(name, value) {
    values[name] = value;
    if (cell.button) show();
    else void run();
  }

  show();
  return () => {
    if (!cell.button) void run();
  };
}

/** @param {Cell} cell @returns {Record<string, string>} */
const startValues = (cell) => Object.fromEntries(cell.inputs.map(({ name, start }) => [name, start]));

/** Whether all of a model is there. @param {Loading} at */
const isRead = ({ stage, loaded, total }) => stage === "read" && loaded === total;

/**
 * @param {Cell} cell
 * @param {{ values: Record<string, string>, result: Result | null, problem: string, busy: boolean, cancelled: boolean, at: Loading | null, isOld: boolean }} now  isOld: the result is that of other inputs
 * @param {{ change: (name: string, value: string) => void, run: () => void, cancel: () => void }} actions
 */
function cellView(cell, { values, result, problem, busy, cancelled, at, isOld }, { change, run, cancel }) {
  const isStart = cell.inputs.every(({ name, start }) => values[name] === start);
  const reset = () => {
    for (const { name, start } of cell.inputs) change(name, start);
  };
  return html`<div class="cell-inputs">
      ${cell.inputs.map((input) => inputView(cell.name, input, values[input.name], change))}
      ${isStart ? nothing : html`<button type="button" @click=${reset}>${cell.isBeyond ? "The first values" : "The notebook’s values"}</button>`}
      ${cell.button ? html`<button type="button" class="primary" aria-disabled=${busy} @click=${() => busy || run()}>${cell.button}</button>` : nothing}
    </div>
    ${problem ? html`<p class="cell-problem" role="alert">${problem}</p>` : nothing}
    <div class="result">
      <div class="sketch" aria-hidden="true" inert>${tableView(cell.like)}</div>
      <div class="found">${at ? loadingView(at, cancel) : result ? foundView(result) : nothing}</div>
    </div>
    <div class="result verdict-line">
      <p class="sketch" aria-hidden="true">${OTHER_INPUTS}</p>
      <p class="cell-verdict" role="status">${statusOf({ busy, cancelled, at }) || (isOld ? OLD : cell.isBeyond ? "" : verdictOf(result, isStart))}</p>
    </div>`;
}

/**
 * @param {string} cell
 * @param {Input} input
 * @param {string} value
 * @param {(name: string, value: string) => void} change
 */
function inputView(cell, { name, label, range, choices, wide }, value, change) {
  const id = `${cell}-${name}`;
  const take = (/** @type {any} */ event) => change(name, event.target.value);
  if (choices)
    return html`<span class="cell-input"><label for=${id}>${label}</label>
      <select id=${id} @change=${take}>
        ${choices.map(([choice, text]) => html`<option value=${choice} ?selected=${choice === value}>${text}</option>`)}
      </select></span>`;
  return html`<span class="cell-input ${wide ? "wide" : ""}"><label for=${id}>${label}</label>
    <input id=${id} class=${wide ? "wide" : "narrow"} type="text" autocomplete="off" spellcheck="false" .value=${value} @change=${take} />
    ${
      range
        ? html`<input type="range" aria-label="${label}, slider" min=${range.min} max=${range.max} step=${range.step} .value=${value} @input=${take} />`
        : nothing
    }</span>`;
}

/** @param {Loading} at @param {() => void} cancel */
const loadingView = (at, cancel) =>
  html`<div class="cell-loading">
    ${progress(at, enOfGpt, format)} <button type="button" @click=${cancel}>${enOfGpt.gpt.cancel}</button>
  </div>`;

/** @param {{ busy: boolean, cancelled: boolean, at: Loading | null }} now */
function statusOf({ busy, cancelled, at }) {
  if (at) return `${enOfGpt.gpt.progress} …`;
  if (busy) return "Computing …";
  return cancelled ? enOfGpt.gpt.cancelled : "";
}

/** @param {Result} result */
const foundView = (result) =>
  html`<div class="scroll" tabindex="0" role="group" aria-label="Results">${tableView(result)}</div>`;

/** @param {Result} result */
function tableView({ head: [name, ours, theirs, verdict], lines, after }) {
  const isCompared = theirs !== "";
  const title = (/** @type {string} */ text) => (text ? html`<th scope="col">${text}</th>` : html`<td></td>`);
  return html`<table>
      <thead>
        <tr>${title(name)}${title(ours)}${isCompared ? [title(theirs), title(verdict)] : nothing}</tr>
      </thead>
      <tbody>
        ${lines.map((line) => rowView(line, isCompared))}
      </tbody>
    </table>
    ${after ?? nothing}`;
}

/** @param {Line} line @param {boolean} isCompared */
const rowView = ({ name, ours, golden, equal }, isCompared) =>
  html`<tr>
    <th scope="row">${name}</th>
    <td class="ours">${ours}</td>
    ${
      isCompared
        ? html`<td class="golden">${golden ?? "–"}</td>
            <td class="verdict">${golden === null ? nothing : (VERDICTS.get(equal) ?? equal)}</td>`
        : nothing
    }
  </tr>`;

/** @type {Map<unknown, string>} */
const VERDICTS = new Map([
  [true, "= equal"],
  [false, "≠ differs"],
]);

/** Said of a result whose inputs have been changed since. */
const OLD = "These are the values of the inputs before.";

/** The longest verdict. */
const OTHER_INPUTS = "The notebook has no value for these inputs.";

/** @param {Result | null} result @param {boolean} isStart */
function verdictOf(result, isStart) {
  const compared = result?.lines.filter(({ golden }) => golden !== null) ?? [];
  if (!result) return "";
  if (compared.length === 0) return isStart ? "" : OTHER_INPUTS;
  const n_equal = compared.filter(({ equal }) => equal === true).length;
  if (n_equal === compared.length) return "Equal to PyTorch, to the last bit.";
  return `${n_equal} of ${compared.length} values are equal to PyTorch’s.`;
}
