import { css } from "lit";

/** The lab on paper: what has to be pressed is left out, and nothing is cut off. */
export const paperStyles = css`
  @media print {
    #panel,
    .tokens,
    .prompt[data-long],
    .contender-text {
      contain: none;
      max-block-size: none;
      overflow: visible;
    }
    /* So that the picture stands on the first page, too. */
    .tokens:has(.prompt[data-long]) {
      font-size: 13px;
      line-height: 18px;
    }
    /* What is wider than the paper is made smaller, not cut. */
    .lab {
      overflow-x: visible;
    }
    .buttons,
    .undo,
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
    .flow,
    .numbers {
      break-inside: avoid;
    }
    .context,
    h2,
    h3 {
      break-after: avoid;
    }
    .bar,
    .segment,
    .token {
      print-color-adjust: exact;
    }
    .flow :is(.slider, .reset, .ways, .more, [data-column="draw"] .under) {
      display: none;
    }
  }
`;
