import { settingsOf } from "../state/settings.js";

/**
 * A gate's cut that is dragged: what its setting has to be, so that the stage cuts there. The picture tells how thick each band enters the
 * stage; which number the stage compares, its spec says.
 *
 * @typedef {import("./types.js").Picture} Picture
 * @typedef {import("../generated/spec.js").StageSpec} StageSpec
 *
 * @typedef {object} Entering  What entered the stage, down to the cut.
 * @property {number} tokens     how many lie above the cut
 * @property {number} part       what they have of all that entered
 * @property {number} of_top     the thickness of a token at the cut, as a part of the thickest one's
 */

/** The setting's value by what the stage compares. @type {Readonly<Partial<Record<StageSpec["shows"], (at: Entering) => number>>>} */
const VALUES = Object.freeze({
  rank: ({ tokens }) => Math.max(1, tokens),
  running_sum: ({ part }) => part,
  share_of_top: ({ of_top }) => of_top,
});

/** Whether a stage's cut can be dragged. @param {StageSpec} spec */
export const hasGrip = ({ filter, shows, settings }) => filter && settings.length === 1 && shows in VALUES;

/**
 * What is typed into the setting's field when the cut is dragged.
 * @param {StageSpec} spec
 * @param {Picture} picture
 * @param {number} station of the stage
 * @param {number} q where the cut is, as a part of the full height
 * @returns {{ name: string, text: string } | null}
 */
export function draggedTo({ name: stage, shows }, picture, station, q) {
  const [setting] = settingsOf(stage);
  const value = VALUES[shows]?.(enteringAt(picture, station, q));
  if (!setting?.slider || "stops" in setting.slider || value === undefined) return null;
  const { step, min, max } = setting.slider;
  const steps = Math.round(value / step);
  const near = Math.max(min, Math.min(max ?? picture.vocab_size, Number((steps * step).toFixed(6))));
  const isAll = setting.off === near || (max === null && near >= picture.vocab_size);
  return { name: setting.name, text: isAll ? "" : String(near) };
}

/** @param {Picture} picture @param {number} station @param {number} q @returns {Entering} */
function enteringAt({ bands, stations }, station, q) {
  const { share, left, order, mass } = stations[station - 1];
  let above = 0;
  let tokens = 0;
  let top = 0;
  let at_cut = 0;
  for (let i = 0; i < share.length && above < q; i++) {
    const band = order ? order[i] : i;
    if (left[band] === 0) continue;
    const each = share[band] / left[band];
    top = Math.max(top, each);
    at_cut = each;
    const within = Math.min(1, (q - above) / share[band]);
    tokens += bands.count[band] === 1 ? Math.round(within) : Math.round(within * left[band]);
    above += share[band];
  }
  return { tokens, part: Math.min(1, q / mass), of_top: top > 0 ? at_cut / top : 0 };
}
