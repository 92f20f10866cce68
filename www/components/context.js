/**
 * What every component is given: the state to show, the words to show it with, and where to send what the user does.
 *
 * @typedef {object} Context
 * @property {import("../state/types.js").LabState} state
 * @property {import("./effect.js").Words} words
 * @property {import("../element/authored.js").Author} [author]  what the author of the page leaves to the reader; without it everything
 * @property {() => import("../state/types.js").LabState} [now]  the state as it is whenever one asks; without it that is `state`
 * @property {(listener: (state: import("../state/types.js").LabState, before: import("../state/types.js").LabState) => void) => () => void} [listen]
 *   is told of every change at once; the answer ends it
 * @property {(action: import("../state/lab-state.js").Action) => void} send
 */

export {};
