/** A score, in slices. */

/** @import { Connection, Handle } from "./connection.js" */
/** @import { Score } from "./types.js" */

import { slices } from "./pause.js";
import { SLICE_MS } from "./run.js";

/**
 * @param {Connection} connection
 * @param {{ model: Handle, settings: object, signal?: AbortSignal | null, thread: "here" | "worker" }} asked
 * @returns {Promise<Score>}
 */
export const score = async (connection, { model, settings, signal, thread }) => {
  // A worker leaves this thread alone by itself.
  const breathe = thread === "here" ? slices(SLICE_MS) : undefined;
  const { handle, value } = await connection.make("score", model, settings, SLICE_MS);
  try {
    let found = value.score;
    while (!found) {
      await breathe?.();
      signal?.throwIfAborted();
      found = await connection.call("scoreOn", handle, SLICE_MS);
    }
    connection.forget(handle);
    return found;
  } finally {
    connection.free(handle);
  }
};
