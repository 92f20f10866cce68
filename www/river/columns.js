import { orderOf, readNumber, readStages, settingsOf, stageNamed } from "../state/settings.js";
import { COLUMNS } from "../state/start.js";

/**
 * Which columns the picture has: the model, a column for every stage that is always shown or is on, in the order in force, and softmax.
 *
 * @typedef {import("../state/types.js").Fields} Fields
 * @typedef {import("./types.js").Picture} Picture
 *
 * @typedef {object} StageColumn
 * @property {string} key        "0:" and the stage's name, where it is its first time in the order
 * @property {string} name       of the stage
 * @property {import("../generated/spec.js").StageSpec} spec
 * @property {boolean} on        its settings change something
 * @property {boolean} always    it is shown also while it is off
 * @property {number} from       the width of the picture from which it has room while it is off
 * @property {number} width      as a part of what a filter gets
 */

/** Of a stage that is not among those always shown. A form is longer than a number. @param {string} name */
const onItsOwn = (name) => ({
  from: Number.POSITIVE_INFINITY,
  width: settingsOf(name).some(({ kind }) => kind === "form") ? 2 : 1,
});

/**
 * The columns of the stages, also those that a narrow picture leaves out.
 * @param {Fields} fields
 * @returns {StageColumn[]}
 */
export function stageColumns(fields) {
  return orderOf(fields).flatMap((name) => {
    const spec = stageNamed(name);
    const on = isOn(name, fields);
    const always = COLUMNS.find(({ stage }) => stage === name);
    const { from, width } = always ?? onItsOwn(name);
    return spec && (on || always)
      ? [{ key: `0:${name}`, name, spec, on, always: always !== undefined, from, width }]
      : [];
  });
}

/** Whether a stage is in force, by what is typed. @param {string} name @param {Fields} fields */
export const isOn = (name, fields) =>
  !readStages(fields.off ?? "").includes(name) && settingsOf(name).some((setting) => isSet(setting, fields));

/** Whether a setting has a value that changes something. @param {import("../state/settings.js").Setting} setting @param {Fields} fields */
export function isSet({ name, off }, fields) {
  const typed = (fields[name] ?? "").trim();
  return typed !== "" && readNumber(typed) !== off;
}

/**
 * Where the picture tells of a stage.
 * @param {Picture} picture
 * @param {string} name
 * @returns {number} an index of its stations; -1: it is not in force there
 */
export const stationOf = ({ stations }, name) => stations.findIndex(({ stage }) => stage === name);

/**
 * The stations in the order in which their stages come; what takes the most likely token does so in the end, wherever its stage stands.
 * @param {Picture} picture
 */
const inOrder = ({ stations, drawn }) => (drawn?.kind === "greedy" ? stations.slice(1, -1) : stations.slice(1));

/**
 * Whether the columns can show the picture: its stages come in their order.
 * @param {Picture} picture
 * @param {readonly StageColumn[]} columns
 */
export function fits(picture, columns) {
  let next = 0;
  for (const { stage } of inOrder(picture)) {
    const at = columns.findIndex(({ name }, i) => i >= next && name === stage);
    if (at === -1) return false;
    next = at + 1;
  }
  return picture.stations.slice(1).every(({ stage }) => columns.some(({ name }) => name === stage));
}
