/** The worker's side of `client.js`: every request gets one answer, a value or an error. Nothing is computed that was not asked for. */

/** @import { Answer, News, Port, Request } from "./client.js" */
/** @import { Host } from "./host.js" */

import { engineLost, internal, LabError, toPlain } from "./error.js";
import { startHere } from "./local.js";

/** Arrays from here on are handed over instead of copied; handing over has a price of its own. */
const LARGE_BYTES = 16_384;

/**
 * Serves one lab.
 * @param {{ post: (answer: Answer | News, handOver: ArrayBuffer[]) => void, listen: Port["listen"] }} port
 */
export const serve = (port) => {
  /** @type {Host | undefined} */
  let host;

  /** @param {Request} request @returns {Promise<unknown>} */
  const answer = async ({ method, args }) => {
    if (method === "ping") return "ready";
    if (method === "start") {
      const [wasm] = /** @type {[string | undefined]} */ (args);
      host = await startHere(wasm, (backend) => port.post({ backend }, []));
      return undefined;
    }
    if (!host) throw engineLost("it was not started");
    return host.call(/** @type {any} */ (method), .../** @type {any} */ (args));
  };

  const onMessage = async (/** @type {Request} */ request) => {
    const { id } = request;
    try {
      const value = await answer(request);
      port.post({ id, value }, largeBuffers(value));
    } catch (error) {
      port.post({ id, error: toPlain(error instanceof LabError ? error : internal(error)) }, []);
    }
  };
  port.listen(onMessage, () => host?.dispose());
};

/**
 * The memory of all large arrays inside an answer.
 * @param {unknown} value
 * @returns {ArrayBuffer[]}
 */
const largeBuffers = (value) => {
  if (ArrayBuffer.isView(value))
    return value.byteLength < LARGE_BYTES ? [] : [/** @type {ArrayBuffer} */ (value.buffer)];
  if (typeof value !== "object" || value === null) return [];
  return Object.values(value).flatMap(largeBuffers);
};
