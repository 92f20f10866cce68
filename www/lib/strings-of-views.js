/**
 * The sentences of the views and of what is done to a text.
 */
export const views = {
  undo: {
    undo: "Undo",
    redo: "Redo",
    first: "the first that differs",
    same_draws: "Same random numbers as before.",
    /** @param {string} n @param {string} was @param {string} is */
    differs: (n, was, is) => `Token ${n} is the first that differs: ${was} became ${is}.`,
    /** @param {string} tokens */
    no_difference: (tokens) => `The same ${tokens} as before.`,
    /** @param {string} tokens */
    only_longer: (tokens) => `No difference in ${tokens}: only the length differs.`,
  },
  branch: {
    /** @param {string} token */
    force: (token) => `Put ${token} here and go on`,
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
