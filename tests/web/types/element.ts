/** The same with the element, where there is a DOM. */

import "logitlab/define";
import type { LogitLabElement } from "logitlab/element";

const lab = document.querySelector("logit-lab");
lab?.setAttribute("theme", "dark");
const view: string | null | undefined = lab?.view;
const made: LogitLabElement = document.createElement("logit-lab");
// @ts-expect-error an element has no vew
const misspelt = made.vew;

export { misspelt, view };
