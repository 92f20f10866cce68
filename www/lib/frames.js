/** Waiting for the screen. */

/** A page that is not looked at has no frames: after so long one goes on without, in milliseconds. */
const WITHOUT_FRAMES_MS = 1000;

/** Resolves at the beginning of the next frame. @returns {Promise<void>} */
export const nextFrame = () =>
  new Promise((resolve) => {
    const go = () => {
      clearTimeout(timer);
      cancelAnimationFrame(frame);
      resolve();
    };
    const timer = setTimeout(go, WITHOUT_FRAMES_MS);
    const frame = requestAnimationFrame(go);
  });

/** Resolves in a task of its own, so that the page can paint and answer before it. @returns {Promise<void>} */
export const nextTask = () => new Promise((resolve) => setTimeout(resolve));

/** Resolves when what the page now is has been painted. @returns {Promise<void>} */
export async function afterPaint() {
  await nextFrame();
  await nextFrame();
  await nextTask();
}
