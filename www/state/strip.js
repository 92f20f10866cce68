/**
 * The tokens left, side by side from 0 to 1 in vocabulary order: where u points.
 *
 * @typedef {import("../river/types.js").Picture} Picture
 *
 * @typedef {object} Segment
 * @property {number} band   -1: several tokens, too thin to be told apart
 * @property {number} from   in [0, 1]
 * @property {number} to
 */

/**
 * @param {Picture} picture
 * @param {number} least  what is thinner than this is put together with its neighbours
 * @returns {Segment[]} without a gap from 0 to 1
 */
export function stripOf({ bands, probability, drawn }, least) {
  const own = [...bands.id.keys()].filter((band) => probability[band] > 0 && bands.start[band] >= 0);
  own.sort((a, b) => bands.start[a] - bands.start[b]);
  /** @type {Segment[]} */
  const all = [];
  let end = 0;
  /** @param {number} band @param {number} to */
  const put = (band, to) => {
    const last = all[all.length - 1];
    if (band === -1 && last?.band === -1) last.to = to;
    else if (to > end) all.push({ band, from: end, to });
    end = Math.max(end, to);
  };
  for (const band of own) {
    const isDrawn = band === drawn?.band;
    const to = bands.start[band] + probability[band];
    if (bands.start[band] > end && (isDrawn || bands.start[band] - end > ROUNDED)) put(-1, bands.start[band]);
    put(isDrawn || probability[band] >= least ? band : -1, to);
  }
  if (end < 1 - ROUNDED) put(-1, 1);
  return all;
}

/** Sums of 32-bit numbers that differ by less are equal. */
const ROUNDED = 1e-5;
