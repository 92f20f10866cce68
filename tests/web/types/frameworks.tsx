/** The tag in the templates of frameworks: React's JSX, and the types that Vue's and Svelte's own compilers read. */

import type {} from "logitlab/react";
import type {} from "logitlab/svelte";
import type {} from "logitlab/vue";
import type { SvelteHTMLElements } from "svelte/elements";
import type { GlobalComponents } from "vue";

export const good = (
  <logit-lab
    prompt="the "
    temperature={0.8}
    top_k={50}
    labels={["a", "b"]}
    onselect={({ detail }) => told(detail.label)}
  />
);
// @ts-expect-error no setting is called temprature
export const misspelt = <logit-lab temprature={0.8} />;
// @ts-expect-error a token that was chosen has no lable
export const odd = <logit-lab onselect={({ detail }) => told(detail.lable)} />;

export const svelte: SvelteHTMLElements["logit-lab"] = {
  temperature: 0.8,
  onselect: ({ detail }) => told(detail.label),
};
// @ts-expect-error no setting is called temprature
export const svelteMisspelt: SvelteHTMLElements["logit-lab"] = { temprature: 0.8 };

type VueProps = InstanceType<GlobalComponents["logit-lab"]>["$props"];
export const vue: VueProps = { temperature: 0.8, model: "counted" };
// @ts-expect-error no model is of this kind
export const vueOdd: VueProps = { model: "counting" };

declare function told(label: string): void;
