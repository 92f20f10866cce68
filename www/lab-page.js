/** The lab's own page: what is set is in its address, and what is in its address is set. */
import "./element/trusted-types.js";
import "./logit-lab.js";
import "./theme.js";
import { startState } from "./state/lab-state.js";
import { fromHash, toHash } from "./state/link.js";
import { beginWith, isFirstText } from "./tasks/first-text.js";

/** The address follows when nothing has changed for this long, in milliseconds. */
const STILL_MS = 300;

const lab = /** @type {import("./element/logit-lab-element.js").LogitLabElement} */ (
  document.querySelector("logit-lab")
);
const defaults = { ...startState(), run: null };
/** @type {ReturnType<typeof setTimeout> | undefined} */
let timer;
/** The address that was last followed or written. */
let known = location.hash;

/** @param {string} hash */
function follow(hash) {
  if (hash === "") return;
  const { snapshot, problems } = fromHash(hash);
  // What a link leaves out is at its default.
  lab.setState({
    prompt: snapshot.prompt ?? defaults.prompt,
    model: { ...defaults.model, ...snapshot.model },
    fields: { ...defaults.fields, ...snapshot.fields },
    forced: snapshot.forced ?? {},
    goal: snapshot.goal ?? "all",
  });
  say(problems);
}

/** @param {string[]} problems */
function say(problems) {
  const place = document.querySelector("#link-problems");
  if (place) place.textContent = problems.length === 0 ? "" : `In the link, ${problems.join("; ")}.`;
}

function write() {
  // The reader has gone to another address, and its hashchange event is still to come.
  if (location.hash !== known) return;
  const state = lab.getState();
  // The plain address stays plain until somebody changes something.
  if (location.hash === "" && isFirstText(state)) return;
  const hash = toHash({ ...state, run: lab.store.state.run }, defaults);
  if (hash !== location.hash.slice(1)) history.replaceState(null, "", `#${hash}`);
  known = location.hash;
}

const tour = /** @type {HTMLButtonElement} */ (document.querySelector("#tour"));
tour.hidden = false;
tour.addEventListener("click", () => lab.tour());

if (location.hash === "") beginWith(lab);
else follow(location.hash);
addEventListener("hashchange", () => {
  const { hash } = location;
  known = hash;
  if (hash !== "") return follow(hash);
  // Back at the plain address stands what it began with.
  lab.reset();
  say([]);
  beginWith(lab);
});
for (const event of ["config-change", "generate-end"])
  lab.addEventListener(event, () => {
    clearTimeout(timer);
    timer = setTimeout(write, STILL_MS);
  });
