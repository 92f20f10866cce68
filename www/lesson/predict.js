import { html, nothing, render } from "lit";
import { sentence } from "../components/problem.js";
import { saidOf } from "../lib/said.js";
import { LESSON_LOGITS, six } from "./shared.js";

/**
 * Predict, then reveal: an answer is chosen before the engine tells.
 *
 * @typedef {import("./cell.js").Lab} Lab
 * @typedef {object} Question
 * @property {string} name
 * @property {(known: string) => string} ask   with a number of the engine's
 * @property {string[]} choices
 * @property {(lab: Lab) => Promise<{ known: string, truth: number, because: string }>} make with the engine's numbers
 */

/** @param {Lab} lab @param {object} settings @returns {Promise<number>} how many tokens are left */
const left = async (lab, settings) => (await lab.trace(LESSON_LOGITS, { rng: "torch", seed: 0, ...settings })).kept;

const MORE_FEWER = ["more", "as many", "fewer"];

/** @param {number} before @param {number} after */
const compared = (before, after) => (after > before ? 0 : after === before ? 1 : 2);

/** @type {Question[]} */
export const QUESTIONS = [
  {
    name: "predict-temperature",
    ask: (known) => `At τ = 1 token 3 has ${known}. What happens to it at τ = 2?`,
    choices: ["it grows", "it stays", "it shrinks"],
    make: async (lab) => {
      const [p] = [await lab.softmax(LESSON_LOGITS, { temperature: 1 })];
      const q = await lab.softmax(LESSON_LOGITS, { temperature: 2 });
      return {
        known: six(p[3]),
        truth: q[3] > p[3] ? 0 : q[3] === p[3] ? 1 : 2,
        because: `It becomes ${six(q[3])}: dividing by 2 halves the distance to the others, so they gain.`,
      };
    },
  },
  {
    name: "predict-top-p",
    ask: (known) => `With top-p 0.9, ${known} tokens are kept at temperature 1. How many at temperature 0.5?`,
    choices: MORE_FEWER,
    make: async (lab) => {
      const [before, after] = [await left(lab, { top_p: 0.9 }), await left(lab, { temperature: 0.5, top_p: 0.9 })];
      return {
        known: String(before),
        truth: compared(before, after),
        because: `${after}: the sharper distribution reaches 0.9 sooner, and top-p comes after the temperature.`,
      };
    },
  },
  {
    name: "predict-top-k",
    ask: () => "The logits are 1, 2, 2, 2, 3. How many tokens does top-k with k = 3 keep?",
    choices: ["2", "3", "4"],
    make: async (lab) => {
      const { kept } = await lab.trace([1, 2, 2, 2, 3], { top_k: 3, rng: "torch", seed: 0 });
      return {
        known: "",
        truth: ["2", "3", "4"].indexOf(String(kept)),
        because: `${kept}: the rule drops what is smaller than the third largest value, and three tokens tie with it.`,
      };
    },
  },
  {
    name: "predict-seed",
    ask: () => "Temperature 0, two different seeds. Are the tokens the same?",
    choices: ["always", "by chance", "never"],
    make: async (lab) => {
      const draw = async (/** @type {number} */ seed) =>
        (await lab.sample(LESSON_LOGITS, { temperature: 0, rng: "torch", seed })).tokens[0];
      const same = (await draw(1)) === (await draw(2));
      return {
        known: "",
        truth: same ? 0 : 1,
        because: "Greedy takes the largest logit and uses no random number, so the seed has nothing to decide.",
      };
    },
  },
];

/**
 * Puts a question in its place on the page. It cannot be answered before the engine knows.
 * @param {HTMLElement} place
 * @param {Question} question
 * @param {() => Promise<Lab>} open
 * @returns {() => void} asks the engine
 */
export function pose(place, question, open) {
  /** @type {Awaited<ReturnType<Question["make"]>> | null} */
  let found = null;
  let chosen = -1;
  let problem = "";
  const show = () => {
    const choose = (/** @type {number} */ i) => {
      chosen = i;
      show();
    };
    const failed = html`<p class="cell-problem" role="alert">${problem}</p>`;
    render(problem ? failed : questionView(question, found, chosen, choose), place);
  };
  show();
  return async () => {
    try {
      found = await question.make(await open());
    } catch (error) {
      problem = sentence(saidOf(error));
    }
    show();
  };
}

/**
 * @param {Question} question
 * @param {Awaited<ReturnType<Question["make"]>> | null} found  null: not known yet
 * @param {number} chosen  the answer, or -1
 * @param {(i: number) => void} choose
 */
function questionView({ name, ask, choices }, found, chosen, choose) {
  const truth = found && chosen >= 0 ? found.truth : -1;
  return html`<fieldset class=${found ? "" : "sketch"} ?inert=${!found}>
    <legend><b>Predict.</b> ${ask(found?.known ?? "0.000000")}</legend>
    <div class="choices">
      ${choices.map(
        (choice, i) =>
          html`<button type="button" aria-pressed=${chosen === i} ?data-truth=${i === truth} @click=${() => choose(i)}>${choice}</button>`,
      )}
    </div>
    <p class="reveal" role="status" id=${name}>${
      found && truth >= 0
        ? html`<b>${chosen === truth ? "Yes." : `No: ${choices[truth]}.`}</b> ${found.because}`
        : nothing
    }</p>
  </fieldset>`;
}
