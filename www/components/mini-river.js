import { noChange } from "lit";
import { AsyncDirective } from "lit/async-directive.js";
import { directive } from "lit/directive.js";
import { callable } from "../lib/callable.js";
import { River } from "../river/river.js";
import { printers } from "../river/view.js";

/**
 * A small river in an `svg` of its own: no labels at the model, no controls, no needle.
 *
 * @typedef {import("../river/types.js").Picture} Picture
 * @typedef {import("./effect.js").Words} Words
 */

/** How high it is, in pixels. */
const HEIGHT = 150;

/** The model's part of the width, and softmax's; the stages share the rest. */
const MODEL = 0.16;
const SOFTMAX = 0.36;

/**
 * @param {Picture} picture
 * @param {number} width
 * @returns {import("../river/types.js").Geometry}
 */
function geometryOf({ stations }, width) {
  const stages = stations.slice(1);
  const each = (width * (1 - MODEL - SOFTMAX)) / Math.max(1, stages.length);
  const from = (/** @type {number} */ i) => width * MODEL + i * each;
  /** @type {import("../river/types.js").Column[]} */
  const columns = stages.map(({ stage, moves }, i) => ({
    key: `${i}:${stage}`,
    station: i + 1,
    kind: moves ? "moves" : "gate",
    from: from(i),
    to: from(i + 1),
  }));
  const softmax = stages.length > 0 ? from(stages.length) : width * MODEL;
  return {
    vertical: false,
    S: width,
    Q: HEIGHT,
    size: "mini",
    columns: [
      { key: "model", station: 0, kind: "model", from: 0, to: width * MODEL },
      ...columns,
      { key: "softmax", station: null, kind: "softmax", from: softmax, to: width },
    ],
  };
}

class MiniRiver extends callable(AsyncDirective) {
  /** @type {River | null} */
  #river = null;
  /** @type {Picture | null} */
  #picture = null;
  #width = 0;
  #resized = new ResizeObserver(([{ contentRect }]) => {
    this.#width = contentRect.width;
    this.#place();
  });

  /** @param {Picture} _picture @param {(id: number) => string} _labels @param {Words} _words */
  render(_picture, _labels, _words) {
    return noChange;
  }

  /** @override @param {import("lit/directive.js").ElementPart} part @param {[Picture, (id: number) => string, Words]} given */
  update(part, [picture, labels, words]) {
    if (!this.#river) {
      const svg = /** @type {SVGSVGElement} */ (part.element);
      this.#river = new River(svg, { words: printers(() => words), isStill: () => true });
      this.#resized.observe(/** @type {Element} */ (svg.parentElement));
    }
    if (picture === this.#picture) return noChange;
    this.#picture = picture;
    this.#place();
    this.#river.aim(picture, { labels, snap: true });
    return noChange;
  }

  #place() {
    if (this.#picture && this.#width > 0) this.#river?.place(geometryOf(this.#picture, this.#width));
  }

  /** @override */
  disconnected() {
    this.#resized.disconnect();
    this.#river?.dispose();
    this.#river = null;
    this.#picture = null;
  }
}

export const miniRiver = directive(MiniRiver);
