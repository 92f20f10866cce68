/**
 * Holds a state, changes it by a reducer, tells who listens.
 *
 * @template S, A
 * @param {(state: S, action: A) => S} reduce pure
 * @param {S} initial
 */
export function makeStore(reduce, initial) {
  let state = initial;
  /** @type {Set<(state: S, before: S) => void>} */
  const listeners = new Set();
  return {
    get state() {
      return state;
    },
    /** @param {A} action */
    dispatch(action) {
      const before = state;
      state = reduce(before, action);
      if (state !== before) for (const listener of listeners) listener(state, before);
    },
    /** @param {(state: S, before: S) => void} listener @returns {() => void} stops listening */
    subscribe(listener) {
      listeners.add(listener);
      return () => void listeners.delete(listener);
    },
  };
}
