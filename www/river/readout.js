import { html, nothing } from "lit";
import { stageLabel } from "../components/effect.js";
import { stageNamed } from "../state/settings.js";

/**
 * The picture in one sentence: the token that was drawn, or the band that is read.
 *
 * @typedef {import("../components/context.js").Context} Context
 * @typedef {import("./types.js").Picture} Picture
 * @typedef {import("../state/types.js").TracedStep} TracedStep
 *
 * @typedef {object} Reading
 * @property {number | null} band  the band that is read; null: the token that stands in the text
 * @property {boolean} drags       u is being dragged to it
 */

/**
 * @param {TracedStep} step
 * @param {Picture} picture
 * @param {Reading} reading
 * @param {import("./words.js").Labels} labels
 * @param {Context["words"]} words
 */
export function readout(step, picture, { band, drags }, labels, words) {
  const { river: t } = words.t;
  const own = bandInText(picture);
  const read = band ?? own;
  if (read === null) return t.read.pending;
  const isToken = picture.bands.id[read] >= 0;
  const told = isToken ? tokenSentence(read, picture, labels, words) : tailSentence(read, picture, words);
  if (drags) return html`${told} ${isToken ? words.t.what_if.u : words.t.what_if.tail}`;
  return html`${told} ${read === own && step.drawn ? drawSentence(step, picture, labels, words) : nothing}`;
}

/** The band of the token that stands in the text. @param {Picture} picture @returns {number | null} */
export const bandInText = ({ drawn, forced }) => (forced ?? drawn)?.band ?? null;

/** @param {number} band @param {Picture} picture @param {import("./words.js").Labels} labels @param {Context["words"]} words */
function tokenSentence(band, picture, labels, { t, format }) {
  const { bands, probability, drawn } = picture;
  const read = t.river.read;
  // What takes the most likely token gives it no other probability on the way.
  const stations = drawn?.kind === "greedy" && band === drawn.band ? picture.stations.slice(0, -1) : picture.stations;
  const removedBy = stations.find(({ left }) => left[band] === 0)?.stage;
  const until = removedBy ? stations.findIndex(({ stage }) => stage === removedBy) : stations.length;
  const shares = stations.slice(1, until).filter(({ stage }) => stageNamed(stage)?.filter === false);
  return html`<b>${first(format.quoted(labels.of(bands.id[band])))}</b>${read.rank(format.whole(bands.first[band] + 1), format.logit(bands.logit[band]))}${read.model(
    format.percent(stations[0].share[band]),
  )}${shares.map(({ stage, share }) => read.after(format.percent(share[band]), stageLabel(stage, t)))}${
    removedBy ? read.removed(stageLabel(removedBy, t)) : read.final(format.percent(probability[band]))
  }.`;
}

/** As it stands at the beginning of a sentence. @param {string} words */
const first = (words) => words.charAt(0).toUpperCase() + words.slice(1);

/** Many tokens in one band. @param {number} band @param {Picture} picture @param {Context["words"]} words */
function tailSentence(band, { bands, stations, probability }, { t, format }) {
  const read = t.river.read;
  const [first, n] = [bands.first[band], bands.count[band]];
  const left = stations[stations.length - 1].left[band];
  const share = read.together(format.percent(stations[0].share[band]));
  return html`<b>${read.tail(format.tokens(n), format.whole(first + 1), format.whole(first + n))}</b>${share}${
    left === n ? "" : read.left(format.tokens(left))
  }${left > 0 ? read.final(format.percent(probability[band])) : ""}.`;
}

/** How the token came into the text. @param {TracedStep} step @param {Picture} picture @param {import("./words.js").Labels} labels @param {Context["words"]} words */
function drawSentence({ trace }, { drawn, forced }, labels, words) {
  const { t, format } = words;
  const read = t.river.read;
  if (!drawn) return nothing;
  const token = format.quoted(labels.of(drawn.id));
  if (forced && forced.id !== drawn.id)
    return drawn.u === null ? read.forced_other(token) : read.forced(format.position(drawn.u), token);
  if (drawn.kind === "greedy") return read.greedy;
  if (drawn.kind === "race") return raceSentence(trace.draw, token, labels, words);
  return read.u(format.position(drawn.u ?? 0), format.way(drawn.v ?? 0));
}

/** @param {TracedStep["trace"]["draw"]} draw @param {string} token @param {import("./words.js").Labels} labels @param {Context["words"]} words */
function raceSentence(draw, token, labels, { t, format }) {
  const { probability, noise = Number.NaN, ratio = Number.NaN, runner_up, runner_up_ratio = Number.NaN } = draw;
  const winner = t.draw.race(token, format.percent(probability), format.number(noise), format.number(ratio));
  if (runner_up === undefined || runner_up === draw.token) return winner;
  return `${winner} ${t.draw.second(format.quoted(labels.of(runner_up)), format.number(runner_up_ratio))}`;
}
