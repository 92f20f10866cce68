import { orderOf, STAGES } from "../state/settings.js";

/**
 * The order of the stages, changed by keys and by dragging a stage's name.
 *
 * @typedef {import("../components/context.js").Context} Context
 */

/**
 * Puts one stage where another is. Stages that are not seen stay where they are, so that the way back leads to the same order.
 * @param {readonly string[]} order
 * @param {readonly string[]} seen the stages that are seen, both of these among them
 * @param {string} name
 * @param {string} place the stage whose place it takes
 * @returns {string[]} the order then
 */
export function moved(order, seen, name, place) {
  const row = order.filter((other) => seen.includes(other));
  const to = row.indexOf(place);
  row.splice(to, 0, ...row.splice(row.indexOf(name), 1));
  return order.map((other) => (seen.includes(other) ? /** @type {string} */ (row.shift()) : other));
}

/**
 * @param {readonly string[]} order
 * @param {HTMLElement[]} handles of the stages that are seen
 * @param {string} name
 * @param {HTMLElement} place where it goes
 * @param {Context["send"]} send
 * @returns {string[]} the order then
 */
function move(order, handles, name, place, send) {
  const next = moved(order, handles.map(stageAt), name, stageAt(place));
  send({ type: "field", name: "order", text: next.join() === STAGES.join() ? "" : next.join() });
  return next;
}

/** Tells who does not see it that a stage has moved. @param {Element} list @param {HTMLElement} handle */
function sayMoved(list, handle) {
  const place = list.closest(".flow")?.querySelector(".moved");
  if (place) place.textContent = handle.dataset.moved ?? "";
}

/** The names of stages that can be moved, as they stand in a list. @param {Element} list */
const handlesIn = (list) =>
  /** @type {HTMLElement[]} */ (
    [...list.querySelectorAll("[data-move]")].filter((handle) => handle.getClientRects().length > 0)
  );

/** @param {HTMLElement} handle */
const stageAt = (handle) => handle.dataset.move ?? "";

/**
 * @param {KeyboardEvent} event in a list of handles
 * @param {Context} context
 */
export function moveByKey(event, { state, send }) {
  const handle = event.target instanceof HTMLElement ? event.target.closest("[data-move]") : null;
  const list = /** @type {HTMLElement} */ (event.currentTarget);
  if (!(handle instanceof HTMLElement)) return;
  const handles = handlesIn(list);
  const at = handles.indexOf(handle);
  const to = {
    ArrowLeft: at - 1,
    ArrowUp: at - 1,
    ArrowRight: at + 1,
    ArrowDown: at + 1,
    Home: 0,
    End: handles.length - 1,
  }[event.key];
  if (to === undefined) return;
  event.preventDefault();
  if (to < 0 || to >= handles.length || to === at) return;
  const name = stageAt(handle);
  move(orderOf(state.fields), handles, name, handles[to], send);
  send({ type: "commit" });
  // A place keeps its element, and what stands there changes: the stage is found where it went.
  requestAnimationFrame(() => {
    const there = handlesIn(list).find((other) => stageAt(other) === name);
    there?.focus();
    if (there) sayMoved(list, there);
  });
}

/**
 * On which side of a box a point is, in the order in which the boxes are read: below 0 before its middle, above 0 behind it. They stand below each
 * other, or side by side in one row or several. A point above or below all of them counts as in the first or the last row.
 * @param {{ clientX: number, clientY: number }} point
 * @param {DOMRect[]} boxes
 * @returns {(box: DOMRect) => number}
 */
export function sideOf({ clientX, clientY }, boxes) {
  const isDown = boxes.length > 1 && boxes[1].top >= boxes[0].bottom;
  if (isDown) return (box) => clientY - (box.top + box.height / 2);
  const y = Math.min(Math.max(clientY, boxes[0].top), Math.max(...boxes.map(({ bottom }) => bottom)));
  return (box) => {
    if (y < box.top) return -1;
    return y > box.bottom ? 1 : clientX - (box.left + box.width / 2);
  };
}

/**
 * Follows a finger or the mouse from a handle, and moves the stage past every neighbour whose middle it passes.
 * @param {PointerEvent} event in a list of handles
 * @param {Context} context
 */
export function moveByPointer(event, { state, send }) {
  const handle = event.target instanceof HTMLElement ? event.target.closest("[data-move]") : null;
  const list = /** @type {HTMLElement} */ (event.currentTarget);
  if (!(handle instanceof HTMLElement) || event.button !== 0) return;
  const name = stageAt(handle);
  let order = orderOf(state.fields);
  const follow = (/** @type {PointerEvent} */ { clientX, clientY }) => {
    const handles = handlesIn(list);
    const boxes = handles.map((other) => (other.closest("[data-place]") ?? other).getBoundingClientRect());
    const at = handles.findIndex((other) => stageAt(other) === name);
    const side = sideOf({ clientX, clientY }, boxes);
    let to = at;
    while (to > 0 && side(boxes[to - 1]) < 0) to -= 1;
    while (to < boxes.length - 1 && side(boxes[to + 1]) > 0) to += 1;
    if (at !== -1 && to !== at) order = move(order, handles, name, handles[to], send);
  };
  const end = () => {
    list.removeEventListener("pointermove", follow);
    list.removeEventListener("pointerup", end);
    list.removeEventListener("pointercancel", end);
    send({ type: "commit" });
  };
  list.setPointerCapture(event.pointerId);
  list.addEventListener("pointermove", follow);
  list.addEventListener("pointerup", end);
  list.addEventListener("pointercancel", end);
}
