/**
 * All texts and values in a template, without rendering it.
 * @param {any} template
 * @returns {unknown[]}
 */
export const partsOf = (template) => {
  if (Array.isArray(template)) return template.flatMap(partsOf);
  return template?.values ? partsOf(template.values) : [template];
};
