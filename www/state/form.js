/**
 * What an output has to be, as it is typed: JSON is a schema, what defines a rule is a grammar, anything else is a regular expression.
 *
 * @typedef {{ regex: string } | { json_schema: string } | { grammar: string }} Form
 */

/** What begins with a brace: no regular expression does. */
const SCHEMA = /^\s*\{/;
/** The first rule of a grammar in either notation. */
const GRAMMAR = /^\s*(root\s*::=|start\s*:|[\w-]+\s*::=)/m;

/** Where Enter was pressed after a regular expression: one that asks for a line break has \n. */
const ENTERED = /\n+$/;

/** @param {string} typed @returns {Form} */
export function readForm(typed) {
  if (SCHEMA.test(typed)) return { json_schema: typed };
  if (GRAMMAR.test(typed)) return { grammar: typed };
  return { regex: typed.replace(ENTERED, "") };
}
