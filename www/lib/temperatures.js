/**
 * The stops of the temperature slider. They lie closer together where a change matters more, so the slider is
 * roughly logarithmic; the number field beside it takes any value. Unit: none (logits are divided by it).
 * @type {readonly number[]}
 */
export const TEMPERATURES = Object.freeze([
  0, 0.05, 0.1, 0.15, 0.2, 0.25, 0.3, 0.35, 0.4, 0.45, 0.5, 0.55, 0.6, 0.65, 0.7, 0.75, 0.8, 0.85, 0.9, 0.95, 1, 1.1,
  1.2, 1.3, 1.4, 1.5, 1.6, 1.7, 1.8, 1.9, 2, 2.25, 2.5, 2.75, 3, 3.5, 4, 4.5, 5, 6, 8, 10,
]);

/**
 * The stop nearest to a value.
 * @param {readonly number[]} stops ascending
 * @param {number} value
 * @returns {number} its index; 0 when the value is not a number
 */
export function nearestStop(stops, value) {
  let nearest = 0;
  stops.forEach((stop, i) => {
    if (Math.abs(stop - value) < Math.abs(stops[nearest] - value)) nearest = i;
  });
  return nearest;
}
