/** Work that takes longer than a call may, in slices. */

/** @import { Connection, WithHandles } from "./connection.js" */
/** @import { Begun, Operations } from "./host.js" */
/** @import { Signal } from "./platform.js" */

import { requireSignal } from "./check.js";
import { requireAlive } from "./connection.js";
import { slices } from "./pause.js";

/** No call into the engine takes much longer than this, so that an abort, the page and other calls get their turn. */
export const SLICE_MS = 8;

/** Operations that begin such work; how long its first slice may take is the last of their arguments. @typedef {"explain" | "forward" | "next" | "score" | "time"} Work */

/** @template T @typedef {T extends (...args: any) => infer R ? Awaited<R> extends Begun<infer V> ? V : never : never} Outcome */
/** @template {unknown[]} A @typedef {A extends [...infer B, number] ? B : never} WithoutBudget */

/**
 * @template {Work} M
 * @param {Connection} connection
 * @param {Signal | null | undefined} signal calls it off
 * @param {M} method
 * @param {WithHandles<WithoutBudget<Parameters<Operations[M]>>>} args
 * @returns {Promise<Outcome<Operations[M]>>}
 */
export const work = async (connection, signal, method, ...args) => {
  requireSignal(signal);
  const off = /** @type {AbortSignal | null | undefined} */ (signal);
  off?.throwIfAborted();
  const breathe = pauses(connection);
  const { handle, value } = await connection.make(method, .../** @type {any} */ ([...args, SLICE_MS]));
  try {
    let found = /** @type {any} */ (value).value;
    while (found === undefined) {
      await breathe?.();
      off?.throwIfAborted();
      requireAlive(args);
      found = await connection.call("goOn", handle, SLICE_MS);
    }
    connection.forget(handle);
    return found;
  } finally {
    connection.free(handle);
  }
};

/** What to wait for between two slices: a worker leaves this thread alone by itself. @param {Connection} connection */
export const pauses = ({ thread }) => (thread === "here" ? slices(SLICE_MS) : undefined);
