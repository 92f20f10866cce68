/** What runs first on the lab's own page: the worker starts, and loads the engine, while the rest of the page's code is on its way. */
import { startAhead } from "./engine/spawn.js";
import { nextTask } from "./lib/frames.js";

startAhead();
begin();

/** The code first and the element in a task after it: none of them keeps the page busy for long. */
async function begin() {
  await import("./element/logit-lab-element.js");
  await nextTask();
  await import("./lab-page.js");
}
