import { css } from "lit";

/** Sizes follow --px; a row is 20 of them high, the picture 340. */
export const stripStyles = css`
  .one-part > .reasons {
    padding-block-start: 0;
    border: 0;
  }
  .context {
    margin-block-end: var(--space-2);
    font: var(--title);
  }
  .context q {
    font-family: var(--serif);
    font-weight: 500;
    white-space: pre-wrap;
    overflow-wrap: anywhere;
  }
  .strip {
    position: relative;
    margin-block: calc(26 * var(--px)) calc(20 * var(--px));
    font: 400 calc(13 * var(--px)) / calc(17 * var(--px)) var(--sans);
    font-variant-numeric: tabular-nums;
  }
  .segments {
    position: relative;
    block-size: calc(44 * var(--px));
    overflow: hidden;
    border-radius: 3px;
    background: var(--tint-2);
  }
  .segment {
    container-type: size;
    position: absolute;
    box-sizing: border-box;
    inset-block: 0;
    inset-inline-start: calc(100% * var(--from));
    inline-size: calc(100% * var(--size));
    overflow: hidden;
    background: var(--tint-2);
    box-shadow: inset 1px 0 0 var(--paper);
  }
  .segment[data-drawn] {
    z-index: 1;
    min-inline-size: 2px;
    background: var(--accent);
    color: var(--on-accent);
  }
  .face {
    display: flex;
    flex-direction: column;
    align-items: center;
    justify-content: center;
    block-size: 100%;
    /* Nothing of a word that does not fit. */
    max-block-size: calc((100cqi - var(--letters) * var(--space-1)) * 99);
    overflow: hidden;
    font: 500 calc(15 * var(--px)) / calc(18 * var(--px)) var(--serif);
    white-space: pre;
  }
  .face small {
    max-block-size: calc((100cqi - 38px) * 99);
    overflow: hidden;
    font: 400 calc(12 * var(--px)) / calc(15 * var(--px)) var(--sans);
  }
  .end {
    position: absolute;
    inset-block-start: 100%;
    color: var(--muted);
  }
  .end[data-end="1"] {
    inset-inline-end: 0;
  }
  .u-mark {
    position: absolute;
    z-index: 2;
    inset-block: calc(-8 * var(--px)) 100%;
    inset-inline-start: calc(100% * var(--from));
  }
  .u-mark::before {
    content: "";
    position: absolute;
    inset-block-start: 0;
    inset-inline-start: calc(-5 * var(--px));
    border: calc(5 * var(--px)) solid transparent;
    border-block: calc(7 * var(--px)) solid var(--accent);
    border-block-end: 0;
  }
  .u-mark b {
    position: absolute;
    inset-block-end: 100%;
    inset-inline-start: 0;
    translate: clamp(-100%, calc(-100% * var(--from)), 0%) 0;
    color: var(--accent);
    font-weight: 600;
    white-space: nowrap;
  }
  .of-u {
    max-inline-size: calc(640 * var(--px));
  }
  @media (forced-colors: active) {
    .segments,
    .segment {
      forced-color-adjust: none;
      background: Canvas;
      color: CanvasText;
      outline: 1px solid CanvasText;
      outline-offset: -1px;
    }
    .segment[data-drawn] {
      background: Highlight;
      color: HighlightText;
    }
  }
`;
