import { AFTER, beyond, HEAD, inBits, line, N_LETTERS, rowAfter } from "./beyond-model.js";
import { sketch } from "./cells.js";
import { numberIn } from "./shared.js";
import { stripOf, stripsLike, stripsView } from "./strips.js";

/** What samplers keep of one row. */

/** A name and a value of a setting, as in a program. @param {[string, number]} setting */
const written = ([name, value]) => `${name} = ${value}`;

const entropy = beyond({
  name: "entropy",
  inputs: [
    AFTER,
    { name: "typical", label: "typical_p", start: "0.5", range: { min: 0, max: 1, step: 0.05 } },
    { name: "eta", label: "eta_cutoff", start: "0.1", range: { min: 0, max: 0.5, step: 0.01 } },
    { name: "h", label: "top_h", start: "0.5", range: { min: 0, max: 1, step: 0.05 } },
  ],
  like: sketch([["entropy", "3.695 bits"]], {
    head: HEAD,
    after: stripsLike(["top_p = 0.9", "typical_p = 0.5", "eta_cutoff = 0.1", "top_h = 0.5"], N_LETTERS),
  }),
  run: async (lab, { after, typical, eta, h }) => {
    const row = await rowAfter(lab, after);
    /** @type {[string, number][]} */
    const rules = [
      ["top_p", 0.9],
      ["typical_p", numberIn(typical, "typical_p")],
      ["eta_cutoff", numberIn(eta, "eta_cutoff")],
      ["top_h", numberIn(h, "top_h")],
    ];
    const strips = [];
    for (const rule of rules) strips.push(await stripOf(lab, row, written(rule), Object.fromEntries([rule])));
    const { raw_entropy } = await lab.trace(row.logits, { seed: 0 });
    return { head: HEAD, lines: [line("entropy", inBits(raw_entropy))], after: stripsView(strips) };
  },
});

const deviation = beyond({
  name: "deviation",
  inputs: [
    AFTER,
    { name: "temperature", label: "temperature", start: "1", range: { min: 0.5, max: 5, step: 0.1 } },
    { name: "n", label: "top_n_sigma", start: "1", range: { min: 0.1, max: 3, step: 0.1 } },
  ],
  like: sketch([["entropy at T = 1.5", "3.695 bits"]], {
    head: HEAD,
    after: stripsLike(["top_p = 0.9", "top_n_sigma = 1"], N_LETTERS),
  }),
  run: async (lab, { after, temperature: typed, n }) => {
    const row = await rowAfter(lab, after);
    const hot = { temperature: numberIn(typed, "temperature") };
    const top_n_sigma = numberIn(n, "top_n_sigma");
    const strips = [
      await stripOf(lab, row, "top_p = 0.9", { top_p: 0.9 }, hot),
      await stripOf(lab, row, `top_n_sigma = ${top_n_sigma}`, { top_n_sigma }, hot),
    ];
    const { entropy } = await lab.trace(row.logits, { ...hot, seed: 0 });
    return {
      head: HEAD,
      lines: [line(`entropy at T = ${hot.temperature}`, inBits(entropy))],
      after: stripsView(strips),
    };
  },
});

/** Steps in which XTC is asked whether it acts. */
const STEPS = 100;

const exclude = beyond({
  name: "exclude",
  inputs: [
    AFTER,
    { name: "threshold", label: "xtc_threshold", start: "0.05", range: { min: 0, max: 0.5, step: 0.01 } },
    { name: "probability", label: "xtc_probability", start: "0.5", range: { min: 0, max: 1, step: 0.05 } },
  ],
  like: sketch([[`steps in which it removes something, of ${STEPS}`, "100"]], {
    head: HEAD,
    after: stripsLike(["a step in which it acts", "any other step"], N_LETTERS),
  }),
  run: async (lab, { after, threshold, probability }) => {
    const row = await rowAfter(lab, after);
    const xtc_threshold = numberIn(threshold, "xtc_threshold");
    const asked = { xtc_threshold, xtc_probability: numberIn(probability, "xtc_probability") };
    let n_acted = 0;
    for (let step = 0; step < STEPS; step += 1) {
      const { kept } = await lab.sample(row.logits, { ...asked, seed: 7, step });
      if (kept[0] < row.logits.length) n_acted += 1;
    }
    const strips = [
      await stripOf(lab, row, "A step in which it acts", { xtc_threshold, xtc_probability: 1 }),
      await stripOf(lab, row, "Any other step", {}),
    ];
    return {
      head: HEAD,
      lines: [line(`steps in which it removes something, of ${STEPS}`, String(n_acted))],
      after: stripsView(strips),
    };
  },
});

export const ROWS = [entropy, deviation, exclude];
