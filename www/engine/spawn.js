/**
 * Starts the worker. Which way works depends on the page: its own origin allows the file, a page that takes the library from elsewhere only a
 * blob that imports it, a sandboxed frame only a data address; some pages allow none.
 */

/** @import { Port } from "./client.js" */
/** @import { Host } from "./host.js" */
/** @import { WasmSource } from "./types.js" */

import { wasmUrl, workerUrl } from "./assets.js";
import { RemoteHost } from "./client.js";
import { LabError } from "./error.js";
import { nodeModule } from "./node.js";
import { reasonOf } from "./printed.js";

/** How long one way may stay silent before the next is tried beside it: the file may still be on a slow line. */
const HEAD_START_MS = 2000;

/** A blocked worker may say nothing at all, so silence for this long counts as failure. */
const SILENCE_MS = 12_000;

/** A worker that is started before anybody asks for one. @type {ReturnType<typeof firstToAnswer> | null} */
let ahead = null;

/** Starts a worker with the engine as the library has it, for whoever asks for one first: a page's first script calls this. */
export const startAhead = () => {
  ahead ??= firstToAnswer(wasmUrl);
  // Who asks for it hears of it.
  ahead.catch(() => {});
};

/** @returns {NonNullable<typeof ahead>} */
const takeAhead = () => {
  const taken = ahead ?? firstToAnswer(wasmUrl);
  ahead = null;
  return taken;
};

/**
 * @param {WasmSource} [wasm]
 * @param {(about: import("./types.js").Backend) => void} [onBackend]
 * @returns {Promise<Host>}
 * @throws {LabError} `backend_unavailable` with every way that was tried, or what the worker says of the engine
 */
export const startWorker = async (wasm, onBackend = () => {}) => {
  const { host, started } = await (wasm ? firstToAnswer(wasm) : takeAhead());
  host.onBackend = onBackend;
  try {
    await started;
  } catch (error) {
    host.dispose();
    throw error;
  }
  return host;
};

/**
 * The first worker to answer. A way is tried once the one before it has failed or is late, and a late one may still be the first.
 * @param {WasmSource} wasm
 */
const firstToAnswer = async (wasm) => {
  const race = new AbortController();
  /** @type {Promise<unknown>} */
  let turn = Promise.resolve();
  const attempts = ways().map(([way, open]) => {
    const attempt = turn.then(() => answering(way, open, wasm, race.signal));
    turn = turn.then(() => Promise.race([Promise.allSettled([attempt]), pause(HEAD_START_MS, race.signal)]));
    return attempt;
  });
  try {
    return await Promise.any(attempts);
  } catch (error) {
    const tried = /** @type {AggregateError} */ (error).errors.map(({ message }) => message).join("; ");
    throw new LabError(
      "backend_unavailable",
      `no worker could be started (${tried}): use createLab({ thread: "auto" }) or "here"`,
    );
  } finally {
    race.abort();
  }
};

/**
 * A worker that has answered, and what it says of the engine. It is told to start at once, so that it need not wait for a busy page; a worker
 * inside a file does not know where the engine lies.
 * @param {string} way
 * @param {() => Port | Promise<Port>} open
 * @param {WasmSource} wasm
 * @param {AbortSignal} isOver once another one was first
 */
const answering = async (way, open, wasm, isOver) => {
  /** @type {RemoteHost | undefined} */
  let host;
  try {
    isOver.throwIfAborted();
    host = new RemoteHost(await open());
    const silence = pause(SILENCE_MS, isOver).then(() => {
      throw new Error(`no answer in ${SILENCE_MS / 1000} s`);
    });
    const answered = host.ping();
    const started = host.start(wasm);
    started.catch(() => {});
    await Promise.race([answered, silence]);
    return { host, started };
  } catch (error) {
    host?.dispose();
    throw new Error(`${way}: ${reason(error)}`);
  }
};

/** @param {number} ms @param {AbortSignal} isOver which ends it early */
const pause = (ms, isOver) =>
  new Promise((resolve) => {
    const timer = setTimeout(resolve, ms);
    isOver.addEventListener("abort", () => {
      clearTimeout(timer);
      resolve(undefined);
    });
  });

/** What a worker said, rather than what the lab makes of it. @param {unknown} error */
const reason = (error) => reasonOf(error instanceof LabError ? error.cause : error);

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

/**
 * The worker takes none of the process's own flags: `--input-type` forbids a worker made of a file, and `-r` or `--test` would run there, too.
 * It keeps the process alive only while an answer is awaited, so a program that is done ends without `dispose()`.
 * @returns {Promise<Port>}
 */
const openInNode = async () => {
  const { Worker } = await nodeModule("node:worker_threads");
  const worker = new Worker(workerUrl, { execArgv: [], env: {}, name: "logitlab" });
  return {
    hold: (isWaiting) => (isWaiting ? worker.ref() : worker.unref()),
    post: (message) => worker.postMessage(message),
    listen: (onMessage, onLost) => {
      worker.on("message", onMessage);
      worker.on("error", onLost);
      worker.on("exit", () => onLost("its thread ended"));
    },
    close: () => worker.terminate(),
  };
};
