import "./element/trusted-types.js";
import { LogitLabElement } from "./element/logit-lab-element.js";

/** Defines `<logit-lab>`. Import `element/logit-lab-element.js` instead to get the class without defining a tag. */
if (!customElements.get("logit-lab")) customElements.define("logit-lab", LogitLabElement);

export { LogitLabElement };
