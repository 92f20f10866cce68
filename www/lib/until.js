/**
 * Resolves once the state of a store is so, or late: after so many milliseconds.
 * @template S
 * @param {{ readonly state: S, subscribe: (listener: (state: S) => void) => () => void }} store
 * @param {(state: S) => unknown} isSo
 * @param {number} [late_ms]
 * @returns {Promise<void>}
 */
export async function until(store, isSo, late_ms) {
  if (isSo(store.state)) return;
  await new Promise((resolve) => {
    const end = () => {
      stop();
      clearTimeout(timer);
      resolve(null);
    };
    const stop = store.subscribe((state) => isSo(state) && end());
    const timer = late_ms === undefined ? undefined : setTimeout(end, late_ms);
  });
}
