import { html, nothing, render } from "lit";
import { LESSON_LOGITS, six } from "./shared.js";

/**
 * Predict, then reveal: an answer is chosen before the engine tells.
 *
 * @typedef {import("./cell.js").Lab} Lab
 * @typedef {object} Question
 * @property {string} name
 * @property {(lab: Lab) => Promise<{ ask: string, choices: string[], truth: number, because: string }>} make with the engine's numbers
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
    make: async (lab) => {
      const [p] = [await lab.softmax(LESSON_LOGITS, { temperature: 1 })];
      const q = await lab.softmax(LESSON_LOGITS, { temperature: 2 });
      return {
        ask: `At τ = 1 token 3 has ${six(p[3])}. What happens to it at τ = 2?`,
        choices: ["it grows", "it stays", "it shrinks"],
        truth: q[3] > p[3] ? 0 : q[3] === p[3] ? 1 : 2,
        because: `It becomes ${six(q[3])}: dividing by 2 halves the distance to the others, so they gain.`,
      };
    },
  },
  {
    name: "predict-top-p",
    make: async (lab) => {
      const [before, after] = [await left(lab, { top_p: 0.9 }), await left(lab, { temperature: 0.5, top_p: 0.9 })];
      return {
        ask: `With top-p 0.9, ${before} tokens are kept at temperature 1. How many at temperature 0.5?`,
        choices: MORE_FEWER,
        truth: compared(before, after),
        because: `${after}: the sharper distribution reaches 0.9 sooner, and top-p comes after the temperature.`,
      };
    },
  },
  {
    name: "predict-top-k",
    make: async (lab) => {
      const { kept } = await lab.trace([1, 2, 2, 2, 3], { top_k: 3, rng: "torch", seed: 0 });
      return {
        ask: "The logits are 1, 2, 2, 2, 3. How many tokens does top-k with k = 3 keep?",
        choices: ["2", "3", "4"],
        truth: ["2", "3", "4"].indexOf(String(kept)),
        because: `${kept}: the rule drops what is smaller than the third largest value, and three tokens tie with it.`,
      };
    },
  },
  {
    name: "predict-seed",
    make: async (lab) => {
      const draw = async (/** @type {number} */ seed) =>
        (await lab.sample(LESSON_LOGITS, { temperature: 0, rng: "torch", seed })).tokens[0];
      const same = (await draw(1)) === (await draw(2));
      return {
        ask: "Temperature 0, two different seeds. Are the tokens the same?",
        choices: ["always", "by chance", "never"],
        truth: same ? 0 : 1,
        because: "Greedy takes the largest logit and throws no coin, so the seed has nothing to decide.",
      };
    },
  },
];

/**
 * @param {HTMLElement} place
 * @param {Question} question
 * @param {() => Promise<Lab>} open
 */
export async function pose(place, { name, make }, open) {
  const { ask, choices, truth, because } = await make(await open());
  let chosen = -1;
  const show = () =>
    render(
      html`<fieldset>
        <legend><b>Predict.</b> ${ask}</legend>
        <div class="choices">
          ${choices.map(
            (choice, i) => html`<button
              type="button"
              aria-pressed=${chosen === i}
              ?data-truth=${chosen >= 0 && i === truth}
              @click=${() => {
                chosen = i;
                show();
              }}
            >
              ${choice}
            </button>`,
          )}
        </div>
        <p class="reveal" role="status" id=${name}>${
          chosen < 0 ? nothing : html`<b>${chosen === truth ? "Yes." : `No: ${choices[truth]}.`}</b> ${because}`
        }</p>
      </fieldset>`,
      place,
    );
  show();
}
