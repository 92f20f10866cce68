/**
 * What is written into the bands, and where: nothing is measured, so that a frame never waits for a layout.
 *
 * @typedef {import("./types.js").Geometry} Geometry
 * @typedef {import("./types.js").Words} Words
 * @typedef {import("./measures.js").Measures} Measures
 */

/**
 * A band as labels see it, in pixels.
 * @typedef {object} Row
 * @property {number} band
 * @property {string | null} text  its token's; null for a tail band
 * @property {boolean} twin  another likely token looks the same but for the space it begins with
 * @property {boolean} drawn
 * @property {boolean} forced
 * @property {boolean} percent  its percentage stands at the edge, and not under u
 * @property {number} count  how many tokens it holds
 * @property {number} left  how many of them are left in the end
 * @property {number} from_y  at the model
 * @property {number} from_h
 * @property {number} to_y  after softmax
 * @property {number} to_h
 * @property {number} share  at the model
 * @property {number} probability  after softmax
 */

/**
 * @typedef {object} Label
 * @property {"left" | "right" | "percent"} kind
 * @property {number | null} band  null for the tail
 * @property {string} text
 * @property {string} dot  stands before it, lighter
 * @property {number} s
 * @property {number} q  its middle across the flow
 * @property {number} size
 * @property {"start" | "middle" | "end"} anchor
 * @property {boolean} sans
 * @property {boolean} on  of the drawn band
 * @property {boolean} [rest]  of the tail
 * @property {boolean} upright  not turned with the flow
 */

/**
 * @typedef {object} Place
 * @property {Geometry} geometry
 * @property {Measures} measures
 * @property {number} bend  from here to the edge the bands are straight
 * @property {boolean} letters  the vocabulary is so small that tokens are single letters
 * @property {readonly number[]} marks  where the needle and other marks stand at the edge, in pixels
 * @property {boolean} counts  counts stand where percentages would
 */

/** The least thickness of a band that has a label, and of one with a percentage. */
const LEAST = { word: 12.4, letter: 10.4, vertical: 13, percent: 11.6, tail: 15 };

/** How near a mark a percentage hides. */
const NEAR = 11;

/** A model's column that is so long has room for a word and a percentage. */
const ROOMY = 140;

/** The largest type of a letter at the model. */
const LETTER = 22;

/** The smallest type. */
const SMALLEST = 11;

/** How wide characters are about, as parts of the type's size. @type {readonly [RegExp, number][]} */
const WIDTHS = [
  // What isolates the sign of a byte.
  [/[\u2066\u2069]/u, 0],
  [/[ '’,.|!():;[\]{}ijlI]/u, 0.27],
  [/["*/\\_cfrstz-]/u, 0.42],
  [/[\p{Lu}mw%&@]/u, 0.76],
  [/[\u1100-\u11ff\u2e80-\uffdc]|\p{Extended_Pictographic}/u, 1],
];

/** About how wide a text is, in its own size. @param {string} text */
function widthOf(text) {
  let width = 0;
  for (const c of text) width += WIDTHS.find(([kind]) => kind.test(c))?.[1] ?? 0.57;
  return width;
}

/**
 * How far the middle of a text lies above its baseline, in its own size: half a capital, but a letter that stands alone in its own middle.
 * @param {string} text
 */
export function riseOf(text) {
  if (/^[acemnorsuvwxz]$/u.test(text)) return 0.24;
  return /^[gpqy]$/u.test(text) ? 0.13 : 0.34;
}

/** As much of a text as fits. @param {string} text @param {number} room @param {number} size */
function cropped(text, room, size) {
  if (widthOf(text) * size <= room) return text;
  const letters = Array.from(text);
  while (letters.length > 1 && (widthOf(letters.join("")) + 0.6) * size > room) letters.pop();
  return `${letters.join("")}…`;
}

/** @param {number} x @param {number} low @param {number} high */
const within = (x, low, high) => Math.max(low, Math.min(high, x));

/**
 * A token as it stands in a band. A space that it begins with is seen only where it tells two tokens apart.
 * @param {Row} row @param {Words} words
 */
function written(row, words) {
  const text = row.text ?? "";
  const lead = text.length > 1 && text.startsWith(" ") && text.trim() !== "";
  const { label, named } = words.token(lead ? text.slice(1) : text);
  return { text: label, sans: named, dot: lead && row.twin ? "·" : "" };
}

/** @param {readonly Row[]} rows @param {Place} place @param {Words} words @returns {Label[]} */
export function labelsOf(rows, place, words) {
  /** @type {Label[]} */
  const labels = [];
  for (const row of rows) {
    if (row.text === null) continue;
    if (place.measures.left) labels.push(...leftOf(row, place, words));
    labels.push(...rightOf(row, place, words));
  }
  labels.push(...tailsOf(rows, place, words));
  return labels;
}

/** @param {Place} place */
const leastOf = ({ geometry, letters }) => (geometry.vertical ? LEAST.vertical : letters ? LEAST.letter : LEAST.word);

/** @param {Row} row @param {Place} place @param {Words} words @returns {Label[]} */
function leftOf(row, place, words) {
  const { geometry, measures } = place;
  const model = geometry.columns[0];
  const h = row.from_h;
  if (h < leastOf(place)) return [];
  const { text, sans, dot } = written(row, words);
  const large = place.letters && !sans;
  const big = h > 60 && !large;
  const size = within(h * (big ? 0.2 : 0.8), SMALLEST, large ? LETTER : big ? 20 : 14);
  const q = row.from_y + h / 2;
  const length = model.to - model.from;
  const base = { kind: /** @type {const} */ ("left"), band: row.band, q, on: row.drawn };
  const upright = geometry.vertical && Array.from(text).length < 2;
  if (upright) {
    const letter = {
      ...base,
      text,
      sans,
      dot,
      s: model.from + 20,
      size,
      anchor: /** @type {const} */ ("middle"),
      upright,
    };
    const share = words.percent(row.share);
    if (sans || widthOf(share) * SMALLEST + 4 > h) return [letter];
    return [letter, { ...letter, text: share, sans: true, s: model.from + 46, size: SMALLEST }];
  }
  const percent = measures.percent && h >= LEAST.percent ? words.percent(row.share) : "";
  const percent_size = Math.min(13, size);
  const free = length - 14;
  const beside = percent ? widthOf(percent) * percent_size + 6 : 0;
  // where both do not fit, a word may be smaller, and then it goes before its percentage
  const fitting = (free - beside) / Math.max(0.3, widthOf(text));
  const both = fitting >= SMALLEST || length > ROOMY;
  const word_size = Math.max(SMALLEST, Math.min(sans ? size * 0.9 : size, both ? fitting : size));
  const shown = cropped(text, both ? free - beside : free, word_size);
  /** @type {Label[]} */
  const labels = [
    { ...base, text: shown, sans, dot, s: model.from + 8, size: word_size, anchor: "start", upright: false },
  ];
  if (percent && both) {
    const s = model.to - 6;
    labels.push({ ...base, text: percent, sans: true, dot: "", s, size: percent_size, anchor: "end", upright });
  }
  return labels;
}

/** @param {Row} row @param {Place} place @param {Words} words @returns {Label[]} */
function rightOf(row, place, words) {
  const { geometry, measures, bend, letters } = place;
  const softmax = geometry.columns[geometry.columns.length - 1];
  const h = row.to_h;
  if (h < leastOf(place) + (geometry.vertical ? 0 : 1)) return [];
  const { text, sans, dot } = written(row, words);
  const upright = geometry.vertical && Array.from(text).length < 2;
  const free = Math.min(measures.biggest, h * (letters ? 0.78 : 0.66));
  const straight = softmax.to - bend - 14;
  const room = h > free * 2.4 ? softmax.to - softmax.from - 24 : straight;
  const fitting = room / Math.max(0.5, widthOf(text));
  const size = Math.max(11.5, Math.min(free, fitting));
  const word_size = sans ? Math.max(SMALLEST, size * 0.72) : size;
  const q = row.to_y + h / 2;
  /** @type {Label[]} */
  const labels = [
    {
      kind: "right",
      band: row.band,
      text: cropped(text, Math.max(room, straight), word_size),
      sans,
      dot,
      s: softmax.to - (upright ? 12 : 10),
      q,
      size: upright ? size : word_size,
      anchor: upright ? "middle" : "end",
      on: row.drawn,
      upright,
    },
  ];
  if (row.percent && percentFits(h, q, place))
    labels.push(percentAt(q, words.percent(row.probability), row.band, place));
  return labels;
}

/** @param {number} h @param {number} q @param {Place} place */
function percentFits(h, q, { geometry, measures, marks, counts }) {
  if (geometry.vertical || !measures.percent || counts || h < LEAST.percent) return false;
  return marks.every((mark) => Math.abs(q - mark) > NEAR);
}

/** @param {number} q @param {string} text @param {number | null} band @param {Place} place @returns {Label} */
function percentAt(q, text, band, { geometry }) {
  const s = geometry.columns[geometry.columns.length - 1].to + 12;
  return {
    kind: "percent",
    band,
    text,
    dot: "",
    s,
    q,
    size: 13,
    anchor: "start",
    sans: true,
    on: false,
    upright: false,
  };
}

/**
 * The longest run of tail bands that lie beside each other, with no marked band between: there the rest has its label.
 * @param {readonly Row[]} rows @param {"from" | "to"} end
 */
function tailRun(rows, end) {
  const laid = rows.map((row) => ({ row, q: row[`${end}_y`], h: row[`${end}_h`] })).sort((a, b) => a.q - b.q);
  let best = { q: 0, h: 0 };
  let run = { q: 0, h: 0 };
  for (const { row, q, h } of laid) {
    const near = run.h > 0 && q - (run.q + run.h) < 0.5;
    if (row.text === null) run = near ? { q: run.q, h: q + h - run.q } : { q, h };
    else if (row.drawn || row.forced) run = { q: 0, h: 0 };
    if (run.h > best.h) best = run;
  }
  return best;
}

/** @param {readonly Row[]} rows @param {Place} place @param {Words} words @returns {Label[]} */
function tailsOf(rows, place, words) {
  const tails = rows.filter(({ text }) => text === null);
  if (tails.length === 0) return [];
  /** @param {(row: Row) => number} of */
  const sum = (of) => tails.reduce((total, row) => total + of(row), 0);
  const labels = [];
  if (place.measures.left) labels.push(...leftTail(tailRun(rows, "from"), sum, place, words));
  const { q, h } = tailRun(rows, "to");
  const left = sum((row) => row.left);
  if (h <= LEAST.tail || left === 0) return labels;
  const { geometry } = place;
  const middle = q + h / 2;
  labels.push({
    kind: /** @type {const} */ ("right"),
    band: null,
    text: words.more(left),
    dot: "",
    s: geometry.columns[geometry.columns.length - 1].to - 10,
    q: middle,
    size: Math.min(15, h * 0.8),
    anchor: /** @type {const} */ ("end"),
    sans: true,
    on: false,
    rest: true,
    upright: false,
  });
  if (percentFits(h, middle, place)) {
    labels.push(percentAt(middle, words.percent(sum((row) => row.probability)), null, place));
  }
  return labels;
}

/**
 * @param {{ q: number, h: number }} run @param {(of: (row: Row) => number) => number} sum @param {Place} place @param {Words} words
 * @returns {Label[]}
 */
function leftTail({ q, h }, sum, { geometry }, words) {
  if (h <= LEAST.tail) return [];
  const model = geometry.columns[0];
  const middle = q + h / 2;
  const text = words.more(sum((row) => row.count));
  const base = { kind: /** @type {const} */ ("left"), band: null, dot: "", size: 13, sans: true, on: false };
  if (geometry.vertical) {
    const half = (widthOf(text) * 13) / 2 + 4;
    if (h < half * 2) return [];
    const at = Math.min(middle, geometry.Q - half);
    return [{ ...base, text, s: (model.from + model.to) / 2 + 4, q: at, anchor: "middle", upright: true }];
  }
  const percent = words.percent(sum((row) => row.share));
  const narrow = (widthOf(text) + widthOf(percent)) * 13 + 26 > model.to - model.from;
  if (narrow && h <= 34) {
    return [{ ...base, text, s: model.from + 8, q: middle, anchor: "start", upright: false }];
  }
  return [
    { ...base, text, s: model.from + 8, q: middle - (narrow ? 8.5 : 0), anchor: "start", upright: false },
    { ...base, text: percent, s: model.to - 6, q: middle + (narrow ? 8.5 : 0), anchor: "end", upright: false },
  ];
}
