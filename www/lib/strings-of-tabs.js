import * as spec from "../generated/words-en.js";

/** What the tabs, the presets, the tour and an author's mistakes say: it comes after the first text. */
export const tabs = {
  spec: { stages: spec.STAGES, settings: spec.SETTINGS },
  /** Of a text longer than what a GPT sees at once. */
  beyond: {
    /** @param {string} window "256" */
    running: (window) =>
      `Generating. This GPT sees ${window} tokens at once. After those, it reads the last ${window} again for every new token, which takes longer.`,
    /** @param {string} window "256" */
    length: (window) => `slow after ${window} tokens, prompt included: this GPT sees no more at once`,
  },
  why: {
    pending: "Nothing has been drawn yet. “Draw next token” draws the first token.",
    caption: "Probabilities of this step, most likely first",
    token: "token",
    raw: "from the model",
    final: "after the stages",
    drawn: "drawn",
    removed: "removed",
    /** @param {string} n */
    gap: (n) => `⋮ ${n} more`,
    /** @param {string} token */
    force: (token) => `Put ${token} here and go on`,
    mismatch: "The engine explained a different token from the one in the text. Please report this with your settings.",
    more: "Show more",
    fewer: "Show fewer",
    /** @param {string} kept "24 of 30 tokens" @param {string} before @param {string} after bits */
    summary: (kept, before, after) => `${kept} left to draw from. Entropy ${before} → ${after} bits.`,
    /** @param {string} n @param {string} tokens "30 tokens" */
    kept: (n, tokens) => `${n} of ${tokens}`,
  },
  /** Why a token cannot be drawn, where no stage removed it. @type {Record<string, string>} */
  reason: {
    model: "its logit is −∞",
    greedy: "not the most likely",
  },
  /** What computed the text. */
  computed: {
    pending: "Looking for a GPU …",
    /** @param {string} kind @param {boolean} worker */
    where: (kind, worker) => `${kind}, ${worker ? "in a worker" : "in the page's own thread"}`,
    /** @param {string} settings */
    used: (settings) => `The engine used: ${settings}.`,
    neutral: "no stage on",
    greedy: "temperature = 0 (greedy)",
    /** @param {string} seed */
    seed: (seed) => `seed ${seed}`,
  },
  /** What the last change did to the text. */
  change: {
    same_draws: "Same random numbers as before.",
    /** @param {string} n @param {string} was @param {string} is */
    differs: (n, was, is) => `Token ${n} is the first that differs: ${was} became ${is}.`,
    /** @param {string} tokens */
    no_difference: (tokens) => `The same ${tokens} as before.`,
    /** @param {string} tokens */
    only_longer: (tokens) => `No difference in ${tokens}: only the length differs.`,
  },
  /** While u is dragged. */
  what_if: {
    label: "what if",
    u: "What if u were here? Let go to put this token into the text.",
    tail: "What if u were here? These tokens are too improbable to be shown one by one; move to the band of a single token.",
  },
  more: {
    slowly: "Slow motion",
    slowly_hint: "Tokens are drawn slowly, so that you can watch each draw.",
    reset_all: "Reset all",
    groups: {
      tokens: "Single tokens",
      repetition: "Repetition",
      sharpness: "Flatter or sharper",
      truncation: "Remove unlikely tokens",
      adaptive: "Adapt to what was drawn",
    },
    other: "Text and random numbers",
    presets: "Presets",
    order: "Order of the stages",
    order_about:
      "A filter sees only what the stages before it have kept. Drag a stage’s name, here or in the picture, or move it with the arrow keys.",
  },
  presets: {
    note: "A preset changes every stage, and keeps the seed, the random numbers and what ends the text.",
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
        text: "It begins with the prompt, in the grey box: type anything there. The model continues it, one token at a time. The thicker a token’s underline, the more probable it was. Choose one to see how it was drawn.",
      },
      river: {
        title: "The picture.",
        text: "Every band is a token that could come next, as thick as it is probable: on the left as the model gives it, on the right as it is drawn from. The coloured band is the token that was drawn.",
      },
      settings: {
        title: "The settings.",
        text: "Each stands under the part of the picture that it controls. Drag one, and see which tokens become more probable and which are removed. The random numbers stay the same.",
      },
      draw: {
        title: "The draw.",
        text: "A random number u between 0 and 1 points at a band, and that token is drawn. Draw the next one, or take a new seed for different random numbers.",
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
  /** How a token was drawn. */
  interval: {
    /** @param {string} u @param {string} token @param {string} from @param {string} to @param {string} v */
    by_number: (u, token, from, to, v) =>
      `u = ${u} lies in the interval of ${token}, ${from} to ${to}: the tokens lie side by side in vocabulary order. Sorted by probability, the same point is v = ${v}.`,
    strip: "The kept tokens side by side from 0 to 1, with the random number u",
    /** @param {string} token */
    greedy: (token) => `Temperature 0: the most likely token, ${token}, is taken. No random number is used.`,
  },
  /** What a model is made of. */
  made_of: {
    kind: "What it is made of",
    /** What the user’s own may be. @type {Record<string, string>} */
    kinds: {
      logits: "your own numbers",
      bigram: "notebook bigram by seed",
      "own-gpt": "GPT of your own",
    },
    seed: "Seed of the weights",
    rng: "Generator of the weights",
    area: { text: "Text to count", logits: "Logits", labels: "Labels, one per line" },
    smoothing: "Smoothing",
    smoothing_about: "Added to the count of every pair, so that no pair is impossible.",
    /** @param {string} tokens "30 tokens" */
    size: (tokens) => `Vocabulary: ${tokens}.`,
  },
  odds: {
    many_draws: "This draw, many times",
    /** @param {string} n */
    often_about: (n) =>
      `Token ${n} was drawn once. Draw it many times, each time with a new random number, and the counts (bars) come close to the probabilities (lines).`,
    /** @param {string} n */
    draw: (n) => `${n} draws`,
    /** @param {string} n */
    often_greedy: (n) =>
      `Token ${n} is the most likely one, taken without a random number: at temperature 0 it is taken every time.`,
    none: "Not drawn again yet.",
    /** @param {string} times "100 times" */
    thrown: (times) => `Drawn ${times}.`,
    greedy: "The same token every time.",
    one_class: "Too few tokens are left for a test.",
    /** @param {string} statistic @param {string} degrees "3 degrees of freedom" @param {string} p */
    fit: (statistic, degrees, p) => `χ² = ${statistic} with ${degrees}, p = ${p}.`,
    likely: "A χ² at least this large is not unusual: the draws follow the distribution.",
    unlikely:
      "By chance, a χ² this large occurs less than once in a hundred times. Draw more to see whether it persists.",
    caption: "How often each token was drawn, and how often it should be",
    bars: "drawn (bar), probability (line)",
    counted: "drawn",
    expected: "probability",
    facts: "Probability of this text",
    /** @param {string} tokens */
    facts_about: (tokens) => `How probable is exactly this text of ${tokens}?`,
    computing: "Computing …",
    given: "According to",
    by_settings: "model and settings",
    by_model: "the model alone",
    probability: "probability",
    bits: "bits",
    perplexity: "perplexity",
    perplexity_about:
      "A perplexity of n: on average as uncertain as a choice among n equally likely tokens. Each bit halves the probability.",
    endless: "Stationary distribution",
    /** @param {string} bits */
    endless_about: (bits) =>
      `In an endless text, each token would have this share, whatever the seed: ${bits} bits per token.`,
    endless_gpt: "There is none for a GPT, which sees more than the last token. A bigram has one.",
    endless_same: "Your own logits are the same at every step, so it is the distribution of one step.",
    /** @param {string} tokens "3,000 tokens" */
    endless_size: (tokens) => `The model has ${tokens}; it is computed for 2,048 at most.`,
    endless_none: "There is none while a penalty is on, because each token then depends on all tokens before it.",
  },
  compare: {
    by: "What is compared",
    /** @type {Record<"settings" | "models", string>} */
    other: { settings: "Settings", models: "Models" },
    /** @param {string} seed */
    about: (seed) =>
      `The same token with the same random number${seed ? ` (seed ${seed})` : ""} under other settings, and the text that each setting draws from the prompt on. A box marks the first token that differs from the previous text.`,
    /** @param {string} token @param {string} percent @param {string} kept "24 tokens" */
    drawn: (token, percent, kept) => `Drawn: ${token}, ${percent}; ${kept} kept.`,
    remove: "Remove",
    add: "Add the current settings",
    put: "Add the current settings",
    notebook: "The lesson’s four",
    current: "current settings",
    /** @param {string} n */
    differs: (n) => `Token ${n} is the first that differs.`,
    same: "The same text as before.",
    /** @param {string} n */
    more: (n) => `${n} more`,
  },
  rules: {
    heading: "What other systems would keep",
    about: "The same logits and the same settings, by each system’s rules.",
    system: "Rules of",
    order: "Order",
    kept: "Kept",
    difference: "Compared with this lab",
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
      "On this page the lab has no address of its own. Add this to the address of a lab to open it as it is now.",
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
    about: "The time of one step: the draw alone, then with one more stage in each line.",
    start: "Time the stages",
    alone: "the draw alone",
    noise: "no difference that could be measured",
    faster: "A stage that removes tokens can make a step faster: the stages after it have fewer to look at.",
    /** @param {string} stage */
    and: (stage) => `+ ${stage}`,
    /** @param {string} rows @param {string} tokens @param {string} backend */
    note: (rows, tokens, backend) =>
      `Median time of one step with ${tokens} tokens, ± half the distance between the quartiles, measured in batches of ${rows} ${rows === "1" ? "row" : "rows"} on the ${backend}.`,
  },
  all: {
    find: "Find a token",
    hint: "Choose a token to put it into the text.",
    /** @param {string} tokens "12 tokens" */
    found: (tokens) => `${tokens} found`,
    to_drawn: "Show the token in the text",
    caption: "All tokens, the most likely after the stages first",
    rank: "rank",
    model: "model",
    final: "final",
    why: "why removed",
    previous: "Previous",
    next: "Next",
    /** @param {string} first @param {string} last @param {string} all */
    range: (first, last, all) => `${first} to ${last} of ${all}`,
  },
  stages: {
    order: "Order of",
    own_order: "your own",
    own_order_about: "An order of your own. Order matters: a filter sees only what the stages before it have kept.",
    /** A column's name, apart from the setting's. @param {string} stage */
    column: (stage) => `${stage} in numbers`,
    token: "token",
    tokens: "tokens",
    left: "left",
    before: "before",
    /** Where a bar ends. @param {string} percent */
    scale: (percent) => `0–${percent}`,
    rank_about: "Rank 1 is the most likely token, 2 the next.",
    /** The number that a column shows. @type {Record<import("../generated/spec.js").StageSpec["shows"], string>} */
    shows: {
      logit: "logit",
      probability: "probability",
      rank: "rank",
      running_sum: "running sum",
      running_entropy: "running entropy",
      share_of_top: "share of top",
      deviations: "below the top",
      surprise: "surprise",
      from_entropy: "from the entropy",
    },
    /** @param {string} n */
    more: (n) => `+ ${n} more`,
    /** @param {string} n */
    more_removed: (n) => `${n} more`,
    last_kept: "last kept",
    first_removed: "first removed",
    after_softmax: "after softmax",
    side_by_side: "side by side, 0 to 1",
    /** @param {string} from @param {string} to */
    interval: (from, to) => `${from} ≤ u < ${to}`,
  },
  sweep: {
    heading: "By length of the prompt",
    about:
      "How long does a token take after a short prompt, and after a long one? This model looks only at the last token, so the length makes no difference: any difference is noise. A model that reads the whole text gets slower.",
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
        "How long does a token take after a short prompt, and after a long one? Before the first token the model reads the whole prompt. With a KV cache it then reads only the newest token at each step; without one, the whole text again.",
      axis: "By tokens in the prompt.",
      first: "First token",
      first_name: "Time to the first token by length of the prompt; the numbers are in the table below",
      later: "Each later token",
      later_name: "Time for each later token by length of the prompt; the numbers are in the table below",
      caption: "First token, and the speed of the later ones.",
      speed: "later tokens per second",
      /** @param {string} block_size */
      slides: (block_size) =>
        `* Prompt and new tokens together exceed the ${block_size} that the model sees: its window slides, every position changes, and what the cache kept must be computed again.`,
    },
  },
  timings: {
    /** @param {string} tokens @param {string} backend */
    about: (tokens, backend) => `The run that drew this text: ${tokens} on ${backend}, measured inside the engine.`,
    ttft: "Time to first token",
    decode: "Time of all later tokens",
    speed: "Tokens per second",
    speed_decode: "Tokens per second, after the first",
    step: "One step, median",
    step_p95: "One step, 95th percentile",
    step_both: "One step, median and 95th percentile alike",
    model: "Time in the model",
    sample: "Time in sampling",
    /** @param {string} ms */
    clock: (ms) => `The clock here ticks every ${ms}: shorter times cannot be told from 0.`,
    none: "–",
    unresolved: "below the clock",
    gpu_read: "GPU: tokens the model read there",
    gpu_drawn: "GPU: tokens drawn there",
    gpu_encode: "GPU: preparing and submitting",
    gpu_kernels: "GPU: kernels, by its own clock",
    gpu_readback: "GPU: waiting for results",
    gpu_unresolved: "not resolvable",
    gpu_clock: "The GPU’s own clock is missing or too coarse to time so little work.",
  },
  /** What an author has written that cannot be followed. */
  mistake: {
    /** @param {string} name @param {string} right "temperature or top-k" */
    attribute: (name, right) => `there is no attribute "${name}": did you mean ${right}?`,
    /** @param {string} name */
    attribute_alone: (name) => `there is no attribute "${name}": custom-elements.json lists all of them`,
    /** @param {string} given 'view="odds"' @param {string} right "lab, strip or stages" */
    value: (given, right) => `there is no ${given}: use ${right}`,
    /** @param {string} name @param {string} wanted "a text or a number" */
    type: (name, wanted) => `the property ${name} has the wrong type: use ${wanted}`,
    /** @param {string} token */
    token: (token) => `there is no token="${token}": use 1 for the first new token`,
    /** @param {string} names */
    strings: (names) => `the property strings has unknown names, or values of the wrong kind: ${names}`,
  },
  peek: {
    /** @param {string} n */
    heading: (n) => `Token ${n}: what could be drawn`,
    here: "is here",
    /** @param {string} n */
    more: (n) => `and ${n} more`,
  },
  context: {
    /** Before the last words of the text, as a quotation. @param {string} n */
    after: (n) => `Token ${n}, after`,
    /** @param {string} n */
    start: (n) => `Token ${n}, the first of the text`,
    /** @param {string} n */
    own: (n) => `Token ${n}, from your own logits`,
  },
  loop: {
    /** @param {string} period @param {string} times */
    found: (period, times) => `The text goes round in circles: ${period}, ${times} times in a row.`,
    greedy:
      "At temperature 0 the same token always has the same successor, so a model that sees only one token can never leave a circle.",
    gpt: "At temperature 0 nothing breaks the circle: the same context always gives the same token. A penalty or a higher temperature breaks it.",
    sharp:
      "These settings leave other tokens little chance or none. Milder filters, a higher temperature or a penalty break the circle.",
  },
  /** Settings that hold several things. */
  lists: {
    /** What may be typed, by the kind of the setting. */
    example: {
      bias: 'e: -2, "\\n": -inf',
      sequence_bias: "the: -2, on: 1.5",
      ids: "e, x, 12",
      id_lists: "the, on, 12 13",
      sequences: '"\\n", ":"',
      strings: 'the end, "\\n\\n"',
    },
    with_amount: "Write a text or an id, a colon and a number.",
    tokens: "Separate texts or ids with commas.",
    texts: "Separate them with commas.",
    /** @param {string} ids "12 13" */
    ids: (ids) => `id ${ids}`,
    /** @param {string} token */
    take_away: (token) => `Remove ${token}`,
    /** @param {string} token */
    amount: (token) => `Added to the logit of ${token}`,
    never: "never",
    /** What cannot be read. */
    wrong: {
      /** @param {string} item @param {string} example */
      amount: (item, example) => `“${item}” has no number that can be read: write it as ${example}`,
      /** @param {string} item @param {string} example */
      amount_missing: (item, example) => `“${item}” has no number: write it as ${example}`,
      /** @param {string} item @param {string} example */
      open: (item, example) =>
        `“${item}” has a quotation mark or a bracket that is never closed: write it as ${example}`,
      /** @param {string} text */
      absent: (text) => `this model has no tokens for “${text}”`,
      /** @param {string} text */
      several: (text) =>
        `“${text}” is several tokens of this model, and one is needed: Bad words and Sequence bias take several`,
    },
  },
  machine: {
    legend: "Choose what draws the tokens. The text stays the same.",
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
    lost: "The GPU was lost. The text stays the same.",
    retry: "Try WebGPU again",
    trying: "Trying …",
    check: "Live check",
    check_help: "draws every token on both, and compares",
    check_needs: "compares with a GPU, and none is in use",
    report: {
      agree: "CPU and GPU drew the same tokens.",
      differ: "CPU and GPU drew different tokens. Please report this with your settings.",
      part: "CPU and GPU drew different tokens for the GPT.",
      /** @param {string} n @param {string} gpu "“a” (12.0%)" @param {string} cpu */
      first: (n, gpu, cpu) =>
        `First at draw ${n} of those compared: ${gpu} on the GPU, ${cpu} on the CPU, with the same random number. A GPU adds in a different order, so a random number on an edge may fall on its other side.`,
      rows: "Draws compared",
      same_tokens: "Same token drawn",
      same_bits: "Its probability equal to the last bit",
      largest_difference: "Largest difference, any token",
    },
  },
};
