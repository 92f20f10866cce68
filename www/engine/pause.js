/** Lets the event loop have its turn: painting, input, timers, aborts. */

/**
 * Returns a function to call between pieces of work: it waits only when more than `ms` have passed since the last turn.
 * @param {number} ms
 */
export const slices = (ms) => {
  let last = performance.now();
  return async () => {
    if (performance.now() - last < ms) return;
    await turn();
    last = performance.now();
  };
};

/**
 * One turn of the event loop. setTimeout would wait 4 ms when called in a row, and what follows scheduler.yield() goes before the page's own
 * timers, so that an abort from a timer would never come.
 * @returns {Promise<void>}
 */
const turn = () =>
  new Promise((resolve) => {
    if (typeof setImmediate === "function") {
      setImmediate(resolve);
      return;
    }
    const { port1, port2 } = new MessageChannel();
    port1.onmessage = () => {
      port1.close();
      resolve();
    };
    port2.postMessage(null);
  });
