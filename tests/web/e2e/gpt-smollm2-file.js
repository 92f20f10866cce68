/** SmolLM2's real file for page tests, which the test's server has where `npm run model smollm2` has fetched it, and what PyTorch wrote with it. */
import { existsSync, readFileSync } from "node:fs";
import { modelPath } from "../../../scripts/lib/models.js";

/** Where the page finds it. */
export const SMOLLM2_ADDRESS = "smollm2.gguf";

const golden = JSON.parse(readFileSync("tests/golden/llama/smollm2.json", "utf8"));

/** A prompt and its ids. @type {{ text: string, ids: number[] }} */
export const PROMPT = golden.texts[0];

/** The most likely tokens after it, one after the other. @param {number} n @returns {number[]} */
export const greedyIds = (n) => golden.greedy.slice(PROMPT.ids.length, PROMPT.ids.length + n);

/** Where the file must not be missing, a test fails instead. */
export const skipsModel = () =>
  existsSync(modelPath("smollm2")) || process.env.REQUIRE_MODELS ? false : "npm run model smollm2 fetches the model";

/** A link to that text, drawn greedily. @param {number} n tokens */
export const linkTo = (n) => `#v=1&model=smollm2&prompt=${encodeURIComponent(PROMPT.text)}&temperature=0&tokens=${n}`;
