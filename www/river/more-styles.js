import { css } from "lit";

/** Of what is under "More settings". */
export const moreStyles = css`
  /* Many stages below and beside each other; a stage stays in one piece, with its group's name above the first. */
  .stage-groups {
    columns: calc(250 * var(--px));
    column-gap: calc(24 * var(--px));
  }
  .stage-group > .form {
    break-inside: avoid;
    padding-block: calc(6 * var(--px)) calc(14 * var(--px));
  }
  .flow .stage-group > h4 {
    break-after: avoid;
    padding-block: calc(6 * var(--px)) calc(2 * var(--px));
    border-block-start: 1px solid var(--line);
    color: var(--muted);
    font: var(--note);
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
`;
