import { paintBed } from "./bed.js";
import { paintForced } from "./forced.js";

/**
 * What a picture has once the code of the tabs has come.
 * @param {import("./scene.js").Scene} scene @param {import("./parts.js").Parts} parts
 * @returns {number | null} where the words about a forced token stand beside the edge
 */
export function paintLater(scene, parts) {
  paintBed(scene, parts);
  return paintForced(scene, parts);
}
