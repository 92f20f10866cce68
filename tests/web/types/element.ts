/** The same with the element, where there is a DOM. */

import "logitlab/define";
import type { LogitLabElement } from "logitlab/element";

const lab = document.querySelector("logit-lab");
lab?.setAttribute("theme", "dark");
const view: string | null | undefined = lab?.view;
const made: LogitLabElement = document.createElement("logit-lab");
// @ts-expect-error an element has no vew
const misspelt = made.vew;
made.addEventListener("select", ({ detail }) => told(detail.label));
made.addEventListener("generate-end", ({ detail }) => told(detail.text));
// @ts-expect-error what was made has no txt
made.addEventListener("generate-end", ({ detail }) => told(detail.txt));

declare function told(text: string): void;

export { misspelt, view };
