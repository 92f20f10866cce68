import { html, nothing } from "lit";

/**
 * What can be done at the token whose picture is shown: put another one in its place, take that back, or end the text before it.
 *
 * @typedef {import("../components/context.js").Context} Context
 * @typedef {import("./types.js").Picture} Picture
 */

/**
 * @param {import("../state/types.js").TracedStep} step
 * @param {Picture} picture
 * @param {number | null} band the one that is read
 * @param {import("./words.js").Labels} labels
 * @param {Pick<Context, "words" | "send">} context
 */
export function ways({ index, drawn, run }, { bands, forced, drawn: token }, band, labels, { words, send }) {
  if (!drawn) return nothing;
  const { t, format } = words;
  const id = band === null ? -1 : bands.id[band];
  const stands = (forced ?? token)?.id;
  const isForced = index in /** @type {object} */ (run.settings.forced_tokens ?? {});
  return html`${
    id >= 0 && id !== stands
      ? html`<button class="second put" type="button" @click=${() => send({ type: "force", index, token: id })}>${t.river.put(format.quoted(labels.of(id)))}</button>`
      : nothing
  }${isForced ? html`<button class="second" type="button" @click=${() => send({ type: "release", index })}>${t.branch.release}</button>` : nothing}<button
    class="second"
    type="button"
    @click=${() => send({ type: "rewind", index })}
  >${t.branch.rewind(format.whole(index + 1))}</button>`;
}
