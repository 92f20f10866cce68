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
    differs: (n, was, is) => `Token ${n} is the first that differs, ${was} became ${is}.`,
    /** @param {string} tokens */
    no_difference: (tokens) => `The same ${tokens} as before.`,
    /** @param {string} tokens */
    only_longer: (tokens) => `No difference in ${tokens}, only the length differs.`,
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
  machine: {
    heading: "Computed on",
    legend: "Choose what draws the tokens. The text stays the same.",
    kind: { cpu: "CPU", webgpu: "WebGPU" },
    by: { cpu: "the CPU", webgpu: "WebGPU" },
    wish: { auto: "Automatic", cpu: "CPU", webgpu: "WebGPU" },
    wish_help: {
      auto: "the faster one, as measured here",
      cpu: "WebAssembly, works everywhere",
      webgpu: "the graphics card, for every step",
    },
    chosen: ", as you chose.",
    pending: "Looking for a GPU and trying out every kernel …",
    /** @param {string} adapter */
    adapter: (adapter) =>
      adapter.startsWith("unnamed") ? "The GPU here has no name in this browser." : `The GPU here: ${adapter}.`,
    /** @param {string} problem */
    refused: (problem) => `Nothing changed. ${problem}`,
    refused_above: "WebGPU cannot be chosen here, so nothing changed.",
    lost: "The GPU went away. The text stays the same.",
    retry: "Try WebGPU again",
    trying: "Trying …",
    check: "Live check",
    check_help: "draws every token on both, and compares",
    check_needs: "compares with a GPU, and none is in use",
    report: {
      agree: "CPU and GPU drew the same tokens.",
      differ: "CPU and GPU drew different tokens. Please report this with your settings.",
      part: "CPU and GPU have drawn different tokens of the GPT.",
      /** @param {string} n @param {string} gpu "“a” (12.0%)" @param {string} cpu */
      first: (n, gpu, cpu) =>
        `First at draw ${n} of those compared: ${gpu} on the GPU, ${cpu} on the CPU, with the same random number. A GPU adds in another order, and a random number that lies on an edge may then fall on its other side.`,
      rows: "Draws compared",
      same_tokens: "Same token drawn",
      same_bits: "Its probability equal to the last bit",
      largest_difference: "Largest difference, any token",
    },
  },
};
