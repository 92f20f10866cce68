import { css } from "lit";

/**
 * What keeps the lab itself in any page: a width where the page shrinks what it holds to its content, none of the page's text styles, its
 * own direction, and light or dark as the page is.
 */
export const hostStyles = css`
  :host {
    display: block;
    min-inline-size: 0;
  }
  :host([hidden]) {
    display: none;
  }
  :host(:state(light)) {
    color-scheme: light;
  }
  :host(:state(dark)) {
    color-scheme: dark;
  }
  /*
   * What asks about its own width has none of its own, so a page that shrinks to its content would give it nothing. These boxes without height
   * have one: side by side as wide as the lab likes to be, one below the other as narrow as it can be.
   */
  .sizer {
    display: flex;
    flex-wrap: wrap;
    block-size: 0;
    overflow: hidden;
    visibility: hidden;
  }
  .sizer > * {
    flex: none;
    inline-size: 240px;
  }
  /* Nothing of the page's text styles; \`all\` leaves the direction, which the element's dir says. */
  .ground {
    all: initial;
    display: block;
    visibility: inherit;
    pointer-events: inherit;
    color-scheme: inherit;
    container: logit-lab / inline-size;
    color: var(--ink);
    font: var(--body);
    text-align: start;
  }
  .unseen {
    display: none;
    margin: 0;
    padding: var(--space-2);
  }
  .mistakes {
    margin: 0;
    padding: var(--space-1) var(--space-2) var(--space-1) var(--space-4);
    color: var(--wrong);
    font: var(--note);
    overflow-wrap: anywhere;
  }
  @media print {
    :host,
    :host(:state(dark)) {
      color-scheme: light;
    }
    .mistakes,
    .unseen + .lab {
      display: none;
    }
    .unseen {
      display: block;
    }
  }
`;
