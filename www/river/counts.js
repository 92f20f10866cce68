/**
 * Beside the bands, how often each was drawn. It comes with the tab of many draws.
 *
 * @typedef {import("./parts.js").Parts} Parts
 * @typedef {import("./scene.js").Scene} Scene
 */
import { css } from "lit";
import { gap, line } from "./ribbon.js";

/** Bands so thick have a bar, and their count on it. */
const THICK = { bar: 0.8, counted: 14 };

/** The longest bar, where 1 is as often as expected. */
const LONGEST = 2.05;

/** Beside each band a bar: how often it was drawn; the line is as often as expected. @param {Scene} scene @param {Parts} parts */
export function paintCounts(scene, { count, count_drawn, expected, numbers }) {
  if (!scene.counts) return;
  const { n } = scene.counts;
  const { items, last, end, vertical, Q, point, words, drawn, measures } = scene;
  const start = end + 5;
  const got = countsOf(scene, scene.counts);
  const bars = { on: "", off: "" };
  items.forEach(({ text, band }, i) => {
    const h = scene.thickness(i, last);
    if (band < 0 || h < THICK.bar) return;
    const { times, probability } = got(text, band);
    const expected_times = probability * n;
    const to = start + (expected_times > 0 ? Math.min(LONGEST, times / expected_times) : 0) * measures.unit;
    const inset = text === null ? 0 : gap(h);
    const [q0, q1] = [scene.top(i, last) + inset, scene.bottom(i, last) - inset];
    const on = band === drawn?.band;
    bars[on ? "on" : "off"] += `M${point(start, q0)}L${point(to, q0)}L${point(to, q1)}L${point(start, q1)}Z`;
    const number = words.whole(times);
    if (text === null || h < (vertical ? number.length * 8 + 4 : THICK.counted)) return;
    const middle = (q0 + q1) / 2;
    const transform = vertical ? `translate(${middle} ${start + 15})` : `translate(${start + 6} ${middle + 4.5})`;
    const anchor = vertical ? "middle" : "start";
    numbers
      .next()
      .write(number)
      .set({ class: on ? "count-number on" : "count-number", transform, "text-anchor": anchor });
  });
  count.set({ d: bars.off });
  count_drawn.set({ d: bars.on });
  expected.set({ d: line(point, start + measures.unit, 0, start + measures.unit, Q + 4) });
  if (!vertical) {
    const transform = `translate(${start + measures.unit} ${Q + 18})`;
    numbers.next().write(words.expected).set({ class: "end", transform, "text-anchor": "middle" });
  }
  numbers.end();
}

/** How often a band was drawn and how likely it is; of the tail bands it is only known together. @param {Scene} scene @param {import("./types.js").Counts} counts */
function countsOf({ items, picture: { bands, probability } }, { n, of }) {
  const rest = { times: n, probability: 0 };
  for (const { text, band } of items) {
    if (band < 0) continue;
    if (text === null) rest.probability += probability[band];
    else rest.times -= of(bands.id[band]);
  }
  /** @param {string | null} text @param {number} band */
  return (text, band) => (text === null ? rest : { times: of(bands.id[band]), probability: probability[band] });
}

export const countsStyles = css`
  .river-picture .count {
    fill: var(--water-a);
  }
  .river-picture .count.on {
    fill: var(--accent);
  }
  .river-picture .count-number {
    fill: var(--on-a);
    font-size: 13px;
    font-weight: 500;
  }
  .river-picture .count-number.on {
    fill: var(--on-accent);
  }
  .river-picture .expected {
    fill: none;
    stroke: var(--ink);
    stroke-width: 1.5;
    stroke-dasharray: 3 3;
  }
`;
