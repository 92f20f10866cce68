import { html, nothing } from "lit";

/** The explanation is made from the same random numbers; it must come to the same token. @param {import("./context.js").Context} context */
export function mismatch({ state: { step }, words: { t } }) {
  if (!step?.drawn || step.ahead) return nothing;
  const { run, index, trace } = step;
  const isForced = index in /** @type {object} */ (run.settings.forced_tokens ?? {});
  const differs = run.tokens[index] !== trace.draw.token && !isForced;
  return differs ? html`<p class="problem" role="alert">${t.why.mismatch}</p>` : nothing;
}
