import { html, nothing, svg } from "lit";
import { stripOf } from "../state/strip.js";
import { drawSentence } from "./draw.js";
import { LEAST, LEAST_DRAWN, stripView } from "./strip.js";

/**
 * The last column of "Stages in numbers": what is left after softmax in rank order, the same tokens side by side in vocabulary order, and u.
 *
 * @typedef {import("./stages.js").Board} Board
 * @typedef {import("../state/strip.js").Segment} Segment
 */

/** The picture's height, and that of a row, in its own pixels. */
export const HEIGHT = 340;
const ROW = 20;

/** How far it is from the rows to the strip, and how thick a token is at its row. */
const WAY = 48;
const THICK = 7;

/** @param {Board} all */
export function drawColumn(all) {
  const { context, step, picture } = all;
  const { words } = context;
  const { t, format } = words;
  const { drawn } = picture;
  const segments = stripOf(picture, LEAST);
  return html`<section class="of-stage of-draw" aria-label=${t.stages.column(t.river.draw)}>
    <header>
      <h3>${t.river.draw}</h3>
      <p>${drawn ? t.river.by[drawn.kind] : t.river.not_drawn}</p>
    </header>
    <p class="labels"><span>${t.stages.after_softmax}</span><span>${t.stages.side_by_side}</span></p>
    <div class="stack">
      <ol class="rows">
        ${all.columns[0].rows.map(({ band }, at) => finalRow(band, at, all))}
      </ol>
      <svg class="crossing" viewBox="0 0 ${WAY} ${HEIGHT}" preserveAspectRatio="none" aria-hidden="true">
        ${segments.map((segment) => ribbon(segment, all))}
      </svg>
      ${stripView(segments, step, picture, words)}
    </div>
    <footer>
      <span>${drawn ? html`<b class="chip">${format.shown(step.run.vocab[drawn.id] ?? "")}</b> ${format.percent(drawn.probability)}` : nothing}</span>
      <span>${drawn?.interval ? t.stages.interval(format.position(drawn.interval[0]), format.position(drawn.interval[1])) : nothing}</span>
    </footer>
    <p class="note of-u">${drawn ? drawSentence(step, picture, words) : t.why.pending}</p>
  </section>`;
}

/** @param {number} band @param {number} at @param {Board} all */
function finalRow(band, at, { context, step, picture, scale }) {
  const { format } = context.words;
  const p = picture.probability[band];
  const text = step.run.vocab[picture.bands.id[band]] ?? "";
  return html`<li data-fate=${p > 0 ? "kept" : "gone"} aria-hidden=${p === 0} ?data-drawn=${band === picture.drawn?.band} .style=${`--at: ${at}; --w: ${p / scale}`}>
    ${p > 0 ? html`<span class="bar" aria-hidden="true"></span><span class="spoken">${format.spoken(text)}</span><span class="n">${format.percent(p)}</span>` : nothing}
  </li>`;
}

/** From a token's row to its place in the strip. @param {Segment} segment @param {Board} all */
function ribbon({ band, from, to }, { columns, picture }) {
  const slot = columns[0].rows.findIndex((cell) => cell.band === band);
  if (slot === -1) return svg``;
  const isDrawn = band === picture.drawn?.band;
  const middle = (slot + 0.5) * ROW;
  const [top, bottom] = [middle - THICK / 2, middle + THICK / 2].map((y) => y.toFixed(1));
  const [y0, y1] = [from, Math.max(to, isDrawn ? from + LEAST_DRAWN : to)].map((y) => (y * HEIGHT).toFixed(1));
  const half = WAY / 2;
  return svg`<path ?data-drawn=${isDrawn} d="M0 ${top}C${half} ${top} ${half} ${y0} ${WAY} ${y0}V${y1}C${half} ${y1} ${half} ${bottom} 0 ${bottom}z" />`;
}
