/** The engine in a worker, with the interface of `local.js`. Requests are answered one by one and in order. */

/** @import { Host } from "./host.js" */
/** @import { PlainError } from "./error.js" */

import { disposed, engineLost, fromPlain, invalidSetting } from "./error.js";
import { reading } from "./plain.js";
import { reasonOf } from "./printed.js";

/**
 * One end of a line to another thread.
 * @typedef {object} Port
 * @property {(message: unknown) => void} post
 * @property {(onMessage: (message: any) => void, onLost: (reason: unknown) => void) => void} listen
 * @property {() => void} close
 * @property {(isWaiting: boolean) => void} [hold] told whether an answer is awaited: only then may the line keep its process alive
 */

/** @typedef {{ id: number, method: string, args: unknown[] }} Request */
/** @typedef {{ id: number, value: unknown } | { id: number, error: PlainError }} Answer */

/** What a worker says unasked. @typedef {{ backend: import("./types.js").Backend }} News */

/** @implements {Host} */
export class RemoteHost {
  thread = /** @type {const} */ ("worker");
  /** Told whenever something else computes, or for another reason. @type {(about: import("./types.js").Backend) => void} */
  onBackend = () => {};
  #port;
  #last = 0;
  /** @type {Map<number, { resolve: (value: any) => void, reject: (error: Error) => void }>} */
  #waiting = new Map();
  /** @type {Error | null} why there will be no more answers */
  #closed = null;

  /** @param {Port} port */
  constructor(port) {
    this.#port = port;
    port.listen(
      (message) => ("backend" in message ? this.onBackend(message.backend) : this.#settle(message)),
      (reason) => this.#close(engineLost(reason)),
    );
  }

  /** Asks the worker whether it is there. */
  ping() {
    return this.#request("ping", []);
  }

  /**
   * Lets the worker load the engine.
   * @param {import("./types.js").WasmSource} [wasm]
   */
  async start(wasm) {
    return this.#request("start", [reading("wasm", () => (wasm instanceof URL ? wasm.href : wasm))]);
  }

  /** @type {Host["call"]} */
  call(method, ...args) {
    return this.#request(method, args);
  }

  dispose() {
    this.#close(disposed("lab"));
  }

  /**
   * @param {string} method
   * @param {unknown[]} args
   * @returns {Promise<any>}
   */
  #request(method, args) {
    if (this.#closed) return Promise.reject(this.#closed);
    return new Promise((resolve, reject) => {
      this.#last += 1;
      try {
        this.#port.post({ id: this.#last, method, args });
      } catch (error) {
        const reason = reasonOf(error);
        reject(
          invalidSetting("an argument", reason, "use numbers, strings, arrays and plain objects that fit into memory"),
        );
        return;
      }
      this.#waiting.set(this.#last, { resolve, reject });
      this.#port.hold?.(true);
    });
  }

  /** @param {Answer} answer */
  #settle(answer) {
    const waiting = this.#waiting.get(answer.id);
    this.#waiting.delete(answer.id);
    if (this.#waiting.size === 0) this.#port.hold?.(false);
    if ("error" in answer) waiting?.reject(fromPlain(answer.error));
    else waiting?.resolve(answer.value);
  }

  /** @param {Error} reason */
  #close(reason) {
    if (this.#closed) return;
    this.#closed = reason;
    this.#port.close();
    for (const { reject } of this.#waiting.values()) reject(reason);
    this.#waiting.clear();
  }
}
