import { river } from "./strings-of-river.js";
import { views } from "./strings-of-views.js";

/**
 * Every sentence of the page, in one dictionary; those that only a GPT needs are in strings-of-gpt.js. Another language is another object of
 * the same shape, in www/words.
 */
export const en = {
  lang: "en",
  /** Where its lines begin. @type {"ltr" | "rtl"} */
  dir: "ltr",
  /** Whether names of stages begin with a small letter within a sentence. */
  small_names: true,
  /** What the stages say of themselves, by their names: what the first screen needs in English is in their specs. @type {import("./spec-words.js").HasSpecTexts["spec"]} */
  spec: { stages: {}, settings: {} },
  /** Names and sentences of presets, orders and comparisons, by their English names. @type {Record<string, { name?: string, sentence?: string }>} */
  named: {},
  /** What stands around a token in a sentence. */
  quotes: ["“", "”"],
  /** Between a number's whole part and its decimals. */
  decimal: ".",
  /** Sentence parts that follow a number; # is the number. @type {Record<string, { one: string, other: string }>} */
  counted: {
    tokens: { one: "# token", other: "# tokens" },
    earlier: { one: "# earlier token", other: "# earlier tokens" },
    most_likely: { one: "# of the most likely tokens is", other: "# of the most likely tokens are" },
    times: { one: "once", other: "# times" },
    degrees: { one: "# degree of freedom", other: "# degrees of freedom" },
    replaced: {
      one: "# character is not in the vocabulary and became a space.",
      other: "# characters are not in the vocabulary and became spaces.",
    },
  },
  /** Characters that are called by their name. @type {Record<string, { name: string, in_sentence: string }>} */
  character: {
    " ": { name: "space", in_sentence: "a space" },
    "\n": { name: "new line", in_sentence: "a new line" },
    "\t": { name: "tab", in_sentence: "a tab" },
    "\r": { name: "carriage return", in_sentence: "a carriage return" },
    ".": { name: "full stop", in_sentence: "a full stop" },
    ",": { name: "comma", in_sentence: "a comma" },
  },
  prompt: {
    label: "Prompt",
    hint: "Type how the text begins",
    examples: "Other prompts",
    none: "no prompt",
    space:
      "The prompt ends in a space, but this model’s words begin with one. Delete the space, and the next token can be a word.",
  },
  run: {
    generate: "Generate",
    stop: "Stop",
  },
  settings: {
    legend: "Settings",
    new_seed: "New seed",
    off: "off",
    /** @param {string} name */
    slider: (name) => `${name}, slider`,
    random: "random",
    none: "none",
  },
  effect: {
    greedy: "always the most likely token",
    greedy_only: "no effect: the draw is greedy",
    no_draw: "no effect: the draw is greedy",
    switched_off: "switched off",
    form: { regex: "a regular expression", json_schema: "a JSON schema", grammar: "a grammar" },
    neutral: "off: changes nothing",
    seed: "same seed, same text",
    /** @param {string} seed */
    seed_used: (seed) => `empty: the engine took ${seed}`,
  },
  /** @type {Record<string, string>} */
  rng: {
    philox: "Philox: one 64-bit random number per token",
    torch: "PyTorch",
  },
  model: {
    legend: "Model",
    recorded_prompt: "Recorded prompt",
    /** Rows of the list. */
    row: {
      notebook: { name: "Random bigram", about: "the lesson’s" },
      counted: { name: "Counted bigram", about: "from a text" },
      gpt: { name: "Tiny GPT", about: "30 letters" },
      recorded: { name: "SmolLM2, recorded", about: "five prompts, 0.6 MB" },
      smollm2: { name: "SmolLM2", about: "135M, whole words" },
      own: { name: "Your own …", about: "numbers, a file" },
    },
    /** What each is, in a line. */
    about: {
      notebook: "Its weights are random, so its text has no words. It sees only the last letter.",
      bigram: "The lesson’s recipe, with random numbers from a seed of your own.",
      counted: "How often each letter follows another in a text. It sees only the last letter.",
      logits: "The same logits at every step, whatever came before. The prompt is not used.",
      gpt: "A small transformer, trained on short prose. It sees the whole text, letter by letter.",
      recorded:
        "A language model’s logits after five prompts. Only the first token can be drawn: nothing after it was recorded.",
      smollm2: "A small language model: most of its 49,152 tokens are words.",
      "own-gpt": "Your own checkpoint.",
    },
    more: "Details",
    less: "Close",
    details: "What the model is made of",
    to_load: "to load: ",
    cancel: "Cancel loading",
    starting: "starting …",
    /** @param {string} loaded @param {string} total */
    of: (loaded, total) => `${loaded} of ${total}`,
    /** @param {string} bytes */
    speed: (bytes) => `${bytes}/s`,
    /** @param {string} problem */
    failed: (problem) => `Not loaded: ${problem} Choose it again to retry.`,
  },
  text: {
    heading: "Text",
    list: "Drawn tokens",
    prompt: "Prompt",
    stale: "This is the text of the last settings that worked.",
    prompt_key: "prompt",
    legend: "underline: probability",
    /** @type {readonly string[]} */
    buckets: ["under 2%", "2–10%", "10–40%", "over 40%"],
    /** @param {string} token @param {string} n @param {string} percent */
    option: (token, n, percent) => `${token}, token ${n}, ${percent}`,
  },
  /** What the engine names beside the stages of the plan. @type {Record<string, string>} */
  stage: {
    softmax: "softmax",
    draw: "draw",
    greedy: "temperature 0",
    model: "the model",
  },
  draw: {
    /** @param {string} u */
    u: (u) => `u = ${u}`,
    /** @param {string} token @param {string} probability @param {string} noise @param {string} ratio */
    race: (token, probability, noise, ratio) =>
      `PyTorch's race: every token's probability is divided by its own random number, and the largest result wins. For ${token}: ${probability} ÷ ${noise} = ${ratio}.`,
    /** @param {string} token @param {string} ratio */
    second: (token, ratio) => `${token} came second, with ${ratio}.`,
  },
  place: {
    heading: "Computed on",
    kind: { cpu: "CPU", webgpu: "WebGPU" },
    loading: "Starting the engine …",
  },
  status: {
    loading: "The engine is starting.",
    running: "Generating.",
    /** @param {string} read "300" @param {string} tokens "1,000 tokens" */
    reading: (read, tokens) => `Reading the prompt: ${read} of ${tokens}.`,
    /** Of a text that is longer than what the model sees. @param {string} read @param {string} tokens */
    reading_again: (read, tokens) => `Reading the end of the text again: ${read} of ${tokens}.`,
    playing: "Drawing one token at a time.",
    /** @param {string} tokens @param {string} seed */
    done: (tokens, seed) => `${tokens} drawn with seed ${seed}.`,
    /** What ended the text, where that was not its length. */
    ends: {
      eos: "The last one ends the text.",
      stop: "A stop string ended the text.",
      time: "Time ran out.",
      complete: "The text is complete: nothing can follow.",
    },
    /** @param {string} tokens */
    done_greedy: (tokens) => `${tokens} taken, each the most likely.`,
    same: "Same seed, same random numbers, same text. “New seed” gives different ones.",
    same_greedy: "The same text: at temperature 0 no random number is used.",
    /** @param {string} tokens */
    stopped: (tokens) => `Stopped after ${tokens}. Draw the next token to go on.`,
    ready: "Ready: draw a token.",
    unread: "Stopped before the prompt was read. Draw a token to read it.",
    failed: "Not drawn: one of the settings needs another value.",
    failed_load: "Not drawn: the model is not loaded.",
    failed_model: "Not drawn: the model’s input is not valid.",
    failed_empty: "Not drawn: the prompt is empty. Type at least one character.",
    failed_prompt: "Not drawn: the prompt is not valid.",
    failed_page: "Not drawn. The reason is above the text.",
    lost: "The engine did not start.",
    coming: "Loading the GPT that the link names. It will draw the text.",
    waits: "Another model was asked for: load it under Model.",
  },
  problem: {
    again: "Try again",
    /** @param {string} asked @param {string} most */
    too_many_tokens: (asked, most) =>
      `max_new_tokens = ${asked} is more than this page shows: use ${most} or fewer; the library has no such limit`,
    lost_help: "The prompt and the settings are kept.",
    /** @param {string} reason of a form */
    form: (reason) => `not valid: ${reason}`,
  },
  /** What the engine says of an error, by its code, where that is not English. @type {Record<string, (error: import("./said.js").Told) => string>} */
  errors: {},
  /** On paper, where the lab has not been on a screen yet. @param {string} prompt */
  unseen: (prompt) => `Logit Lab, prompt ${prompt}: the text is drawn when this page is viewed on a screen.`,
  author: {
    locked: "The settings are locked on this page.",
  },
  ...river,
  ...views,
};

/** @typedef {typeof en & typeof import("./strings-of-tabs.js").tabs} Strings  those of the tabs come with them */
