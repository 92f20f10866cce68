/**
 * Between a setting's field and its slider. The field holds any number; the slider has positions. An empty field is a stage
 * that is off, and the slider then stands where its value would change nothing.
 *
 * @typedef {import("./settings.js").Setting} Setting
 */

/**
 * Where the slider stands.
 * @param {Setting} setting one with a slider
 * @param {string} typed
 * @param {number} vocab_size tokens there are: the far end of a number of tokens
 * @returns {{ min: number, max: number, step: number, value: number }}
 */
export function sliderOf(setting, typed, vocab_size) {
  const range = rangeOf(setting, vocab_size);
  const shown = typed.trim() === "" ? idleAt(setting, range.max) : Number(typed.replace(",", "."));
  const stops = stopsOf(setting);
  const value = stops ? nearestStop(stops, shown) : shown;
  return { ...range, value: Math.min(Math.max(Number.isNaN(value) ? range.min : value, range.min), range.max) };
}

/**
 * What the field says when the slider is moved.
 * @param {Setting} setting
 * @param {string} position the slider's value
 * @param {number} vocab_size
 * @returns {string} "" where the stage is off
 */
export function typedFrom(setting, position, vocab_size) {
  const stops = stopsOf(setting);
  if (stops) return String(stops[Number(position)]);
  const isOff = setting.stage !== "" && Number(position) === idleAt(setting, rangeOf(setting, vocab_size).max);
  return isOff ? "" : position;
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

/** @param {Setting} setting */
const stopsOf = ({ slider }) => (slider && "stops" in slider ? slider.stops : null);

/**
 * @param {Setting} setting
 * @param {number} vocab_size
 */
function rangeOf({ slider }, vocab_size) {
  if (!slider) return { min: 0, max: 1, step: 0.01 };
  if ("stops" in slider) return { min: 0, max: slider.stops.length - 1, step: 1 };
  return { ...slider, max: slider.max ?? Math.max(vocab_size, 2) };
}

/** The value that changes nothing: of a number of tokens, all there are. @param {Setting} setting @param {number} far_end */
const idleAt = ({ slider, off }, far_end) =>
  slider && "max" in slider && slider.max === null ? far_end : (off ?? far_end);
