import { css } from "lit";

/** Sizes follow --px; a row is 20 of them high, the picture 340. */
export const stagesStyles = css`
  .numbers {
    --full: calc(100 * var(--px));
    position: relative;
    display: grid;
    grid-template-columns: minmax(calc(196 * var(--px)), 1.3fr) repeat(var(--n), minmax(calc(104 * var(--px)), 1fr)) minmax(calc(300 * var(--px)), 1.9fr);
    grid-template-rows: auto auto calc(340 * var(--px)) auto auto;
    overflow-x: auto;
    font: 400 calc(13 * var(--px)) / calc(20 * var(--px)) var(--sans);
    font-variant-numeric: tabular-nums;
  }
  .numbers:is([data-stages="0"], [data-stages="1"], [data-stages="2"]) {
    --full: calc(140 * var(--px));
  }
  .numbers:is([data-stages="4"], [data-stages="many"]) {
    --full: calc(64 * var(--px));
  }
  .of-stage {
    display: grid;
    grid-row: 1 / -1;
    grid-template-rows: subgrid;
    grid-template-columns: minmax(0, 1fr);
    min-inline-size: 0;
    padding-inline: calc(10 * var(--px));
    border-inline-start: 1px solid var(--line);
  }
  .of-stage:first-of-type {
    padding-inline-start: 0;
    border-inline-start: 0;
  }
  .of-draw {
    padding-inline-end: 0;
  }
  .of-stage header {
    display: block;
    margin: 0;
  }
  .numbers .of-stage h3 {
    margin: 0;
    font: var(--head);
  }
  .of-stage header p {
    min-block-size: calc(17 * var(--px));
    color: var(--muted);
    font: var(--note);
  }
  .labels {
    display: flex;
    justify-content: space-between;
    align-items: end;
    gap: calc(6 * var(--px));
    margin-block-start: calc(8 * var(--px));
    padding-block-end: calc(4 * var(--px));
    border-block-end: 1px solid var(--line);
    color: var(--muted);
  }
  .labels .tick {
    display: inline-block;
    inline-size: 0;
    block-size: calc(11 * var(--px));
    margin-inline-end: calc(3 * var(--px));
    border-inline-start: 1.5px solid var(--ink);
  }
  .stack {
    position: relative;
    block-size: calc(340 * var(--px));
  }
  .rows {
    margin: 0;
    padding: 0;
    list-style: none;
  }
  .rows li {
    position: absolute;
    inset-inline: 0;
    inset-block-start: calc(var(--at) * 20 * var(--px));
    block-size: calc(20 * var(--px));
  }
  .rows li[data-fate="removed"] {
    inset-block-start: calc((var(--at) * 20 + 18) * var(--px));
    color: var(--muted);
  }
  .bar {
    position: absolute;
    inset-block: calc(4 * var(--px));
    inset-inline-start: 0;
    min-inline-size: 1px;
    inline-size: calc(var(--w) * var(--full));
    border-radius: 0 2px 2px 0;
    background: var(--water-a);
  }
  [data-drawn] > .bar {
    background: var(--accent);
  }
  [data-fate="removed"] > .bar {
    box-sizing: border-box;
    border: 1px solid var(--hatch);
    background: repeating-linear-gradient(-45deg, var(--hatch) 0 1.2px, transparent 1.2px 4px);
  }
  .rows .tick {
    position: absolute;
    inset-block: calc(2 * var(--px));
    inset-inline-start: calc(var(--before) * var(--full));
    border-inline-start: 1.5px solid var(--ink);
    margin-inline-start: -0.75px;
  }
  .rows .word,
  .rows .n {
    position: absolute;
    white-space: pre;
  }
  .rows .n {
    inset-inline-end: 0;
  }
  .rows .word {
    padding-block-start: 1px;
  }
  .rows .word {
    display: none;
    overflow: hidden;
    max-inline-size: 100%;
    font: 400 calc(15 * var(--px)) / calc(20 * var(--px)) var(--serif);
    text-overflow: ellipsis;
  }
  li[data-spelled] > .word {
    display: block;
  }
  [data-fate="removed"] > .word {
    inset-inline-end: 0;
    max-inline-size: calc(100% - var(--w) * var(--full));
  }
  /* A line through a single letter would make another letter of it. */
  [data-fate="removed"]:not([data-letter]) > .word,
  .tall b[data-fate="removed"]:not([data-letter]) {
    text-decoration: line-through;
  }
  /* A sign stands for a character; it is none. */
  li[data-sign] > .word {
    font-family: var(--sans);
  }
  /* As in the text. */
  li[data-forced] > .word {
    font-style: italic;
    text-decoration: underline double var(--ink);
    text-underline-offset: 0.15em;
  }
  li[data-drawn] > :is(.word, .n) {
    font-weight: 600;
  }
  .of-stage[data-stage="model"] :is(.rows .word, .labels > :first-child) {
    max-inline-size: calc(100% - var(--full) - 56 * var(--px));
    overflow: hidden;
  }
  .of-stage[data-stage="model"] .n {
    inset-inline-end: calc(var(--full) + 8 * var(--px));
  }
  .of-stage[data-stage="model"] :is(.bar, .lines) {
    inset-inline-start: calc(100% - var(--full));
  }
  .lines {
    position: absolute;
    inset-block-start: calc((var(--rows) * 20 + 4) * var(--px));
    inset-inline-start: 0;
    inline-size: var(--full);
    block-size: calc(var(--lines) * var(--px));
  }
  .lines.dropped {
    inset-block-start: calc((var(--rows) * 20 + 22) * var(--px));
  }
  .lines .kept {
    fill: var(--water-a);
  }
  .lines .removed {
    fill: var(--hatch);
    opacity: 0.6;
  }
  .of-stage .why {
    position: absolute;
    inset-inline: calc(-10 * var(--px));
    inset-block-start: calc((var(--at) * 20 + var(--line) + 1) * var(--px));
    padding-inline: calc(10 * var(--px));
    border-block-start: 1px dashed var(--ink);
    font: 600 calc(13 * var(--px)) / calc(18 * var(--px)) var(--sans);
    text-align: end;
    white-space: nowrap;
  }
  .of-stage .why[data-line] {
    inset-block-start: calc((var(--at) * 20 + var(--line) + 5) * var(--px));
  }
  .of-stage .why.holes {
    inset-block: auto calc(22 * var(--px));
    border: 0;
  }
  .of-stage .rest {
    position: absolute;
    inset-inline: 0;
    inset-block-end: 0;
    display: flex;
    justify-content: space-between;
    gap: calc(6 * var(--px));
    color: var(--muted);
    white-space: nowrap;
  }
  .rest b {
    color: var(--ink);
    font-weight: 500;
  }
  .of-stage footer {
    display: flex;
    flex-wrap: wrap;
    align-items: baseline;
    justify-content: space-between;
    column-gap: calc(8 * var(--px));
    padding-block: calc(6 * var(--px));
    border-block-start: 1px solid var(--line);
    color: var(--muted);
    white-space: nowrap;
  }
  .of-stage footer b {
    color: var(--ink);
    font: var(--head);
  }
  .of-stage footer .chip {
    padding: calc(1 * var(--px)) calc(6 * var(--px)) calc(2 * var(--px));
    border-radius: 4px;
    background: var(--accent);
    color: var(--on-accent);
    font: 500 calc(16 * var(--px)) / calc(20 * var(--px)) var(--serif);
  }
  /* The drawn token: one line through all columns. */
  .thread {
    grid-area: 3 / 1 / 4 / -1;
    position: absolute;
    inset-block-start: calc(var(--slot) * 20 * var(--px));
    inset-inline: 0 calc(198 * var(--px));
    block-size: calc(20 * var(--px));
    background: linear-gradient(var(--accent) 0 0) 0 50% / 100% 1.5px no-repeat, color-mix(in oklab, var(--accent-soft) 55%, var(--paper));
  }
  .of-stage .stack li[data-drawn] {
    background: color-mix(in oklab, var(--accent-soft) 55%, var(--paper));
  }
  .tall {
    display: none;
  }
  /* The draw beside the columns: from the rows to the strip. */
  @container logit-lab (inline-size >= 1000px) {
    .of-draw .rows {
      position: absolute;
      inset-inline: 0 calc(206 * var(--px));
      inset-block: 0;
    }
    .of-draw .labels > :last-child {
      text-align: end;
    }
    .of-draw .note {
      grid-row: 5;
    }
    .crossing {
      position: absolute;
      inset-block: 0;
      inset-inline-end: calc(150 * var(--px));
      inline-size: calc(48 * var(--px));
      block-size: 100%;
      fill: var(--water-a);
      fill-opacity: 0.2;
    }
    .crossing [data-drawn] {
      fill: var(--accent);
      fill-opacity: 0.6;
    }
    .of-draw .strip {
      position: absolute;
      inset-block: 0;
      inset-inline-end: calc(82 * var(--px));
      inline-size: calc(68 * var(--px));
      margin: 0;
    }
    .of-draw .segments {
      block-size: 100%;
      border-radius: 0;
    }
    .of-draw .segment {
      inset-inline: 0;
      inset-block: calc(100% * var(--from)) auto;
      inline-size: auto;
      block-size: calc(100% * var(--size));
      box-shadow: inset 0 1px 0 var(--paper);
    }
    .of-draw .segment[data-drawn] {
      min-block-size: 2px;
    }
    .of-draw .face {
      max-block-size: calc((100cqb - 17 * var(--px)) * 99);
      align-items: start;
      padding-inline: calc(6 * var(--px));
    }
    .of-draw .face small {
      display: none;
    }
    .of-draw .end {
      inset-block-start: calc(-3 * var(--px));
      inset-inline-start: calc(100% + 8 * var(--px));
    }
    .of-draw .end[data-end="1"] {
      inset-block: auto calc(-3 * var(--px));
    }
    .of-draw .u-mark {
      inset-inline: calc(100% - 2 * var(--px)) auto;
      inset-block: calc(100% * var(--from)) auto;
      inline-size: calc(78 * var(--px));
      margin-block-start: -1px;
      border-block-start: 1.5px solid var(--accent);
    }
    .of-draw .u-mark::before {
      inset-block-start: calc(-6 * var(--px));
      inset-inline-start: 0;
      border: calc(5 * var(--px)) solid transparent;
      border-inline: calc(7 * var(--px)) solid var(--accent);
      border-inline-start-width: 0;
    }
    .of-draw .u-mark b {
      inset-block: calc(2 * var(--px)) auto;
      inset-inline: auto 0;
      translate: none;
    }
  }
  /* The draw below the columns. */
  @container logit-lab (600px <= inline-size < 1000px) {
    .numbers:is([data-stages]) {
      --full: calc(60 * var(--px));
      grid-template-columns: minmax(calc(164 * var(--px)), 1.2fr) repeat(var(--n), minmax(calc(96 * var(--px)), 1fr));
      grid-template-rows: auto auto calc(340 * var(--px)) auto auto;
    }
    .numbers:is([data-stages="0"], [data-stages="1"], [data-stages="2"]) {
      --full: calc(92 * var(--px));
    }
    .numbers:is([data-stages="4"], [data-stages="many"]) {
      --full: calc(40 * var(--px));
    }
    .numbers[data-stages="many"] {
      grid-template-columns: minmax(calc(150 * var(--px)), 1.2fr) repeat(var(--n), minmax(calc(88 * var(--px)), 1fr));
      --full: calc(32 * var(--px));
    }
    .numbers[data-stages="many"] .of-stage h3 {
      font-size: calc(13 * var(--px));
    }
    .numbers[data-stages="many"] .labels {
      font-size: calc(12 * var(--px));
    }
    .numbers:is([data-stages="4"], [data-stages="many"]) .before {
      display: none;
    }
    .thread {
      inset-inline-end: calc(10 * var(--px));
    }
    .of-stage {
      grid-row: 1 / 5;
    }
    .of-draw {
      grid-area: 5 / 1 / 6 / -1;
      display: block;
      padding: calc(8 * var(--px)) 0 0;
      border: 0;
      border-block-start: 1px solid var(--line);
    }
    .of-draw header {
      display: flex;
      align-items: baseline;
      gap: var(--space-2);
    }
    .of-draw :is(.labels, .rows, .crossing) {
      display: none;
    }
    .of-draw .stack {
      block-size: auto;
    }
  }
  /* Cards, one below the other. */
  @container logit-lab (inline-size < 600px) {
    .numbers {
      display: block;
      overflow: visible;
    }
    .thread,
    .of-stage :is(.stack > :not(.strip), .labels),
    .of-stage:not(.of-draw) .stack {
      display: none;
    }
    .of-stage,
    .of-stage:first-of-type {
      display: block;
      padding: calc(12 * var(--px)) 0 calc(4 * var(--px));
      border: 0;
      border-block-start: 1px solid var(--line);
    }
    .of-stage header {
      display: flex;
      flex-wrap: wrap;
      align-items: baseline;
      justify-content: space-between;
      column-gap: var(--space-2);
    }
    .of-draw .stack {
      block-size: auto;
    }
    .of-stage footer {
      border: 0;
    }
    .tall {
      position: relative;
      display: block;
      padding-block-start: calc(22 * var(--px));
    }
    .tall svg {
      display: block;
      inline-size: 100%;
      block-size: calc(72 * var(--px));
      overflow: visible;
    }
    .tall rect {
      fill: var(--water-a);
    }
    .tall rect[data-fate="removed"] {
      fill: var(--hatch);
      fill-opacity: 0.35;
      stroke: var(--hatch);
      vector-effect: non-scaling-stroke;
    }
    .tall rect[data-drawn] {
      fill: var(--accent);
    }
    .tall .tick {
      stroke: var(--ink);
      stroke-width: 1.5;
      vector-effect: non-scaling-stroke;
    }
    .tall p {
      margin-block-start: calc(6 * var(--px));
      color: var(--muted);
      font: 400 calc(14 * var(--px)) / calc(20 * var(--px)) var(--sans);
    }
    .tall p b {
      color: var(--ink);
      font: 500 calc(16 * var(--px)) / 1 var(--serif);
      white-space: pre;
    }
    .tall b[data-fate="removed"] {
      color: var(--muted);
    }
    .of-stage .tall .why {
      inset-block: 0 calc(30 * var(--px));
      inset-inline: calc(100% * var(--cut)) 0;
      margin: 0;
      padding: 0 0 0 calc(6 * var(--px));
      border: 0;
      border-inline-start: 1px dashed var(--ink);
      color: var(--ink);
      text-align: start;
      overflow: visible;
    }
    .of-stage .tall .why[data-late] {
      inset-inline: 0 calc(100% - 100% * var(--cut));
      padding: 0 calc(6 * var(--px)) 0 0;
      border-inline-start: 0;
      border-inline-end: 1px dashed var(--ink);
      text-align: end;
    }
  }
  @media (forced-colors: active) {
    .bar,
    .lines path,
    .tall rect,
    .crossing path {
      forced-color-adjust: none;
    }
  }
`;
