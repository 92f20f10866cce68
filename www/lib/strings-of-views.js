/**
 * The sentences of the views and of what is done to a text.
 */
export const views = {
  undo: {
    undo: "Undo",
    redo: "Redo",
    first: "the first that differs",
  },
  branch: {
    put: "put here by you",
    release: "Remove the forced token",
    /** @param {string} n */
    rewind: (n) => `Rewind to before token ${n}`,
  },
  tabs: {
    label: "Views",
    stages: "Stages in numbers",
    tokens: "All tokens",
    draws: "Many draws",
    compare: "Compare settings",
    timings: "Timings",
    share: "Share",
  },
  /** Names of single parts. @type {Record<string, string>} */
  part: {
    distribution: "Distribution of the chosen token",
    strip: "The draw",
    stages: "Stages in numbers",
    compare: "Compare settings",
    timings: "Timings",
  },
};
