/** What a strict TypeScript program writes with the library; compiled in several ways by tests/web/unit/types.test.js, never run. */

import {
  type BackendChangeEvent,
  createLab,
  type End,
  type ErrorCode,
  type GenerateOptions,
  LabError,
  type Model,
  type Sampled,
  type Settings,
  type StageName,
  type Step,
  type Trace,
} from "logitlab";

const lab = await createLab({ backend: "cpu" });
lab.addEventListener("backendchange", (event) => tell(event.detail.kind));
lab.addEventListener("backendchange", (event: BackendChangeEvent) => tell(event.detail.reason), { once: true });
// @ts-expect-error a backend has no knd
lab.addEventListener("backendchange", (event) => tell(event.detail.knd));

const settings: Settings = { temperature: 0.8, top_k: 50, logit_bias: { 3: -1 }, order: ["top_p", "top_k"], seed: 7n };
// @ts-expect-error no stage is called top_q
const misspelt: Settings = { order: ["top_q"] };
// @ts-expect-error a temperature is a number
const text: Settings = { temperature: "0.8" };

const sampled: Sampled = await lab.sample(new Float32Array(5), settings);
const trace: Trace = await lab.trace([1, 2, 3], settings);
const order: StageName[] = trace.order;
const named: StageName = "top_p";

const model: Model = await lab.model({ kind: "counted", text: "a text" });
const options: GenerateOptions = { ...settings, model, prompt: ["a ", "the "], stop_strings: "." };
for await (const value of lab.generate(options)) tell(value.finished ? ended(value) : went(value));

function ended({ finish_reason, seed }: End): string {
  return `${finish_reason} ${seed}`;
}
function went({ token, timings }: Step): string {
  return `${token} ${timings.backend}`;
}

try {
  await lab.softmax([]);
} catch (error) {
  if (error instanceof LabError) tell(error.code satisfies ErrorCode);
  // @ts-expect-error no error has this code
  if (error instanceof LabError) tell(error.code === "wrong_lenght");
}

declare function tell(...values: unknown[]): void;
tell(misspelt, text, sampled.tokens, named, order);
