/**
 * The lab alone in a frame: attributes from the address, and what happens told to the page around it: its height, and what is chosen, drawn and
 * set, as { type: "logit-lab:select", detail }.
 */
const lab = document.querySelector("logit-lab");
for (const [given, value] of new URLSearchParams(location.search)) {
  const name = given.replaceAll("_", "-");
  // Names as in HTML; anything else is no attribute of the lab's.
  if (lab && /^[a-z]+(-[a-z]+)*$/.test(name) && !name.startsWith("on") && name !== "style")
    lab.setAttribute(name, value);
}
// The element reads its attributes when it is defined.
void import("../logit-lab.js");

// The page around chose to show this one, and has given it what it shows: any page may hear of it.
const tell = (/** @type {object} */ message) => parent.postMessage(message, "*");

for (const name of ["select", "generate-end", "config-change"])
  lab?.addEventListener(name, (event) => {
    const { detail } = /** @type {CustomEvent} */ (event);
    // Without the trace, which has numbers for every token of the vocabulary.
    const parts = Object.keys(detail).filter((part) => part !== "trace");
    tell({ type: `logit-lab:${name}`, detail: Object.fromEntries(parts.map((part) => [part, detail[part]])) });
  });

new ResizeObserver(() => {
  tell({ type: "logit-lab:height", height: Math.ceil(document.body.getBoundingClientRect().height) });
}).observe(document.body);
