/**
 * Starts the worker. Which way works depends on the page: its own origin allows the file, a page that takes the library from elsewhere only a
 * blob that imports it, a sandboxed frame only a data address; some pages allow none.
 */

/** @import { Port } from "./client.js" */
/** @import { EngineKind, Host } from "./host.js" */
/** @import { WasmSource } from "./types.js" */

import { wasmUrl, workerUrl } from "./assets.js";
import { RemoteHost } from "./client.js";
import { LabError } from "./error.js";
import { nodeModule } from "./node.js";

/** A blocked worker may say nothing at all, so silence counts as failure. */
const SILENCE_MS = 2000;

/**
 * @param {EngineKind} kind
 * @param {WasmSource} [wasm]
 * @param {(about: import("./types.js").Backend) => void} [onBackend]
 * @returns {Promise<Host>}
 * @throws {LabError} `backend_unavailable` with every way that was tried, or `wasm_load`
 */
export const startWorker = async (kind, wasm, onBackend = undefined) => {
  const failures = [];
  for (const [way, open] of ways()) {
    try {
      const host = new RemoteHost(await open(), onBackend);
      await answered(host);
      await loaded(host, kind, wasm ?? own(kind));
      return host;
    } catch (error) {
      if (error instanceof LabError && error.code === "wasm_load") throw error;
      failures.push(`${way}: ${reason(error)}`);
    }
  }
  const tried = failures.join("; ");
  throw new LabError(
    "backend_unavailable",
    `no worker could be started (${tried}): use createLab({ thread: "auto" }) or "here"`,
  );
};

/** What a worker said, rather than what the lab makes of it. @param {unknown} error */
const reason = (error) => {
  const said = error instanceof LabError ? error.cause : error;
  return said instanceof Error ? said.message : String(said);
};

/** @returns {[way: string, open: () => Port | Promise<Port>][]} */
const ways = () => {
  if (typeof Worker === "undefined") return [["worker_threads", openInNode]];
  const shim = `import ${JSON.stringify(workerUrl.href)};`;
  return [
    ["file", () => openInBrowser(workerUrl.href)],
    ["blob", () => openInBrowser(URL.createObjectURL(new Blob([shim], { type: "text/javascript" })))],
    ["data", () => openInBrowser(`data:text/javascript,${encodeURIComponent(shim)}`)],
  ];
};

/** @param {string} address @returns {Port} */
const openInBrowser = (address) => {
  const worker = new Worker(address, { type: "module", name: "logitlab" });
  return {
    post: (message) => worker.postMessage(message),
    listen: (onMessage, onLost) => {
      worker.onmessage = (event) => onMessage(event.data);
      worker.onmessageerror = () => onLost("a message could not be read");
      worker.onerror = (event) => {
        event.preventDefault();
        onLost(event.message ?? "it was blocked");
      };
    },
    close: () => {
      worker.terminate();
      URL.revokeObjectURL(address);
    },
  };
};

/** @returns {Promise<Port>} */
const openInNode = async () => {
  const { Worker } = await nodeModule("node:worker_threads");
  const worker = new Worker(workerUrl);
  return {
    post: (message) => worker.postMessage(message),
    listen: (onMessage, onLost) => {
      worker.on("message", onMessage);
      worker.on("error", onLost);
      worker.on("exit", () => onLost("its thread ended"));
    },
    close: () => worker.terminate(),
  };
};

/** @param {RemoteHost} host */
const answered = async (host) => {
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  let timer;
  const silence = new Promise((_, reject) => {
    timer = setTimeout(() => reject(new Error(`no answer in ${SILENCE_MS / 1000} s`)), SILENCE_MS);
  });
  try {
    await Promise.race([host.ping(), silence]);
  } catch (error) {
    host.dispose();
    throw error;
  } finally {
    clearTimeout(timer);
  }
};

/** What this thread knows and a worker inside a file does not: where the engine lies. @param {EngineKind} kind */
const own = (kind) => (kind === "plain" ? wasmUrl : undefined);

/** @param {RemoteHost} host @param {EngineKind} kind @param {WasmSource} [wasm] */
const loaded = async (host, kind, wasm) => {
  try {
    await host.start(kind, wasm);
  } catch (error) {
    host.dispose();
    throw error;
  }
};
