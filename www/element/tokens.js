import { css } from "lit";

/**
 * Colours, type and spaces, as variables. Every colour can be set from outside as --logit-lab-…, and every size follows --logit-lab-size,
 * the size of the body text (15px unless it is set): never the root's rem, which belongs to the host. www/page.css says the same for the
 * pages around the element; a test compares the two.
 *
 * The water runs from a (as the model gave it) to b (after softmax). The accent is the drawn token and the random number u, nothing else.
 */
export const tokens = css`
  :host {
    --paper: var(--logit-lab-paper, light-dark(#fbfaf7, #0f1618));
    --surface: var(--logit-lab-surface, light-dark(#f1efe8, #182225));
    --line: var(--logit-lab-line, light-dark(#dcd8cc, #2b383b));
    --line-strong: var(--logit-lab-line-strong, light-dark(#7a776b, #7d8c8c));
    --ink: var(--logit-lab-ink, light-dark(#15201f, #e9efed));
    --muted: var(--logit-lab-muted, light-dark(#56605d, #a3b0ae));
    --water-a: var(--logit-lab-water-a, light-dark(#5e9a9e, #3f7078));
    --water-b: var(--logit-lab-water-b, light-dark(#11525b, #9ad3d3));
    --on-a: var(--logit-lab-on-a, var(--ink));
    --on-b: var(--logit-lab-on-b, light-dark(#ffffff, #0f1618));
    --accent: var(--logit-lab-accent, light-dark(#cc4218, #ff8a5c));
    --accent-a: var(--logit-lab-accent-a, light-dark(#d97449, #9c5237));
    --accent-soft: var(--logit-lab-accent-soft, light-dark(#f4d3c2, #40291f));
    --on-accent: var(--logit-lab-on-accent, light-dark(#ffffff, #1a0e08));
    --hatch: var(--logit-lab-hatch, light-dark(#5e9a9e, #5c9098));
    --wrong: var(--logit-lab-wrong, light-dark(#a3192b, #ff9aa2));
    --focus: var(--ink);
    --tint-1: color-mix(in oklab, var(--water-a) 12%, var(--paper));
    --tint-2: color-mix(in oklab, var(--water-a) 22%, var(--paper));
    --tint-3: color-mix(in oklab, var(--water-a) 34%, var(--paper));
    --px: calc(var(--logit-lab-size, 15px) / 15);
    --sans: var(--logit-lab-font, "Instrument Sans", "Instrument Sans fallback", "Instrument Sans fallback Linux", system-ui, "Segoe UI", Roboto, "Helvetica Neue", sans-serif);
    --serif: var(--logit-lab-serif, Newsreader, "Newsreader fallback", "Newsreader fallback Linux", "Iowan Old Style", Charter, "Palatino Linotype", Georgia, serif);
    --mono: var(--logit-lab-mono, ui-monospace, "SF Mono", "Cascadia Code", "Roboto Mono", "Noto Sans Mono", monospace);
    --title: 600 calc(16 * var(--px)) / calc(24 * var(--px)) var(--sans);
    --head: 600 calc(15 * var(--px)) / calc(20 * var(--px)) var(--sans);
    --body: 400 calc(15 * var(--px)) / calc(22 * var(--px)) var(--sans);
    --note: 400 calc(13 * var(--px)) / calc(17 * var(--px)) var(--sans);
    --text-size: calc(24 * var(--px));
    --text-line: calc(33 * var(--px));
    --edge: calc(16 * var(--px));
    --space-half: calc(4 * var(--px));
    --space-1: calc(8 * var(--px));
    --space-2: calc(12 * var(--px));
    --space-3: calc(20 * var(--px));
    --space-4: calc(32 * var(--px));
    --radius: calc(8 * var(--px));
    --radius-small: calc(6 * var(--px));
    background: var(--paper);
    color: var(--ink);
  }
  /* The text is larger where there is room, and so is what surrounds it. */
  @container logit-lab (inline-size >= 640px) {
    .lab {
      --text-size: calc(27 * var(--px));
      --text-line: calc(37 * var(--px));
    }
  }
  @container logit-lab (inline-size >= 1100px) {
    .lab {
      --text-size: calc(31 * var(--px));
      --text-line: calc(41 * var(--px));
    }
  }
  @media (forced-colors: active) {
    :host {
      --paper: Canvas;
      --surface: Canvas;
      --line: GrayText;
      --line-strong: CanvasText;
      --ink: CanvasText;
      --muted: CanvasText;
      --water-a: CanvasText;
      --water-b: CanvasText;
      --on-a: Canvas;
      --on-b: Canvas;
      --accent: Highlight;
      --accent-a: Highlight;
      --accent-soft: Highlight;
      --on-accent: HighlightText;
      --hatch: CanvasText;
      --wrong: CanvasText;
      --tint-1: Canvas;
      --tint-2: Canvas;
      --tint-3: Canvas;
    }
  }
`;
