/**
 * Runs before Lit, which makes a policy as soon as it is loaded and stops there where the page's `trusted-types` does not name it. Where the page
 * names no policy but asks for none either, a policy that changes nothing does as well.
 */
const factory = /** @type {{ createPolicy?: (name: string, rules: object) => object } | undefined} */ (
  Reflect.get(globalThis, "trustedTypes")
);
const create = factory?.createPolicy;
if (factory && create) {
  factory.createPolicy = (name, rules) => {
    try {
      return create.call(factory, name, rules);
    } catch {
      return rules;
    }
  };
  // All modules are loaded in one go, and then everything is as it was.
  queueMicrotask(() => Reflect.deleteProperty(factory, "createPolicy"));
}

/** What to do where the page allows no HTML from a script. */
export const NOT_TRUSTED =
  "this page's Content-Security-Policy has require-trusted-types-for 'script': add \"trusted-types lit-html\" to it, or put the lab into a frame (embed.html)";
