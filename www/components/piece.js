import { noChange } from "lit";
import { Directive, directive } from "lit/directive.js";
import { callable } from "../lib/callable.js";

/**
 * A piece of the page that is rendered again only when something it has read of the state has changed. Nobody lists what that is: the piece
 * is given a view of the state that notes what is read.
 *
 * @typedef {import("./context.js").Context} Context
 * @typedef {import("../state/types.js").LabState} LabState
 */

/** The state as it is now. @param {Context} context @returns {LabState} */
const stateOf = ({ now, state }) => now?.() ?? state;

/**
 * The state as it is whenever it is read, also by an event long after the piece was rendered.
 * @param {() => Context} context
 * @param {Map<string | symbol, unknown>} seen what has been read so far, as it was then
 * @returns {LabState}
 */
const watched = (context, seen) =>
  new Proxy(/** @type {LabState} */ ({}), {
    get(_, key) {
      const value = Reflect.get(stateOf(context()), key);
      if (!seen.has(key)) seen.set(key, value);
      return value;
    },
    has: (_, key) => Reflect.has(stateOf(context()), key),
    ownKeys: () => Reflect.ownKeys(stateOf(context())),
    getOwnPropertyDescriptor: (_, key) => {
      const value = Reflect.get(stateOf(context()), key);
      if (!seen.has(key)) seen.set(key, value);
      return { value, enumerable: true, configurable: true };
    },
  });

/** @param {readonly unknown[]} a @param {readonly unknown[]} b */
const isSame = (a, b) => a.length === b.length && a.every((part, i) => part === b[i]);

class PieceDirective extends callable(Directive) {
  /** @type {Context | null} */
  #context = null;
  /** @type {Map<string | symbol, unknown>} */
  #seen = new Map();
  /** @type {readonly unknown[]} */
  #given = [];

  /**
   * @param {Context} context
   * @param {(context: Context) => unknown} make
   * @param {readonly unknown[]} given
   */
  render(context, make, ...given) {
    const all = [context.words, context.author, ...given];
    const isUpToDate = this.#context !== null && isSame(this.#given, all) && !this.#hasChanged(context);
    this.#context = context;
    if (isUpToDate) return noChange;
    this.#given = all;
    this.#seen = new Map();
    const state = watched(() => /** @type {Context} */ (this.#context), this.#seen);
    return make({ ...context, state, now: () => state });
  }

  /** @param {Context} context */
  #hasChanged(context) {
    const state = stateOf(context);
    let hasChanged = false;
    // All are read: of a piece within another one, the outer one has to know what it depends on.
    for (const [key, value] of this.#seen) if (Reflect.get(state, key) !== value) hasChanged = true;
    return hasChanged;
  }
}

/** A piece that waits while a control moves. */
class RestingPieceDirective extends callable(PieceDirective) {
  #isThere = false;

  /**
   * @override
   * @param {Context} context
   * @param {(context: Context) => unknown} make
   * @param {readonly unknown[]} given
   */
  render(context, make, ...given) {
    if (this.#isThere && stateOf(context).held) return noChange;
    this.#isThere = true;
    return super.render(context, make, ...given);
  }
}

/**
 * @typedef {(context: Context, make: (context: Context) => unknown, ...given: unknown[]) => unknown} Piece  given: what else the piece depends on
 */

export const piece = /** @type {Piece} */ (/** @type {unknown} */ (directive(PieceDirective)));

/** What is brought up to date when the control rests. */
export const restingPiece = /** @type {Piece} */ (/** @type {unknown} */ (directive(RestingPieceDirective)));
