import { KNOBS_OF, readStages, STAGES } from "../state/knobs.js";

/**
 * What a knob does at its present value, in a few words.
 *
 * @typedef {import("../lib/strings.js").Strings} Strings
 * @typedef {import("../lib/format.js").Format} Format
 * @typedef {{ t: Strings, format: Format }} Words
 */

/** The knobs that do nothing while the best token is taken anyway. */
const IDLE_WHEN_GREEDY = new Set(["top_k", "top_p", "min_p"]);

/** The knobs that decide about coins. */
const COINS = new Set(["seed", "rng"]);

/**
 * @param {string} name the setting
 * @param {import("../state/types.js").LabState} state
 * @param {Words} words
 * @returns {string}
 */
export function effectOf(name, state, words) {
  const typed = (state.fields[name] ?? "").trim();
  const greedy = state.fields.temperature?.trim() !== "" && number(state.fields.temperature ?? "") === 0;
  if (greedy && IDLE_WHEN_GREEDY.has(name)) return words.t.effect.greedy_only;
  if (greedy && COINS.has(name)) return words.t.effect.no_coin;
  if (readStages(state.fields.off ?? "").includes(stageOf(name))) return words.t.effect.switched_off;
  return nothingHere(name, state, words) ?? (EFFECTS[name] ?? (() => ""))(typed, number(typed), state, words);
}

/** @param {string} name */
const stageOf = (name) => STAGES.find((stage) => KNOBS_OF[stage].includes(name)) ?? "";

/**
 * What to say of a filter that removes nothing from the distribution that is shown.
 * @param {string} name
 * @param {import("../state/types.js").LabState} state
 * @param {Words} words
 */
function nothingHere(name, { step }, { t, format }) {
  const stage = IDLE_WHEN_GREEDY.has(name) ? step?.trace.stages.find((done) => done.stage === name) : undefined;
  if (!stage || stage.removed.length > 0) return null;
  return stage.kept === 1 ? t.effect.one_left : t.effect.nothing_here(format.tokens(stage.kept));
}

/** @param {string} typed */
const number = (typed) => Number(typed.replace(",", "."));

/** @type {Record<string, (typed: string, x: number, state: import("../state/types.js").LabState, words: Words) => string>} */
const EFFECTS = {
  temperature: (typed, x, _, { t }) => {
    if (typed === "" || x === 1) return t.effect.neutral;
    if (x === 0) return t.effect.greedy;
    return x < 1 ? t.effect.sharper : t.effect.flatter;
  },
  top_k: (typed, x, state, { t, format }) => {
    if (typed === "" || x === 0) return t.effect.off;
    return x >= (state.run?.vocab.length ?? Number.POSITIVE_INFINITY)
      ? t.effect.top_k_all
      : t.effect.top_k(format.tokens(x));
  },
  top_p: (typed, x, _, { t, format }) => {
    if (typed === "" || x >= 1) return t.effect.off;
    return x === 0 ? t.effect.top_p_none : t.effect.top_p(format.percent(x));
  },
  min_p: (typed, x, _, { t, format }) => (typed === "" || x === 0 ? t.effect.off : t.effect.min_p(format.percent(x))),
  seed: (typed, _x, state, { t }) =>
    typed === "" && state.run?.seed !== null && state.run ? t.effect.seed_used(String(state.run.seed)) : t.effect.seed,
  repetition_penalty: (typed, x, _, { t }) => penalty(typed, x, 1, t),
  presence_penalty: (typed, x, _, { t }) => penalty(typed, x, 0, t),
  frequency_penalty: (typed, x, _, { t }) => penalty(typed, x, 0, t),
  max_new_tokens: (_typed, _x, _state, { t }) => t.effect.length,
  rng: (typed, _x, _state, { t }) => t.rng[typed] ?? "",
};

/**
 * @param {string} typed
 * @param {number} x
 * @param {number} neutral
 * @param {Strings} t
 */
function penalty(typed, x, neutral, t) {
  if (typed === "" || x === neutral) return t.effect.off;
  return x > neutral ? t.effect.less : t.effect.more;
}
