/**
 * Between a setting's field and its slider. The field holds any number; the slider has positions. An empty field is a stage
 * that is off, and the slider then stands where its value would change nothing.
 *
 * @typedef {import("./settings.js").Setting} Setting
 */

/** Up to so many tokens, each number of them has a position of its own; of more, the positions lie closer at small numbers. */
const EVENLY = 100;

/** How far apart they lie then, as a factor. */
const APART = 1.06;

/**
 * Where the slider stands.
 * @param {Setting} setting one with a slider
 * @param {string} typed
 * @param {number} vocab_size tokens there are: the far end of a number of tokens
 * @returns {{ min: number, max: number, step: number, value: number, idle: number }} idle: where it changes nothing
 */
export function sliderOf(setting, typed, vocab_size) {
  const range = rangeOf(setting, vocab_size);
  const stops = stopsOf(setting, vocab_size);
  const at = (/** @type {number} */ value) => (stops ? nearestStop(stops, value) : value);
  const idle = at(idleAt(setting, stops?.[stops.length - 1] ?? range.max));
  const value = typed.trim() === "" ? idle : at(Number(typed.replace(",", ".")));
  return { ...range, idle, value: Math.min(Math.max(Number.isNaN(value) ? range.min : value, range.min), range.max) };
}

/**
 * What the field says when the slider is moved.
 * @param {Setting} setting
 * @param {string} position the slider's value
 * @param {number} vocab_size
 * @returns {string} "" where the stage is off
 */
export function typedFrom(setting, position, vocab_size) {
  const stops = stopsOf(setting, vocab_size);
  const value = stops ? stops[Number(position)] : Number(position);
  if (setting.slider && "stops" in setting.slider) return String(value);
  const isOff =
    setting.stage !== "" && value === idleAt(setting, stops?.[stops.length - 1] ?? rangeOf(setting, vocab_size).max);
  return isOff ? "" : String(value);
}

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

/** The values at its positions, where these are not the values themselves. @param {Setting} setting @param {number} vocab_size */
function stopsOf({ slider }, vocab_size) {
  if (slider && "stops" in slider) return slider.stops;
  return slider && slider.max === null && vocab_size > EVENLY ? countsUpTo(vocab_size) : null;
}

/** @type {Map<number, readonly number[]>} */
const counts = new Map();

/** Numbers of tokens from 1 to all. @param {number} all @returns {readonly number[]} */
function countsUpTo(all) {
  const known = counts.get(all);
  if (known) return known;
  const stops = [];
  for (let n = 1; n < all; n = Math.max(n + 1, Math.round(n * APART))) stops.push(n);
  stops.push(all);
  counts.set(all, stops);
  return stops;
}

/**
 * @param {Setting} setting
 * @param {number} vocab_size
 */
function rangeOf(setting, vocab_size) {
  const { slider } = setting;
  const stops = stopsOf(setting, vocab_size);
  if (!slider) return { min: 0, max: 1, step: 0.01 };
  if (stops || "stops" in slider) return { min: 0, max: (stops ?? []).length - 1, step: 1 };
  return { ...slider, max: slider.max ?? Math.max(vocab_size, 2) };
}

/** The value that changes nothing: of a number of tokens, all there are. @param {Setting} setting @param {number} far_end */
const idleAt = ({ slider, off }, far_end) =>
  slider && "max" in slider && slider.max === null ? far_end : (off ?? far_end);
