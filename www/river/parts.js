/**
 * The picture's elements, from the back to the front.
 */
import { Pen, Pool } from "./pen.js";

let serial = 0;

/** @typedef {ReturnType<typeof buildParts>} Parts */

/** @param {SVGSVGElement} svg */
export function buildParts(svg) {
  const id = `river-${serial++}`;
  const defs = new Pen("defs", svg).node;
  /** @param {string} name @param {readonly (readonly [number, Record<string, string | number>])[]} stops */
  const gradient = (name, stops) => {
    const pen = new Pen("linearGradient", defs, { id: `${id}-${name}`, gradientUnits: "userSpaceOnUse" });
    return { pen, stops: stops.map(([offset, attributes]) => new Pen("stop", pen.node, { offset, ...attributes })) };
  };
  // Two colours are cheaper to paint than any more; before the first and after the last their gradient goes on.
  /** @param {string} name */
  const along = (name) =>
    /** @type {const} */ ([
      [0, { class: `${name}-a` }],
      [1, { class: `${name}-b` }],
    ]);
  const water = gradient("water", along("water"));
  const drawn = gradient("drawn", along("drawn"));
  /** One colour to the end of the bands, and then less and less of it. @param {string} name */
  const fading = (name) =>
    gradient(name, [
      [0, { class: name }],
      [1, { class: name }],
      [1, { class: name, "stop-opacity": 0 }],
    ]);
  const fades = [fading("hatch-ground"), fading("hatch-line")];
  // One tile as long as what falls: it fades by its own colours, because a mask would double what a frame of a drag takes.
  const hatch = new Pen("pattern", defs, { id: `${id}-hatch`, patternUnits: "userSpaceOnUse" });
  const ground = new Pen("rect", hatch.node, { fill: `url(#${id}-hatch-ground)` });
  const strokes = new Pen("path", hatch.node, { stroke: `url(#${id}-hatch-line)`, "stroke-width": 1.5 });
  /** @param {string} name */
  const clip = (name) => new Pen("clipPath", defs, { id: `${id}-${name}` });
  const crossings = new Pool("rect", clip("crossings").node);
  const flowed = new Pen("rect", clip("flowed").node);
  const traced_clip = new Pen("rect", clip("traced").node);

  const rules = new Pen("path", svg, { class: "column-line" });
  const removed = new Pen("g", svg, { stroke: `url(#${id}-hatch-line)` });
  const bands = new Pen("g", svg, { fill: `url(#${id}-water)` });
  const together = new Pen("path", bands.node);
  const moved = new Pen("g", svg, { fill: `url(#${id}-water)` });
  const traced = new Pen("g", svg, { "clip-path": `url(#${id}-traced)` });
  const forced = new Pen("g", svg);
  const gates = new Pen("g", svg);
  const labels = new Pen("g", svg);
  const edge = new Pen("g", svg);
  const counts = new Pen("g", svg);
  return {
    id,
    gradients: [water.pen, drawn.pen],
    drawn_stop: drawn.stops[0],
    fades: fades.map(({ pen }) => pen),
    fades_from: fades.map(({ stops }) => stops[1]),
    hatch: { tiles: [hatch, ground], strokes },
    crossings,
    flowed,
    traced_clip,
    rules,
    removed,
    bands,
    together,
    moved,
    traced,
    halo: new Pen("path", traced.node, { class: "halo" }),
    drawn: new Pen("path", traced.node, { class: "drawn", fill: `url(#${id}-drawn)` }),
    forced,
    forced_halo: new Pen("path", forced.node, { class: "halo" }),
    forced_edge: new Pen("path", forced.node, { class: "forced" }),
    forced_end: new Pen("path", forced.node, { class: "forced-end" }),
    gates,
    labels,
    texts: new Pool("text", labels.node),
    edge: new Pen("path", edge.node, { class: "edge" }),
    ends: ["0", "1"].map((text) => new Pen("text", edge.node, { class: "end" }).write(text).show(false)),
    place: new Pen("text", edge.node, { class: "place" }),
    in_text: new Pen("text", edge.node, { class: "in-text", "text-anchor": "start" }),
    needle_line: new Pen("path", edge.node, { class: "needle-line" }),
    needle_tip: new Pen("path", edge.node, { class: "needle-tip" }),
    counts,
    count: new Pen("path", counts.node, { class: "count" }),
    count_drawn: new Pen("path", counts.node, { class: "count on" }),
    expected: new Pen("path", counts.node, { class: "expected" }),
    numbers: new Pool("text", counts.node),
  };
}
