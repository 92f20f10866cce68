// import type {} from "logitlab/vue": <logit-lab> in the templates of Vue 3.
import type { DefineComponent } from "vue";
import type { LogitLabEventMap, LogitLabProps } from "./tags.js";

type Events = { [type in keyof LogitLabEventMap]: (event: LogitLabEventMap[type]) => void };

declare module "vue" {
  interface GlobalComponents {
    "logit-lab": DefineComponent<LogitLabProps, object, object, object, object, object, object, Events>;
  }
}
