/**
 * What the river's picture is given and what it reports. The picture is made by the engine (`picture: true`), the geometry by the section
 * that lays out heads and controls; the river only draws.
 *
 * Flow coordinates: s runs along the flow, from the model to the random number; q runs across it, from the most likely token down.
 * On a wide screen (s, q) is (x, y), on a narrow one it is (y, x). All lengths are CSS pixels.
 */

/**
 * How much room there is. A mini has no labels at the left, no percentages, no grips and no needle.
 * @typedef {"wide" | "middle" | "tall" | "mini"} Size
 */

/**
 * A column of the picture. Its line is at `from`; what the stage does happens between `from` and `to`.
 * - "model": the bands as the model gave them. Always the first.
 * - "moves": a stage that changes logits: the bands curve to their new thickness, and to their new places where the order changed.
 * - "gate": a stage that removes tokens. It has a blade, and a grip where `grip` is true.
 * - "off": a stage that is not in force: the bands go straight on.
 * - "softmax": the bands are rescaled to the full height. Always the last; its `to` is the edge that u hits.
 *
 * A stage that does both (temperature 0 also removes) may be given as either: what is drawn follows from the picture's numbers.
 * @typedef {object} Column
 * @property {string} key  the same for the same column in every geometry, so that a drag moves it: "model", "softmax", "0:" + a stage's name
 * @property {number | null} station  its index in the picture's `stations`; null where it is off, and for softmax
 * @property {"model" | "moves" | "gate" | "off" | "softmax"} kind
 * @property {number} from
 * @property {number} to
 * @property {boolean} [grip]  a gate whose cut can be dragged
 */

/**
 * @typedef {object} Geometry
 * @property {boolean} vertical  the flow runs down
 * @property {number} S  length of the picture along the flow, with the room for u
 * @property {number} Q  length across the flow: the full height, which is 100 %
 * @property {Size} size
 * @property {readonly Column[]} columns  in the order in force; `to` is not always the next column's `from` (controls may lie between)
 */

/**
 * @typedef {object} Bands
 * @property {Uint32Array} first  rank of its first token, from 0
 * @property {Uint32Array} count  how many tokens it holds
 * @property {Int32Array} id  the token, where it holds one token of its own; -1 for a tail band
 * @property {Float32Array} logit  as the model gave it; NaN for a tail band
 * @property {Float32Array} start  where its interval begins when the tokens left lie side by side in vocabulary order; NaN for a tail band
 * @property {Uint32Array} model_rank  rank in the model's own order, from 0; `first` for a tail band
 */

/**
 * @typedef {object} Station
 * @property {string} stage  "model" or a stage's name
 * @property {boolean} moves  the stage changes logits
 * @property {Float32Array} share  the height of each band when the full height is 1
 * @property {Uint32Array} left  how many tokens of the band are left
 * @property {Uint32Array | null} order  the bands from the top down, where that is not 0, 1, 2 …
 * @property {Float32Array} shown  of each token that came in, the number that the stage decides on or changes, as `shows` in its spec says;
 *   NaN for a tail band
 * @property {number} mass  the sum of `share`
 * @property {number} kept  how many tokens are left
 * @property {number} removed  how many tokens this stage removed
 * @property {number} removed_mass
 * @property {number} removed_probability
 * @property {number} removed_bits
 * @property {number} entropy  in bits
 */

/**
 * @typedef {object} DrawnToken
 * @property {number} id
 * @property {number} band
 * @property {number} rank
 * @property {number} probability
 * @property {"coin" | "race" | "greedy"} kind
 * @property {number | null} u  the random number, over tokens in vocabulary order
 * @property {readonly [number, number] | null} interval  of the token in vocabulary order
 * @property {number | null} v  the same point in rank order
 * @property {readonly [number, number]} rank_interval
 */

/**
 * The engine's answer: see `explain` with `picture`.
 * @typedef {object} Picture
 * @property {number} vocab_size
 * @property {Bands} bands  in the final rank order
 * @property {readonly Station[]} stations  first "model", then every stage that is on, in the order in force
 * @property {Float32Array} probability  of each band, after softmax
 * @property {number} kept
 * @property {number} entropy
 * @property {DrawnToken | null} drawn
 * @property {{ id: number, band: number, rank: number } | null} forced  the token that stands in the text instead of the drawn one
 */

/**
 * How the river prints. `label` is a token's text as it stands in the picture; `named` is true where it is the token's name instead
 * ("space", "comma"), which is set in sans.
 * @typedef {object} Words
 * @property {(text: string) => { label: string, named: boolean }} token
 * @property {(p: number) => string} percent
 * @property {(n: number) => string} whole
 * @property {(n: number) => string} more  "49,092 more"
 * @property {(v: number) => string} sorted  "sorted: 0.232", how far across the flow
 * @property {string} expected  under the line of what was expected, beside the counts
 * @property {string} in_text  beside the band of a forced token
 */

/**
 * @typedef {object} Reports
 * @property {Words} words
 * @property {() => boolean} isStill  no motion: reduced motion, print
 * @property {(band: number | null) => void} [onHover]  an index of the picture's bands
 * @property {(band: number) => void} [onPick]  a band was clicked
 * @property {(at: { s: number, q: number } | null) => void} [onNeedle]  where the handle of u stands, in flow coordinates; null: there is no needle
 * @property {(key: string, q: number, phase: "start" | "move" | "end") => void} [onGrip]  the cut of a gate is dragged to q, a fraction of the full height
 */

/**
 * @typedef {object} Aim
 * @property {(id: number) => string} labels  a token's text
 * @property {boolean} [snap]  be there at once
 * @property {boolean} [drawn]  show what was drawn (true without it)
 */

/**
 * How often tokens were drawn, for the bars beside the bands, and what paints those. What `of` does not tell of the single bands is the tail's.
 * @typedef {{ n: number, of: (id: number) => number, paint: (scene: import("./scene.js").Scene, parts: import("./parts.js").Parts) => void }} Counts
 */

/**
 * What the class `River` (river.js) offers: `new River(svg, reports)`.
 * @typedef {object} RiverInterface
 * @property {Counts | null} counts  with counts there is no needle
 * @property {(geometry: Geometry) => void} place
 * @property {(picture: Picture, aim: Aim) => void} aim  moves to a picture; the geometry may come before or after
 * @property {() => void} flowIn  the river flows in: on load
 * @property {() => void} trace  the drawn band is traced from u back to the model: after a draw
 * @property {(band: number | null) => void} hover
 * @property {() => void} dispose
 */

export {};
