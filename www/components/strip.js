import { html, nothing } from "lit";

/**
 * The tokens left side by side from 0 to 1, in vocabulary order, and u. It lies down where there is width, and stands beside the rows of
 * "Stages in numbers" where these are: the style says which.
 *
 * @typedef {import("../state/strip.js").Segment} Segment
 * @typedef {import("../river/types.js").Picture} Picture
 */

/** Pixels of the strip, at least. */
const LENGTH = 340;

/** What is thinner than a pixel of the strip is put together; the drawn token has two at least. */
export const LEAST = 1 / LENGTH;
export const LEAST_DRAWN = 2 / LENGTH;

/**
 * @param {Segment[]} segments
 * @param {import("../state/types.js").TracedStep} step
 * @param {Picture} picture
 * @param {import("./effect.js").Words} words
 */
export function stripView(segments, { run }, { bands, probability, drawn }, { t, format }) {
  return html`<div class="strip" role="img" aria-label=${t.interval.strip}>
    <span class="end" data-end="0">0</span><span class="end" data-end="1">1</span>
    <div class="segments">
      ${segments.map(({ band, from, to }) => {
        const text = format.shown(run.vocab[bands.id[band]] ?? "").trim();
        return html`<span class="segment" ?data-drawn=${band === drawn?.band} .style=${`--from: ${from}; --size: ${to - from}; --letters: ${text.length}`}
          >${band === -1 ? nothing : html`<span class="face">${text} <small>${format.percent(probability[band])}</small></span>`}</span
        >`;
      })}
    </div>
    ${drawn?.u === null || drawn?.u === undefined ? nothing : html`<span class="u-mark" .style=${`--from: ${drawn.u}`}><b>${t.draw.u(format.position(drawn.u))}</b></span>`}
  </div>`;
}
