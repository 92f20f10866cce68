// import type {} from "logitlab/svelte": <logit-lab> in the markup of Svelte 5.
import type { HTMLAttributes } from "svelte/elements";
import type { LogitLabElement } from "./logit-lab-element.js";
import type { LogitLabHandlers, LogitLabProps } from "./tags.js";

type Props = LogitLabProps & LogitLabHandlers;

declare module "svelte/elements" {
  interface SvelteHTMLElements {
    "logit-lab": Omit<HTMLAttributes<LogitLabElement>, keyof Props> & Props;
  }
}
