/**
 * The sentences of the river: the picture of one draw, and the settings under it.
 */
export const river = {
  river: {
    /** Before the last words of the text, as a quotation. @param {string} n @param {string} of */
    which: (n, of) => `Token ${n} of ${of}, after`,
    choose: "Choose another token in the text",
    /** The same, of a token that is not drawn yet. */
    after: "Next token after",
    next: "Next token",
    start: "First token of the text",
    own: "Token from your logits",
    empty: "Type a prompt to see what comes after it.",
    about: "Each band is a token, as thick as it is probable.",
    kept: "kept",
    drawn: "drawn",
    model: "Model",
    softmax: "Softmax",
    draw: "Draw",
    rescale: "rescale to 100%",
    softmax_about: "Turns the logits that are left into probabilities that add up to 100%.",
    bits_about:
      "Entropy in bits: how many yes-or-no questions it takes, on average, to identify the token. 0 bits: it is certain.",
    rescaled: (/** @type {string} */ tokens) => `${tokens} rescaled to 100%`,
    /** @type {Record<"coin" | "race" | "greedy", string>} */
    by: { coin: "random u, 0 to 1", race: "PyTorch’s race", greedy: "no random number" },
    not_drawn: "nothing drawn yet",
    off: "off",
    maximum: "keep the maximum",
    /** @param {string} n "2" */
    several: (n) => `${n} settings on`,
    bits: (/** @type {string} */ bits) => `${bits} bits`,
    entropy: "entropy of all tokens",
    entropy_kept: (/** @type {string} */ tokens) => `entropy of the ${tokens} kept`,
    draw_next: "Draw next token",
    draw_each: "Draw one by one",
    /** @param {string} n */
    draw_many: (n) => `Draw ${n}`,
    /** @param {string} setting */
    here: (setting) => `${setting}, in the picture`,
    /** @param {string} name */
    switch_off: (name) => `Switch ${name} off`,
    /** @param {string} percent */
    removed: (percent) => `${percent} removed`,
    /** @param {string} percent @param {string} bits */
    removed_bits: (percent, bits) => `${percent} removed: ${bits}`,
    /** @param {string} allowed */
    only: (allowed) => `only ${allowed}`,
    nothing: "removes nothing",
    nothing_here: "removes nothing here",
    one_left: "removes nothing: one token is left",
    unchanged: "changes nothing",
    picture: "Picture of the draw: arrow keys read its bands",
    chart: "band chart",
    u: "Random number u",
    /** @param {string} u */
    u_is: (u) => `u = ${u}`,
    /** @param {string} v */
    sorted: (v) => `sorted: ${v}`,
    many: "many tokens",
    more: (/** @type {string} */ n) => `${n} more`,
    expected: "expected",
    in_text: "in the text",
    /** The readout, part by part. */
    read: {
      /** @param {string} rank @param {string} logit */
      rank: (rank, logit) => `, rank ${rank}: logit ${logit}`,
      /** @param {string} percent */
      model: (percent) => `, ${percent} from the model`,
      /** @param {string} percent @param {string} stage */
      after: (percent, stage) => `, ${percent} after ${stage}`,
      /** @param {string} stage */
      removed: (stage) => `, removed by ${stage}`,
      /** @param {string} percent */
      final: (percent) => `, ${percent} after softmax`,
      /** @param {string} n @param {string} first @param {string} last */
      tail: (n, first, last) => `${n}, ranks ${first} to ${last}`,
      /** @param {string} percent */
      together: (percent) => `: together ${percent} from the model`,
      /** @param {string} n "12 tokens" */
      left: (n) => `, ${n} kept`,
      /** @param {string} u @param {string} v */
      u: (u, v) =>
        `Drawn: u\u00a0=\u00a0${u} lies in its interval in vocabulary order; sorted by probability, as here, that is ${v}.`,
      greedy: "The most likely token is always taken: no random number is used.",
      /** @param {string} u @param {string} drawn */
      forced: (u, drawn) => `You put it here: with u\u00a0=\u00a0${u}, ${drawn} would have been drawn.`,
      /** @param {string} drawn */
      forced_other: (drawn) => `You put it here: otherwise ${drawn} would have been drawn.`,
      pending: "Nothing has been drawn yet.",
    },
    /** @param {string} token */
    put: (token) => `Put ${token} here`,
    more_settings: "More settings",
    /** What stages are for, by the group in their spec. */
    /** @param {string} stage @param {string} place @param {string} of */
    move: (stage, place, of) => `Move ${stage}, stage ${place} of ${of}`,
    /** @param {string} stage @param {string} place @param {string} of */
    moved: (stage, place, of) => `${stage} is now stage ${place} of ${of}.`,
    move_hint: "Drag, or press the arrow keys",
  },
};
