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

if ("WorkerGlobalScope" in globalThis) {
  serveScope(/** @type {any} */ (globalThis));
  // The first NumberFormat loads a browser's number tables, for all threads of a page. Here that holds up no picture, and no engine: its file
  // is still on its way.
  setTimeout(() => new Intl.NumberFormat("en").format(1));
} else nodeModule("node:worker_threads").then(({ parentPort }) => serveScope(parentPort));
