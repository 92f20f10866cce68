/**
 * What every browser with WebGPU has to show: the GPU draws what the CPU draws. Each function that takes an element runs in the page, so it is
 * whole in itself.
 */
import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { after } from "node:test";

/** Rows that take every way through the kernels: any order, long rows, races. @type {[n_logits: number, settings: Record<string, unknown>][]} */
export const KERNEL_ROWS = [
  [30, {}],
  [30, { temperature: 0.7, top_k: 5, top_p: 0.9, min_p: 0.05 }],
  [1000, { temperature: 1.3, top_p: 0.95 }],
  [1000, { top_k: 300, temperature: 2 }],
  [50257, { temperature: 0.8, top_k: 50, top_p: 0.9 }],
  [50257, { temperature: 1.5 }],
  [50257, { top_p: 0.98 }],
  [
    9000,
    {
      order: ["min_p", "top_p", "top_k", "temperature", "penalties", "bias"],
      top_p: 0.9,
      top_k: 40,
      min_p: 0.02,
      temperature: 0.7,
    },
  ],
  [500, { temperature: 0 }],
  [40, { rng: "torch", temperature: 0.9, top_p: 0.9 }],
  [
    300,
    {
      repetition_penalty: 1.3,
      presence_penalty: 0.4,
      frequency_penalty: 0.2,
      logit_bias: { 7: 3, 9: -1 },
      history: { prompt: [1, 2, 3], output: [7, 7, 9] },
    },
  ],
];

/**
 * Draws each on WebGPU, and then each on the CPU: whoever comes back to WebGPU compiles its kernels anew.
 * @param {{ evaluate: (draw: any, argument: any) => Promise<any> }} element
 * @param {[draw: (element: Element, argument: any) => Promise<any>, argument: any][]} draws
 * @returns {Promise<{ gpu: any, cpu: any }[]>} what each gave
 */
export async function onBoth(element, draws) {
  const on = async (/** @type {string} */ backend) => {
    await element.evaluate(choose, backend);
    const given = [];
    for (const [draw, argument] of draws) given.push(await element.evaluate(draw, argument));
    return given;
  };
  const [gpu, cpu] = [await on("webgpu"), await on("cpu")];
  return gpu.map((given, i) => ({ gpu: given, cpu: cpu[i] }));
}

/** @param {Element} element @param {string} backend */
const choose = async (element, backend) => {
  await /** @type {any} */ (element).lab.setBackend(backend);
};

/** Fails where rows are other ones on the two, or where they were not drawn there. @param {{ gpu: Drawn, cpu: Drawn }} drawn */
export function assertSameRows({ gpu, cpu }) {
  assert.deepEqual([gpu.kind, cpu.kind], ["webgpu", "cpu"]);
  assert.equal(gpu.rows.length, cpu.rows.length);
  const differing = gpu.rows.flatMap((row, i) =>
    row === cpu.rows[i] ? [] : `${row} on WebGPU, ${cpu.rows[i]} on the CPU`,
  );
  assert.deepEqual(differing, []);
}

/** @typedef {{ kind: string, rows: string[] }} Drawn where rows were drawn last, and what came out of each */

/**
 * Draws and traces every row.
 * @param {Element} element
 * @param {typeof KERNEL_ROWS} settingsOfRows
 * @returns {Promise<Drawn>}
 */
export async function drawnRows(element, settingsOfRows) {
  const { lab } = /** @type {any} */ (element);
  const rows = [];
  for (const [n, settings] of settingsOfRows) {
    const logits = Float32Array.from({ length: n }, (_, i) => ((i * 7919) % 1009) / 60 - ((i * 31) % 17));
    const { tokens, probabilities, kept } = await lab.sample(logits, { seed: 5, ...settings });
    const trace = await lab.trace(logits, { seed: 5, ...settings });
    const left = trace.stages.map((/** @type {any} */ stage) => stage.kept).join();
    // A race's shares are PyTorch's f32 softmax, which the GPU may round otherwise.
    const share = settings.rng ? 0 : probabilities[0];
    rows.push([n, JSON.stringify(settings), tokens[0], share, kept[0], trace.draw.token, left].join(" | "));
  }
  return { kind: lab.backend.kind, rows };
}

/** Vocabularies of the random batches: every kind of tail, one block and several. */
const VOCAB_SIZES = [2, 3, 7, 30, 256, 257, 1000, 1025, 9000];
/** Rows of a random batch. */
const N_ROWS = 42;

/** How many random rows are compared. */
export const N_RANDOM_ROWS = VOCAB_SIZES.length * 2 * N_ROWS;

/**
 * Batches of random rows under random settings, each row its own: in the default order, which the fused kernels take, and in any order.
 * @returns {{ vocab_size: number, logits: (number | null)[], settings: Record<string, unknown>[] }[]} null is a masked logit
 */
export function randomBatches() {
  let state = 20_261_123;
  const random = () => {
    // mulberry32
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  };
  const below = (/** @type {number} */ n) => Math.floor(random() * n);
  const pick = (/** @type {any[]} */ of) => of[below(of.length)];
  /** Kinds of rows. @type {((i: number, n: number) => number | null)[]} */
  const kinds = [
    () => (random() + random() + random() - 1.5) * 6,
    () => (random() - 0.5) * 0.2,
    () => below(4),
    () => (random() < 0.9 ? null : random() * 5),
    (i, n) => (16 * i) / n - 8,
    () => 1.5,
    () => pick([1e4, -1e4, 0, 3]),
    () => pick([1e-40, -1e-40, 0, 1]),
  ];
  const order = ["bias", "penalties", "temperature", "top_k", "top_p", "min_p"];
  const settingsOf = (/** @type {number} */ n, /** @type {boolean} */ shuffled) => {
    const all = {
      logit_bias: { [below(n)]: pick([2, -1.5, 0]), [below(n)]: 0.5 },
      repetition_penalty: pick([1.2, 0.8]),
      presence_penalty: pick([0.5, -0.75]),
      frequency_penalty: 0.25,
      temperature: pick([0, 0.3, 0.8, 1.3, 3]),
      top_k: pick([1, 2, 7, 50, 129, n]),
      top_p: pick([0, 0.1, 0.5, 0.9, 0.999]),
      min_p: pick([0.001, 0.1, 0.5, 1]),
    };
    const some = Object.entries(all).filter(() => random() < 0.5);
    const history = { prompt: [below(n), below(n)], output: [below(n), below(n), below(n)] };
    const places = shuffled ? [...order].sort(() => random() - 0.5) : order;
    return { seed: below(2 ** 32), history, order: places, ...Object.fromEntries(some) };
  };
  return VOCAB_SIZES.flatMap((vocab_size) =>
    [false, true].map((shuffled) => {
      const rows = Array.from({ length: N_ROWS }, (_, row) => {
        const kind = kinds[row % kinds.length];
        const logits = Array.from({ length: vocab_size }, (_, i) => kind(i, vocab_size));
        logits[below(vocab_size)] ??= 0; // something is left
        return logits;
      });
      const settings = rows.map(() => settingsOf(vocab_size, shuffled));
      return { vocab_size, logits: rows.flat(), settings };
    }),
  );
}

/**
 * Draws every batch.
 * @param {Element} element
 * @param {ReturnType<typeof randomBatches>} batches
 * @returns {Promise<Drawn>}
 */
export async function drawnBatches(element, batches) {
  const { lab } = /** @type {any} */ (element);
  const rows = [];
  for (const { vocab_size, logits, settings } of batches) {
    const values = Float32Array.from(logits, (x) => x ?? Number.NEGATIVE_INFINITY);
    const { tokens, probabilities, kept } = await lab.sample(values, settings);
    for (const [row, its] of settings.entries())
      rows.push([vocab_size, JSON.stringify(its), tokens[row], probabilities[row], kept[row]].join(" | "));
  }
  return { kind: lab.backend.kind, rows };
}

/** A text long enough for whatever drifts to be seen. */
export const LONG_TEXT = 10_000;

/**
 * A long text from one call, which on WebGPU leaves the loop on the device.
 * @param {Element} element
 * @param {number} n characters
 * @returns {Promise<{ text: string, backend: string, calls: number | undefined }>}
 */
export async function longText(element, n) {
  const { lab } = /** @type {any} */ (element);
  const model = await lab.model({ kind: "bigram", seed: 4 });
  const options = { model, prompt: "the ", seed: 2026, max_new_tokens: n, chunk: n, temperature: 0.9, top_p: 0.95 };
  let end;
  for await (end of lab.generate(options));
  await model.dispose();
  return { text: end.new_text, backend: end.timings.backend, calls: end.timings.gpu?.calls };
}

/** @param {{ gpu: any, cpu: any }} texts */
export function assertSameLongText({ gpu, cpu }) {
  assert.deepEqual([gpu.backend, cpu.backend], ["webgpu", "cpu"]);
  assert.ok(gpu.calls > 0 && gpu.calls < LONG_TEXT / 20, `${gpu.calls} calls of the device for ${LONG_TEXT} tokens`);
  assert.equal(cpu.text.length, LONG_TEXT);
  const at = [...cpu.text].findIndex((character, i) => character !== gpu.text[i]);
  const around = (/** @type {string} */ text) => JSON.stringify(text.slice(Math.max(0, at - 20), at + 20));
  assert.equal(at, -1, `character ${at} is the first that differs: ${around(gpu.text)} and ${around(cpu.text)}`);
  assert.equal(gpu.text, cpu.text);
}

const goldens = JSON.parse(await readFile(new URL("../../golden/goldens.json", import.meta.url), "utf8"));

/** What the notebook printed in PyTorch. @type {{ kwargs: Record<string, number>, text: string }[]} */
export const NOTEBOOK_TEXTS = Object.values(goldens.generated);

/**
 * The notebook's texts, by whatever computes.
 * @param {Element} element
 * @param {Record<string, number>[]} settings
 * @returns {Promise<{ text: string, backend: string }[]>}
 */
export async function notebookTexts(element, settings) {
  const { lab } = /** @type {any} */ (element);
  // The notebook's table comes from the stream that its samples have moved on.
  const generator = await lab.generator("torch", 123);
  for (const stage of [{ temperature: 2 }, { top_k: 2 }, { top_p: 0.9 }])
    await lab.sample([2.0, -1.5, 0.3, 4.2, -0.8], stage, { generator });
  const model = await lab.model({ kind: "bigram", generator });
  const texts = [];
  for (const kwargs of settings) {
    for await (const step of lab.generate({
      model,
      prompt: "the ",
      max_new_tokens: 80,
      rng: "torch",
      seed: 7,
      ...kwargs,
    }))
      if (step.finished) texts.push({ text: step.text, backend: step.timings.backend });
  }
  await model.dispose();
  return texts;
}

/** @typedef {Awaited<ReturnType<typeof notebookTexts>>} NotebookTexts */

/** @param {{ gpu: NotebookTexts, cpu: NotebookTexts }} drawn */
export function assertNotebook({ gpu, cpu }) {
  assert.equal(gpu.length, 4);
  const wanted = (/** @type {string} */ backend) => NOTEBOOK_TEXTS.map(({ text }) => ({ text, backend }));
  assert.deepEqual(gpu, wanted("webgpu"));
  assert.deepEqual(cpu, wanted("cpu"));
}

/** What the browser says of its GPU; runs in the page. @returns {Promise<string>} */
export async function adapterName() {
  const adapter = await /** @type {any} */ (navigator).gpu?.requestAdapter();
  if (!adapter) return "no adapter";
  const { vendor, architecture, description } = adapter.info;
  return [vendor, architecture, description].filter(Boolean).join(" ") || "unnamed adapter";
}

/** What passed, by backend and adapter. @type {Map<string, Map<string, number>>} */
const passed = new Map();

/**
 * @param {string} backend
 * @param {string} adapter
 * @param {string} what "rows"
 * @param {number} [n]
 */
export function count(backend, adapter, what, n = 1) {
  const place = `${backend} × ${adapter}`;
  const counts = passed.get(place) ?? new Map();
  passed.set(place, counts.set(what, (counts.get(what) ?? 0) + n));
}

after(() => {
  const places = Array.from(passed, ([place, counts]) => {
    const cases = Array.from(counts, ([what, n]) => `${what}: ${n.toLocaleString("en")}`);
    return `${place} × ${cases.join(", ")}`;
  });
  console.log(places.join("; ") || "nothing passed");
});
