import { css } from "lit";

/**
 * The section under 640 px, or with more columns than there is room for: the flow runs down, and controls lie across it. Comes after the others,
 * whose rules it changes.
 */
export const tallStyles = css`
  .flow[data-size="tall"] .ask {
    grid-template-columns: minmax(0, 1fr);
  }
  [data-size="tall"] .ask .about {
    font-size: calc(14 * var(--px));
    line-height: calc(20 * var(--px));
  }
  [data-size="tall"] .ask .tally {
    display: none;
  }
  [data-size="tall"] .grid {
    display: block;
  }
  [data-size="tall"] .pic {
    position: absolute;
    inset: 0;
    block-size: auto;
  }
  [data-size="tall"] .pic > svg {
    overflow: clip;
    overflow-clip-margin: 16px;
  }
  [data-size="tall"] .stage {
    position: relative;
    display: grid;
    grid-template-columns: minmax(0, 1fr) auto;
    column-gap: calc(14 * var(--px));
    margin-block-end: 46px;
    background: color-mix(in srgb, var(--paper) 90%, transparent);
  }
  [data-size="tall"] .stage[hidden] {
    display: none;
  }
  [data-size="tall"] .stage :is(.under, .head) {
    display: contents;
  }
  [data-size="tall"] .stage .control {
    grid-column: 1 / -1;
    display: grid;
    grid-template-columns: minmax(0, 1fr) auto;
    align-items: center;
    column-gap: calc(14 * var(--px));
  }
  [data-size="tall"] .head h3 {
    grid-area: 1 / 1 / 2 / 2;
    line-height: calc(24 * var(--px));
  }
  [data-size="tall"] .stage :is(.does, .reset, .sym, .stat) {
    display: none;
  }
  [data-size="tall"] .stage .effect {
    grid-area: 1 / 1 / 2 / 3;
    justify-self: end;
    align-items: center;
    min-block-size: calc(24 * var(--px));
    line-height: calc(24 * var(--px));
    pointer-events: none;
  }
  /* What may follow beside the name of the stage that says so, and how much it took on a line of its own. */
  [data-size="tall"] .stage[data-allows] {
    grid-template-columns: auto minmax(0, 1fr);
  }
  [data-size="tall"] .stage[data-allows] .does {
    display: block;
    grid-area: 1 / 2;
    line-height: calc(24 * var(--px));
    text-align: end;
  }
  [data-size="tall"] .stage[data-allows] .effect {
    grid-area: 3 / 1 / 4 / 3;
    justify-self: start;
  }
  /* What is scrolled to with the keyboard does not come to lie under the buttons, and what lies under them fades out. */
  [data-size="tall"] .stage :is(input, select, textarea, button) {
    scroll-margin-block-end: calc(88 * var(--px));
  }
  [data-size="tall"] .stage[data-column="draw"]::before {
    content: "";
    position: absolute;
    inset: calc(-16 * var(--px)) 0 100%;
    background: linear-gradient(to top, var(--paper), transparent);
    pointer-events: none;
  }
  /* Room for two lines of heading, whether it takes them or not: the end of the text before a token is its most important part. */
  @container logit-lab (inline-size < 380px) {
    .flow .ask {
      align-content: end;
      min-block-size: calc(68 * var(--px));
    }
  }
  @container logit-lab (inline-size < 440px) {
    .ask h2 {
      overflow-wrap: anywhere;
      white-space: normal;
    }
    .ask q {
      white-space: pre-wrap;
    }
  }
  /* Beside a stage's name there is room for half a line. */
  @container logit-lab (inline-size < 300px) {
    [data-size="tall"] .stage .effect {
      overflow: hidden;
      max-inline-size: 50%;
      white-space: nowrap;
    }
  }
  [data-size="tall"] .hatch {
    margin: 0;
  }
  [data-size="tall"] .effect em {
    display: inline;
  }
  [data-size="tall"] .effect .comma {
    position: static;
    clip-path: none;
  }
  [data-size="tall"] .stage .which {
    grid-area: 1 / 1 / 2 / 3;
  }
  [data-size="tall"] .stage .row {
    grid-area: 2 / 2;
  }
  [data-size="tall"] .stage .value {
    inline-size: calc(68 * var(--px));
    min-block-size: calc(44 * var(--px));
    font-size: max(16px, calc(16 * var(--px)));
  }
  [data-size="tall"] .stage .control[data-wide] .row {
    grid-area: 2 / 1 / 3 / 3;
  }
  [data-size="tall"] .stage .control[data-wide] .value {
    inline-size: 100%;
    text-align: start;
  }
  [data-size="tall"] .stage .slider {
    grid-area: 2 / 1;
    block-size: calc(44 * var(--px));
    margin: 0;
  }
  [data-size="tall"] .stage .problem {
    grid-column: 1 / -1;
  }
  [data-size="tall"] .slider::-webkit-slider-thumb {
    inline-size: 26px;
    block-size: 26px;
    margin-block-start: -11px;
  }
  [data-size="tall"] .slider::-moz-range-thumb {
    inline-size: 26px;
    block-size: 26px;
  }
  [data-size="tall"] .wide-only {
    display: none;
  }
  [data-size="tall"] .tall-only {
    display: inline;
  }
  [data-size="tall"] .stage[data-column="model"] {
    margin-block-end: 66px;
  }
  [data-size="tall"] .stage[data-column="softmax"] {
    margin-block-end: 182px;
  }
  [data-size="tall"] .stage[data-column="draw"] {
    position: sticky;
    z-index: 2;
    inset-block-end: 0;
    grid-template-columns: minmax(calc(96 * var(--px)), 1fr) auto;
    margin: 0 calc(-1 * var(--edge));
    padding: calc(10 * var(--px)) var(--edge);
    border-block-start: 1px solid var(--line);
    background: var(--paper);
  }
  [data-size="tall"] .stage[data-column="draw"] .head {
    display: none;
  }
  [data-size="tall"] .stage[data-column="draw"] .primary {
    min-block-size: 48px;
  }
  [data-size="tall"] .pair {
    grid-template-columns: auto auto;
    margin: 0;
  }
  [data-size="tall"] .pair .second {
    min-inline-size: 0;
    min-block-size: 48px;
    padding-inline: calc(10 * var(--px));
    font-size: calc(14 * var(--px));
  }
  [data-size="tall"] .u {
    flex-direction: column;
    inline-size: 88px;
    block-size: 48px;
    margin-block-start: -10px;
    margin-inline-start: -44px;
  }
  [data-size="tall"] .u-label {
    padding: calc(2 * var(--px)) 0 0;
    transform: translateX(var(--shift));
  }
  [data-size="tall"] .u small {
    display: inline;
    margin-inline-start: calc(8 * var(--px));
  }
  [data-size="tall"] .read {
    grid-template-columns: minmax(0, 1fr);
  }
  [data-size="tall"] .readout {
    min-block-size: calc(88 * var(--px));
  }
  [data-size="tall"] .ways {
    justify-content: start;
    margin-block-start: calc(8 * var(--px));
  }
  [data-size="tall"] .ways .second {
    min-block-size: 44px;
  }
  /* With more columns than a wide element has room for: a slider need not be as long as the picture is wide, and the buttons stay in their place. */
  @container logit-lab (inline-size >= 640px) {
    [data-size="tall"] .stage .control {
      grid-template-columns: minmax(0, calc(360 * var(--px))) auto;
      justify-content: start;
    }
    [data-size="tall"] .stage[data-column="draw"] {
      position: relative;
    }
  }
  /* Three buttons side by side, in any language. */
  @container logit-lab (inline-size < 400px) {
    [data-size="tall"] .stage[data-column="draw"] :is(.primary, .second) {
      min-inline-size: 0;
      padding-inline: calc(6 * var(--px));
      font-size: calc(13 * var(--px));
      line-height: calc(16 * var(--px));
      white-space: normal;
    }
    [data-size="tall"] .pair {
      grid-template-columns: minmax(0, auto) minmax(0, auto);
      min-inline-size: 0;
    }
  }
  /* Stop takes the place of a longer word. */
  [data-size="tall"] .stage[data-column="draw"] .second[data-run] {
    min-inline-size: 5.1em;
  }
  @container logit-lab (inline-size >= 340px) {
    [data-size="tall"] .stage[data-column="draw"] .second[data-run] {
      min-inline-size: 5.4em;
    }
  }
`;
