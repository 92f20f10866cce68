/**
 * All texts and values in a template, without rendering it.
 * @param {any} template
 * @returns {unknown[]}
 */
export const partsOf = (template) => {
  if (Array.isArray(template)) return template.flatMap(partsOf);
  // What is made when a fold is opened.
  const [make] = template?._$litDirective$ ? template.values : [];
  if (typeof make === "function" && template.values.length === 1) return partsOf(make());
  return template?.values ? partsOf(template.values) : [template];
};
