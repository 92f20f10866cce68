import { css } from "lit";

/** Of what is under "More settings". */
export const moreStyles = css`
  .flow .groups {
    border-block-start: 1px solid var(--line);
  }
  .flow .group {
    margin: 0;
    padding: 0;
    border-block-start: 0;
    border-block-end: 1px solid var(--line);
  }
  .flow .group > summary {
    display: grid;
    grid-template-columns: calc(220 * var(--px)) minmax(0, 1fr);
    gap: calc(2 * var(--px)) calc(24 * var(--px));
    align-items: baseline;
    padding-block: calc(9 * var(--px));
    list-style: none;
  }
  .group > summary::-webkit-details-marker {
    display: none;
  }
  .group > summary .name {
    font: 500 calc(15 * var(--px)) / calc(22 * var(--px)) var(--sans);
  }
  /* The sign that it opens, as of every fold of the page. */
  .group > summary .name::before {
    content: "";
    display: inline-block;
    margin-inline-end: calc(10 * var(--px));
    forced-color-adjust: none;
    border: calc(4.5 * var(--px)) solid transparent;
    border-inline-start: calc(7 * var(--px)) solid var(--muted);
    border-inline-end-width: 0;
  }
  .group[open] > summary .name::before {
    border: calc(4.5 * var(--px)) solid transparent;
    border-block-start: calc(7 * var(--px)) solid var(--muted);
    border-block-end-width: 0;
    margin-inline-end: calc(8 * var(--px));
  }
  .group > summary .note {
    color: var(--muted);
    font: var(--note);
  }
  .group > summary .note b {
    color: var(--ink);
    font-weight: 600;
  }
  .group > section {
    padding-block: calc(2 * var(--px)) calc(20 * var(--px));
  }
  .group .forms {
    grid-template-columns: repeat(auto-fill, minmax(min(100%, calc(250 * var(--px))), 1fr));
    margin: 0;
  }
  /* A stage of many settings has them side by side. */
  .group .form {
    display: grid;
    grid-template-columns: subgrid;
    align-content: start;
    row-gap: calc(6 * var(--px));
  }
  .group .form > :is(h4, .note) {
    grid-column: 1 / -1;
    margin: 0;
  }
  .flow .group h4 {
    margin: 0;
    font: var(--head);
  }
  @container logit-lab (inline-size >= 600px) {
    .group .form:has(> .named ~ .named ~ .named ~ .named) {
      grid-column: span 2;
    }
  }
  [data-size="tall"] .group > summary {
    grid-template-columns: minmax(0, 1fr);
    padding-block: calc(11 * var(--px));
  }
  .flow .list > label {
    position: static;
    max-inline-size: none;
  }
  .flow .list .value {
    display: block;
    box-sizing: border-box;
    inline-size: 100%;
    min-block-size: calc(32 * var(--px));
    padding: calc(5 * var(--px)) calc(10 * var(--px));
    border: 1px solid var(--line-strong);
    border-radius: var(--radius);
    background: var(--paper);
    color: var(--ink);
    font: 500 calc(15 * var(--px)) / calc(20 * var(--px)) var(--sans);
    text-align: start;
    field-sizing: content;
    resize: vertical;
  }
  .flow .list .value::placeholder {
    color: var(--muted);
    font-weight: 400;
    opacity: 1;
  }
  .flow .list[data-wrong] .value {
    border-color: var(--wrong);
  }
  .flow .items {
    display: flex;
    flex-wrap: wrap;
    gap: calc(4 * var(--px)) calc(8 * var(--px));
    margin: calc(6 * var(--px)) 0 0;
    padding: 0;
    list-style: none;
  }
  .flow .items li {
    display: flex;
    align-items: center;
    gap: calc(8 * var(--px));
    padding-inline-start: calc(8 * var(--px));
    border-radius: var(--radius);
    background: var(--surface);
  }
  .flow .items li:has(.slider) {
    flex: 1 1 100%;
  }
  .flow .items .slider {
    flex: 1 1 calc(80 * var(--px));
    min-inline-size: 0;
    margin: 0;
  }
  .items .item-name {
    min-inline-size: calc(20 * var(--px));
    font: 500 calc(13 * var(--px)) / calc(28 * var(--px)) var(--sans);
    overflow-wrap: anywhere;
  }
  .items .item-name[data-text] {
    font: 500 calc(17 * var(--px)) / calc(28 * var(--px)) var(--serif);
  }
  .items .amount {
    min-inline-size: calc(40 * var(--px));
    font: var(--note);
    font-variant-numeric: tabular-nums;
    text-align: end;
  }
  @media (pointer: coarse) {
    .flow .group :is(.value, .slider),
    .flow .items .reset {
      min-block-size: calc(44 * var(--px));
    }
    .flow .items .reset {
      inline-size: calc(36 * var(--px));
    }
  }
  .flow .presets-note {
    display: flex;
    flex-wrap: wrap;
    align-items: baseline;
    justify-content: space-between;
    gap: calc(4 * var(--px)) calc(16 * var(--px));
  }
  .flow .order {
    display: flex;
    flex-wrap: wrap;
    gap: calc(6 * var(--px));
    margin: calc(8 * var(--px)) 0;
    padding: 0;
    list-style: none;
    counter-reset: place;
  }
  .flow .order li {
    padding: calc(5 * var(--px)) calc(10 * var(--px));
    border: 1px solid var(--line-strong);
    border-radius: var(--radius);
  }
  .flow .order li::before {
    counter-increment: place;
    content: counter(place);
    padding-inline-end: calc(8 * var(--px));
    color: var(--muted);
    font-variant-numeric: tabular-nums;
  }
  .flow .order-bar {
    display: flex;
    flex-wrap: wrap;
    align-items: center;
    gap: calc(4 * var(--px)) calc(8 * var(--px));
    margin-block: calc(6 * var(--px));
  }
  .flow .order-bar .value {
    min-block-size: calc(32 * var(--px));
    padding: 0 calc(8 * var(--px));
    border: 1px solid var(--line-strong);
    border-radius: var(--radius);
    background: var(--paper);
  }
  .flow .presets {
    display: grid;
    grid-template-columns: repeat(auto-fill, minmax(calc(220 * var(--px)), 1fr));
    gap: calc(12 * var(--px)) calc(24 * var(--px));
    margin: calc(8 * var(--px)) 0;
    padding: 0;
    list-style: none;
  }
  .flow .presets button {
    inline-size: 100%;
    text-align: start;
  }
  .flow .presets button[aria-pressed="true"] {
    border-color: var(--ink);
    box-shadow: inset 0 0 0 1px var(--ink);
    background: var(--surface);
  }
  .flow .more .body {
    display: grid;
    gap: calc(20 * var(--px));
  }
  .slowly {
    display: inline-flex;
    align-items: center;
    gap: var(--space-1);
    min-block-size: calc(36 * var(--px));
    padding-inline: var(--space-1);
    color: var(--muted);
  }
  .slowly input {
    inline-size: calc(18 * var(--px));
    block-size: calc(18 * var(--px));
    margin: 0;
    accent-color: var(--ink);
  }
  .flow .slowly {
    display: flex;
    gap: calc(8 * var(--px));
    align-items: start;
  }
`;
