import { css } from "lit";

/** The lab on paper: what has to be pressed is left out, and nothing is cut off. */
export const paperStyles = css`
  @media print {
    #panel,
    .tokens {
      contain: none;
    }
    .buttons,
    .undo,
    .ways,
    .throws,
    .rows-shown,
    .find,
    .pages,
    .quiet,
    #panel[data-view="share"],
    details:not([open]),
    .new-seed {
      display: none;
    }
    .tokens {
      block-size: auto;
    }
    .flow,
    .numbers {
      break-inside: avoid;
    }
    .bar,
    .segment,
    .token {
      print-color-adjust: exact;
    }
    .flow .slider,
    .flow .reset,
    .flow .ways,
    .flow .more,
    .flow .stage[data-column="draw"] .under {
      display: none;
    }
  }
`;
