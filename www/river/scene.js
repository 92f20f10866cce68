import { GONE, H, NUMBERS, Y } from "./levels.js";
import { MEASURES } from "./measures.js";
import { pointer } from "./ribbon.js";

/**
 * @typedef {import("./types.js").Counts} Counts
 * @typedef {import("./types.js").Geometry} Geometry
 * @typedef {import("./types.js").Picture} Picture
 * @typedef {import("./types.js").Words} Words
 * @typedef {import("./levels.js").Levels} Levels
 */

/**
 * A band that is drawn. It may outlive the picture it came from, until it has no thickness any more.
 * @typedef {object} Item
 * @property {string} key
 * @property {number} band  in the picture; -1: not in it any more
 * @property {string | null} text  of its token; null for a tail band
 * @property {boolean} twin  another likely token looks the same but for the space it begins with
 * @property {import("./pen.js").Pen} pen
 * @property {import("./pen.js").Pen | null} halo  under a band that changes places with others, where it does
 */

/** What one frame shows. Lengths are pixels. */
export class Scene {
  /**
   * @param {object} parts
   * @param {Geometry} parts.geometry
   * @param {Picture} parts.picture
   * @param {Levels} parts.levels
   * @param {readonly Item[]} parts.items
   * @param {Float64Array} parts.values  the items' numbers in this frame
   * @param {Counts | null} parts.counts
   * @param {boolean} parts.shows_drawn
   * @param {number | null} parts.hover  the band that is pointed at
   * @param {number | null} parts.v  where the needle points in this frame, from 0 to 1; null: there is none
   * @param {Words} parts.words
   */
  constructor({ geometry, picture, levels, items, values, counts, shows_drawn, hover, v, words }) {
    const { columns, Q, vertical, size } = geometry;
    const last = columns[columns.length - 1];
    this.geometry = geometry;
    this.columns = columns;
    this.vertical = vertical;
    this.Q = Q;
    this.measures = MEASURES[size];
    this.picture = picture;
    this.levels = levels;
    this.pierced = levels.pierced;
    this.items = items;
    this.values = values;
    this.width = columns.length * NUMBERS;
    this.counts = counts;
    this.words = words;
    this.hover = hover;
    this.last = columns.length - 1;
    /** The edge that u hits. */
    this.end = last.to;
    this.bend = last.from + (last.to - last.from) * this.measures.bend;
    this.point = pointer(vertical);
    this.drawn = shows_drawn ? picture.drawn : null;
    this.forced = shows_drawn ? picture.forced : null;
    /** Which items are painted as one, by the bed. @type {readonly boolean[]} */
    this.in_bed = [];
    /** Whether anything stands beside the edge. */
    this.has_edge = this.measures.reach > 0;
    this.needle = v === null || counts || !this.has_edge ? null : v * Q;
  }

  /** @param {number} item @param {number} c a column @param {number} which */
  #length(item, c, which) {
    return this.values[item * this.width + c * NUMBERS + which] * this.Q;
  }

  /** Where an item begins at a column's end. @param {number} item @param {number} c */
  top(item, c) {
    return this.#length(item, c, Y);
  }

  /** @param {number} item @param {number} c */
  thickness(item, c) {
    return this.#length(item, c, H);
  }

  /** How much of it is removed at a column's line. @param {number} item @param {number} c */
  gone(item, c) {
    return this.#length(item, c, GONE);
  }

  /** @param {number} item @param {number} c */
  bottom(item, c) {
    return this.top(item, c) + this.thickness(item, c);
  }

  /** @param {number} item @param {number} c */
  middle(item, c) {
    return this.top(item, c) + this.thickness(item, c) / 2;
  }

  /** @param {number} band */
  itemOf(band) {
    return this.items.findIndex((item) => item.band === band);
  }
}
