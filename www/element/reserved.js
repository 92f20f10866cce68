import { css, unsafeCSS } from "lit";

/**
 * How high each part is once it is there, in pixels, so that a page need not move what stands below when the engine comes: measured with the
 * settings of the start, in a host as wide as the widths. A test compares them with what becomes of the parts.
 */
export const WIDTHS = Object.freeze([320, 412, 680, 1280]);

/** From this width of the element on the next height counts. */
const FROM = Object.freeze([0, 380, 540, 900]);

/** @type {Readonly<Record<string, readonly number[]>>} */
export const HEIGHTS = Object.freeze({
  lab: [2975, 2746, 2201, 1863],
  river: [1068, 1001, 733, 677],
  distribution: [646, 578, 527, 499],
  strip: [190, 173, 156, 156],
  stages: [1231, 1174, 951, 798],
  compare: [1994, 1972, 1084, 623],
  timings: [771, 683, 507, 432],
});

/** @param {(part: string) => string} selector @param {(from: number) => string} query */
const rules = (selector, query) =>
  FROM.map((from, i) => {
    const parts = Object.entries(HEIGHTS).map(
      ([part, heights]) => `${selector(part)} { min-block-size: ${heights[i]}px; }`,
    );
    return from === 0 ? parts.join("\n") : `${query(from)} {\n${parts.join("\n")}\n}`;
  }).join("\n");

/** Until the first token is explained. */
export const reservedStyles = css`
  .lab[data-waiting] {
    box-sizing: border-box;
    align-content: start;
  }
  ${unsafeCSS(
    rules(
      (part) => `.lab[data-waiting="${part}"]`,
      (from) => `@container logit-lab (inline-size >= ${from}px)`,
    ),
  )}
  @media print {
    .lab[data-waiting] {
      min-block-size: 0;
    }
  }
`;

/** For pages that show the element before it is defined: logit-lab.css. */
export const beforeDefinition = () =>
  `/* Room for <logit-lab> until its script has come. */\nlogit-lab:not(:defined) { display: block; }\n${rules(
    (part) => (part === "lab" ? "logit-lab:not(:defined)" : `logit-lab:not(:defined)[view="${part}"]`),
    (from) => `@media (width >= ${from}px)`,
  )}\n`;
