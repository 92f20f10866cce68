/**
 * The river's lengths in every size. The section needs some of them, too, to leave room: `over` under the picture, `reach` beside its edge.
 * - over: how far what is removed falls past the edge, fading
 * - bend: the part of softmax's column in which the bands bend; labels stand on the straight rest
 * - room: what a fall leaves free of its column
 * - biggest: the largest type of a token
 * - gate: how far a gate stands behind its column's line, so that its grip is clear of the controls above
 * - reach: from the edge to the handle of u
 * - unit: the bar of a token that was drawn as often as expected
 * - left, percent, grips, rules: whether there are labels at the model, percentages, grips, and lines at the columns
 *
 * @typedef {typeof MEASURES["wide"]} Measures
 */
export const MEASURES = {
  wide: {
    over: 24,
    bend: 0.56,
    room: 12,
    biggest: 46,
    gate: 0,
    reach: 70,
    unit: 92,
    left: true,
    percent: true,
    grips: true,
    rules: true,
  },
  middle: {
    over: 24,
    bend: 0.5,
    room: 12,
    biggest: 34,
    gate: 0,
    reach: 54,
    unit: 56,
    left: true,
    percent: true,
    grips: true,
    rules: true,
  },
  tall: {
    over: 18,
    bend: 0.42,
    room: 10,
    biggest: 24,
    gate: 7,
    reach: 22,
    unit: 22,
    left: true,
    percent: false,
    grips: true,
    rules: false,
  },
  mini: {
    over: 10,
    bend: 0.5,
    room: 6,
    biggest: 22,
    gate: 0,
    reach: 0,
    unit: 24,
    left: false,
    percent: false,
    grips: false,
    rules: false,
  },
};
