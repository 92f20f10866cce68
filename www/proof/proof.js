/**
 * The same draws on the CPU and on a GPU, compared: of given rows, and of a GPT whose logits are computed twice, too.
 *
 * @typedef {import("../engine/lab.js").Lab} Lab
 * @typedef {{ lab: Lab, model: import("../engine/handles.js").Model }} Side
 * @typedef {{ cpu: number, gpu: number }} Both
 * @typedef {{ settings: object, draw: number, token: Both, probability: Both }} Difference
 * @typedef {{ n: number, same_tokens: number, same_bits: number, first_difference: Difference | null }} Draws
 */
import { engineSettings } from "../state/settings.js";

/** Draws from rows, and tokens of the GPT. */
export const N_DRAWS = 100_000;
export const N_TOKENS = 2_000;

/** Rows in a call: as many as the GPT sees tokens. */
const BATCH = 512;

/** Tokens of a text that is begun anew, prompt included below what the GPT sees. */
const TEXT = 500;

const PROMPT = "once there was a ";

/**
 * @param {{ cpu: Side, gpu: Side, presets: readonly { fields: Record<string, string> }[], n?: number, tell: (compared: number) => void }} sides
 * @returns {Promise<Draws>}
 */
export async function compareDraws({ cpu, gpu, presets, n = N_DRAWS, tell }) {
  const { ids } = await cpu.model.encode(PROMPT.repeat(BATCH).slice(0, BATCH));
  const logits = await cpu.model.forward(ids);
  /** @type {Draws} */
  const seen = { n: 0, same_tokens: 0, same_bits: 0, first_difference: null };
  for (let call = 0; seen.n < n; call++) {
    const settings = { ...engineSettings(presets[call % presets.length].fields), seed: call };
    const batch = Math.min(BATCH, n - seen.n);
    const rows = logits.subarray(0, batch * cpu.model.vocabSize);
    const [a, b] = await Promise.all([cpu, gpu].map(({ lab }) => lab.sample(rows, drawn(settings), { batch })));
    for (let row = 0; row < batch; row++) count(seen, settings, row, [a, b]);
    seen.n += batch;
    tell(seen.n);
  }
  return seen;
}

/** What belongs to a row alone. @param {Record<string, unknown>} settings */
const drawn = ({ max_new_tokens: _, ...settings }) => settings;

/**
 * @param {Draws} seen
 * @param {object} settings
 * @param {number} row
 * @param {import("../engine/types.js").Sampled[]} both the CPU's and the GPU's
 */
function count(seen, settings, row, [cpu, gpu]) {
  const token = { cpu: cpu.tokens[row], gpu: gpu.tokens[row] };
  const probability = { cpu: cpu.probabilities[row], gpu: gpu.probabilities[row] };
  const isSameToken = token.cpu === token.gpu;
  const isSame = isSameToken && probability.cpu === probability.gpu;
  seen.same_tokens += isSameToken ? 1 : 0;
  seen.same_bits += isSame ? 1 : 0;
  if (!isSame) seen.first_difference ??= { settings, draw: seen.n + row, token, probability };
}

/**
 * The engine's own live check: it does every step on both, and goes on with the CPU's.
 * @param {{ gpu: Side, n?: number, tell: (compared: number) => void }} what
 */
export async function compareTokens({ gpu: { lab, model }, n = N_TOKENS, tell }) {
  await lab.liveCheck(true);
  try {
    let rows = 0;
    for (let seed = 0; rows < n; seed++) {
      const max_new_tokens = Math.min(TEXT - PROMPT.length, n - rows);
      const run = { model, prompt: PROMPT, seed, max_new_tokens, chunk: 20, eos_token_id: null };
      for await (const step of lab.generate(run)) if (!step.finished) tell(rows + step.tokens.length);
      const before = rows;
      rows = (await lab.checkReport())?.rows ?? 0;
      if (rows === before) throw new Error("no step was compared");
      tell(rows);
    }
    return await lab.checkReport();
  } finally {
    await lab.liveCheck(false);
  }
}
