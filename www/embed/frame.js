/** The lab alone in a frame: attributes from the address, and its height told to the page around it. */
const lab = document.querySelector("logit-lab");
for (const [name, value] of new URLSearchParams(location.search)) {
  // Names as in HTML; anything else is no attribute of the lab's.
  if (lab && /^[a-z]+(-[a-z]+)*$/.test(name) && !name.startsWith("on") && name !== "style")
    lab.setAttribute(name, value);
}
// The element reads its attributes when it is defined.
void import("../logit-lab.js");

new ResizeObserver(() => {
  const height = Math.ceil(document.body.getBoundingClientRect().height);
  // A height is no secret, so any page may hear it.
  parent.postMessage({ type: "logit-lab:height", height }, "*");
}).observe(document.body);
