/** Pictures made by hand, for the geometry of the river: each stage says the height of every band, and what is left of it. */

/** @typedef {import("../../../../www/river/types.js").Picture} Picture */

/**
 * @typedef {object} Stage
 * @property {string} stage
 * @property {readonly number[]} share
 * @property {readonly number[]} [left]  the counts without it; a band without height has none left
 * @property {readonly number[]} [order]
 * @property {boolean} [moves]
 */

/**
 * @param {readonly Stage[]} stages first the model's
 * @param {{ count?: readonly number[], drawn?: number, forced?: number, kind?: "coin" | "race" | "greedy" }} [more]
 * @returns {Picture}
 */
export function pictureOf(stages, { count = stages[0].share.map(() => 1), drawn, forced, kind = "coin" } = {}) {
  const first = count.map((_, band) => sum(count.slice(0, band)));
  const stations = stages.map(({ stage, share, left, order, moves = false }, i) => {
    const here = left ?? share.map((height, band) => (height > 0 ? count[band] : 0));
    const before = i === 0 ? count : (stages[i - 1].left ?? stages[i - 1].share.map((h, b) => (h > 0 ? count[b] : 0)));
    return {
      stage,
      moves,
      share: Float32Array.from(share),
      left: Uint32Array.from(here),
      order: order ? Uint32Array.from(order) : null,
      shown: new Float32Array(count.length),
      mass: sum(share),
      kept: sum(here),
      removed: sum(before) - sum(here),
      removed_mass: i === 0 ? 0 : sum(stages[i - 1].share) - sum(share),
      removed_probability: 0,
      removed_bits: 0,
      entropy: 1,
    };
  });
  const end = stages[stages.length - 1].share;
  const probability = Float32Array.from(end, (height) => height / sum(end));
  const start = drawn === undefined ? 0 : sum([...probability.slice(0, drawn)]);
  return {
    vocab_size: sum(count),
    bands: {
      first: Uint32Array.from(first),
      count: Uint32Array.from(count),
      id: Int32Array.from(count, (n, band) => (n === 1 ? 100 + band : -1)),
      logit: new Float32Array(count.length),
      start: new Float32Array(count.length),
      model_rank: Uint32Array.from(first),
    },
    stations,
    probability,
    kept: stations[stations.length - 1].kept,
    entropy: 1,
    drawn:
      drawn === undefined
        ? null
        : {
            id: 100 + drawn,
            band: drawn,
            rank: first[drawn],
            probability: probability[drawn],
            kind,
            u: kind === "coin" ? 0.5 : null,
            interval: null,
            v: kind === "coin" ? start + probability[drawn] / 2 : null,
            rank_interval: [start, start + probability[drawn]],
          },
    forced: forced === undefined ? null : { id: 100 + forced, band: forced, rank: first[forced] },
  };
}

/** @param {readonly number[]} numbers */
const sum = (numbers) => numbers.reduce((total, n) => total + n, 0);

/**
 * Columns for a picture: 100 pixels each.
 * @param {Picture} picture @returns {import("../../../../www/river/types.js").Column[]}
 */
export function columnsOf(picture) {
  const columns = picture.stations.map(({ stage, moves }, i) => ({
    key: `${i}:${stage}`,
    station: i,
    kind:
      i === 0 ? /** @type {const} */ ("model") : moves ? /** @type {const} */ ("moves") : /** @type {const} */ ("gate"),
    from: i * 100,
    to: (i + 1) * 100,
    grip: i > 0 && !moves,
  }));
  const from = columns.length * 100;
  return [...columns, { key: "softmax", station: null, kind: "softmax", from, to: from + 100 }];
}

/** A picture with a filter at the lower edge: half of the height goes. */
export const CUT = pictureOf(
  [
    { stage: "model", share: [0.4, 0.3, 0.2, 0.1] },
    { stage: "heat", share: [0.3, 0.28, 0.22, 0.2], moves: true },
    { stage: "filter", share: [0.3, 0.28, 0, 0] },
  ],
  { drawn: 1 },
);

/** The most likely token and one in the middle are removed. */
export const PIERCED = pictureOf([
  { stage: "model", share: [0.4, 0.3, 0.15, 0.1, 0.05] },
  { stage: "filter", share: [0, 0.3, 0, 0.1, 0] },
]);

/** A penalty: the model's most likely token becomes the third, and a ban removes one. */
export const CROSSED = pictureOf([
  { stage: "model", share: [0.3, 0.2, 0.4, 0.1], order: [2, 0, 1, 3] },
  { stage: "penalty", share: [0.4, 0.3, 0.2, 0.1], moves: true },
]);

/** A tail: forty tokens in one band, of which a filter keeps ten. */
export const TAILED = pictureOf(
  [
    { stage: "model", share: [0.3, 0.2, 0.5] },
    { stage: "filter", share: [0.3, 0.2, 0.2], left: [1, 1, 10] },
  ],
  { count: [1, 1, 40] },
);

/** Temperature 0: it changes logits and keeps one token. */
export const GREEDY = pictureOf(
  [
    { stage: "model", share: [0.5, 0.3, 0.2] },
    { stage: "heat", share: [0.5, 0, 0], moves: true },
  ],
  { drawn: 0, kind: "greedy" },
);
