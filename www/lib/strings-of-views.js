/**
 * The sentences of the views and of what is done to a text.
 */
export const views = {
  presets: {
    heading: "Presets",
    note: "A preset sets everything but the seed, the random numbers and the length.",
  },
  undo: {
    undo: "Undo",
    redo: "Redo",
    first: "the first that differs",
    same_draws: "Same random numbers as before.",
    /** @param {string} n @param {string} was @param {string} is */
    differs: (n, was, is) => `Token ${n} is the first that differs, ${was} became ${is}.`,
    /** @param {string} tokens */
    no_difference: (tokens) => `The change made no difference in ${tokens}.`,
    /** @param {string} tokens */
    only_longer: (tokens) => `No difference in ${tokens}, only the length differs.`,
  },
  loop: {
    /** @param {string} period @param {string} times */
    found: (period, times) => `The text goes round in circles: ${period}, ${times} times in a row.`,
    greedy:
      "At temperature 0 the same token always has the same successor, so a model that sees one token can never leave a circle.",
    gpt: "At temperature 0 nothing breaks a habit: once the text before it looks the same, the same token comes. A penalty or a higher temperature does.",
    sharp:
      "These settings leave another token little chance or none. Milder filters, a higher temperature or a penalty break the circle.",
  },
  branch: {
    /** @param {string} token */
    force: (token) => `Put ${token} here and go on`,
    put: "put here by you",
    /** @param {string} put @param {string} drawn */
    forced: (put, drawn) => `You put ${put} here. Otherwise ${drawn} would have come.`,
    release: "Take it back",
    /** @param {string} n */
    rewind: (n) => `Rewind to before token ${n}`,
    hint: "Or choose a token in the table to put it here.",
    hint_draws: "The random numbers after it stay the same.",
  },
  peek: {
    /** @param {string} n */
    heading: (n) => `Token ${n}: what could be drawn`,
    here: "is here",
    /** @param {string} n */
    more: (n) => `and ${n} more`,
  },
  tour: {
    label: "Tour of the lab",
    /** @param {string} n @param {string} all */
    at: (n, all) => `${n} of ${all}`,
    back: "Back",
    next: "Next",
    skip: "Skip",
    done: "Try it",
    stops: {
      text: {
        title: "The text.",
        text: "It begins with the prompt, in the grey box: type there what you like. The model goes on from it, one token at a time. The thicker a token’s underline, the more probable it was. Choose one to see how it was drawn.",
      },
      river: {
        title: "The picture.",
        text: "Every band is a token that could come next, as thick as it is probable: on the left as the model gives it, on the right as it is drawn from. The coloured band is the token that was drawn.",
      },
      knobs: {
        title: "The settings.",
        text: "Each stands under the part of the picture that it controls. Drag one, and see which tokens become more probable and which are removed. The random numbers stay the same.",
      },
      draw: {
        title: "The draw.",
        text: "A random number u between 0 and 1 points at a band, and that token is drawn. Draw the next one, or take a new seed for other random numbers.",
      },
      model: {
        title: "The model.",
        text: "It gives every token a logit, and nothing else. Try counted pairs of letters, a small transformer, or numbers and checkpoints of your own.",
      },
      tabs: {
        title: "More views.",
        text: "What each stage did in numbers, many draws of one token, other settings side by side, times, links and code.",
      },
    },
  },
  tabs: {
    label: "Views",
    why: "Why this token",
    stages: "Stages",
    odds: "Many draws",
    compare: "Compare",
    timings: "Timings",
    share: "Share",
  },
  /** Names of single parts. @type {Record<string, string>} */
  part: {
    distribution: "Distribution of the chosen token",
    strip: "The draw",
    stages: "Stage by stage",
    compare: "Compare",
    timings: "Timings",
  },
  odds: {
    many_draws: "This draw, many times",
    /** @param {string} n */
    often_about: (n) =>
      `Token ${n} was one draw. Draw it many times, and the counts (bars) come close to the probabilities (lines).`,
    /** @param {string} n */
    draw: (n) => `Sample ${n} times`,
    /** @param {string} n */
    often_greedy: (n) =>
      `Token ${n} is the most likely, taken without a random number: at temperature 0 it comes every time.`,
    none: "Not drawn again yet.",
    /** @param {string} times "100 times" */
    thrown: (times) => `Drawn ${times}.`,
    greedy: "The same token every time.",
    one_class: "There is too little to choose from to test anything.",
    /** @param {string} statistic @param {string} degrees "3 degrees of freedom" @param {string} p */
    fit: (statistic, degrees, p) => `χ² = ${statistic} with ${degrees}, p = ${p}.`,
    likely: "So large a distance, or a larger one, is nothing unusual: the draws follow the distribution.",
    unlikely: "That is rare, and still happens once in a hundred times. Draw more: a sound sampler comes back.",
    caption: "How often each token was drawn, and how often it should be",
    bars: "drawn (bar) and exact (line)",
    counted: "drawn",
    expected: "exact",
    facts: "This very text",
    /** @param {string} tokens */
    facts_about: (tokens) => `How probable are exactly these ${tokens}, in this order?`,
    computing: "Computing …",
    given: "According to",
    by_settings: "model and settings",
    by_model: "the model alone",
    probability: "probability",
    bits: "bits",
    perplexity: "perplexity",
    perplexity_about:
      "Perplexity p means: on average as uncertain as a throw of a die with p sides. A bit halves the probability once.",
    endless: "An endless text",
    /** @param {string} bits */
    endless_about: (bits) =>
      `Go on for ever with these settings, and each token comes up this often, whatever the seed. Every token then carries ${bits} bits.`,
    endless_gpt:
      "A GPT looks at the whole text before a token, so there is no such number. It exists where a model sees the last token only, as the bigrams do.",
    endless_same:
      "Your own logits are the same at every step, so in an endless text each token comes up as often as its probability says.",
    /** @param {string} tokens "3,000 tokens" */
    endless_size: (tokens) => `The model has ${tokens}. Such a number is computed for 2,048 at most.`,
    endless_none:
      "With penalties a token depends on all before it, so there is no such number. It exists where the model sees one token only.",
  },
  compare: {
    by: "What is compared",
    /** @type {Record<"settings" | "models", string>} */
    other: { settings: "Other settings", models: "Other models" },
    /** @param {string} seed */
    about: (seed) =>
      `The same prompt, the same random numbers${seed ? ` (seed ${seed})` : ""}, other settings. In each text the first token that differs from the text above it is framed.`,
    remove: "Remove",
    add: "Add the current settings",
    put: "Put the current settings last",
    notebook: "The lesson’s four",
    current: "current settings",
    /** @param {string} n */
    differs: (n) => `Token ${n} is the first that differs from the text above.`,
    same: "The same text as above.",
    /** @param {string} n */
    more: (n) => `${n} more`,
  },
  rules: {
    heading: "How others would cut this row",
    about: "The same logits and the same settings, by the rules of other systems.",
    system: "Rules of",
    order: "Order",
    kept: "Kept",
    difference: "Compared with the row above",
    same: "the same tokens",
    more: "also keeps",
    fewer: "drops",
    tied: (/** @type {string} */ kept, /** @type {string} */ all) => `keeps ${kept} of these ${all} tied tokens`,
    /** @type {Record<string, string>} */
    name: {
      notebook: "the lesson (PyTorch)",
      transformers: "Hugging Face transformers",
      vllm: "vLLM",
      "llama.cpp": "llama.cpp",
    },
    note: "llama.cpp keeps exactly k tokens and stops top-p at the token that reaches p; its temperature comes last. Hugging Face and vLLM drop a token that lands exactly on p.",
  },
  share: {
    link: "Link",
    link_about: "Opens this lab as it is now, and gives the same text token for token.",
    no_base:
      "This page gives its lab no address of its own. Put this behind the address of a lab to open it as it is now.",
    hash: "What follows the address",
    code: "Code",
    code_about: "The same settings elsewhere. Every flag is written out, because the defaults differ.",
    data: "Data",
    data_about: "The whole run: settings, seed, tokens and probabilities.",
    json: "Save as JSON",
    csv: "Save as CSV",
    print: "Print",
    copy: "Copy",
    copied: "Copied.",
    selected: "Selected: press Ctrl+C.",
    /** @type {Record<string, string>} */
    target: {
      javascript: "JavaScript, this library",
      pytorch: "PyTorch",
      numpy: "NumPy",
      transformers: "Hugging Face transformers",
      vllm: "vLLM",
      "llama.cpp": "llama.cpp",
    },
  },
  stage_times: {
    heading: "Stage by stage",
    about: "How long does one step take with the draw alone, with one stage before it, with two, and so on?",
    start: "Time the stages",
    alone: "the draw alone",
    /** @param {string} stages */
    noise: (stages) => `No difference that could be measured here: ${stages}.`,
    /** @param {string} stage */
    and: (stage) => `+ ${stage}`,
    /** @param {string} rows @param {string} tokens @param {string} backend */
    note: (rows, tokens, backend) =>
      `Median of a step of ${tokens} tokens, from batches of ${rows} rows on the ${backend}. A filter can make a step faster: what is removed need not be summed.`,
  },
  stages: {
    /** @param {string} n */
    about: (n) =>
      `Token ${n}: its logits go through these stages, from top to bottom. Switch one off, or drag it by its handle.`,
    order: "Order of",
    own_order: "your own",
    own_order_about: "An order of your own. Order matters: a filter sees what the stages before it have left.",
    some_off: "Some stages are switched off.",
    logits: "logits",
    /** @param {string} bits @param {string} effective */
    start: (bits, effective) => `as the model gave them: ${bits} bits of entropy, as if from ${effective}`,
    /** @param {string} bits @param {string} effective */
    end: (bits, effective) => `${bits} bits, as if from ${effective}.`,
    /** @param {string} stage @param {number} place @param {number} of */
    move: (stage, place, of) => `Move ${stage}, stage ${place} of ${of}`,
    move_hint: "Drag, or press the arrow keys",
    /** @param {string} stage */
    switch: (stage) => `Use ${stage}`,
    switched_off: "switched off",
    neutral: "at its neutral value: changes nothing",
    /** @param {string} n "6 tokens" @param {string} mass */
    removed: (n, mass) => `removed ${n}, ${mass} of the probability`,
    /** @param {string} before @param {string} after @param {string} effective */
    entropy: (before, after, effective) => `entropy ${before} → ${after} bits, as if from ${effective}`,
    /** @param {string} left "3 of the most likely tokens are" @param {string} best @param {string} p */
    chart: (left, best, p) => `${left} left; ${best} has ${p}`,
    /** @param {string} kept */
    softmax: (kept) => `turns what is left into probabilities: ${kept}.`,
    draw: "picks one token",
  },
  sweep: {
    heading: "By length of the prompt",
    about:
      "How long does a token take after a short prompt, and after a long one? This model looks at one token only, so its curve is flat; a model that reads the whole text gets slower.",
    start: "Measure",
    again: "Measure again",
    stop: "Stop",
    /** @param {string} length @param {number} n @param {number} all */
    at: (length, n, all) => `After ${length} tokens, ${n} of ${all} …`,
    cache: { on: "with KV cache", off: "without" },
    plot: "Time for one token by length of the prompt; the numbers are in the table below",
    axis: "Time for one token, by tokens in the prompt.",
    prompt: "Tokens in the prompt",
    ttft: "first token",
    speed: "tokens per second",
    /** @param {string} counts */
    caption: (counts) => `New tokens after every prompt: ${counts}.`,
    /** @param {string} backend @param {string} n */
    counted: (backend, n) => `${n} on ${backend}`,
    save: "Save as JSON",
    of_gpt: {
      about:
        "How long does a token take after a short prompt, and after a long one? The first token has to wait until the whole prompt is read; each later one reads only itself where a KV cache keeps the rest, and all of it again where none does.",
      axis: "By tokens in the prompt.",
      first: "First token",
      first_name: "Time to the first token by length of the prompt; the numbers are in the table below",
      later: "Each later token",
      later_name: "Time for each later token by length of the prompt; the numbers are in the table below",
      caption: "First token, and the speed of the later ones.",
      speed: "later tokens per second",
      /** @param {string} block_size */
      slides: (block_size) =>
        `* Prompt and new tokens are more than the ${block_size} that the model sees: its window slides, every position becomes another, and what the cache kept has to be made anew.`,
    },
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
