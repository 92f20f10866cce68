import { nearestStop } from "../lib/temperatures.js";

/**
 * Between a knob's field and its slider. The field holds any number; the slider has positions. An empty field is a stage
 * that is off, and the slider then stands where its value would change nothing.
 *
 * @typedef {import("./knobs.js").Knob} Knob
 */

/**
 * Where the slider stands.
 * @param {Knob} knob one with stops or a range
 * @param {string} typed
 * @param {number} vocab_size tokens there are: the far end of top_k
 * @returns {{ min: number, max: number, step: number, value: number }}
 */
export function sliderOf(knob, typed, vocab_size) {
  const range = rangeOf(knob, vocab_size);
  const shown = typed.trim() === "" ? neutralOf(knob, range.max) : Number(typed.replace(",", "."));
  const value = knob.stops ? nearestStop(knob.stops, shown) : shown;
  return { ...range, value: Math.min(Math.max(Number.isNaN(value) ? range.min : value, range.min), range.max) };
}

/**
 * What the field says when the slider is moved.
 * @param {Knob} knob
 * @param {string} position the slider's value
 * @param {number} vocab_size
 * @returns {string} "" where the stage is off
 */
export function typedFrom(knob, position, vocab_size) {
  if (knob.stops) return String(knob.stops[Number(position)]);
  const off = knob.start === "" || knob.name === "top_p" ? neutralOf(knob, rangeOf(knob, vocab_size).max) : null;
  return Number(position) === off ? "" : position;
}

/**
 * @param {Knob} knob
 * @param {number} vocab_size
 */
function rangeOf(knob, vocab_size) {
  if (knob.stops) return { min: 0, max: knob.stops.length - 1, step: 1 };
  const range = knob.range ?? { min: 0, max: 1, step: 0.01 };
  return knob.name === "top_k" ? { ...range, max: Math.max(vocab_size, 2) } : range;
}

/** @param {Knob} knob @param {number} far_end */
const neutralOf = (knob, far_end) => (knob.neutral === "" ? far_end : Number(knob.neutral));
