import type { Trace } from "../engine/types.js";
import type { Settings } from "../generated/settings.js";
import type { Dictionary, Part } from "../lib/languages.js";
import type { Forced, ModelChoice, Place, Problem, View } from "../state/types.js";
import type { LogitLabElement } from "./logit-lab-element.js";

/** A value that a program sets: text as one would type it, or a number; `null` takes back what was given. */
export type Value = string | number | bigint | null | undefined;

/** The settings that are properties, and in kebab case attributes. */
export type SettingName = Exclude<keyof Settings, "logit_bias" | "penalty_window" | "order"> | "max_new_tokens";

/** What an author gives the lab to draw with. Read, each is the text in force. */
export type GivenProperties = {
  /** The text to go on from. */
  get prompt(): string;
  set prompt(text: string | null | undefined);
  /** Which model gives the logits; without it `src`, `logits` or `text` say so. */
  get model(): ModelChoice["kind"];
  set model(kind: ModelChoice["kind"] | null | undefined);
  /** Logits of your own: numbers, or what a notebook prints. */
  get logits(): string;
  set logits(logits: string | ArrayLike<number> | null | undefined);
  /** Their names. */
  get labels(): string;
  set labels(labels: string | readonly string[] | null | undefined);
  /** The text that the counted bigram counts. */
  get text(): string;
  set text(text: string | null | undefined);
  /** Where a GPT lies: an address, or a repository of Hugging Face's. */
  get src(): string;
  set src(address: string | null | undefined);
  /** The seed of a bigram's random weights. */
  get model_seed(): string;
  set model_seed(seed: Value);
  /** The generator of a bigram's random weights. */
  get model_rng(): ModelChoice["rng"];
  set model_rng(rng: ModelChoice["rng"] | null | undefined);
  /** What the counted bigram adds to every count. */
  get smoothing(): string;
  set smoothing(smoothing: Value);
  /** Whether a GPT keeps keys and values from token to token. */
  get kv_cache(): "on" | "off";
  set kv_cache(cache: "on" | "off" | boolean | null | undefined);
  /** The order of the stages. */
  get order(): string;
  set order(stages: string | readonly string[] | null | undefined);
  /** Stages that are switched off. */
  get off(): string;
  set off(stages: string | readonly string[] | null | undefined);
} & { [name in SettingName]: Value } & Listening;

interface Listening {
  addEventListener<Type extends keyof LogitLabEventMap>(
    type: Type,
    listener: (this: LogitLabElement, event: LogitLabEventMap[Type]) => unknown,
    options?: boolean | AddEventListenerOptions,
  ): void;
  addEventListener(
    type: string,
    listener: EventListenerOrEventListenerObject,
    options?: boolean | AddEventListenerOptions,
  ): void;
}

/** What happened to the text: everything can be written as JSON, and a seed is a text. */
export interface Result {
  text: string;
  tokens: number[];
  /** (n) what each token is */
  labels: string[];
  /** (n) with what probability each was drawn */
  probabilities: number[];
  finish_reason: string | null;
  seed: string | null;
  settings: Record<string, unknown>;
}

/** A token that was chosen. */
export interface Selected {
  /** which new token, from 0 */
  index: number;
  token: number;
  label: string;
  probability: number;
  /** what every stage did; the numbers of tokens are plain arrays */
  trace: Plain<Trace>;
}

/** The same with plain arrays, and with text for integers of 64 bits. */
export type Plain<T> = T extends bigint
  ? string
  : T extends Float32Array | Float64Array | Uint32Array | Int32Array | Uint8Array
    ? number[]
    : T extends readonly (infer Item)[]
      ? Plain<Item>[]
      : T extends object
        ? { [key in keyof T]: Plain<T[key]> }
        : T;

export interface LogitLabEventMap {
  "backend-change": CustomEvent<Place>;
  "config-change": CustomEvent<{ prompt: string; model: ModelChoice; fields: Record<string, string>; forced: Forced }>;
  "generate-start": CustomEvent<{ prompt: string }>;
  "generate-end": CustomEvent<Result>;
  select: CustomEvent<Selected>;
  error: CustomEvent<Problem>;
}

/** What a template of a framework sets, by the names of the properties. */
export type LogitLabProps = {
  [name in SettingName | "smoothing" | "model_seed"]?: Value;
} & {
  prompt?: string | null;
  model?: ModelChoice["kind"] | null;
  logits?: string | ArrayLike<number> | null;
  labels?: string | readonly string[] | null;
  text?: string | null;
  src?: string | null;
  model_rng?: ModelChoice["rng"] | null;
  kv_cache?: "on" | "off" | boolean | null;
  order?: string | readonly string[] | null;
  off?: string | readonly string[] | null;
  view?: string | null;
  controls?: string | readonly string[] | null;
  tabs?: string | readonly string[] | null;
  tab?: View | null;
  token?: number | null;
  readonly?: boolean;
  autoload?: boolean;
  theme?: "auto" | "light" | "dark" | null;
  shareBase?: string | null;
  smollm2?: string | null;
  strings?: Part<Dictionary> | null;
};

/** Handlers as React and Svelte name them. */
export type LogitLabHandlers = {
  [type in keyof LogitLabEventMap as `on${type}`]?: (event: LogitLabEventMap[type]) => unknown;
};

/** The tags that `logitlab/define` defines. */
export interface LogitLabTags {
  "logit-lab": LogitLabElement;
}

declare global {
  interface HTMLElementTagNameMap extends LogitLabTags {}
}
