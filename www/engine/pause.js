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

/** One turn of the event loop. Unlike setTimeout, these are not slowed down to 4 ms when they follow each other. @returns {Promise<void>} */
const turn = () => {
  const { scheduler, setImmediate } = /** @type {any} */ (globalThis);
  if (scheduler?.yield) return scheduler.yield();
  if (setImmediate) return new Promise((resolve) => setImmediate(resolve));
  return new Promise((resolve) => {
    const { port1, port2 } = new MessageChannel();
    port1.onmessage = () => {
      port1.close();
      resolve();
    };
    port2.postMessage(null);
  });
};
