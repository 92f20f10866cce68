/**
 * Motion from one picture to the next: an exponential approach, one clock for everything, so that what lies between is always a mixture of
 * two pictures.
 */

/** Milliseconds for half of the way: 37 % are left after 70. */
const HALF = 48.5;

/** What is left of the way when it is over. */
const END = 1e-3;

/** How long the river takes to flow in, and the drawn band to be traced back, in milliseconds. */
export const FLOW_IN = 900;
export const TRACE = 620;
/** How long the needle moves before the trace begins. */
export const TRACE_AFTER = 140;

/** The way from one set of numbers to another. */
export class Approach {
  /** @type {Float64Array} */
  #from = new Float64Array(0);
  /** @type {Float64Array} */
  #to = new Float64Array(0);
  /** What is left of the way, from 1 to 0. */
  #left = 0;
  /** @type {Float64Array} */
  now = new Float64Array(0);

  get busy() {
    return this.#left > 0;
  }

  get target() {
    return this.#to;
  }

  /** @param {Float64Array} from @param {Float64Array} to of the same length */
  start(from, to) {
    this.#from = from;
    this.#to = to;
    this.#left = 1;
    this.now = from.slice();
  }

  /** @param {Float64Array} to */
  snap(to) {
    this.#to = to;
    this.#left = 0;
    this.now = to.slice();
  }

  /** @param {number} ms */
  advance(ms) {
    if (!this.busy) return;
    const left = this.#left * 0.5 ** (ms / HALF);
    this.#left = left < END ? 0 : left;
    for (let i = 0; i < this.now.length; i++) {
      this.now[i] = this.#to[i] + (this.#from[i] - this.#to[i]) * this.#left;
    }
  }
}

/** Something that is shown over a time, from 0 to 1. */
export class Timer {
  #duration;
  #wait = 0;
  #spent;

  /** @param {number} duration in milliseconds */
  constructor(duration) {
    this.#duration = duration;
    this.#spent = duration;
  }

  get busy() {
    return this.#spent < this.#duration;
  }

  /** Slows down towards the end. */
  get shown() {
    return 1 - (1 - this.#spent / this.#duration) ** 3;
  }

  /** @param {number} [wait] in milliseconds */
  start(wait = 0) {
    this.#wait = wait;
    this.#spent = 0;
  }

  end() {
    this.#spent = this.#duration;
  }

  /** @param {number} ms */
  advance(ms) {
    if (!this.busy) return;
    const waits = Math.min(this.#wait, ms);
    this.#wait -= waits;
    this.#spent = Math.min(this.#duration, this.#spent + ms - waits);
  }
}
