import { css } from "lit";
import { modelListStyles } from "../components/model-list.js";
import { problemStyles } from "../components/problem.js";
import { promptBarStyles } from "../components/prompt-bar.js";
import { tabsStyles } from "../components/tabs.js";
import { textNotesStyles } from "../components/text-notes.js";
import { tokenTextStyles } from "../components/token-text.js";
import { controlStyles } from "../river/control-styles.js";
import { sectionStyles } from "../river/section-styles.js";
import { riverStyles } from "../river/styles.js";
import { tallStyles } from "../river/tall-styles.js";
import { hostStyles } from "./host-styles.js";
import { reservedStyles } from "./reserved.js";
import { tokens } from "./tokens.js";

const parts = css`
  h2 {
    margin: 0;
    font: var(--title);
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
    min-block-size: calc(36 * var(--px));
    padding: calc(4 * var(--px)) calc(10 * var(--px));
    border: 1px solid var(--line-strong);
    border-radius: 6px;
    background: var(--paper);
  }
  .field {
    min-block-size: calc(32 * var(--px));
    padding-block: calc(2 * var(--px));
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
    border-color: var(--ink);
    background: var(--ink);
    color: var(--paper);
    font-weight: 600;
  }
  button.primary:hover {
    background: color-mix(in oklab, var(--ink) 85%, var(--water-a));
  }
  button[aria-disabled="true"] {
    border-color: var(--line);
    background: none;
    color: var(--muted);
    cursor: default;
  }
  button.quiet {
    min-inline-size: calc(32 * var(--px));
    min-block-size: calc(32 * var(--px));
    padding-inline: calc(4 * var(--px));
    border-color: transparent;
    background: none;
    color: var(--muted);
    font-weight: 400;
  }
  button.quiet:hover {
    color: var(--ink);
  }
  :focus-visible {
    outline: 2px solid var(--focus);
    outline-offset: 2px;
  }
  .effect,
  .note {
    color: var(--muted);
    font: var(--note);
  }
  details {
    border-block-start: 1px solid var(--line);
  }
  summary {
    min-block-size: calc(24 * var(--px));
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
    gap: var(--space-2) calc(48 * var(--px));
    padding: 0 var(--edge) var(--space-1);
    /* The handle of a needle at the end is wider than what is left there. */
    overflow-x: clip;
  }
  .lab > * {
    min-inline-size: 0;
  }
  .models {
    order: -1;
  }
  .reasons,
  .place {
    padding-block-start: calc(10 * var(--px));
    border-block-start: 1px solid var(--line);
  }
  @container logit-lab (inline-size >= 1100px) {
    .lab {
      --edge: calc(40 * var(--px));
      grid-template-columns: minmax(0, 1fr) calc(320 * var(--px));
    }
    .lab > * {
      grid-column: 1 / -1;
    }
    .writing {
      grid-area: 1 / 1;
    }
    .models {
      grid-area: 1 / 2;
    }
    .one-part {
      grid-template-columns: minmax(0, 1fr);
    }
  }
  /* A finger needs more room than a mouse. */
  @media (pointer: coarse) {
    button:not(.token, .face, .handle, .reset, .link),
    .field,
    textarea,
    .slowly {
      min-block-size: calc(44 * var(--px));
    }
    summary {
      padding-block: calc(10 * var(--px));
    }
  }
  @media (forced-colors: active) {
    button[aria-disabled="true"] {
      border-color: GrayText;
      color: GrayText;
    }
  }
`;

/** @param {import("lit").CSSResult[]} later what came with a later part */
export const stylesWith = (later) => [
  tokens,
  hostStyles,
  reservedStyles,
  parts,
  modelListStyles,
  promptBarStyles,
  problemStyles,
  tokenTextStyles,
  textNotesStyles,
  tabsStyles,
  riverStyles,
  controlStyles,
  sectionStyles,
  tallStyles,
  ...later,
  grid,
];
