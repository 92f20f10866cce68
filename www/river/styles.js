import { css } from "lit";

/** The picture's own styles; colours and type are the host's variables. */
export const riverStyles = css`
  .river-picture {
    display: block;
    overflow: visible;
    direction: ltr;
    font-family: var(--sans);
    font-variant-numeric: tabular-nums;
  }
  .river-picture .water-a {
    stop-color: var(--water-a);
  }
  .river-picture .water-b {
    stop-color: var(--water-b);
  }
  .river-picture .drawn-a {
    stop-color: color-mix(in oklab, var(--accent-a), var(--accent-soft) var(--wash, 0%));
  }
  .river-picture .drawn-b {
    stop-color: var(--accent);
  }
  .river-picture .column-line {
    stroke: var(--line);
  }
  .river-picture .band {
    transition: opacity 160ms;
  }
  /* Not by opacity, which would begin a transition whenever a drag makes bands of the tail change. */
  .river-picture .band.tail {
    fill-opacity: 0.8;
  }
  .river-picture .band.tail.odd {
    fill-opacity: 0.72;
  }
  .river-picture.hovering .band:not(.hot) {
    opacity: 0.4;
  }
  .river-picture .band.hot {
    fill-opacity: 1;
  }
  .river-picture .removed-lines {
    fill: none;
    stroke-width: 0.8;
  }
  .river-picture .hatch-ground {
    stop-color: var(--paper);
  }
  .river-picture .hatch-line {
    stop-color: var(--hatch);
  }
  .river-picture .halo {
    fill: none;
    stroke: var(--paper);
    stroke-width: 4.5;
    stroke-linejoin: round;
    pointer-events: none;
  }
  .river-picture .halo[clip-path] {
    stroke-width: 3;
  }
  .river-picture .drawn {
    stroke: var(--accent);
    stroke-width: 1.5;
    stroke-linejoin: round;
    pointer-events: none;
  }
  .river-picture .forced {
    fill: none;
    stroke: var(--ink);
    stroke-width: 1.5;
    stroke-dasharray: 5 3;
    pointer-events: none;
  }
  .river-picture .forced-end,
  .river-picture .in-text {
    fill: var(--ink);
    pointer-events: none;
  }
  .river-picture .in-text {
    font-size: 13px;
    font-weight: 600;
  }
  .river-picture .blade {
    fill: none;
    stroke: var(--ink);
    stroke-width: 2.5;
    stroke-linecap: round;
    pointer-events: none;
  }
  .river-picture .grip {
    fill: var(--paper);
    stroke: var(--ink);
    stroke-width: 2.5;
    pointer-events: none;
  }
  .river-picture .handle {
    fill: transparent;
    cursor: ns-resize;
    touch-action: none;
  }
  .river-picture.vertical .handle {
    cursor: ew-resize;
  }
  .river-picture .idle .grip {
    opacity: 0;
  }
  .river-picture:hover .idle .grip {
    opacity: 1;
  }
  .river-picture text {
    pointer-events: none;
  }
  .river-picture .left,
  .river-picture .right {
    font-family: var(--serif);
    font-weight: 500;
  }
  .river-picture .left {
    fill: var(--on-a);
  }
  .river-picture .right {
    fill: var(--on-b);
  }
  .river-picture .right.on {
    fill: var(--on-accent);
  }
  .river-picture .right.rest {
    paint-order: stroke;
    stroke: var(--water-b);
    stroke-width: 3;
    stroke-opacity: 0.7;
    stroke-linejoin: round;
  }
  .river-picture.hovering .right:not(.on, .hot, .rest) {
    fill: var(--ink);
  }
  .river-picture .sans {
    font-family: var(--sans);
    font-weight: 450;
  }
  .river-picture .lead {
    opacity: 0.6;
  }
  .river-picture :is(.percent, .end, .place) {
    fill: var(--muted);
    font-size: 13px;
  }
  .river-picture .edge {
    fill: none;
    stroke: var(--ink);
    stroke-width: 2;
  }
  .river-picture .needle-line {
    stroke: var(--accent);
    stroke-width: 1.5;
  }
  .river-picture .needle-tip {
    fill: var(--accent);
  }
  .river-picture [hidden] {
    display: none;
  }
  @media (prefers-reduced-motion: reduce) {
    .river-picture .band {
      transition: none;
    }
  }
  @media (forced-colors: active) {
    .river-picture {
      --paper: Canvas;
      --line: color-mix(in srgb, CanvasText 40%, Canvas);
      --ink: CanvasText;
      --muted: CanvasText;
      --water-a: color-mix(in srgb, CanvasText 30%, Canvas);
      --water-b: color-mix(in srgb, CanvasText 80%, Canvas);
      --on-a: CanvasText;
      --on-b: Canvas;
      --accent: Highlight;
      --accent-a: Canvas;
      --accent-soft: Canvas;
      --on-accent: HighlightText;
      --hatch: CanvasText;
      forced-color-adjust: none;
    }
  }
  @media print {
    .river-picture .idle,
    .river-picture .handle {
      display: none;
    }
  }
`;
