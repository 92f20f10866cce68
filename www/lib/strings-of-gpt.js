/** The sentences about GPTs. They come with what shows one. */
const gpt = {
  about: {
    /** @param {string} weights "863 thousand weights, " or "" */
    gpt: (weights) =>
      `A small transformer, trained on short prose in the lesson’s 30 characters. ${weights}It reads the whole text before each token.`,
    smollm2:
      "SmolLM2-135M-Instruct by Hugging Face, in one GGUF file: 134.5 million weights, most of them of four bits. Licence: Apache 2.0.",
    "own-gpt":
      "A checkpoint of GPT-2, nanoGPT, minGPT, makemore or the book’s GPTModel: a .safetensors file, with config.json and tokenizer.json or a list of characters if they are not in its header. Or a model of the Llama family, in such files or in one GGUF file.",
  },
  /** @param {string} n */
  weights: (n) => `${n} weights. `,
  /** @param {string} weights */
  size: (weights) => `To load: ${weights} of weights.`,
  /** @param {string} weights */
  loaded: (weights) => `Loaded: ${weights} of weights.`,
  details: "Where it comes from",
  sha256: "SHA-256 of the weights",
  absent: "This copy of the lab does not include a GPT. The lab on its own page does.",
  load: "Load",
  cancel: "Cancel",
  there: "What it is",
  linked: "The link was made with this model. Load it to see the link’s text.",
  unchanged: "Until it has loaded, the model and the text stay as they are.",
  cancelled: "Cancelled. Nothing has changed.",
  progress: "Loading the model",
  stage: {
    engine: "Loading the engine …",
    download: "Downloading",
    read: "Reading",
  },
  /** @param {string} loaded @param {string} total */
  of: (loaded, total) => `${loaded} of ${total}`,
  /** @param {string} problem */
  failed: (problem) => `Nothing has changed. ${problem}`,
  help: {
    network: "Check the connection or the address, then press Load again.",
    file: "Choose other files: a complete .safetensors checkpoint with the files that belong to it, or a .gguf file.",
    heads: "Type the number under “Attention heads”, then press Load.",
    tokens: "Choose vocab.json or tokenizer.json, too.",
    tokens_of_address: "Download the weights, and choose them together with vocab.json or tokenizer.json.",
    more: "Choose what is missing, too: what you have chosen stays.",
    convert: "Run these lines in Python in the file’s folder, then choose model.safetensors.",
  },
  n_head: "Attention heads",
  activation: "GELU",
  as_told: "as the files say",
  gelu: { gelu: "exact (erf)", gelu_tanh: "tanh approximation", silu: "SiLU" },
  /** @param {string} n */
  block_size: (n) => `It sees the last ${n} tokens.`,
  /** @param {string} what */
  assumed: (what) =>
    `The files do not say, so this was assumed: ${what}. If the text makes no sense, try another value.`,
  /** @param {string} n */
  heads: (n) => `${n} attention ${n === "1" ? "head" : "heads"}`,
  /** @param {string} name */
  which: (name) => `GELU, ${name}`,
  /** @param {string} tokens */
  ends: (tokens) => `A text ends at ${tokens}`,
  lines: "Lines of Python that convert the file",
  chat: "Chat: the prompt is a message",
  chat_about:
    "The model answers it: the prompt is put into the chat template of the model’s file, with the role “user”.",
  ends_at_all: "End the text at the model’s end token",
  kv_cache: "KV cache",
  kv_cache_about:
    "Keeps what was computed for earlier tokens, so that each step reads only the new one. This takes some memory per token; the text is the same.",
  files: "Files",
  drop: "Choose files, or drop them here. They stay in this browser.",
  address: "Or an address, or a Hugging Face repository",
  address_hint: "owner/name, hf:owner/name/file.gguf or https://…",
  address_about: "Nothing is requested from there until you press Load.",
  keep: "Keep the download in this browser",
};

/** The sentences of the comparison of models. */
const models = {
  /** @param {string} seed */
  about: (seed) =>
    `The same prompt, the same random numbers${seed ? ` (seed ${seed})` : ""} and the current settings, other models.`,
  name: {
    notebook: "Random bigram",
    counted: "Counted bigram",
    gpt: "Tiny GPT",
    smollm2: "SmolLM2",
    "own-gpt": "Your own GPT",
  },
  what: {
    notebook: "The lesson’s random weights. It sees one character.",
    counted: "Counted from a text: a short sample, or your own. It sees one character.",
    gpt: "Trained on short prose. It sees the whole text.",
    smollm2:
      "Trained on a large part of the web. Its tokens are words, so its perplexity cannot be compared with that of letters.",
    "own-gpt":
      "The last one that you loaded. If its tokens are longer than a character, its perplexity cannot be compared with the others’.",
  },
  surprise: "Perplexity",
  sentence: "A sentence that no model has seen",
  sentence_about: "Type one of your own. The first character is given, each model predicts the others.",
  own: "its own text",
  yours: "your sentence",
  perplexity_about:
    "Of the model alone, without the settings: as uncertain as a choice among that many equally likely tokens. Each model finds its own text easy; the sentence is the same test for all.",
};

export const enOfGpt = { gpt, models };

/** @typedef {import("./strings.js").Strings & typeof enOfGpt} StringsOfGpt */
