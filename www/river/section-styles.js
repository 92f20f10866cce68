import { css } from "lit";

/** The section around the picture: headings, random number u, buttons, readout. Which of three sizes it has is measured, because it depends on the columns, too. */
export const sectionStyles = css`
  .flow {
    display: block;
    grid-column: 1 / -1;
    min-inline-size: 0;
    border-block-start: 1px solid var(--line);
    padding-block-start: calc(10 * var(--px));
  }
  .flow h3,
  .flow h4,
  .flow h5 {
    margin: 0;
    font: var(--head);
  }
  .flow .ask {
    display: grid;
    grid-template-columns: auto minmax(0, 1fr) auto;
    align-items: baseline;
    column-gap: calc(10 * var(--px));
    margin: 0;
  }
  .ask h2 {
    min-inline-size: 0;
    overflow: hidden;
    font: var(--title);
    text-overflow: ellipsis;
    white-space: nowrap;
  }
  .ask q {
    /* A second font would make its line taller than the others. */
    font: 500 calc(18 * var(--px)) / 0 var(--serif);
    white-space: pre;
  }
  .ask .about,
  .ask .tally {
    color: var(--muted);
    font-variant-numeric: tabular-nums;
    line-height: calc(24 * var(--px));
  }
  .ask .tally {
    white-space: nowrap;
  }
  .tally b {
    color: var(--ink);
    font-weight: 600;
  }
  .tally i {
    padding-inline: calc(8 * var(--px));
    font-style: normal;
  }

  .flow .grid {
    position: relative;
    display: grid;
    margin-block-start: calc(10 * var(--px));
  }
  .flow .stage {
    display: contents;
  }
  .flow .stage[hidden] {
    display: none;
  }
  .flow .head {
    grid-row: 1;
    min-inline-size: 0;
    padding: 0 calc(6 * var(--px)) calc(8 * var(--px)) calc(8 * var(--px));
    border-inline-start: 1px solid var(--line);
  }
  .flow .under {
    grid-row: 3;
    min-inline-size: 0;
    container: under / inline-size;
    padding: calc(22 * var(--px)) calc(8 * var(--px)) calc(12 * var(--px));
    border-inline-start: 1px solid var(--line);
  }
  .stage[data-column="model"] :is(.head, .under) {
    border-inline-start: 0;
    padding-inline-start: 0;
  }
  .flow .does {
    overflow: hidden;
    min-block-size: calc(17 * var(--px));
    color: var(--muted);
    font: var(--note);
    font-variant-numeric: tabular-nums;
    text-overflow: ellipsis;
    white-space: nowrap;
  }
  .flow button.handle {
    max-inline-size: calc(100% + 8 * var(--px));
    min-block-size: 0;
    margin: calc(-2 * var(--px)) calc(-4 * var(--px));
    padding: calc(2 * var(--px)) calc(4 * var(--px));
    overflow: hidden;
    border: 0;
    border-radius: calc(4 * var(--px));
    background: none;
    font: inherit;
    text-overflow: ellipsis;
    white-space: nowrap;
    cursor: grab;
    touch-action: none;
  }
  .flow button.handle:hover {
    background: var(--surface);
  }
  .flow button.handle:active {
    cursor: grabbing;
  }
  .flow .stage[data-off] h3 {
    color: var(--muted);
    font-weight: 500;
  }
  .flow .pic {
    position: relative;
    grid-row: 2;
    grid-column: 1 / -1;
  }
  /* Of the last settings that worked, or of the model before: what is typed now, or drawn now, has no picture yet. */
  .flow[data-stale] .pic {
    filter: saturate(0);
  }
  .flow .pic > svg {
    position: absolute;
    inset-block-start: 0;
    inset-inline-start: 0;
    /* A layer of its own: what changes around the picture does not paint it again, nor the other way round. */
    will-change: transform;
  }

  .flow .stat {
    display: block;
    min-block-size: calc(32 * var(--px));
    font: 600 calc(15 * var(--px)) / calc(32 * var(--px)) var(--sans);
    font-variant-numeric: tabular-nums;
    white-space: nowrap;
  }
  .flow .tall-only {
    display: none;
  }
  .flow .primary {
    inline-size: 100%;
    min-inline-size: 0;
    min-block-size: calc(40 * var(--px));
    padding: 0 calc(6 * var(--px));
    border-radius: var(--radius);
    line-height: calc(18 * var(--px));
  }
  .flow .pair {
    display: grid;
    grid-template-columns: 1fr 1fr;
    gap: calc(8 * var(--px));
    margin-block-start: calc(8 * var(--px));
  }
  .flow .second {
    min-block-size: calc(32 * var(--px));
    padding: 0 calc(6 * var(--px));
    border-radius: var(--radius);
    background: none;
    font: 500 calc(13 * var(--px)) / calc(17 * var(--px)) var(--sans);
  }
  .flow .second:hover {
    background: var(--surface);
  }
  .flow .problem {
    margin-block-start: calc(4 * var(--px));
    font-size: calc(13 * var(--px));
    line-height: calc(17 * var(--px));
  }

  .flow .u {
    position: absolute;
    inset-block-start: 0;
    inset-inline-start: 0;
    display: flex;
    align-items: center;
    block-size: 44px;
    margin-block-start: -22px;
    margin-inline-start: -8px;
    border-radius: var(--radius-small);
    color: var(--accent);
    white-space: nowrap;
    cursor: grab;
    touch-action: none;
    user-select: none;
  }
  .flow .u[hidden] {
    display: none;
  }
  .flow .u:active {
    cursor: grabbing;
  }
  .u-dot {
    flex: none;
    box-sizing: border-box;
    inline-size: 16px;
    block-size: 16px;
    border: 2.5px solid var(--accent);
    border-radius: 50%;
    background: var(--paper);
  }
  .u .u-label {
    padding-inline-start: calc(7 * var(--px));
    font: 600 calc(15 * var(--px)) / calc(22 * var(--px)) var(--sans);
    font-variant-numeric: tabular-nums;
  }
  .u small {
    display: block;
    margin-block-end: calc(-15 * var(--px));
    font: 500 calc(13 * var(--px)) / calc(15 * var(--px)) var(--sans);
  }

  .flow .read {
    display: grid;
    grid-template-columns: minmax(0, 1fr) auto;
    align-items: start;
    column-gap: calc(16 * var(--px));
    padding-block: calc(8 * var(--px));
    border-block-start: 1px solid var(--line);
    font-variant-numeric: tabular-nums;
  }
  .flow .readout {
    min-block-size: calc(44 * var(--px));
  }
  .readout b {
    font-weight: 600;
  }
  .flow .ways {
    display: flex;
    margin: 0;
    flex-wrap: wrap;
    justify-content: end;
    gap: calc(8 * var(--px));
    min-block-size: calc(32 * var(--px));
  }

  /* 640 to 1100 px of the element's own width: the embed. */
  .flow[data-size="middle"] .ask {
    grid-template-columns: minmax(0, 1fr) auto;
  }
  [data-size="middle"] .ask h2 {
    grid-column: 1 / -1;
  }
  [data-size="middle"] .ask :is(.about, .tally) {
    font-size: calc(14 * var(--px));
    line-height: calc(20 * var(--px));
  }
  [data-size="middle"] .head {
    padding-inline: calc(6 * var(--px)) calc(2 * var(--px));
  }
  [data-size="middle"] .head h3 {
    font-size: calc(13 * var(--px));
  }
  [data-size="middle"] .under {
    padding-inline: calc(6 * var(--px)) calc(4 * var(--px));
  }
  [data-size="middle"] .stage :is(.reset, .hatch) {
    display: none;
  }
  [data-size="middle"] .stage .value {
    inline-size: calc(56 * var(--px));
    padding-inline: calc(6 * var(--px));
  }
  [data-size="middle"] .sym {
    font-size: calc(15 * var(--px));
  }
  [data-size="middle"] .primary {
    padding: 0;
    font-size: calc(14 * var(--px));
    line-height: calc(17 * var(--px));
  }
  [data-size="middle"] .pair {
    grid-template-columns: 1fr;
  }
  [data-size="middle"] .read {
    grid-template-columns: minmax(0, 1fr);
  }
  [data-size="middle"] .ways {
    justify-content: start;
    margin-block-start: calc(4 * var(--px));
  }
  [data-size="middle"] .readout {
    min-block-size: calc(66 * var(--px));
  }
  [data-size="middle"] .u-label {
    padding-inline-start: calc(5 * var(--px));
    font-size: calc(13 * var(--px));
  }
  @media (forced-colors: active) {
    .flow .primary {
      forced-color-adjust: none;
      border-color: ButtonText;
      background: ButtonText;
      color: ButtonFace;
    }
  }
`;
