import { css } from "lit";
import { distributionStyles } from "../components/distribution.js";
import { drawStyles } from "../components/draw.js";
import { machineStyles } from "../components/machine.js";
import { modelPanelStyles } from "../components/model-panel.js";
import { problemStyles } from "../components/problem.js";
import { promptBarStyles } from "../components/prompt-bar.js";
import { settingStyles } from "../components/setting.js";
import { settingsPanelStyles } from "../components/settings-panel.js";
import { statusStyles } from "../components/status.js";
import { tabsStyles } from "../components/tabs.js";
import { textNotesStyles } from "../components/text-notes.js";
import { tokenPeekStyles } from "../components/token-peek.js";
import { tokenTextStyles } from "../components/token-text.js";
import { tourStyles } from "../components/tour.js";
import { whyStyles } from "../components/why.js";

/**
 * Colours, spaces and the grid. Colours are pairs for light and dark; the accent is the only hue, and it is safe for the
 * common kinds of colour blindness. Every one can be set from outside as --logit-lab-….
 */
const tokens = css`
  :host {
    --ink: var(--logit-lab-ink, light-dark(#1a1f26, #e6e8eb));
    --muted: var(--logit-lab-muted, light-dark(#566070, #a3acb8));
    --line: var(--logit-lab-line, light-dark(#e1e5ea, #2d333b));
    --line-strong: light-dark(#8a94a3, #6f7a88);
    --surface: var(--logit-lab-surface, light-dark(#ffffff, #14171b));
    --panel: var(--logit-lab-panel, light-dark(#f4f6f8, #1c2127));
    --accent: var(--logit-lab-accent, light-dark(#0065a8, #62b5f0));
    --on-accent: light-dark(#ffffff, #0b1620);
    --focus: light-dark(#0065a8, #9bd2ff);
    --wrong: light-dark(#a83a00, #ff9a5c);
    --raw: light-dark(#8793a3, #7b8796);
    --tint-1: color-mix(in oklab, var(--accent) 9%, var(--surface));
    --tint-2: color-mix(in oklab, var(--accent) 18%, var(--surface));
    --tint-3: color-mix(in oklab, var(--accent) 30%, var(--surface));
    --space-half: 0.25rem;
    --space-1: 0.5rem;
    --space-2: 0.75rem;
    --space-3: 1.25rem;
    --space-4: 2rem;
    --radius: 10px;
    --sans: var(--logit-lab-font, system-ui, -apple-system, "Segoe UI", "Noto Sans", sans-serif);
    --mono: var(--logit-lab-mono, ui-monospace, "SF Mono", "Cascadia Code", "Roboto Mono", "Noto Sans Mono", monospace);
    display: block;
    container: logit-lab / inline-size;
    background: var(--surface);
    color: var(--ink);
    font: 0.9375rem / 1.5 var(--sans);
    text-align: start;
  }
  :host([hidden]) {
    display: none;
  }
  :host([theme="light"]) {
    color-scheme: light;
  }
  :host([theme="dark"]) {
    color-scheme: dark;
  }
`;

const parts = css`
  h2 {
    margin: 0;
    font-size: 1rem;
    font-weight: 650;
    line-height: 1.5;
  }
  section > header {
    display: flex;
    flex-wrap: wrap;
    align-items: baseline;
    justify-content: space-between;
    column-gap: var(--space-2);
    margin-block-end: var(--space-half);
  }
  p {
    margin: 0;
  }
  button,
  input,
  select,
  textarea {
    font: inherit;
    color: inherit;
  }
  button,
  .field,
  textarea {
    box-sizing: border-box;
    min-block-size: 2.25rem;
    padding: 0.25rem 0.625rem;
    border: 1px solid var(--line-strong);
    border-radius: 6px;
    background: var(--surface);
  }
  .field {
    min-block-size: 2rem;
    padding-block: 0.125rem;
  }
  .field::placeholder {
    color: var(--muted);
    opacity: 1;
  }
  [aria-invalid="true"] {
    border-color: var(--wrong);
    box-shadow: 0 0 0 1px var(--wrong);
  }
  button {
    cursor: pointer;
    font-weight: 550;
  }
  button:hover {
    background: var(--tint-1);
  }
  button.primary {
    border-color: var(--accent);
    background: var(--accent);
    color: var(--on-accent);
  }
  button.primary:hover {
    background: color-mix(in oklab, var(--accent) 88%, var(--ink));
  }
  button[aria-disabled="true"] {
    border-color: var(--line);
    background: none;
    color: var(--muted);
    cursor: default;
  }
  button.quiet {
    min-inline-size: 2rem;
    min-block-size: 2rem;
    padding-inline: 0.25rem;
    border-color: transparent;
    background: none;
    color: var(--muted);
    font-weight: 400;
  }
  button.quiet:hover {
    color: var(--ink);
  }
  :focus-visible {
    outline: 3px solid var(--focus);
    outline-offset: 2px;
  }
  .effect,
  .note {
    color: var(--muted);
    font-size: 0.8125rem;
    line-height: 1.4;
  }
  details {
    border-block-start: 1px solid var(--line);
  }
  summary {
    min-block-size: 1.5rem;
    padding-block: var(--space-1);
    cursor: pointer;
    font-weight: 600;
  }
  summary::marker {
    color: var(--muted);
  }
  .body {
    padding-block: var(--space-half) var(--space-2);
  }
  .spoken {
    position: absolute;
    inline-size: 1px;
    block-size: 1px;
    overflow: hidden;
    clip-path: inset(50%);
    white-space: nowrap;
  }
`;

const grid = css`
  .lab {
    display: grid;
    grid-template-columns: minmax(0, 1fr);
    gap: var(--space-3);
    padding: var(--space-2);
  }
  .lab > * {
    min-inline-size: 0;
  }
  .knobs .first,
  .knobs .further,
  .knobs .folds {
    grid-template-columns: repeat(2, minmax(0, 1fr));
  }
  @container logit-lab (inline-size < 34rem) {
    .knobs {
      padding: var(--space-2);
    }
    .knobs .first,
    .knobs .further {
      column-gap: var(--space-2);
    }
    .tokens {
      block-size: 8.75rem;
    }
    .folds summary small {
      display: none;
    }
  }
  @container logit-lab (inline-size < 22rem) {
    .knobs .first,
    .knobs .further {
      grid-template-columns: minmax(0, 1fr);
    }
  }
  @container logit-lab (inline-size >= 34rem) {
    .lab {
      padding: var(--space-3);
    }
    .knobs .first,
    .knobs .further {
      grid-template-columns: repeat(auto-fill, minmax(9.5rem, 1fr));
    }
  }
  @container logit-lab (inline-size >= 56rem) {
    .lab {
      grid-template-columns: minmax(0, 1fr) 18.5rem;
      grid-template-rows: auto auto 1fr;
      gap: var(--space-3) var(--space-4);
    }
    .prompt-part,
    .page-problem,
    .place {
      grid-column: 1 / -1;
    }
    .one-part {
      grid-template-columns: minmax(0, 1fr);
    }
    .one-part > * {
      grid-column: 1;
    }
    .knobs {
      grid-column: 2;
      grid-row: span 2;
      align-self: start;
    }
    .knobs .first,
    .knobs .further,
    .knobs .folds {
      grid-template-columns: minmax(0, 1fr);
    }
    .writing,
    .reasons {
      grid-column: 1;
    }
  }
  /* A finger needs more room than a mouse. */
  @media (pointer: coarse) {
    button:not(.token, .face, .handle, .reset),
    .knob .new-seed,
    .field,
    textarea,
    .slowly {
      min-block-size: 2.75rem;
    }
    .slider {
      block-size: 2.75rem;
    }
    summary {
      padding-block: 0.625rem;
    }
  }
  @media (forced-colors: active) {
    button[aria-disabled="true"] {
      border-color: GrayText;
      color: GrayText;
    }
  }
  @media print {
    :host {
      container-type: normal; /* what is contained can't be broken over pages */
      color-scheme: light;
    }
    #panel,
    .tokens {
      contain: none;
    }
    .buttons,
    .undo,
    .ways,
    .throws,
    .more-rows,
    .folds,
    .quiet,
    details:not([open]),
    .reset,
    .new-seed,
    .slider {
      display: none;
    }
    .tokens {
      block-size: auto;
    }
    .bar,
    .segment,
    .token {
      print-color-adjust: exact;
    }
  }
`;

/** @param {import("lit").CSSResult[]} later what came with a later part */
export const stylesWith = (later) => [
  tokens,
  parts,
  settingStyles,
  settingsPanelStyles,
  modelPanelStyles,
  promptBarStyles,
  machineStyles,
  problemStyles,
  tokenTextStyles,
  tokenPeekStyles,
  whyStyles,
  drawStyles,
  distributionStyles,
  statusStyles,
  textNotesStyles,
  tabsStyles,
  ...later,
  grid,
  tourStyles,
];
