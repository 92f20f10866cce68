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
  const store = {
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
    /**
     * Resolves once the state is so, or late: after so many milliseconds.
     * @param {(state: S) => unknown} isSo
     * @param {number} [late_ms]
     * @returns {Promise<void>}
     */
    async until(isSo, late_ms) {
      if (isSo(state)) return;
      await new Promise((resolve) => {
        const end = () => {
          stop();
          clearTimeout(timer);
          resolve(null);
        };
        const stop = store.subscribe((now) => isSo(now) && end());
        const timer = late_ms === undefined ? undefined : setTimeout(end, late_ms);
      });
    },
  };
  return store;
}
