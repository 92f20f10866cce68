/** The worker's entry, in browsers and in Node. */

import { nodeModule } from "./node.js";
import { serve } from "./serve.js";

/** @param {{ postMessage: Function, onmessage: Function | null, onmessageerror: Function | null }} scope the worker itself, or its port */
const serveScope = (scope) =>
  serve({
    post: (answer, handOver) => scope.postMessage(answer, handOver),
    listen: (onMessage) => {
      scope.onmessage = (/** @type {MessageEvent} */ event) => onMessage(event.data);
    },
  });

if ("WorkerGlobalScope" in globalThis) serveScope(/** @type {any} */ (globalThis));
else nodeModule("node:worker_threads").then(({ parentPort }) => serveScope(parentPort));
