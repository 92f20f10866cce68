import { html, nothing, render } from "lit";
import { sentence } from "../components/problem.js";
import { saidOf } from "../lib/said.js";
import { TASKS } from "./diagnose.js";

/** @type {Record<import("./diagnose.js").Verdict["kind"], string>} */
const VERDICTS = { equal: "Equal.", differs: "Not equal.", coarse: "Cannot tell.", unread: "Not read." };

/**
 * Check yourself: paste what your notebook printed.
 * @param {HTMLElement} place
 * @param {() => Promise<import("./cell.js").Lab>} open
 */
export function checkYourself(place, open) {
  let task = TASKS[0];
  let text = "";
  /** @type {import("./diagnose.js").Verdict | null} */
  let verdict = null;

  // Judging takes time, and the task or the text may change meanwhile: what was asked last is shown.
  let latest = 0;

  async function judge() {
    latest += 1;
    const mine = latest;
    const found = text.trim() === "" ? null : await judged();
    if (mine !== latest) return;
    verdict = found;
    show();
  }

  /** @returns {Promise<import("./diagnose.js").Verdict>} */
  async function judged() {
    try {
      return await task.judge(text, await open());
    } catch (error) {
      return { kind: "unread", where: sentence(saidOf(error)), mistake: "" };
    }
  }

  function show() {
    render(
      html`<div class="cell-inputs">
          <label for="check-task">What is it?</label>
          <select
            id="check-task"
            @change=${(/** @type {Event & { target: HTMLSelectElement }} */ event) => {
              task = TASKS.find(({ name }) => name === event.target.value) ?? task;
              void judge();
            }}
          >
            ${TASKS.map(({ name, label }) => html`<option value=${name}>${label}</option>`)}
          </select>
        </div>
        <label for="check-text">Your output: a list, a tensor or a string, as Python prints it</label>
        <textarea
          id="check-text"
          rows="4"
          spellcheck="false"
          @input=${(/** @type {InputEvent & { target: HTMLTextAreaElement }} */ event) => {
            text = event.target.value;
          }}
        ></textarea>
        <p><button type="button" class="primary" @click=${judge}>Check</button></p>
        <p class="cell-verdict" role="status">${
          verdict ? html`<b>${VERDICTS[verdict.kind]}</b> ${verdict.where} ${verdict.mistake}` : nothing
        }</p>`,
      place,
    );
  }
  show();
}
