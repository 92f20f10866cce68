import { settingIn, stageIn } from "../lib/spec-words.js";
import { settingsOf, stageNamed } from "../state/settings.js";
import { filled } from "./effect.js";

/**
 * What a stage says of itself at the values that it ran with, and how it prints its number.
 *
 * @typedef {import("./effect.js").Words} Words
 * @typedef {import("../generated/spec.js").StageSpec} StageSpec
 */

/** @param {string} stage "model" or a stage's name @param {Words} words */
export function nameOf(stage, { t }) {
  const spec = stageNamed(stage);
  return spec ? stageIn(spec, t).label : t.river.model;
}

/**
 * What a stage does, in one line: "keep top 50".
 * @param {string} stage
 * @param {Record<string, unknown>} settings  what it ran with
 * @param {Words} words
 */
export function doesOf(stage, settings, { t, format }) {
  const set = settingsOf(stage).filter(({ name, off }) => typeof settings[name] === "number" && settings[name] !== off);
  return set
    .map((setting) =>
      settings[setting.name] === setting.greedy
        ? t.river.maximum
        : filled(
            settingIn(setting, t).does,
            { value: Number(settings[setting.name]) },
            { t, format: { ...format, percent: format.share } },
          ),
    )
    .join(", ");
}

/**
 * Why it removed a token, in three words: "rank over 50".
 * @param {string} stage
 * @param {Record<string, unknown>} settings
 * @param {Words} words
 */
export function briefOf(stage, settings, { t, format }) {
  const [first] = settingsOf(stage);
  const value = Number(settings[first?.name ?? ""] ?? Number.NaN);
  const spec = stageNamed(stage);
  return filled((spec && stageIn(spec, t).brief) ?? "", { value }, { t, format: { ...format, percent: format.share } });
}

/** @param {StageSpec["shows"]} shows @param {number} value @param {Words} words */
export function shownOf(shows, value, { format }) {
  if (Number.isNaN(value)) return "";
  const printers = {
    logit: () => format.logit(value),
    probability: () => format.percent(value),
    rank: () => `#${format.whole(value)}`,
    running_sum: () => format.bits(value),
    running_entropy: () => format.bits(value),
    share_of_top: () => format.bits(value),
    surprise: () => format.bits(value),
    from_entropy: () => format.bits(value),
    deviations: () => `${format.bits(value)} σ`,
  };
  return printers[shows]();
}

/** Whether a line through a token's text would make another letter of it. @param {string} text */
export const isLetter = (text) => Array.from(text.trim()).length < 2;
