import { css } from "lit";

/** The section around the picture: heads, controls, readout. Which of three sizes it has is measured, because it depends on the columns, too. */
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

  .control .row {
    display: flex;
    align-items: center;
    gap: calc(4 * var(--px));
  }
  .control .sym {
    font: italic 500 calc(18 * var(--px)) / calc(24 * var(--px)) var(--serif);
  }
  .control .which {
    margin: 0;
    color: var(--muted);
    font: var(--note);
    overflow-wrap: anywhere;
  }
  .control .value {
    box-sizing: border-box;
    inline-size: calc(64 * var(--px));
    min-block-size: calc(32 * var(--px));
    margin-inline-start: auto;
    padding: 0 calc(8 * var(--px));
    border: 1px solid var(--line-strong);
    border-radius: var(--radius);
    background: var(--paper);
    font-weight: 600;
    font-variant-numeric: tabular-nums;
    text-align: end;
  }
  .control .value::placeholder {
    color: var(--ink);
    opacity: 1;
  }
  .control select.value {
    inline-size: auto;
    text-align: start;
  }
  /* A text of any length takes the whole line, and more of them as it grows. */
  .control textarea.value {
    flex: 1;
    min-inline-size: 0;
    max-block-size: calc(240 * var(--px));
    padding-block: calc(5 * var(--px));
    font: 400 calc(14 * var(--px)) / calc(20 * var(--px)) var(--mono);
    text-align: start;
    overflow-wrap: anywhere;
    resize: vertical;
    field-sizing: content;
  }
  /* Under the picture as much as there is room for; under "More settings" stands all of it. */
  .stage .control textarea.value {
    max-block-size: calc(92 * var(--px));
  }
  .stage .control[data-wide] .row {
    align-items: start;
  }
  .control .reset {
    flex: none;
    inline-size: calc(24 * var(--px));
    min-block-size: calc(32 * var(--px));
    padding: 0;
    border: 0;
    border-radius: var(--radius-small);
    background: none;
    color: var(--muted);
    font-size: calc(18 * var(--px));
    font-weight: 400;
  }
  .control .reset:hover {
    background: var(--surface);
    color: var(--ink);
  }
  .control .reset[data-idle] {
    visibility: hidden;
  }
  .control .slider {
    appearance: none;
    display: block;
    inline-size: 100%;
    block-size: calc(28 * var(--px));
    margin: calc(4 * var(--px)) 0 0;
    background: linear-gradient(var(--line-strong), var(--line-strong)) calc(10px + (100% - 20px) * var(--idle-at, -1)) 50% / 1.5px 14px no-repeat;
    cursor: pointer;
  }
  .control .slider::-webkit-slider-runnable-track {
    block-size: 4px;
    border-radius: 2px;
    background: linear-gradient(to right, var(--ink) var(--at), var(--line) 0);
    box-shadow: 0 0 0 0.5px var(--line-strong);
  }
  .control .slider::-moz-range-track {
    block-size: 4px;
    border-radius: 2px;
    background: linear-gradient(to right, var(--ink) var(--at), var(--line) 0);
    box-shadow: 0 0 0 0.5px var(--line-strong);
  }
  .control .slider::-webkit-slider-thumb {
    appearance: none;
    inline-size: 20px;
    block-size: 20px;
    margin-block-start: -8px;
    border: 2px solid var(--ink);
    border-radius: 50%;
    background: var(--paper);
    box-shadow: none;
  }
  .control .slider::-moz-range-thumb {
    box-sizing: border-box;
    inline-size: 20px;
    block-size: 20px;
    border: 2px solid var(--ink);
    border-radius: 50%;
    background: var(--paper);
    box-shadow: none;
  }
  .flow .under .effect {
    overflow-wrap: anywhere;
    display: flex;
    gap: calc(6 * var(--px));
    align-items: flex-start;
    min-block-size: calc(34 * var(--px));
    padding: 0;
    font-variant-numeric: tabular-nums;
  }
  .effect em {
    display: block;
    font-style: normal;
    white-space: nowrap;
  }
  .effect .comma {
    position: absolute;
    clip-path: inset(50%);
  }
  .flow .hatch {
    flex: none;
    box-sizing: border-box;
    inline-size: 12px;
    block-size: 12px;
    margin-block-start: calc(3 * var(--px));
    border: 1px solid var(--hatch);
    border-radius: 2px;
    background: repeating-linear-gradient(-45deg, var(--hatch) 0 1.2px, transparent 1.2px 3.4px);
  }
  /* With many columns. */
  @container under (inline-size < 116px) {
    .flow .hatch,
    .flow .sym {
      display: none;
    }
    .control .value {
      inline-size: calc(56 * var(--px));
      padding-inline: calc(6 * var(--px));
    }
  }
  @container under (inline-size < 96px) {
    .flow .under .effect {
      min-block-size: calc(51 * var(--px));
    }
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

  .forms {
    display: grid;
    grid-template-columns: repeat(auto-fill, minmax(calc(200 * var(--px)), 1fr));
    gap: calc(16 * var(--px)) calc(24 * var(--px));
    margin-block-start: calc(8 * var(--px));
  }
  .named {
    position: relative;
    margin-block-start: calc(6 * var(--px));
  }
  /* Beside the field; a long name takes two lines. */
  .named > label {
    position: absolute;
    display: flex;
    align-items: center;
    max-inline-size: calc(100% - 112 * var(--px));
    min-block-size: calc(32 * var(--px));
    line-height: calc(17 * var(--px));
  }
  .named:has(textarea) > label {
    position: static;
    max-inline-size: none;
  }
  .named .sym {
    display: none;
  }
  .named .control[data-wide] .value {
    inline-size: calc(140 * var(--px));
    text-align: start;
  }
  .named [data-setting="seed"] .value {
    inline-size: calc(120 * var(--px));
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

  /* Under 640 px, or with more columns than there is room for: the flow runs down, and controls lie across it. */
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
  /* Beside a stage's name there is room for half a line. */
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
  @media (forced-colors: active) {
    .control .slider {
      appearance: auto;
    }
    .flow .hatch {
      forced-color-adjust: none;
    }
    .flow .primary {
      forced-color-adjust: none;
      border-color: ButtonText;
      background: ButtonText;
      color: ButtonFace;
    }
  }
`;
