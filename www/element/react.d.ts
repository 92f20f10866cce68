// import type {} from "logitlab/react": <logit-lab> in the JSX of React 19.
import type { DetailedHTMLProps, HTMLAttributes } from "react";
import type { LogitLabElement } from "./logit-lab-element.js";
import type { LogitLabHandlers, LogitLabProps } from "./tags.js";

type OfEveryElement = DetailedHTMLProps<HTMLAttributes<LogitLabElement>, LogitLabElement>;
type Props = LogitLabProps & LogitLabHandlers;

declare module "react" {
  namespace JSX {
    interface IntrinsicElements {
      "logit-lab": Omit<OfEveryElement, keyof Props> & Props;
    }
  }
}
